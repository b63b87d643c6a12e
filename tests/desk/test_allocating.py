"""Allocations on the real database: asked before and after the fill, booked to the cent, taken back when a fill goes."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from oms.desk import Actor, Cancellation, affirming, allocating, booking, cancel, enter, followed, record, route
from oms.desk.allocable import Share
from oms.desk.allocating import Change, Pick, Told, Wish
from oms.desk.booking import Preview
from orders.models import Account, Alert, BusinessDate, Position, PositionAdjustment
from settlement.load import load_calendars, load_rates
from settlement.models import (
    Allocation,
    AllocationEvent,
    AllocationShare,
    CommissionRate,
    Instruction,
    Obligation,
    TradeConfirmation,
)
from settlement.settle import settle
from tests import factories
from tests.desk.world import children, fill, says
from tests.factories import Floor

pytestmark = pytest.mark.django_db(transaction=True)
THIRDS = (Share("ALPHA", percent=D("33.33")), Share("BETA", percent=D("33.33")), Share("GAMMA", percent=D("33.34")))


@pytest.fixture
def desk(transactional_db: None) -> Floor:
    """A desk with an allocation account, AVG, and three accounts to allocate to."""
    load_calendars(2026, 2027)
    load_rates()
    floor = factories.floor()
    for code, average in (("GAMMA", False), ("AVG", True)):
        floor.accounts.append(Account.objects.create(code=code, name=code, desk=floor.desk, average_price=average))
    CommissionRate.objects.create(valid_from="2026-01-01", basis="per_unit", rate=D("0.0035"), minimum=D("0.35"))
    return floor


@pytest.fixture
def ops(desk: Floor) -> Actor:
    return Actor.of(factories.user("olga", desk=desk.desk, role="operations"))


def enter_one(desk: Floor, qty: int = 300, account: str = "AVG", **more: Any) -> int:
    (answer,) = enter([desk.draft(qty, account=account, **more)], desk.actor)
    assert answer.accepted, answer
    assert answer.order_id is not None
    return answer.order_id


def fills(order_id: int, *made: tuple[int, str]) -> list[str]:
    """The order is at a venue and filled so; the venue's ExecIDs."""
    route()
    (child,) = children(order_id)
    arrivals = [says(child, "new")] if child.phase == "pending_new" else []
    said = [fill(child, qty, px) for qty, px in made]
    assert not any(record([*arrivals, *said]))
    return [one.exec_id for one in said]


def bust(order_id: int, exec_id: str, qty: int, px: str) -> None:
    (child,) = children(order_id)
    assert not any(record([says(child, "trade_cancel", exec_ref_id=exec_id, last_qty=D(qty), last_px=D(px))]))


def work() -> None:
    """What happens by itself, until nothing is left to do."""
    while any((settle(), followed.follow(), followed.book_due(), affirming.confirm())):
        pass


def allocated(wish: Wish, actor: Actor) -> int:
    (told,) = allocating.allocate([wish], actor)
    assert not told.refusals, told.refusals
    assert told.allocation_id is not None
    return told.allocation_id


def refused(told: Told) -> str:
    (refusal,) = told.refusals
    return refusal.code


def positions() -> dict[str, D]:
    return dict(Position.objects.exclude(qty=0).values_list("account__code", "qty"))


def everything() -> list[Any]:
    tables = (Allocation, AllocationShare, AllocationEvent, Obligation, PositionAdjustment, TradeConfirmation)
    return [list(table.objects.order_by("pk").values_list()) for table in tables]


def test_a_block_is_allocated_after_execution_to_the_cent(desk: Floor, ops: Actor, books: Callable[[], None]) -> None:
    order = enter_one(desk, 1000)
    fills(order, (400, "99.99"), (600, "99.98"))
    work()
    assert not Obligation.objects.exists()
    assert positions() == {"AVG": 1000}
    one = allocated(Wish((order,), "percent", THIRDS), ops)
    assert Allocation.objects.get().state == "submitted"
    (told,) = booking.book([Pick(one)], ops)
    assert (told.state, told.refusals) == ("booked", ())
    held = Allocation.objects.get()
    assert (held.qty, held.avg_px, held.principal, held.commission) == (1000, D("99.984"), D("99984.00"), D("3.50"))
    assert positions() == {"ALPHA": 333, "BETA": 333, "GAMMA": 334}
    owed = Obligation.objects.order_by("id")
    assert [(o.account.code, o.qty, o.price, o.principal, o.commission) for o in owed] == [
        ("ALPHA", 333, D("99.984"), D("33294.67"), D("1.17")),
        ("BETA", 333, D("99.984"), D("33294.67"), D("1.16")),
        ("GAMMA", 334, D("99.984"), D("33394.66"), D("1.17")),
    ]
    assert {o.execution_id for o in owed} == {None}
    assert owed.aggregate(Sum("net_money"))["net_money__sum"] == held.net_money
    assert set(Instruction.objects.values_list("account__code", "state")) == {
        ("ALPHA", "ready"), ("BETA", "ready"), ("GAMMA", "ready"),
    }  # fmt: skip
    costs = dict(Position.objects.exclude(qty=0).values_list("account__code", "avg_cost"))
    assert costs == dict.fromkeys(("ALPHA", "BETA", "GAMMA"), D("99.984"))
    assert Position.objects.get(account__code="AVG").net_cash == 0
    books()


def test_before_the_fill_it_can_be_changed_and_after_it_is_frozen(desk: Floor, ops: Actor, books: Any) -> None:
    order = enter_one(desk, 300, account="ALPHA")
    one = allocated(Wish((order,), "percent", THIRDS), desk.actor)
    assert Allocation.objects.get().state == "draft"
    halves = (Share("ALPHA", percent=D(50)), Share("BETA", percent=D(50)))
    (told,) = allocating.change([Change(one, "percent", halves)], desk.actor)
    assert (told.refusals, told.version) == ((), 2)
    fills(order, (100, "99.99"))
    (told,) = allocating.change([Change(one, "percent", THIRDS)], desk.actor)
    assert refused(told) == "ALLOCATION_STATE"
    work()
    assert Allocation.objects.get().state == "frozen"
    # What settles by this allocation alone may change, by operations, and not end.
    (told,) = allocating.cancel([Pick(one)], ops)
    assert refused(told) == "ALLOCATION_STATE"
    (told,) = allocating.change([Change(one, "percent", THIRDS)], ops)
    assert told.refusals == ()
    assert not Obligation.objects.exists()
    # The order ends: it is booked by itself.
    fills(order, (200, "99.98"))
    work()
    assert Allocation.objects.get().state == "booked"
    assert positions() == {"ALPHA": 100, "BETA": 100, "GAMMA": 100}
    assert [row.act for row in AllocationEvent.objects.order_by("seq")] == [
        "allocated", "changed", "frozen", "changed", "booked",
    ]  # fmt: skip
    assert set(TradeConfirmation.objects.values_list("state", flat=True)) == {"confirmed"}
    books()


def test_fixed_quantities_are_cut_when_less_was_executed(desk: Floor, books: Any) -> None:
    order = enter_one(desk, 300, account="ALPHA")
    shares = (Share("ALPHA", qty=D(200)), Share("BETA", qty=D(100)))
    allocated(Wish((order,), "fixed", shares), desk.actor)
    fills(order, (150, "99.99"))
    cancel([Cancellation(order)], desk.actor)
    (child,) = children(order)
    assert not any(record([says(child, "canceled", f"{child.id}.{child.version}")]))
    work()
    assert positions() == {"ALPHA": 100, "BETA": 50}
    books()


def test_a_bust_takes_the_booking_back_and_it_is_booked_anew(desk: Floor, ops: Actor, books: Any) -> None:
    order = enter_one(desk, 300)
    first, _ = fills(order, (100, "99.99"), (200, "99.97"))
    one = allocated(Wish((order,), "percent", THIRDS), ops)
    booking.book([Pick(one)], ops)
    # One instruction has left: it is reversed, the others are called off.
    Instruction.objects.filter(account__code="BETA").update(state="sent")
    bust(order, first, 100, "99.99")
    work()
    held = Allocation.objects.get()
    assert (held.state, held.auto_book) == ("submitted", False)
    assert Alert.objects.filter(code="REALLOCATE").count() == 1
    assert positions() == {"AVG": 200}
    assert set(TradeConfirmation.objects.values_list("state", flat=True)) == {"cancelled"}
    assert [(o.account.code, o.side) for o in Obligation.objects.exclude(reverses=None)] == [("BETA", "sell")]
    books()
    # The order could be filled again today: it is booked when that is over.
    assert refused(booking.book([Pick(one)], ops)[0]) == "ALLOCATION_STATE"
    BusinessDate.objects.update(today=factories.TODAY + timedelta(1))
    (told,) = booking.book([Pick(one)], ops)
    assert told.refusals == ()
    assert positions() == {"ALPHA": 67, "BETA": 66, "GAMMA": 67}
    standing = Obligation.objects.filter(reverses=None, reversed_by=None, cancellation=None)
    assert sorted(standing.values_list("account__code", "qty")) == [("ALPHA", 67), ("BETA", 66), ("GAMMA", 67)]
    assert AllocationShare.objects.filter(alloc_qty__isnull=False).count() == 6
    books()


def test_a_correction_of_the_price_takes_it_back_too(desk: Floor, ops: Actor, books: Any) -> None:
    order = enter_one(desk, 100)
    (made,) = fills(order, (100, "99.99"))
    one = allocated(Wish((order,), "percent", THIRDS), ops)
    booking.book([Pick(one)], ops)
    (child,) = children(order)
    corrected = says(child, "trade_correct", exec_ref_id=made, last_qty=D(100), last_px=D("99.50"))
    assert not any(record([corrected]))
    work()
    assert Allocation.objects.get().state == "submitted"
    booking.book([Pick(one)], ops)
    assert {o.price for o in Obligation.objects.filter(cancellation=None)} == {D("99.5")}
    books()


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("percentages", {"shares": THIRDS[:2]}, "BAD_ALLOCATION"),
    ("an account of nobody", {"shares": (Share("NOBODY", percent=D(100)),)}, "UNKNOWN_ACCOUNT"),
    ("an allocation account", {"shares": (Share("AVG", percent=D(100)),)}, "UNKNOWN_ACCOUNT"),
    ("a method", {"method": "by_lot"}, "BAD_VALUE"),
    ("no order", {"order_ids": ()}, "BAD_ALLOCATION"),
    ("an order of nobody", {"order_ids": (999_999,)}, "UNKNOWN_ORDER"),
    ("quantities", {"method": "fixed", "shares": (Share("ALPHA", qty=D(99)),)}, "BAD_ALLOCATION"),
    ("nav", {"method": "percent_of_nav"}, "MISSING"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_is_refused_and_moves_nothing(desk: Floor, ops: Actor, changes: Any, code: str) -> None:
    order = enter_one(desk, 100)
    fills(order, (100, "99.99"))
    before = everything()
    wish = Wish((order,), "percent", THIRDS)._replace(**changes)
    (told,) = allocating.allocate([wish], ops)
    assert refused(told) == code
    (shown,) = booking.preview([wish], ops)
    assert shown[0] == code
    assert everything() == before


def test_who_may(desk: Floor, ops: Actor) -> None:
    order, own = enter_one(desk, 100), enter_one(desk, 100, account="ALPHA")
    fills(own, (100, "99.99"))
    wish = Wish((order,), "percent", THIRDS)
    colleague = Actor.of(factories.user("tom", desk=desk.desk))
    auditor = Actor.of(factories.user("ann", desk=desk.desk, role="auditor"))
    elsewhere = Actor.of(factories.user("zoe", role="operations"))
    for actor, code in ((colleague, "NOT_ALLOWED"), (auditor, "NOT_ALLOWED"), (elsewhere, "UNKNOWN_ORDER")):
        assert refused(allocating.allocate([wish], actor)[0]) == code
    one = allocated(wish, desk.actor)
    for actor, code in ((colleague, "NOT_ALLOWED"), (auditor, "NOT_ALLOWED"), (elsewhere, "UNKNOWN_ALLOCATION")):
        assert refused(allocating.cancel([Pick(one)], actor)[0]) == code
    assert refused(booking.book([Pick(one)], desk.actor)[0]) == "NOT_ALLOWED"
    # Executed in an account of its own it settles there.
    assert refused(allocating.allocate([Wish((own,), "percent", THIRDS)], ops)[0]) == "NOT_ALLOCABLE"
    # What is executed operations allocates.
    done = enter_one(desk, 100)
    fills(done, (100, "99.99"))
    assert refused(allocating.allocate([Wish((done,), "percent", THIRDS)], desk.actor)[0]) == "NOT_ALLOWED"


def test_an_order_is_in_one_allocation_and_booked_once(desk: Floor, ops: Actor) -> None:
    order = enter_one(desk, 100)
    fills(order, (100, "99.99"))
    wish = Wish((order,), "percent", THIRDS, alloc_id="A1")
    first, second = allocating.allocate([wish, wish._replace(alloc_id="A2")], ops)
    assert first.allocation_id
    assert refused(second) == "ALLOCATED_ALREADY"
    assert refused(allocating.allocate([wish], ops)[0]) == "DUPLICATE_ALLOC_ID"
    told = booking.book([Pick(first.allocation_id), Pick(first.allocation_id)], ops)
    assert [one.state for one in told] == ["booked", "booked"]
    assert refused(told[1]) == "ALLOCATION_STATE"
    assert refused(allocating.cancel([Pick(first.allocation_id)], ops)[0]) == "ALLOCATION_STATE"
    assert refused(allocating.change([Change(first.allocation_id, "percent", THIRDS)], ops)[0]) == "ALLOCATION_STATE"
    assert Obligation.objects.count() == 3


def test_a_cancelled_one_gives_its_order_free(desk: Floor, ops: Actor) -> None:
    order = enter_one(desk, 100)
    fills(order, (100, "99.99"))
    one = allocated(Wish((order,), "percent", THIRDS), ops)
    (told,) = allocating.cancel([Pick(one, text="by mistake")], ops)
    assert told.state == "cancelled"
    again = allocated(Wish((order,), "percent", THIRDS, auto_book=True), ops)
    work()
    assert Allocation.objects.get(pk=again).state == "booked"


def test_several_orders_and_every_method(desk: Floor, ops: Actor, books: Any) -> None:
    orders = [enter_one(desk, qty) for qty in (100, 200)]
    for order, px in zip(orders, ("99.99", "99.96"), strict=True):
        fills(order, (100 if px == "99.99" else 200, px))
    shares = {
        "pro_rata": tuple(Share(code, qty=D(7)) for code in ("ALPHA", "BETA")),
        "fixed": (Share("ALPHA", qty=D(50)), Share("BETA", qty=D(250))),
        "percent_of_nav": (Share("ALPHA", percent=D(1), nav=D(2_000_000)), Share("BETA", percent=D(2), nav=D(500_000))),
        "priority": (Share("ALPHA", qty=D(1000), priority=2), Share("BETA", qty=D(120), priority=1)),
    }
    wanted = {"pro_rata": [150, 150], "fixed": [50, 250], "percent_of_nav": [200, 100], "priority": [180, 120]}
    for method, asked in shares.items():
        (shown,) = booking.preview([Wish(tuple(orders), method, asked)], ops)
        assert isinstance(shown, Preview)
        assert [row.alloc_qty for row in shown.shares] == wanted[method]
        assert shown.totals[0] == D("99.97")
    (shown,) = booking.preview([Wish(tuple(orders), "pro_rata", shares["pro_rata"], D(100))], ops)
    assert isinstance(shown, Preview)
    assert [row.alloc_qty for row in shown.shares] == [200, 100]
    one = allocated(Wish(tuple(orders), "priority", shares["priority"]), ops)
    booking.book([Pick(one)], ops)
    assert positions() == {"ALPHA": 180, "BETA": 120}
    books()


def test_an_order_still_at_work_is_not_booked_before_its_day_is_over(desk: Floor, ops: Actor, books: Any) -> None:
    order = enter_one(desk, 300, time_in_force="good_till_cancel")
    fills(order, (100, "99.99"))
    one = allocated(Wish((order,), "percent", THIRDS), ops)
    assert refused(booking.book([Pick(one)], ops)[0]) == "ALLOCATION_STATE"
    BusinessDate.objects.update(today=factories.TODAY + timedelta(1))
    (told,) = booking.book([Pick(one)], ops)
    assert told.refusals == ()
    fills(order, (200, "99.98"))
    work()
    next_day = allocated(Wish((order,), "percent", THIRDS), ops)
    assert Allocation.objects.get(pk=next_day).trade_date == factories.TODAY + timedelta(1)
    booking.book([Pick(next_day)], ops)
    assert sum(positions().values()) == 300
    books()


def test_what_was_asked_before_the_fill_holds_for_every_day(desk: Floor, books: Any) -> None:
    order = enter_one(desk, 300, account="ALPHA", time_in_force="good_till_cancel")
    allocated(Wish((order,), "percent", THIRDS), desk.actor)
    fills(order, (100, "99.99"))
    work()
    BusinessDate.objects.update(today=factories.TODAY + timedelta(1))
    fills(order, (200, "99.98"))
    work()
    assert list(Allocation.objects.order_by("id").values_list("state", "qty")) == [("booked", 100), ("booked", 200)]
    # Each day is divided by itself: 33, 33, 34 and 67, 66, 67.
    assert positions() == {"ALPHA": 100, "BETA": 99, "GAMMA": 101}
    books()


def test_a_day_after_one_that_was_taken_back_is_allocated_too(
    desk: Floor, ops: Actor, books: Callable[[], None]
) -> None:
    order = enter_one(desk, 300, account="ALPHA", time_in_force="good_till_cancel")
    allocated(Wish((order,), "percent", THIRDS), desk.actor)
    [exec_id, _] = fills(order, (60, "99.99"), (30, "99.99"))
    work()
    BusinessDate.objects.update(today=factories.TODAY + timedelta(1))
    work()
    bust(order, exec_id, 60, "99.99")
    work()
    assert Allocation.objects.get().auto_book is False
    fills(order, (210, "99.99"))
    work()
    assert [(one.trade_date, one.auto_book) for one in Allocation.objects.order_by("id")] == [
        (factories.TODAY, False), (factories.TODAY + timedelta(1), True),
    ]  # fmt: skip
    cancel([Cancellation(order)], desk.actor)
    BusinessDate.objects.update(today=factories.TODAY + timedelta(2))
    work()
    assert Allocation.objects.latest("id").state == "booked"
    books()


def test_an_order_that_ends_unfilled_ends_its_allocation(desk: Floor) -> None:
    order = enter_one(desk, 300)
    one = allocated(Wish((order,), "percent", THIRDS), desk.actor)
    route()
    (child,) = children(order)
    record([says(child, "new")])
    cancel([Cancellation(order)], desk.actor)
    (child,) = children(order)
    record([says(child, "canceled", f"{child.id}.{child.version}")])
    work()
    assert Allocation.objects.get(pk=one).state == "cancelled"


def test_operations_is_reminded_once_of_what_is_not_allocated(desk: Floor, ops: Actor) -> None:
    order = enter_one(desk, 100)
    fills(order, (100, "99.99"))
    assert [row.order_id for row in followed.to_do(ops.desk_ids)] == [order]
    BusinessDate.objects.update(today=factories.TODAY + timedelta(1))
    assert (followed.remind(), followed.remind()) == (1, 0)
    assert Alert.objects.get(code="NOT_ALLOCATED").order_id == order
    one = allocated(Wish((order,), "percent", THIRDS), ops)
    booking.book([Pick(one)], ops)
    assert followed.to_do(ops.desk_ids) == []


def test_a_day_whose_executions_were_all_busted_has_nothing_to_allocate(desk: Floor, ops: Actor) -> None:
    order = enter_one(desk, 100, time_in_force="good_till_cancel")
    [exec_id] = fills(order, (40, "99.99"))
    BusinessDate.objects.update(today=factories.TODAY + timedelta(1))
    fills(order, (60, "99.99"))
    assert [row.trade_date for row in followed.to_do(ops.desk_ids)] == [
        factories.TODAY, factories.TODAY + timedelta(1),
    ]  # fmt: skip
    bust(order, exec_id, 40, "99.99")
    assert [row.trade_date for row in followed.to_do(ops.desk_ids)] == [factories.TODAY + timedelta(1)]


def statements(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)


def costs(desk: Floor, ops: Actor, size: int) -> list[int]:
    """The statements of each verb for so many allocations."""
    orders = [enter_one(desk, 100) for _ in range(size)]
    for order in orders:
        fills(order, (100, "99.99"))
    wishes = [Wish((order,), "percent", THIRDS) for order in orders]
    told: list[Told] = []
    asked = [
        statements(lambda: booking.preview(wishes, ops)),
        statements(lambda: told.extend(allocating.allocate(wishes, ops))),
    ]
    ids = [one.allocation_id or 0 for one in told]
    asked += [
        statements(lambda: allocating.change([Change(pk, "percent", THIRDS) for pk in ids], ops)),
        statements(lambda: booking.book([Pick(pk) for pk in ids], ops)),
        statements(affirming.confirm),
    ]
    confirmed = TradeConfirmation.objects.filter(state="confirmed").values_list("pk", flat=True)
    words = [affirming.Word(pk) for pk in confirmed]
    assert len(words) == 3 * size
    return [*asked, statements(lambda: affirming.affirm(words, ops))]


def test_the_number_of_statements_does_not_depend_on_the_number_of_allocations(desk: Floor, ops: Actor) -> None:
    costs(desk, ops, 1)  # opens accounts of the ledger
    assert costs(desk, ops, 1) == costs(desk, ops, 12)
    assert Allocation.objects.filter(state="booked").count() == 14
    assert TradeConfirmation.objects.filter(state="affirmed").count() == 42
