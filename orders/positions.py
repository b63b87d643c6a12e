"""Positions as pure arithmetic: average cost and FIFO lots side by side.

Average cost is weighted on increase, unchanged on reduction, and is the fill's price for the part that opens after
crossing zero. Fees never enter cost. ``unit`` is what a price of 1 is worth for a quantity of 1: the contract
multiplier times the price factor. Quantities are signed, short below zero.
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)
# Kinds of moves that are income of the position and leave its cost alone.
INCOME = frozenset({"dividend", "coupon"})


class Unit(NamedTuple):
    """What a price of 1 is worth for a quantity of 1, and whether a trade exchanges its principal."""

    value: Decimal
    principal: bool = True


class Holding(NamedTuple):
    """A position at average cost. ``avg_cost`` is a price; the rest is money before fees, or quantities.

    ``net_cash`` is all the money that moved, ``dividends`` the part of it that was income. What came or went by no
    execution is in ``adjusted_qty``, so ``qty`` is bought less sold and that.
    """

    qty: Decimal = ZERO
    avg_cost: Decimal = ZERO
    realised: Decimal = ZERO
    net_cash: Decimal = ZERO
    bought_qty: Decimal = ZERO
    sold_qty: Decimal = ZERO
    adjusted_qty: Decimal = ZERO
    dividends: Decimal = ZERO


class Move(NamedTuple):
    """One thing that moves a position: an execution (no ``kind``), or an adjustment (orders/adjustment.py).

    ``qty`` is signed and at ``px``; ``money`` is what the account got (paid, below zero). ``factor_new`` for
    ``factor_old`` scales the cost, as a split does. ``opened_on`` is the day a lot counts from.
    """

    qty: Decimal
    px: Decimal | None
    money: Decimal
    opened_on: date
    kind: str = ""
    factor_new: Decimal | None = None
    factor_old: Decimal | None = None


def worth(qty: Decimal, px: Decimal, unit: Unit) -> Decimal:
    """The money that moves with a signed quantity at a price: paid, below zero, by whoever gets it."""
    return -qty * px * unit.value if unit.principal else ZERO


def moved(held: Holding, move: Move, unit: Unit) -> Holding:
    """``held`` after ``move``. An adjustment at a price counts like a trade at it, but is neither bought nor sold."""
    if not move.kind:
        assert move.px is not None
        sign = 1 if move.qty > 0 else -1
        return fill(held, sign, abs(move.qty), move.px, unit.value, principal=unit.principal)
    if move.factor_new and move.factor_old:
        qty = held.qty + move.qty
        cost = held.avg_cost * move.factor_old / move.factor_new if qty else ZERO
        after = held._replace(qty=qty, avg_cost=cost)
    elif move.qty:
        assert move.px is not None
        after = fill(held, 1 if move.qty > 0 else -1, abs(move.qty), move.px, unit.value)
    else:
        after = held
    return after._replace(
        net_cash=held.net_cash + move.money, bought_qty=held.bought_qty, sold_qty=held.sold_qty,
        adjusted_qty=held.adjusted_qty + move.qty,
        dividends=held.dividends + move.money if move.kind in INCOME else held.dividends,
    )  # fmt: skip


def fill(held: Holding, sign: int, qty: Decimal, px: Decimal, unit: Decimal, *, principal: bool = True) -> Holding:
    """``held`` after buying (``sign`` +1) or selling (-1) ``qty`` at ``px``. Futures exchange no ``principal``."""
    before, after = held.qty, held.qty + sign * qty
    avg_cost, realised = held.avg_cost, held.realised
    if before * sign >= 0:
        avg_cost = (avg_cost * abs(before) + px * qty) / abs(after)
    else:
        realised += (px - avg_cost) * min(qty, abs(before)) * -sign * unit
        if after == 0:
            avg_cost = ZERO
        elif after * before < 0:
            avg_cost = px
    return Holding(
        after,
        avg_cost,
        realised,
        held.net_cash - sign * qty * px * unit if principal else held.net_cash,
        held.bought_qty + qty if sign > 0 else held.bought_qty,
        held.sold_qty + qty if sign < 0 else held.sold_qty,
        held.adjusted_qty,
        held.dividends,
    )


def unrealised(qty: Decimal, avg_cost: Decimal, mark: Decimal, unit: Decimal) -> Decimal:
    """What closing the position at ``mark`` would realise."""
    return (mark - avg_cost) * qty * unit


class Lot(NamedTuple):
    """A parcel bought (or sold short, ``qty`` below zero) at one price."""

    qty: Decimal
    px: Decimal


def fifo(lots: tuple[Lot, ...], sign: int, qty: Decimal, px: Decimal, unit: Decimal) -> tuple[tuple[Lot, ...], Decimal]:
    """The lots after a fill that closes the oldest first, and what that realised."""
    rest, realised, open_lots = qty, ZERO, list(lots)
    while rest and open_lots and open_lots[0].qty * sign < 0:
        first = open_lots[0]
        closed = min(rest, abs(first.qty))
        realised += (px - first.px) * closed * -sign * unit
        rest -= closed
        left = first.qty + sign * closed
        open_lots[0:1] = [Lot(left, first.px)] if left else []
    if rest:
        open_lots.append(Lot(sign * rest, px))
    return tuple(open_lots), realised


def dividend(qty: Decimal, per_share: Decimal) -> Decimal:
    """The cash of a dividend: paid to longs, by shorts. Cost is unchanged."""
    return qty * per_share


def split(qty: Decimal, cost: Decimal, new: Decimal, old: Decimal) -> tuple[Decimal, Decimal]:
    """Quantity and cost after a split ``new`` for ``old``; the value of the position is unchanged."""
    return qty * new / old, cost * old / new
