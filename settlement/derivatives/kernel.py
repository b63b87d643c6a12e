"""Variation margin, expiry, exercise and assignment as arithmetic. Pure.

Margin is what a position has gained up to the settlement price, less what was paid for it before: on a day without
trades, position times the change of the settlement price times the multiplier. So trades of the day count from their
own prices, and a settlement price that is corrected later, or a bust, is made good by the next day's margin.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from settlement.actions.effects import Move
from settlement.rounding import ZERO, half_up

CALL = "call"


class Future(NamedTuple):
    """A position in a future at the end of a day; ``paid`` is all margin booked for it so far."""

    qty: Decimal
    avg_cost: Decimal
    realised: Decimal
    paid: Decimal


def variation(held: Future, settlement_px: Decimal, multiplier: Decimal, unit: Decimal) -> Decimal:
    """What the clearing house pays the account for the day; below zero, what it takes."""
    gained = held.realised + (settlement_px - held.avg_cost) * held.qty * multiplier
    return half_up(gained - held.paid, unit)


def expired(instrument_id: int, qty: Decimal, px: Decimal) -> Move:
    """The position is gone, at the final settlement price; margin has paid for it already. Worthless options: at 0."""
    return Move(instrument_id, "expiry", -qty, px, ZERO)


class Option(NamedTuple):
    """The terms of an option. ``pays`` is whether the underlying is paid for: a future is not."""

    instrument_id: int
    underlying_id: int
    put_or_call: str
    strike: Decimal
    multiplier: Decimal
    unit: Decimal
    pays: bool = True


def intrinsic(option: Option, underlying_px: Decimal) -> Decimal:
    """What a unit is worth when it is exercised."""
    gain = underlying_px - option.strike
    return max(gain if option.put_or_call == CALL else -gain, ZERO)


def is_exercised(option: Option, underlying_px: Decimal, threshold: Decimal) -> bool:
    """Exercise by exception (OCC rule 805): in the money by the threshold or more, unless its holder says otherwise."""
    return intrinsic(option, underlying_px) >= threshold


def exercised(option: Option, qty: Decimal) -> Sequence[Move]:
    """The moves of exercising a long position, or of being assigned on a short one; ``qty`` of options, signed.

    The option goes at nothing, so its premium is its result; the underlying comes at the strike.
    """
    kind = "exercise" if qty > 0 else "assignment"
    sign = 1 if option.put_or_call == CALL else -1
    units = qty * option.multiplier * sign
    money = half_up(-units * option.strike, option.unit) if option.pays else ZERO
    return (
        Move(option.instrument_id, kind, -qty, ZERO, ZERO),
        Move(option.underlying_id, kind, units, option.strike, money),
    )
