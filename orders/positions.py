"""Positions as pure arithmetic: average cost and FIFO lots side by side.

Average cost is weighted on increase, unchanged on reduction, and is the fill's price for the part that opens after
crossing zero. Fees never enter cost. ``unit`` is what a price of 1 is worth for a quantity of 1: the contract
multiplier times the price factor. Quantities are signed, short below zero.
"""

from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)


class Holding(NamedTuple):
    """A position at average cost. ``avg_cost`` is a price; ``realised`` and ``net_cash`` are money before fees."""

    qty: Decimal = ZERO
    avg_cost: Decimal = ZERO
    realised: Decimal = ZERO
    net_cash: Decimal = ZERO
    bought_qty: Decimal = ZERO
    sold_qty: Decimal = ZERO


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
