"""Booking what moves positions and is no execution: lock, look for repetitions, fold, write. Set-wise."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Max

from oms.base import sets
from oms.base.money import scaled
from oms.base.refusal import Refusal
from orders.adjustment import Kind
from orders.holdings import Holdings
from orders.models import ExecutionReport, PositionAdjustment
from orders.moves import Key
from orders.positions import ZERO, Move, worth

LONGEST = 96


class Adjusted(NamedTuple):
    """An adjustment to be booked; what the columns mean says orders/adjustment.py.

    Where ``px`` is None the units leave at the position's average cost and realise nothing. Where ``money`` is None
    the units are paid for at ``px`` (nothing for a future); ZERO moves them free of payment.
    """

    source: str
    account_id: int
    instrument_id: int
    kind: str
    qty: Decimal
    px: Decimal | None
    money: Decimal | None
    factor_new: Decimal | None
    factor_old: Decimal | None
    trade_date: date
    opened_on: date | None = None

    @property
    def key(self) -> Key:
        """The position it is of."""
        return self.account_id, self.instrument_id


def adjust(rows: Sequence[Adjusted], actor: str, at: datetime) -> list[Refusal | None]:
    """Book ``rows`` in the order given, in the caller's transaction; one refusal or None each. Seven statements.

    What was booked before under the same source and terms is done, and is not booked again. Go through
    ``oms.desk.adjusting.adjust``, which has risk count the same: positions are locked here, so limits come before.
    """
    faults = [_fault(row) for row in rows]
    sound = [row for row, fault in zip(rows, faults, strict=True) if fault is None]
    if not sound:
        return list(faults)
    holdings = Holdings(row.key for row in sound)
    booked = _booked(sound)
    newest = ExecutionReport.objects.aggregate(newest=Max("id"))["newest"] or 0
    answers: list[Refusal | None] = []
    written: list[tuple[Any, ...]] = []
    for row, fault in zip(rows, faults, strict=True):
        answer = fault or _repeated(row, booked)
        if answer is None and row.source not in booked:
            made = _decide(row, holdings)
            if isinstance(made, Refusal):
                answer = made
            else:
                holdings.move(row.key, made)
                full = row._replace(px=made.px, money=made.money)
                booked[row.source] = full
                written.append((*full, newest, actor, at))
        answers.append(answer)
    holdings.save(at)
    sets.insert(PositionAdjustment, (*Adjusted._fields, "after_event", "actor", "recorded_at"), written)
    return answers


def _fault(row: Adjusted) -> Refusal | None:
    """What is wrong with a row on its own."""
    if not row.source or len(row.source) > LONGEST:
        return Refusal("BAD_VALUE", "source", f"source must have 1 to {LONGEST} characters")
    if row.kind not in Kind.values:
        return Refusal("BAD_VALUE", "kind", f"kind must be one of {', '.join(Kind.values)}, not {row.kind!r}")
    factors = row.factor_new, row.factor_old
    if factors != (None, None) and not all(factor is not None and factor > 0 for factor in factors):
        return Refusal("NOT_POSITIVE", "factor_new", "factor_new and factor_old must both be greater than 0")
    if row.kind == Kind.SPLIT and row.factor_new is None:
        return Refusal("MISSING", "factor_new", "a split needs factor_new and factor_old")
    if row.qty and row.kind in _OF_MONEY:
        return Refusal("BAD_VALUE", "qty", f"a {row.kind} moves money and no units, not {row.qty:f}")
    if not row.qty and not row.money and row.factor_new is None:
        return Refusal("MISSING", "qty", "nothing moves: give a qty, money or factors")
    return None


def _booked(rows: Sequence[Adjusted]) -> dict[str, Adjusted]:
    """What stands under the sources of ``rows``. One SELECT, after the locks."""
    found = PositionAdjustment.objects.filter(source__in={row.source for row in rows})
    return {row[0]: Adjusted(*row) for row in found.values_list(*Adjusted._fields)}


def _repeated(row: Adjusted, booked: dict[str, Adjusted]) -> Refusal | None:
    """The refusal of a source that stands for something else; what was left to us to fill in counts as equal."""
    before = booked.get(row.source)
    if before is None:
        return None
    px, money = before.px if row.px is None else row.px, before.money if row.money is None else row.money
    if row._replace(px=px, money=money) == before:
        return None
    text = f"{row.source} was booked as {before.kind} of {before.qty:f} and {before.money or ZERO:f}"
    return Refusal("SOURCE_REUSED", "source", text)


def _decide(row: Adjusted, holdings: Holdings) -> Move | Refusal:
    """The move of the position as it stands, or why it can't be made."""
    held, unit, px = holdings.held[row.key], holdings.units[row.instrument_id], row.px
    if row.qty and px is None and row.factor_new is None:
        if abs(held.qty + row.qty) > abs(held.qty) or held.qty * (held.qty + row.qty) < 0:
            text = f"{row.qty:f} on a position of {held.qty:f} needs a price: only what leaves may leave at cost"
            return Refusal("MISSING", "px", text)
        px = held.avg_cost
    money = row.money
    if money is None:
        money = scaled(worth(row.qty, px, unit)) if px is not None and row.qty and row.factor_new is None else ZERO
    return Move(row.qty, px, money, row.opened_on or row.trade_date, row.kind, row.factor_new, row.factor_old)


_OF_MONEY = (Kind.DIVIDEND, Kind.COUPON, Kind.VARIATION_MARGIN)
