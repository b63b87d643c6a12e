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
    ``factor_old`` scales the cost, as a split does; with no ``qty`` it takes cost away, as a spin-off does.
    ``opened_on`` is the day a lot counts from.
    """

    qty: Decimal
    px: Decimal | None
    money: Decimal
    opened_on: date | None
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
    qty = held.qty + move.qty
    if move.factor_new and move.factor_old and not move.qty:
        # Cost goes along with what was spun off, which comes in at it; units stay.
        after = held._replace(avg_cost=held.avg_cost * move.factor_old / move.factor_new)
    elif move.factor_new and qty * held.qty > 0:
        # What was paid for all of it stays: so cash and market value go on adding up to the result.
        after = held._replace(qty=qty, avg_cost=held.avg_cost * held.qty / qty)
    elif move.factor_new and move.qty:
        after = fill(held, 1 if move.qty > 0 else -1, abs(move.qty), ZERO, unit.value)
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
    """A parcel bought (or sold short, ``qty`` below zero) at one price on one day."""

    qty: Decimal
    px: Decimal
    opened_on: date | None = None


Lots = tuple[Lot, ...]


def fifo(
    lots: Lots, sign: int, qty: Decimal, px: Decimal, unit: Decimal, opened_on: date | None = None
) -> tuple[Lots, Decimal]:
    """The lots after a fill that closes the oldest first, and what that realised."""
    rest, realised, done = qty, ZERO, 0
    left: tuple[Lot, ...] = ()
    while rest and done < len(lots) and lots[done].qty * sign < 0:
        first = lots[done]
        closed = min(rest, abs(first.qty))
        realised += (px - first.px) * closed * -sign * unit
        rest -= closed
        done += 1
        remains = first.qty + sign * closed
        left = (first._replace(qty=remains),) if remains else ()
    opened = (Lot(sign * rest, px, opened_on),) if rest else ()
    return (*left, *lots[done:], *opened), realised


def lots_moved(lots: Lots, move: Move, unit: Unit) -> tuple[Lots, Decimal]:
    """The lots after ``move``, and what it realised. What came first is closed first."""
    before = sum((lot.qty for lot in lots), ZERO)
    if move.factor_new and move.factor_old and not move.qty:
        return tuple(lot._replace(px=lot.px * move.factor_old / move.factor_new) for lot in lots), ZERO
    if move.factor_new and move.factor_old and (before + move.qty) * before > 0:
        return _lots_split(lots, before, move.qty, move.factor_new / move.factor_old), ZERO
    if not move.qty:
        return lots, ZERO
    px = ZERO if move.factor_new else move.px
    assert px is not None
    sign = 1 if move.qty > 0 else -1
    return fifo(lots, sign, abs(move.qty), px, unit.value, move.opened_on)


def _lots_split(lots: Lots, before: Decimal, by: Decimal, ratio: Decimal) -> Lots:
    """Each lot in ``ratio``, at its own cost and of its own day; together they are ``before`` and ``by``.

    What the ratio leaves over, or was booked beyond it, is the youngest lot's. Where that would turn it round, the
    ratio is that of the quantities booked.
    """
    after = before + by
    sizes = [lot.qty * ratio for lot in lots]
    last = after - sum(sizes[:-1], ZERO)
    if last * before <= 0:
        sizes = [lot.qty * after / before for lot in lots]
        last = after - sum(sizes[:-1], ZERO)
    sizes[-1] = last
    return tuple(lot._replace(qty=size, px=lot.px * lot.qty / size) for lot, size in zip(lots, sizes, strict=True))


def dividend(qty: Decimal, per_share: Decimal) -> Decimal:
    """The cash of a dividend: paid to longs, by shorts. Cost is unchanged."""
    return qty * per_share


def split(qty: Decimal, cost: Decimal, new: Decimal, old: Decimal) -> tuple[Decimal, Decimal]:
    """Quantity and cost after a split ``new`` for ``old``; the value of the position is unchanged."""
    return qty * new / old, cost * old / new
