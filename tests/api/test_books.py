"""What the books say over REST: positions and lots, the ledger, the cash ladder, transfers."""

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest

from oms.base.clock import now
from oms.desk import enter, record, results, route
from orders.models import Account, FxRate, Instrument
from settlement.load import load_calendars, load_rates
from settlement.settle import settle
from tests import factories
from tests.api.conftest import Rest
from tests.desk.world import children, fill, says
from tests.factories import TODAY, Floor, user

pytestmark = pytest.mark.django_db(transaction=True)
Holds = Callable[..., Any]


@pytest.fixture
def desk(transactional_db: None) -> Floor:
    load_calendars(2026, 2027)
    load_rates()
    return factories.floor()


@pytest.fixture
def olga(desk: Floor) -> Rest:
    return Rest(user("olga", desk=desk.desk, role="operations"))


@pytest.fixture
def oscar(desk: Floor) -> Rest:
    return Rest(user("oscar", desk=desk.desk, role="operations"))


def trade(desk: Floor, qty: int, px: str, side: str = "buy") -> None:
    answer = enter([desk.draft(qty=qty, price="1000" if side == "buy" else "1", side=side)], desk.actor)[0]
    assert answer.order_id is not None, answer
    route()
    child = children(answer.order_id)[0]
    record([says(child, "new"), fill(child, qty, px)])
    while settle():
        pass


def transfer(olga: Rest, oscar: Rest, **more: Any) -> Any:
    body = {"reference": f"t{len(more)}{more.get('symbol', '')}", "account": "ALPHA", "amount": "50000",
            "reason": "opening", "currency": "USD"} | more  # fmt: skip
    made = olga.post("transfers/", {name: value for name, value in body.items() if value is not None})
    assert made.status_code == 201, made.json()
    return oscar.post(f"transfers/{made.json()['id']}/book/")


def test_a_position_is_told_by_both_methods_and_in_two_currencies(desk: Floor, rest: Rest, holds: Holds) -> None:
    Account.objects.filter(code="ALPHA").update(base_currency="EUR")
    FxRate.objects.create(base="EUR", quote="USD", rate=D("1.25"), source="test")
    trade(desk, 100, "90")
    results.write(TODAY)
    trade(desk, 100, "110")
    trade(desk, 50, "120", "sell")
    (row,) = holds(rest.get("positions/"), "positions/")["results"]
    assert (row["qty"], row["settled_qty"], row["avg_cost"]) == ("150", "0", "100")
    assert (row["realised"], row["fifo_realised"]) == ("1000", "1500")
    assert (row["base"], row["fx_rate"], row["realised_base"]) == ("EUR", "0.8", "800")
    assert row["fx_at"]
    assert row["price_source"] == "market"
    assert D(row["unrealised_base"]) == D(row["unrealised"]) * D("0.8")
    found = holds(rest.get("positions/ALPHA/AAPL/lots/"), "positions/{account}/{symbol}/lots/")
    assert [(lot["qty"], lot["px"], lot["fx_rate"]) for lot in found["lots"]] == [
        ("50", "90", "0.8"), ("100", "110", "0.8"),
    ]  # fmt: skip
    assert sum(D(lot["unrealised"]) for lot in found["lots"]) + D("1500") == D(row["unrealised"]) + D("1000")
    assert rest.get("positions/BETA/AAPL/lots/").status_code == 404
    stranger = Rest(user("nina"))
    assert stranger.get("positions/ALPHA/AAPL/lots/").status_code == 404
    assert stranger.get("positions/").json()["results"] == []


def test_a_rate_that_nobody_knows_is_no_zero(desk: Floor, rest: Rest) -> None:
    Instrument.objects.filter(symbol="AAPL").update(currency="CHF")
    trade(desk, 100, "90")
    (row,) = rest.get("positions/").json()["results"]
    assert (row["fx_rate"], row["unrealised_base"], row["missing"]) == (None, None, "DATA_MISSING: fx_rate")
    assert row["unrealised"] is not None


def test_a_past_instant_stays_as_it_was_known(desk: Floor, rest: Rest, olga: Rest, oscar: Rest) -> None:
    trade(desk, 100, "90")
    then = now().isoformat().replace("+00:00", "Z")
    before = rest.get(f"positions/?as_of={then}").json()["results"]
    trade(desk, 100, "110", "sell")
    transfer(olga, oscar, amount="5", symbol="AAPL", currency=None, px="10")
    assert rest.get(f"positions/?as_of={then}").json()["results"][0]["qty"] == "100"
    after = rest.get(f"positions/?as_of={then}").json()["results"]
    told = ("qty", "avg_cost", "realised", "settled_qty", "fees", "net_cash", "fifo_realised")
    assert [after[0][name] for name in told] == [before[0][name] for name in told]
    (present,) = rest.get("positions/").json()["results"]
    assert (present["qty"], present["settled_qty"], present["adjusted_qty"]) == ("5", "5", "5")
    assert rest.get("positions/?as_of=yesterday").status_code == 400


def test_an_account_of_the_ledger_has_a_running_balance(
    desk: Floor, rest: Rest, olga: Rest, oscar: Rest, holds: Holds
) -> None:
    assert transfer(olga, oscar).status_code == 200
    trade(desk, 100, "90")
    (cash,) = holds(rest.get("ledger/accounts/?account=ALPHA&currency=USD"), "ledger/accounts/")["results"]
    assert (cash["posted"], cash["pending_in"]) == ("50000", "0")
    assert D(cash["pending_out"]) >= 9000
    path = f"ledger/accounts/{cash['id']}/entries/"
    entries = holds(rest.get(path), "ledger/accounts/{account_id}/entries/")["results"]
    assert entries[-1]["amount"] == entries[-1]["posted"] == "50000"
    assert D(entries[0]["pending"]) == -D(cash["pending_out"])
    assert len(rest.get(f"{path}?limit=1").json()["results"]) == 1
    assert rest.get("ledger/accounts/?owner=custodian").json()["results"] == []
    other = olga.get("ledger/accounts/?owner=custodian").json()["results"]
    assert [row["posted"] for row in other] == ["-50000"]
    assert rest.get(f"ledger/accounts/{other[0]['id']}/entries/").status_code == 404
    assert Rest(user("nina")).get(path).status_code == 404


def test_the_cash_ladder_is_told_by_day(desk: Floor, rest: Rest, olga: Rest, oscar: Rest, holds: Holds) -> None:
    transfer(olga, oscar)
    trade(desk, 100, "90")
    enter([desk.draft(qty=10, price="80")], desk.actor)
    (one,) = holds(rest.get("cash-ladder/?account=ALPHA"), "cash-ladder/")["results"]
    assert (one["account"], one["currency"], one["settled"], one["reserved"]) == ("ALPHA", "USD", "50000", "800")
    assert one["rungs"][0]["settl_date"] == "2026-11-24"
    assert D(one["available"]) == D(one["rungs"][-1]["projected"]) - 800
    assert rest.get("cash-ladder/?account=NOBODY").json()["results"] == []


def test_a_transfer_takes_two(desk: Floor, rest: Rest, olga: Rest, oscar: Rest, holds: Holds) -> None:
    body = {"reference": "T-1", "account": "ALPHA", "amount": "-5", "reason": "x", "currency": "USD"}
    made = holds(olga.post("transfers/", body), "transfers/", "post")
    assert (made["state"], made["proposed_by"]) == ("proposed", "olga")
    assert olga.post("transfers/", body).json()["id"] == made["id"]
    assert olga.post("transfers/", body | {"amount": "7"}).status_code == 409
    assert olga.post(f"transfers/{made['id']}/book/").json()["code"] == "SAME_PERSON"
    refused = oscar.post(f"transfers/{made['id']}/book/")
    assert (refused.status_code, refused.json()["code"]) == (409, "TOO_MUCH")
    done = holds(oscar.post(f"transfers/{made['id']}/refuse/"), "transfers/{transfer_id}/refuse/", "post")
    assert (done["state"], done["decided_by"]) == ("refused", "oscar")
    assert oscar.post(f"transfers/{made['id']}/book/").status_code == 404
    assert [one["id"] for one in holds(olga.get("transfers/?state=refused"), "transfers/")["results"]] == [made["id"]]
    for wrong in ({"amount": 1.5}, {"amount": "1e9"}, {"opened_on": "monday"}, {"reason": ""}, {"colour": "red"}):
        assert olga.post("transfers/", body | wrong).status_code == 400
