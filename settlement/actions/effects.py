"""What a corporate action does to one holder: moves of units and money, exact, and what is paid for fractions. Pure.

Longs get, shorts owe: quantities are signed, and so is everything that follows from them. A dividend never changes cost
and a split never changes value. In a merger and a spin-off cost goes along with what it was paid for: a merger's cash
is taken from cost first, and only what is beyond it is gained.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from settlement.actions.kinds import HUNDRED, Kind
from settlement.rounding import CENT, ONE, ZERO, half_up

QUANTUM = Decimal("0.00000001")


class Terms(NamedTuple):
    """The terms of the action (settlement/actions/tables.py). ``unit`` is the smallest money that is paid.

    ``face`` is what a price of 1 is worth for a quantity of 1: bonds are quoted per 100 of face.
    """

    kind: str
    instrument_id: int
    amount: Decimal = ZERO
    new: Decimal = ONE
    old: Decimal = ONE
    in_lieu_px: Decimal | None = None
    pct: Decimal | None = None
    into_id: int | None = None
    unit: Decimal = CENT
    face: Decimal = ONE


class Held(NamedTuple):
    """What an account was entitled by, and what that cost on average."""

    account_id: int
    qty: Decimal
    avg_cost: Decimal = ZERO


class Move(NamedTuple):
    """One adjustment of a position (orders/adjustments.py); ``px`` None is at cost."""

    instrument_id: int
    kind: str
    qty: Decimal
    px: Decimal | None
    money: Decimal
    factor_new: Decimal | None = None
    factor_old: Decimal | None = None


def effects(terms: Terms, held: Held) -> list[Move]:
    """The moves, in the order they are to be booked; none for who holds nothing."""
    if not held.qty:
        return []
    return [move for move in _OF[terms.kind](terms, held) if move.qty or move.money or move.factor_new]


def _income(terms: Terms, held: Held) -> list[Move]:
    money = half_up(held.qty * terms.amount * terms.face, terms.unit)
    kind = "coupon" if terms.kind == Kind.COUPON else "dividend"
    return [Move(terms.instrument_id, kind, ZERO, None, money)]


def _split(terms: Terms, held: Held) -> list[Move]:
    after = _times(held.qty, terms)
    split = Move(terms.instrument_id, "split", after - held.qty, None, ZERO, terms.new, terms.old)
    return [split, *_in_lieu(terms, terms.instrument_id, after)]


def _merger(terms: Terms, held: Held) -> list[Move]:
    paid = terms.amount * terms.face
    px = max(held.avg_cost, terms.amount) if terms.into_id else terms.amount
    gone = Move(terms.instrument_id, "merger", -held.qty, px, half_up(held.qty * paid, terms.unit))
    if terms.into_id is None:
        return [gone]
    after, cost = _times(held.qty, terms), max(held.avg_cost - terms.amount, ZERO) * terms.old / terms.new
    come = Move(terms.into_id, "merger", after, _scaled(cost), ZERO)
    return [gone, come, *_in_lieu(terms, terms.into_id, after)]


def _spin_off(terms: Terms, held: Held) -> list[Move]:
    assert terms.into_id is not None
    assert terms.pct is not None
    after = _times(held.qty, terms)
    cost = held.avg_cost * terms.pct / HUNDRED * terms.old / terms.new
    return [
        Move(terms.instrument_id, "spin_off", ZERO, None, ZERO, HUNDRED, HUNDRED - terms.pct),
        Move(terms.into_id, "spin_off", after, _scaled(cost), ZERO),
        *_in_lieu(terms, terms.into_id, after),
    ]


def _rights(terms: Terms, held: Held) -> list[Move]:
    """Rights cost nothing until they are exercised or sold."""
    assert terms.into_id is not None
    after = _times(held.qty, terms)
    return [Move(terms.into_id, "spin_off", after, ZERO, ZERO), *_in_lieu(terms, terms.into_id, after)]


def _redeemed(terms: Terms, held: Held) -> list[Move]:
    """A call, of all or of a percentage of each holding, and the repayment at maturity."""
    gone = _scaled(held.qty * (terms.pct or HUNDRED) / HUNDRED)
    money = half_up(gone * terms.amount * terms.face, terms.unit)
    return [Move(terms.instrument_id, terms.kind, -gone, terms.amount, money)]


def _in_lieu(terms: Terms, instrument_id: int, qty: Decimal) -> list[Move]:
    """The fraction of a unit is sold at the price paid for fractions (or bought back, of a short position)."""
    fraction = qty % 1
    if terms.in_lieu_px is None or not fraction:
        return []
    money = half_up(fraction * terms.in_lieu_px, terms.unit)
    return [Move(instrument_id, "cash_in_lieu", -fraction, terms.in_lieu_px, money)]


def _times(qty: Decimal, terms: Terms) -> Decimal:
    return _scaled(qty * terms.new / terms.old)


def _scaled(value: Decimal) -> Decimal:
    return value.quantize(QUANTUM, ROUND_HALF_UP)


_OF: dict[str, Callable[[Terms, Held], list[Move]]] = {
    Kind.CASH_DIVIDEND: _income,
    Kind.COUPON: _income,
    Kind.SPLIT: _split,
    Kind.REVERSE_SPLIT: _split,
    Kind.SYMBOL_CHANGE: lambda _terms, _held: [],
    Kind.MERGER: _merger,
    Kind.SPIN_OFF: _spin_off,
    Kind.RIGHTS: _rights,
    Kind.CALL: _redeemed,
    Kind.MATURITY: _redeemed,
}
