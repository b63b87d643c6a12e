"""Booking allocations: positions and obligations become the accounts'; and taking it back when executions change.

The order's account gives what was executed at the average price, each account gets its share at it (adjustments of
kind ``allocation``), and each share owes what its part of the block's money is. Nothing of a booking is ever deleted:
what is taken back is moved back, and the allocation waits to be booked again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import adjusting, alerts, allocating
from oms.desk.allocable import Known, find, is_over
from oms.desk.allocating import ALLOCATES, Pick, Told, Wish
from oms.desk.asked import CHANGES, Actor
from oms.desk.batch import in_bites
from orders.adjustments import Adjusted
from orders.models import Alert, Desk, Instrument, PositionAdjustment
from orders.vocabulary import Role, Side
from risk import usage
from settlement.allocation import confirming, kept
from settlement.allocation.division import Division, amounts, division
from settlement.allocation.executed import Executed
from settlement.allocation.kept import Held, Journal
from settlement.allocation.money import QUANTUM, average
from settlement.allocation.obliged import oblige, take_back
from settlement.allocation.shares import Method, divide, parts
from settlement.allocation.tables import State
from settlement.models import AllocationOrder, AllocationShare
from settlement.obligations import Terms
from settlement.standing import Standing, standing

ZERO = Decimal(0)
ITSELF = "allocation"


class Shown(NamedTuple):
    """What an account would get; the money is empty while nothing is executed."""

    account: str
    alloc_qty: Decimal
    money: tuple[Decimal, ...] = ()


class Preview(NamedTuple):
    """What an allocation would come to. ``qty`` is what is executed, or ordered while nothing is."""

    executed: bool
    qty: Decimal
    totals: tuple[Decimal, ...]
    shares: tuple[Shown, ...]


def preview(wishes: Sequence[Wish], actor: Actor) -> list[Preview | Refusal]:
    """What each account would get, before anything is written. The orders are looked at as they are now."""
    if not actor.may(CHANGES):
        return [Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not allocate") for _ in wishes]
    return in_bites(lambda bite: _preview(bite, actor), wishes)


def _preview(wishes: Sequence[Wish], actor: Actor) -> list[Preview | Refusal]:
    shares = [share for one in wishes for share in one.shares]
    known = find((pk for one in wishes for pk in one.order_ids), shares, actor)
    tables, terms = standing(), _terms(order.instrument_id for order in known.orders.values())
    found: list[Preview | Refusal] = []
    for wish in wishes:
        one = allocating.decided(0, wish, known, actor)
        found.append(one if isinstance(one, Refusal) else _shown(wish, one, known, terms, tables))
    return found


def _shown(wish: Wish, one: Held, known: Known, terms: Mapping[int, Terms], tables: Standing) -> Preview | Refusal:
    names, method = [share.account for share in wish.shares], Method(one.method)
    if one.trade_date is None:
        total = sum((known.orders[pk].leaves_qty for pk in one.order_ids), ZERO)
        qtys = divide(method, one.asks, total, one.min_lot)
        if isinstance(qtys, Refusal):
            return qtys
        return Preview(False, total, (), tuple(Shown(*row) for row in zip(names, qtys, strict=True)))
    fills = known.executed.on(one.order_ids, one.trade_date)
    made = division(method, one.asks, one.min_lot, fills, terms[one.instrument_id], tables, [0] * len(one.asks))
    if isinstance(made, Refusal):
        return made
    rows = zip(names, made.qtys, made.amounts(), strict=True)
    totals = amounts(made.whole.owed)
    return Preview(True, totals[0], totals[1:], tuple(Shown(name, qty, money[1:]) for name, qty, money in rows))


def book(picks: Sequence[Pick], actor: Actor) -> list[Told]:
    """Book allocations whose orders have ended; an answer each. Booking what is booked is refused and moves nothing."""
    if not actor.may(ALLOCATES):
        no = Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not book allocations")
        return [Told(None, refusals=(no,)) for _ in picks]
    return in_bites(lambda bite: _book(bite, actor, now()), picks)


def by_itself() -> Actor:
    """In whose name allocations are booked when their time has come: nobody's, on every desk."""
    return Actor(0, ITSELF, Role.OPERATIONS, frozenset(Desk.objects.values_list("pk", flat=True)))


def _book(picks: Sequence[Pick], actor: Actor, at: datetime) -> list[Told]:
    ids = [one.allocation_id for one in picks]
    seen = kept.load(ids, actor.desk_ids, lock=False)
    usage.lock(_keys(seen.values()))
    known, held = _locked(ids, actor)
    wanted = sum(len(one.asks) for one in held.values())
    numbers = iter(sets.ids(AllocationShare, wanted))
    tables, terms = standing(), _terms(one.instrument_id for one in held.values())
    journal = Journal(at, actor.username)
    answers: list[Told] = []
    booked: list[tuple[Held, Division]] = []
    for pick in picks:
        one = held.get(pick.allocation_id)
        wrong = allocating.unready(one, pick, known, actor)
        if one is None or wrong:
            answers.append(allocating.no(wrong or allocating.unknown(pick.allocation_id), one))
            continue
        share_ids = [next(numbers) for _ in one.asks]
        divided = _not_yet(one, seen[one.id], known) or _made(one, known, terms, tables, share_ids)
        if isinstance(divided, Refusal):
            answers.append(allocating.no(divided, one))
            continue
        journal.book(one, share_ids, divided.amounts(), amounts(divided.whole.owed))
        held[one.id] = journal.moved[one.id]
        booked.append((journal.moved[one.id], divided))
        answers.append(Told(one.id, State.BOOKED.value, one.version + 1))
    journal.save()
    _moved(booked, known, actor.username, at)
    decisions = [made for _, one in booked for made in one.decisions if made]
    confirming.begin(decisions, oblige(decisions, tables), terms, at)
    bell.ring_on_commit("instruct", "confirm", "live")
    return answers


def _made(
    one: Held, known: Known, terms: Mapping[int, Terms], tables: Standing, share_ids: list[int]
) -> Division | Refusal:
    assert one.trade_date is not None
    fills = known.executed.on(one.order_ids, one.trade_date)
    wants = (Method(one.method), one.asks, one.min_lot, fills, terms[one.instrument_id], tables, share_ids)
    return division(*wants)


def _locked(ids: Sequence[int], actor: Actor) -> tuple[Known, dict[int, Held]]:
    members = AllocationOrder.objects.filter(allocation_id__in=ids, allocation__desk_id__in=actor.desk_ids)
    known = find(members.values_list("order_id", flat=True), (), actor)
    held = kept.load(ids, actor.desk_ids, lock=True)
    for pk, one in held.items():
        if one.state == State.DRAFT:
            days = {day for order_id in one.order_ids for day in known.executed.days(order_id)}
            held[pk] = one._replace(trade_date=min(days) if days else None)
    return known, held


def _not_yet(one: Held, seen: Held, known: Known) -> Refusal | None:
    if one.asks != seen.asks:
        return Refusal("VERSION_CONFLICT", "version", f"allocation {one.id} was changed a moment ago")
    if one.trade_date is None:
        return Refusal("BAD_ALLOCATION", "", f"nothing of allocation {one.id} is executed")
    for order_id in one.order_ids:
        if not is_over(known.orders[order_id], one.trade_date, known.today):
            return Refusal("ALLOCATION_STATE", "", f"order {order_id} is still at work: book it when it has ended")
    return None


def _keys(several: Iterable[Held]) -> set[tuple[int, int]]:
    """The positions that booking or taking back touches."""
    held = list(several)
    orders = AllocationOrder.objects.filter(allocation_id__in=[one.id for one in held])
    keys = set(orders.values_list("order__account_id", "order__instrument_id"))
    return keys | {(account, one.instrument_id) for one in held for account in one.account_ids}


def _moved(booked: Sequence[tuple[Held, Division]], known: Known, actor: str, at: datetime) -> None:
    """Out of the orders' accounts, into each account, at the average price: what is given is what is got."""
    rows = []
    for one, made in booked:
        assert one.trade_date is not None
        fills = known.executed.on(one.order_ids, one.trade_date)
        given: dict[int, Decimal] = {}
        for fill in fills:
            given[fill.account_id] = given.get(fill.account_id, ZERO) + fill.last_qty
        rows += _adjustments(one, made, given, one.trade_date)
    assert not any(adjusting.adjust(rows, actor, at))


def _adjustments(one: Held, made: Division, given: Mapping[int, Decimal], day: date) -> list[Adjusted]:
    """The adjustments of a booking. An account that is both the order's and a share's moves by the difference."""
    sign, block = Side(one.side).sign, made.whole.owed
    future = bool(block.gross_trade_amt) and not block.principal
    worth = parts(list(given.values()), block.gross_trade_amt, QUANTUM)
    moves: dict[int, tuple[Decimal, Decimal]] = {}
    for (account_id, qty), money in zip(given.items(), worth, strict=True):
        moves[account_id] = -sign * qty, sign * money
    for owed in (decision.owed for decision in made.decisions if decision):
        qty, money = moves.get(owed.account_id, (ZERO, ZERO))
        moves[owed.account_id] = qty + sign * owed.qty, money - sign * owed.gross_trade_amt
    return [
        Adjusted(
            source(one, account_id), account_id, one.instrument_id, "allocation", qty, block.price,
            ZERO if future else money, None, None, day,
        )
        for account_id, (qty, money) in moves.items()
        if qty
    ]  # fmt: skip


def source(one: Held, account_id: int) -> str:
    """The idempotency key of what a booking moves in an account."""
    return f"allocation:{one.id}:{one.revision}:{account_id}"


def reopen(ids: Sequence[int], why: str) -> int:
    """Take bookings back whose executions are no longer what was booked; answer how many. They wait to be booked anew.

    Positions and obligations are moved back by rows of their own, confirmations are cancelled, and operations is told.
    """
    return sum(in_bites(lambda bite: _reopen(bite, why, now()), ids))


def _reopen(ids: Sequence[int], why: str, at: datetime) -> list[int]:
    actor = by_itself()
    seen = kept.load(ids, lock=False)
    keys = _keys(seen.values())
    usage.lock(keys)
    known, held = _locked(ids, actor)
    stale = [one for one in held.values() if one.state == State.BOOKED and differs(one, known.executed)]
    journal = Journal(at, actor.username)
    for one in stale:
        journal.move(one._replace(state=State.SUBMITTED.value, auto_book=False), "reopened", why)
    journal.save()
    _moved_back(stale, keys, actor.username, at)
    numbers = [(one.id, one.revision) for one in stale]
    shares = AllocationShare.objects.filter(allocation_id__in=[one for one, _ in numbers], alloc_qty__gt=0)
    share_ids = [pk for pk, *of in shares.values_list("pk", "allocation_id", "revision") if tuple(of) in numbers]
    take_back(share_ids, known.today, standing())
    confirming.cancel(share_ids, at, why)
    alerts.save([_told(one, why, at) for one in stale])
    bell.ring_on_commit("instruct", "live")
    return [int(any(one.id == pk for one in stale)) for pk in ids]


def differs(one: Held, executed: Executed) -> bool:
    """Whether what is executed is not what was booked."""
    assert one.trade_date is not None
    fills = [(fill.last_qty, fill.last_px) for fill in executed.on(one.order_ids, one.trade_date)]
    qty = sum((qty for qty, _ in fills), ZERO)
    return qty != one.qty or average(fills) != one.avg_px


def _moved_back(stale: Sequence[Held], keys: Iterable[tuple[int, int]], actor: str, at: datetime) -> None:
    """Every adjustment of the bookings once more, the other way."""
    sources = [source(one, account_id) for one in stale for account_id, _ in keys]
    booked = PositionAdjustment.objects.filter(source__in=sources).order_by("id").values_list(*Adjusted._fields)
    rows = []
    for made in map(Adjusted._make, booked):
        assert made.money is not None
        rows.append(made._replace(source=f"{made.source}:back", qty=-made.qty, money=-made.money))
    assert not any(adjusting.adjust(rows, actor, at))


def _told(one: Held, why: str, at: datetime) -> alerts.Row:
    """What operations reads."""
    text = f"allocation {one.id} was taken back: {why}. Book it again."
    severity = Alert.Severity.CRITICAL.value
    return (at, severity, "allocation", "REALLOCATE", one.desk_id, one.order_ids[0], text[:500], {"id": one.id}, "")


def _terms(ids: Iterable[int]) -> dict[int, Terms]:
    rows = Instrument.objects.filter(pk__in=sorted(set(ids))).values_list(*Terms._fields)
    return {row[0]: Terms(*row) for row in rows}
