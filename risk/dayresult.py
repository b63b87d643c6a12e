"""What a day has made: pure arithmetic over positions as they were when it began, and over what was traded since.

``unit`` is what a price of 1 is worth for a quantity of 1. What cannot be told is None, never nothing.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from risk.parts import Results

ZERO = Decimal(0)


class Open(NamedTuple):
    """A position now: ``realised`` since it was opened, and at average cost."""

    qty: Decimal
    avg_cost: Decimal
    realised: Decimal
    unit: Decimal


class Traded(NamedTuple):
    """What was bought and sold in one instrument since the day began: quantities, and quantities times prices."""

    bought: Decimal = ZERO
    bought_amt: Decimal = ZERO
    sold: Decimal = ZERO
    sold_amt: Decimal = ZERO


def unrealised(held: Open, mark: Decimal | None) -> Decimal | None:
    """What closing the position at ``mark`` would realise; of a flat one nothing, whatever the mark."""
    if not held.qty:
        return ZERO
    return None if mark is None else (mark - held.avg_cost) * held.qty * held.unit


def since(held: Open, mark: Decimal | None, realised: Decimal, at_open: Decimal | None) -> Results:
    """The day's result of a position that had ``realised``, and ``at_open`` unrealised, when the day began."""
    now = unrealised(held, mark)
    return Results(held.realised - realised, None if now is None or at_open is None else now - at_open)


def of_trades(traded: Traded, mark: Decimal | None, unit: Decimal) -> Results:
    """The result of the day's own trades at their average prices: what was bought and sold, and what is left of it."""
    matched = min(traded.bought, traded.sold)
    left = traded.bought - traded.sold
    paid = traded.bought_amt / traded.bought if traded.bought else ZERO
    got = traded.sold_amt / traded.sold if traded.sold else ZERO
    realised = (got - paid) * matched * unit
    if not left:
        return Results(realised, ZERO)
    return Results(realised, None if mark is None else (mark - (paid if left > 0 else got)) * left * unit)


def total(parts: Iterable[tuple[Results, Decimal | None]]) -> Results:
    """Results together, each at the rate into one currency."""
    realised: Decimal | None = ZERO
    floating: Decimal | None = ZERO
    for one, rate in parts:
        known = one.realised is not None and realised is not None and rate is not None
        realised = realised + one.realised * rate if known else None  # type: ignore[operator]
        known = one.unrealised is not None and floating is not None and rate is not None
        floating = floating + one.unrealised * rate if known else None  # type: ignore[operator]
    return Results(realised, floating)


def whole(result: Results) -> Decimal | None:
    """Realised and unrealised together."""
    return None if result.realised is None or result.unrealised is None else result.realised + result.unrealised
