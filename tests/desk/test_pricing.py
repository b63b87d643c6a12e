"""Bonds by dirty price or yield, and orders with a settlement date of their own, through the desk to the obligation."""

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from oms.desk import enter
from oms.desk.record import record
from oms.desk.route import route
from orders.models import ExecutionReport, Order
from orders.replay import differences
from settlement.models import CommissionRate, FeeRate, Obligation
from settlement.recompute import differences as refigured
from settlement.settle import settle
from tests import factories
from tests.desk import world as venue
from tests.settlement.world import instrument, world

pytestmark = pytest.mark.django_db(transaction=True)
TUESDAY, FRIDAY = date(2026, 11, 24), date(2026, 11, 27)


@pytest.fixture
def floor(transactional_db: None) -> factories.Floor:
    return world()


@pytest.fixture
def bond(floor: factories.Floor) -> str:
    made = instrument(
        "T45", asset_class="government_bond", coupon_rate=D("4.5"), coupon_frequency=2, day_count="ACT/ACT ICMA",
        maturity_date=date(2034, 2, 15), settl_market="US",
    )  # fmt: skip
    return made.symbol


def entered(floor: factories.Floor, **changes: Any) -> Any:
    (answer,) = enter([floor.draft(**changes)], floor.actor)
    return answer


@pytest.mark.parametrize(("side", "price"), [("buy", "98.29"), ("sell", "98.30")])
def test_a_yield_is_worked_as_a_clean_price(floor: factories.Floor, bond: str, side: str, price: str) -> None:
    answer = entered(floor, symbol=bond, side=side, price="4.78", price_type="yield")
    order = Order.objects.get(pk=answer.order_id)
    assert order.price == D(price)
    assert ExecutionReport.objects.get(order=order, seq=1).text.startswith(
        "yield 4.78 to settle 2026-11-24: clean 98.29"
    )
    assert list(differences()) == []


def test_a_dirty_price_is_less_the_interest(floor: factories.Floor, bond: str) -> None:
    answer = entered(floor, symbol=bond, side="buy", price="100", price_type="dirty")
    # 101 of 184 days of 2.25 are 1.2350...
    assert Order.objects.get(pk=answer.order_id).price == D("98.76")


@pytest.mark.parametrize(("changes", "field"), [
    ({"price": "2000", "price_type": "yield"}, "price"), ({"price": "0.5", "price_type": "dirty"}, "price"),
    ({"symbol": "AAPL", "price_type": "yield", "price": "4"}, "price_type"),
    ({"settl_date": date(2026, 11, 20)}, "settl_date"), ({"settl_date": date(2026, 11, 26)}, "settl_date"),
    ({"settl_date": date(2026, 11, 28)}, "settl_date"), ({"settl_date": date(2099, 1, 5)}, "settl_date"),
])  # fmt: skip
def test_what_makes_no_sense_is_answered_and_nothing_is_kept(
    floor: factories.Floor, bond: str, changes: dict[str, Any], field: str
) -> None:
    answer = entered(floor, **({"symbol": bond} | changes))
    assert [refusal.field for refusal in answer.refusals] == [field]
    assert Order.objects.count() == 0


def test_the_agreed_date_is_that_of_the_obligation(floor: factories.Floor) -> None:
    FeeRate.objects.all().delete()
    CommissionRate.objects.create(
        account=floor.accounts[0], asset_class="equity", valid_from=date(2020, 1, 1), basis="per_unit",
        rate=D("0.01"), minimum=D("0.50"), cap=D(5), tiers=[["60", "0.005"]],
    )  # fmt: skip
    answer = entered(floor, settl_date=FRIDAY)
    while route():
        pass
    (child,) = venue.children(answer.order_id)
    assert venue.sent("D")[0].fields["settl_date"] == "2026-11-27"
    record([venue.says(child, "new"), venue.fill(child, 40), venue.fill(child, 60)])
    while settle():
        pass
    owed = list(Obligation.objects.order_by("id").values_list("settl_date", "commission"))
    # 40 at a cent are below the minimum; 60 at a cent and 40 at half of it make 80 cents.
    assert owed == [(FRIDAY, D("0.50")), (FRIDAY, D("0.30"))]
    assert list(refigured()) == []
    CommissionRate.objects.update(rate=D("0.02"))
    assert {one.field for one in refigured()} == {"commission", "net_money"}


def test_a_clients_commission_is_its_accounts(floor: factories.Floor) -> None:
    from settlement.standing import standing

    floor.accounts[0].client = "ACME"
    floor.accounts[0].save()
    terms = {"valid_from": date(2020, 1, 1), "basis": "basis_points"}
    CommissionRate.objects.create(client="ACME", rate=D(3), **terms)
    CommissionRate.objects.create(rate=D(5), **terms)
    found = [standing().commission_of(account.pk, "equity", TUESDAY) for account in floor.accounts]
    assert [one and one.rate for one in found] == [3, 5]
