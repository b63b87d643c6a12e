"""What happens to allocations by itself: frozen by the first fill, booked when their orders have ended, taken back when
executions under them change; and who is told when the cut-off for allocating has passed.

The journal is followed behind a cursor, which moves in the transaction that acts on what it passed.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import lane
from oms.base.prepared import Prepared, single
from oms.desk import alerts, booking
from oms.desk.allocating import Pick
from orders import feed
from orders.models import Alert, ExecutionReport
from orders.reference import business_date
from risk.models import WatchMark
from settlement.allocation import confirming, kept
from settlement.allocation.deadline import deadline
from settlement.allocation.executed import FILLS, Executed
from settlement.allocation.kept import Journal
from settlement.allocation.tables import State
from settlement.cycles import MARKETS
from settlement.models import Allocation, AllocationOrder, AllocationShare

CURSOR = "allocations"
CODE = "NOT_ALLOCATED"
BITE = 500
# All executions of allocation accounts are looked through; nobody needs that every second.
PAUSE = timedelta(seconds=15)


_AT_WORK = AllocationOrder.objects.filter(allocation=OuterRef("pk"), order__leaves_qty__gt=0)
_STATES = Prepared(
    lambda orders: AllocationOrder.objects.filter(order_id__among=orders, active=True).values_list(
        "allocation_id", "allocation__state"
    )
)
_DUE = Prepared(
    lambda today: (
        Allocation.objects.filter(
            Q(trade_date__lt=single(today)) | ~Exists(_AT_WORK),
            state__in=[State.FROZEN, State.SUBMITTED],
            auto_book=True,
        )
        .order_by("id")
        .values_list("pk")[:BITE]
    )
)
_EMPTY = Prepared(
    lambda: Allocation.objects.filter(~Exists(_AT_WORK), state=State.DRAFT).order_by("id").values_list("pk")[:BITE]
)


def follow(limit: int = 1_000) -> int:
    """Read the next ``limit`` events of the journal and do what follows for allocations; how many were read."""
    with transaction.atomic():
        if not lane("allocations"):
            return 0
        place = feed.hold(CURSOR)
        rows = list(feed.after(place, limit).values_list("tx", "id", "order_id", "is_root", "exec_type"))
        if not rows:
            return 0
        orders = {order_id for _, _, order_id, is_root, kind in rows if is_root and kind in FILLS}
        _follow(orders)
        feed.advance(CURSOR, feed.Place(*rows[-1][:2]))
        return len(rows)


def _follow(order_ids: Iterable[int]) -> None:
    """Freeze what was asked for before the first fill; take back what is no longer what was booked."""
    states: dict[int, str] = dict(_STATES(order_ids))
    if not states:
        return
    booked = [pk for pk, state in states.items() if state == State.BOOKED]
    booking.reopen(booked, "its executions have changed")
    every = set(AllocationOrder.objects.filter(allocation_id__in=list(states)).values_list("order_id", flat=True))
    executed = Executed(every)
    journal = Journal(now(), booking.ITSELF)
    for one in kept.load([pk for pk, state in states.items() if state == State.DRAFT], lock=True).values():
        days = sorted({day for order_id in one.order_ids for day in executed.days(order_id)})
        if one.state == State.DRAFT and days:
            journal.move(one._replace(state=State.FROZEN.value, trade_date=days[0]), "frozen", "the first fill")
    journal.save()
    _continue(executed, every)


def _continue(executed: Executed, order_ids: Iterable[int]) -> None:
    """What was asked for before the first fill holds for the days after it too: each gets an allocation of its own.

    Also where the first was taken back, or waits for operations: in an account of its own they settle no other way.
    """
    rows = AllocationOrder.objects.filter(order_id__in=list(order_ids), active=True, trade_date__isnull=False)
    before = rows.filter(order__account__average_price=False)
    known = set(rows.values_list("order_id", "trade_date"))
    latest = dict(before.order_by("id").values_list("order_id", "allocation_id"))
    wanted: dict[tuple[int, date], list[int]] = {}
    for order_id, day in sorted(executed.of):
        if order_id in latest and (order_id, day) not in known:
            wanted.setdefault((latest[order_id], day), []).append(order_id)
    held = kept.load([pk for pk, _ in wanted], lock=False)
    shares = iter(sets.ids(AllocationShare, sum(len(held[pk].asks) for pk, _ in wanted)))
    journal = Journal(now(), booking.ITSELF)
    for id_, ((pk, day), orders) in zip(sets.ids(Allocation, len(wanted)), wanted.items(), strict=True):
        one = held[pk]._replace(
            id=id_, trade_date=day, state=State.FROZEN.value, auto_book=True, revision=1, version=1, alloc_id="",
            qty=None, avg_px=None, order_ids=tuple(orders),
        )  # fmt: skip
        journal.begin(one, [next(shares) for _ in one.asks], "frozen", f"as allocation {pk}, for another day")
    journal.save()


def book_due() -> int:
    """Book what is to be booked by itself and whose orders have ended; how many."""
    picks = [Pick(pk) for pk in _DUE.column(business_date())]
    if not picks:
        return _end_empty()
    told = booking.book(picks, booking.by_itself())
    # What was changed a moment ago is looked at again.
    failed = [one for one in told if one.refusals and one.refusals[0].code != "VERSION_CONFLICT"]
    _give_up([(one.allocation_id, one.refusals[0].text) for one in failed if one.allocation_id])
    return len(picks)


def _end_empty() -> int:
    """What was asked for orders that ended without an execution is over."""
    ids = _EMPTY.column()
    if not ids:
        return 0
    with transaction.atomic():
        journal = Journal(now(), booking.ITSELF)
        held = kept.load(ids, lock=True)
        traded = Executed(order_id for one in held.values() for order_id in one.order_ids).traded
        for one in held.values():
            if one.state == State.DRAFT and traded.isdisjoint(one.order_ids):
                journal.move(one._replace(state=State.CANCELLED.value), "cancelled", "nothing was executed")
        journal.save()
        return len(journal.moved)


def _give_up(failed: Sequence[tuple[int, str]]) -> None:
    """What cannot be booked by itself waits for operations, who is told why."""
    if not failed:
        return
    why = dict(failed)
    with transaction.atomic():
        journal, told = Journal(now(), booking.ITSELF), []
        for one in kept.load(why, lock=True).values():
            if one.auto_book:
                journal.move(one._replace(auto_book=False), "waits", why[one.id])
                text = f"allocation {one.id} could not be booked: {why[one.id]}"
                told.append(_alert(journal.at, one.desk_id, one.order_ids[0], text, {"id": one.id}))
        journal.save()
        alerts.save(told)


class ToDo(NamedTuple):
    """An order in an allocation account with executions of a day that are not booked for anybody yet."""

    order_id: int
    desk_id: int
    trade_date: date
    market: str


def to_do(desk_ids: Iterable[int] | None = None) -> list[ToDo]:
    """What operations has still to allocate, oldest first: no allocation, or one that is not booked. Two SELECTs."""
    booked = AllocationOrder.objects.filter(
        order=OuterRef("order_id"), trade_date=OuterRef("trade_date"), active=True, allocation__state=State.BOOKED
    )
    rows = ExecutionReport.objects.filter(
        ~Exists(booked), is_root=True, exec_type="trade", order__account__average_price=True, order__cum_qty__gt=0
    )
    if desk_ids is not None:
        rows = rows.filter(order__desk_id__in=list(desk_ids))
    columns = rows.order_by("trade_date", "order_id").values_list(
        "order_id", "order__desk_id", "trade_date", "order__instrument__settl_market"
    )
    found = [ToDo(*row) for row in columns.distinct()]
    # A day whose every execution was busted has nothing to allocate.
    executed = Executed(one.order_id for one in found)
    return [one for one in found if executed.qty([one.order_id], one.trade_date)]


def remind(limit: int = 500) -> int:
    """Tell operations, once, of what is not allocated at its cut-off or when the next business date began; how many."""
    at, today = now(), business_date()
    mark = WatchMark.objects.filter(pk=CODE).first()
    if mark is not None and at - mark.at < PAUSE:
        return 0
    WatchMark.objects.update_or_create(pk=CODE, defaults={"at": at})
    waiting = to_do()
    if not waiting:
        return 0
    cut_offs = confirming.limits()
    with transaction.atomic():
        if not lane("remind"):
            return 0
        told = set(
            Alert.objects.filter(code=CODE, order_id__in=[one.order_id for one in waiting]).values_list(
                "order_id", "payload__trade_date"
            )
        )
        rows = []
        for one in waiting[:limit]:
            by = deadline(cut_offs, MARKETS.get(one.market, one.market), "allocate", one.trade_date)
            passed = one.trade_date < today or (by is not None and at > by)
            if passed and (one.order_id, one.trade_date.isoformat()) not in told:
                text = f"order {one.order_id} was executed on {one.trade_date} and is not allocated"
                rows.append(_alert(at, one.desk_id, one.order_id, text, {"trade_date": one.trade_date.isoformat()}))
        alerts.save(rows)
        return len(rows)


def _alert(at: datetime, desk_id: int, order_id: int, text: str, payload: dict[str, object]) -> alerts.Row:
    return (at, Alert.Severity.WARNING.value, "allocation", CODE, desk_id, order_id, text[:500], payload, "")
