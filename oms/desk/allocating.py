"""Allocations: who the executions of orders are for. Asked for before the first fill or after, changed, cancelled.

Booking is in oms/desk/booking.py. An allocation that was made before the first fill is frozen by it: from then on
operations alone changes it. What was executed in an account that is no allocation account settles there, so its orders
are allocated before their first fill or not at all.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk.allocable import Known, Of, Share, asked, find, is_over
from oms.desk.asked import CHANGES, Actor
from oms.desk.batch import in_bites
from orders.vocabulary import Composition, Role
from settlement.allocation import kept
from settlement.allocation.kept import Held, Journal
from settlement.allocation.shares import Method, fault
from settlement.allocation.tables import WAITING, State
from settlement.models import Allocation, AllocationOrder, AllocationShare

ALLOCATES = frozenset({Role.OPERATIONS, Role.API_CLIENT})
ONE = Decimal(1)


class Wish(NamedTuple):
    """A new allocation. ``trade_date`` tells apart the days of an order that was executed on several.

    ``auto_book``: have it booked when its orders have ended; one from before the first fill is in any case.
    """

    order_ids: tuple[int, ...]
    method: str
    shares: tuple[Share, ...]
    min_lot: Decimal = ONE
    alloc_id: str = ""
    trade_date: date | None = None
    auto_book: bool = False
    text: str = ""


class Change(NamedTuple):
    """What is asked instead; ``version`` guards against a change not yet seen, ``alloc_id`` is its new AllocID."""

    allocation_id: int
    method: str
    shares: tuple[Share, ...]
    min_lot: Decimal = ONE
    version: int | None = None
    text: str = ""
    alloc_id: str = ""


class Pick(NamedTuple):
    """An allocation that is to be cancelled or booked, and why."""

    allocation_id: int
    version: int | None = None
    text: str = ""


class Told(NamedTuple):
    """What became of one item."""

    allocation_id: int | None
    state: str = ""
    version: int | None = None
    refusals: tuple[Refusal, ...] = ()


def allocate(wishes: Sequence[Wish], actor: Actor) -> list[Told]:
    """Ask for allocations; an answer each. Traders ask for their own orders before the first fill, operations always.

    A client (its own orders) and operations allocate what was executed in an allocation account.
    """
    if not actor.may(CHANGES):
        return [no(_not_allowed(actor)) for _ in wishes]
    return in_bites(lambda bite: _allocate(bite, actor), wishes)


def _allocate(wishes: Sequence[Wish], actor: Actor) -> list[Told]:
    known = find((pk for one in wishes for pk in one.order_ids), (s for one in wishes for s in one.shares), actor)
    used = _used((wish.alloc_id for wish in wishes), actor)
    journal = Journal(now(), actor.username)
    answers: list[Told] = []
    made: list[Held] = []
    for id_, wish in zip(sets.ids(Allocation, len(wishes)), wishes, strict=True):
        one = _used_before(wish.alloc_id, used) or decided(id_, wish, known, actor)
        if isinstance(one, Refusal):
            answers.append(no(one))
            continue
        made.append(one)
        used |= {wish.alloc_id} - {""}
        for order_id in one.order_ids:
            known.taken.setdefault(order_id, set()).add(one.trade_date)
        answers.append(Told(id_, one.state, 1))
    _write(journal, made)
    return answers


def _used(names: Iterable[str], actor: Actor) -> set[str]:
    """The AllocIDs among ``names`` that the actor has used before. One SELECT."""
    rows = Allocation.objects.filter(sender_comp_id=actor.sender_comp_id, alloc_id__in={*names} - {""})
    return set(rows.values_list("alloc_id", flat=True))


def _used_before(name: str, used: set[str]) -> Refusal | None:
    return Refusal("DUPLICATE_ALLOC_ID", "alloc_id", f"AllocID {name} was used before") if name in used else None


def _write(journal: Journal, made: Sequence[Held]) -> None:
    ids = iter(sets.ids(AllocationShare, sum(len(one.asks) for one in made)))
    for one in made:
        journal.begin(one, [next(ids) for _ in one.asks], "allocated", one.text)
    journal.save()
    bell.ring_on_commit("allocate", "live")


def decided(id_: int, wish: Wish, known: Known, actor: Actor) -> Held | Refusal:
    """The allocation that a wish comes to, or why it cannot be one."""
    wrong = _orders_wrong(wish, known, actor)
    if wrong:
        return wrong
    first = known.orders[wish.order_ids[0]]
    before = not any(order_id in known.executed.traded for order_id in wish.order_ids)
    day = None if before else _day(wish, known)
    if isinstance(day, Refusal):
        return day
    wrong = _may_not(wish, known, actor, before=before) or _taken(wish, known, day)
    if wrong:
        return wrong
    asks = asked(wish.method, wish.shares, first.desk_id, known)
    if isinstance(asks, Refusal):
        return asks
    total = None
    if day is not None and all(is_over(known.orders[pk], day, known.today) for pk in wish.order_ids):
        total = known.executed.qty(wish.order_ids, day)
    method = Method(wish.method)
    return fault(method, asks, total) or Held(
        id_, first.desk_id, first.instrument_id, first.side, day, method.value, wish.min_lot,
        (State.DRAFT if before else State.SUBMITTED).value, before or wish.auto_book, 1, 1, actor.sender_comp_id,
        wish.alloc_id, actor.user_id, first.currency, wish.text[:300], order_ids=tuple(wish.order_ids),
        asks=tuple(asks),
    )  # fmt: skip


def _orders_wrong(wish: Wish, known: Known, actor: Actor) -> Refusal | None:
    if not wish.order_ids or len(set(wish.order_ids)) != len(wish.order_ids):
        return Refusal("BAD_ALLOCATION", "order_ids", "name one or more different orders")
    first: Of | None = None
    for order_id in wish.order_ids:
        order = known.orders.get(order_id)
        if order is None:
            return Refusal("UNKNOWN_ORDER", "order_ids", f"no order {order_id} on your desks")
        if order.composition:
            what = "its members have their shares" if order.composition == Composition.BLOCK else "allocate its legs"
            return Refusal("BAD_ALLOCATION", "order_ids", f"order {order_id} is a {order.composition}: {what}")
        first = first or order
        for name in ("desk_id", "instrument_id", "side"):
            if getattr(order, name) != getattr(first, name):
                what = name.removesuffix("_id")
                return Refusal("BAD_ALLOCATION", "order_ids", f"order {order_id} differs from {first.id} in {what}")
    return None


def _may_not(wish: Wish, known: Known, actor: Actor, *, before: bool) -> Refusal | None:
    orders = [known.orders[order_id] for order_id in wish.order_ids]
    own = all(order.is_own(actor) for order in orders)
    if not actor.may(ALLOCATES) and not before:
        return Refusal("NOT_ALLOWED", "", "after the first fill operations allocates")
    if not own and not (actor.is_superuser or actor.role == Role.OPERATIONS):
        return Refusal("NOT_ALLOWED", "order_ids", "these are not your own orders")
    for order in orders:
        if before and order.leaves_qty == 0:
            return Refusal("ORDER_CLOSED", "order_ids", f"nothing of order {order.id} was executed or can be")
        if not before and not order.average_price:
            text = f"order {order.id} was executed in an account of its own, where it settles"
            return Refusal("NOT_ALLOCABLE", "order_ids", text)
    return None


def _day(wish: Wish, known: Known) -> date | Refusal:
    """The day whose executions are allocated: the one that was asked for, or the first that is not allocated yet."""
    days = set.intersection(*(set(known.executed.days(order_id)) for order_id in wish.order_ids))
    if wish.trade_date is not None:
        if wish.trade_date in days:
            return wish.trade_date
        return Refusal("BAD_ALLOCATION", "trade_date", f"not every order was executed on {wish.trade_date}")
    free = sorted(day for day in days if not any(day in known.taken.get(pk, ()) for pk in wish.order_ids))
    if free or days:
        return free[0] if free else max(days)
    return Refusal("BAD_ALLOCATION", "order_ids", "there is no day on which all of these orders were executed")


def _taken(wish: Wish, known: Known, day: date | None) -> Refusal | None:
    for order_id in wish.order_ids:
        days = known.taken.get(order_id, set())
        if day in days or None in days:
            return Refusal("ALLOCATED_ALREADY", "order_ids", f"order {order_id} is in an allocation already")
    return None


def change(wishes: Sequence[Change], actor: Actor) -> list[Told]:
    """Ask for something else, until it is booked; an answer each. What is frozen, operations alone changes."""
    if not actor.may(CHANGES):
        return [no(_not_allowed(actor)) for _ in wishes]
    return in_bites(lambda bite: _change(bite, actor), wishes)


def _change(wishes: Sequence[Change], actor: Actor) -> list[Told]:
    known, held = _held([one.allocation_id for one in wishes], [s for one in wishes for s in one.shares], actor)
    journal = Journal(now(), actor.username)
    used = _used((wish.alloc_id for wish in wishes), actor)
    answers: list[Told] = []
    made: list[Held] = []
    for wish in wishes:
        one = held.get(wish.allocation_id)
        fixed = unready(one, wish, known, actor) or _used_before(wish.alloc_id, used)
        if one is None or fixed:
            answers.append(no(fixed or unknown(wish.allocation_id), one))
            continue
        asks = asked(wish.method, wish.shares, one.desk_id, known)
        wrong = asks if isinstance(asks, Refusal) else fault(Method(wish.method), asks, _total(one, known))
        if isinstance(asks, Refusal) or wrong:
            answers.append(no(wrong or unknown(one.id), one))
            continue
        one = one._replace(
            method=wish.method, min_lot=wish.min_lot, asks=tuple(asks), text=wish.text[:300] or one.text,
            alloc_id=wish.alloc_id or one.alloc_id,
        )  # fmt: skip
        used |= {wish.alloc_id} - {""}
        made.append(one)
        held[one.id] = one._replace(version=one.version + 1, revision=one.revision + 1)
        answers.append(Told(one.id, one.state, one.version + 1))
    ids = iter(sets.ids(AllocationShare, sum(len(one.asks) for one in made)))
    for one in made:
        journal.ask(one, [next(ids) for _ in one.asks], one.text)
    journal.save()
    bell.ring_on_commit("allocate", "live")
    return answers


def _total(one: Held, known: Known) -> Decimal | None:
    """What there is to divide, if it is known and quantities must come to it: not of what was asked before a fill."""
    day = one.trade_date
    if day is None or one.state != State.SUBMITTED:
        return None
    orders = [known.orders[pk] for pk in one.order_ids if pk in known.orders]
    return known.executed.qty(one.order_ids, day) if all(is_over(o, day, known.today) for o in orders) else None


def cancel(wishes: Sequence[Pick], actor: Actor) -> list[Told]:
    """Take allocations back that are not booked; an answer each. Their orders may be allocated anew."""
    if not actor.may(CHANGES):
        return [no(_not_allowed(actor)) for _ in wishes]
    return in_bites(lambda bite: _cancel(bite, actor), wishes)


def _cancel(wishes: Sequence[Pick], actor: Actor) -> list[Told]:
    known, held = _held([one.allocation_id for one in wishes], (), actor)
    journal = Journal(now(), actor.username)
    answers: list[Told] = []
    for wish in wishes:
        one = held.get(wish.allocation_id)
        fixed = unready(one, wish, known, actor) or (one and _kept(one, known))
        if one is None or fixed:
            answers.append(no(fixed or unknown(wish.allocation_id), one))
            continue
        held[one.id] = journal.move(one._replace(state=State.CANCELLED.value), "cancelled", wish.text)
        answers.append(Told(one.id, State.CANCELLED.value, one.version + 1))
    journal.save()
    bell.ring_on_commit("live")
    return answers


def _kept(one: Held, known: Known) -> Refusal | None:
    """What is executed in an account of its own is settled by this allocation alone: it may change, and not end."""
    for order_id in one.order_ids:
        if order_id in known.executed.traded and not known.orders[order_id].average_price:
            text = f"order {order_id} has executions that settle by this allocation: change it instead"
            return Refusal("ALLOCATION_STATE", "state", text)
    return None


def _held(ids: Sequence[int], shares: Iterable[Share], actor: Actor) -> tuple[Known, dict[int, Held]]:
    """The allocations, locked after their orders, and what is known of those."""
    members = AllocationOrder.objects.filter(allocation_id__in=ids, allocation__desk_id__in=actor.desk_ids)
    known = find(members.values_list("order_id", flat=True), shares, actor)
    return known, kept.load(ids, actor.desk_ids, lock=True)


def unready(one: Held | None, wish: Change | Pick, known: Known, actor: Actor) -> Refusal | None:
    """Why nothing can be asked of an allocation by this actor now."""
    if one is None:
        return unknown(wish.allocation_id)
    if wish.version is not None and wish.version != one.version:
        text = f"the allocation is at version {one.version}, not {wish.version}"
        return Refusal("VERSION_CONFLICT", "version", text)
    if one.state not in WAITING:
        return Refusal("ALLOCATION_STATE", "state", f"allocation {one.id} is {one.state}")
    if actor.is_superuser or actor.role == Role.OPERATIONS:
        return None
    if not all(known.orders[pk].is_own(actor) for pk in one.order_ids):
        return Refusal("NOT_ALLOWED", "", "these are not your own orders")
    frozen = one.state != State.SUBMITTED and any(pk in known.executed.traded for pk in one.order_ids)
    if frozen or (not actor.may(ALLOCATES) and one.state == State.SUBMITTED):
        return Refusal("ALLOCATION_STATE", "state", f"allocation {one.id} is frozen by the first fill: ask operations")
    return None


def unknown(allocation_id: int) -> Refusal:
    """The refusal of an id that names nothing on the actor's desks."""
    return Refusal("UNKNOWN_ALLOCATION", "id", f"no allocation {allocation_id} on your desks")


def _not_allowed(actor: Actor) -> Refusal:
    return Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not allocate")


def no(refusal: Refusal, one: Held | None = None) -> Told:
    """A refusal that leaves ``one`` as it is."""
    return Told(one.id if one else None, one.state if one else "", one.version if one else None, (refusal,))
