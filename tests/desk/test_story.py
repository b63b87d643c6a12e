"""One trade's life, told: from its order over whose it is to what was posted; and money that is still on its way."""

from datetime import date
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest

from oms.desk import Actor, affirming, booking
from oms.desk.affirming import Word
from oms.desk.allocable import Share
from oms.desk.allocating import Pick, Wish
from oms.desk.cash import ladders
from orders.models import Account, BusinessDate
from settlement.advance import advance
from settlement.collect import home
from settlement.custody.custodian import Custodian
from settlement.instruct import instruct
from settlement.models import AwaitingNetting, Instruction, NettingSwitch, Obligation, TradeConfirmation
from settlement.netrun import net
from settlement.settle import settle
from settlement.story import story
from tests.desk.test_allocating import allocated, desk, enter_one, fills, ops, work  # noqa: F401 - fixtures
from tests.factories import Floor
from tests.settlement.checks import broken

pytestmark = pytest.mark.django_db(transaction=True)
HALVES = (Share("ALPHA", percent=D(50)), Share("BETA", percent=D(50)))


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.OMS_HOME = tmp_path


def netting(desk: Floor) -> None:  # noqa: F811
    NettingSwitch.objects.create(place_of_settlement="DTCYUS33", valid_from=date(2026, 1, 1), nets=True)


def test_a_trade_of_several_orders_is_told_from_allocation_to_posting(desk: Floor, ops: Actor) -> None:  # noqa: F811
    netting(desk)
    orders = [enter_one(desk, 100), enter_one(desk, 200)]
    for order, qty in zip(orders, (100, 200), strict=True):
        fills(order, (qty, "99.99"))
    work()
    number = allocated(Wish(tuple(orders), "percent", HALVES), ops)
    assert booking.book([Pick(number)], ops)[0].state == "booked"
    work()
    for one in TradeConfirmation.objects.order_by("pk"):
        assert affirming.affirm([Word(one.pk)], ops)[0].refusals == ()
    waiting = [step.title for step in story(orders[0]) if step.kind == "obligation"]
    assert len(waiting) == 2
    assert all(title.endswith("waits to be netted") for title in waiting)
    net(BusinessDate.objects.get().today)
    custodian = Custodian(home())
    instruct()
    custodian.turn()
    instruct()
    assert not isinstance(advance(None, "olga"), tuple)
    instruct()
    custodian.turn()
    instruct()
    assert set(Instruction.objects.values_list("state", flat=True)) == {"settled"}

    told = story(orders[0])
    assert story(orders[1]) == told, "a trade of both is both orders'"
    assert [step.at for step in told] == sorted(step.at for step in told)
    titles = [step.title for step in told]
    name = Instruction.objects.order_by("pk").first()
    assert name is not None
    line = [
        f"allocation {number} allocated: submitted", f"allocation {number} booked",
        "buy 150 AAPL at 99.99 for ALPHA, settles 2026-11-24", f"one obligation netted into instruction {name.reference} ready",
        f"instruction {name.reference} sent", f"custodian: sese.024.001.12 about {name.reference}",
        f"instruction {name.reference} accepted", f"custodian: sese.025.001.11 about {name.reference}",
        f"instruction {name.reference} settled", "150 AAPL posted",
    ]  # fmt: skip
    at = [titles.index(one) for one in line]
    assert at == sorted(at), titles
    states = [step.state for step in told if step.kind == "confirmation" and "ALPHA" in step.detail]
    assert states == ["unconfirmed", "confirmed", "affirmed"]
    assert {step.actor for step in told if step.kind == "allocation"} >= {"olga"}


def dollars(account: Account) -> tuple[Any, ...]:
    """Outgoing, what of it awaits, and projected money."""
    rows = [one for one in ladders([account.pk]) if one.currency == "USD"]
    assert len(rows) <= 1
    if not rows:
        return D(0), D(0), D(0)
    (one,) = rows
    assert one.projected == (one.rungs[-1].projected if one.rungs else one.settled)
    assert one.incoming - one.outgoing == sum(rung.net for rung in one.rungs)
    return one.outgoing, one.awaited, one.projected


def test_money_of_executions_counts_once_whatever_they_wait_for(desk: Floor) -> None:  # noqa: F811
    netting(desk)
    alpha = desk.accounts[0]
    order = enter_one(desk, 100, account="ALPHA")
    assert dollars(alpha)[:2] == (0, 0), "nothing is executed"
    fills(order, (60, "99.99"), (40, "99.98"))
    assert dollars(alpha)[:2] == (D("9998.60"), D("-9998.60")), "settlement has not taken them up"
    [rung] = ladders([alpha.pk])[0].rungs
    assert rung.settl_date == date(2026, 11, 24)
    work()
    charged = dollars(alpha)
    assert AwaitingNetting.objects.count() == 2
    assert charged[1] == 0
    assert charged[0] == sum(Obligation.objects.values_list("net_money", flat=True)), "with its charges"
    net(BusinessDate.objects.get().today)
    assert dollars(alpha) == charged, "netted"
    instruct()
    assert dollars(alpha) == charged, "instructed"
    assert broken() == {}


def test_money_of_what_is_to_be_allocated_is_the_allocation_accounts(desk: Floor, ops: Actor) -> None:  # noqa: F811
    average, alpha = desk.accounts[3], desk.accounts[0]
    order = enter_one(desk, 100)
    fills(order, (100, "99.99"))
    assert dollars(average)[:2] == (9_999, -9_999)
    while settle():
        pass
    assert dollars(average)[:2] == (9_999, -9_999), "settlement leaves it to the allocation"
    number = allocated(Wish((order,), "percent", HALVES), ops)
    assert dollars(average)[:2] == (9_999, -9_999)
    booking.book([Pick(number)], ops)
    assert dollars(average) == (0, 0, 0)
    assert dollars(alpha)[0] >= D("4999.50")
    assert dollars(alpha)[1] == 0
    own = enter_one(desk, 10, account="BETA")
    allocated(Wish((own,), "fixed", (Share("ALPHA", qty=D(10)),)), desk.actor)
    fills(own, (10, "99.99"))
    work_before = dollars(desk.accounts[1])
    while settle():
        pass
    assert dollars(desk.accounts[1]) == work_before, "named before its fill: not settled as BETA's, and not lost"
    assert work_before[1] == D("-999.90")


def test_a_busted_fill_awaits_nothing(desk: Floor) -> None:  # noqa: F811
    from tests.desk.test_allocating import bust

    order = enter_one(desk, 100, account="ALPHA")
    [first, _] = fills(order, (60, "99.99"), (40, "99.99"))
    bust(order, first, 60, "99.99")
    assert dollars(desk.accounts[0])[1] == D("-3999.60")
