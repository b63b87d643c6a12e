"""New terms of many orders at once, said in one word: `101.50`, `+2t`, `-0.5%`, `+10bp`; worked out order by order.

Pure. A price goes up or down whatever the side. What falls between two ticks is put on the one that is no worse for us
than what was asked: down for a buy, up for a sale. A percentage of the quantity is one of what still works.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import NamedTuple

from oms.base.money import QUANTUM, parse_decimal
from oms.base.refusal import Refusal
from orders.vocabulary import Side

Bands = Sequence[tuple[Decimal, Decimal]]
_SAID = re.compile(r"([+-])([0-9]{1,6}(?:\.[0-9]{1,6})?)(t|%|bp)")
_HUNDRED, _TEN_THOUSAND = Decimal(100), Decimal(10_000)
# Beyond this it is a slip of the finger.
MOST = {"t": Decimal(1_000), "%": Decimal(1_000), "bp": Decimal(100_000)}
TOO_GREAT = Decimal(10) ** 20


class Unit(StrEnum):
    """What a step is counted in; an absolute one is the new value itself."""

    ABSOLUTE = ""
    TICKS = "t"
    PERCENT = "%"
    BASIS_POINTS = "bp"


class Step(NamedTuple):
    """By how much, or to what."""

    size: Decimal
    unit: Unit = Unit.ABSOLUTE

    def __str__(self) -> str:
        return f"{self.size:f}" if self.unit is Unit.ABSOLUTE else f"{self.size:+f}{self.unit}"


class Terms(NamedTuple):
    """What the new terms of an order follow from: its own, its instrument's price steps, and its lot."""

    side: str
    ord_type: str
    price: Decimal | None
    order_qty: Decimal
    cum_qty: Decimal
    leaves_qty: Decimal
    bands: Bands
    round_lot: Decimal


def read_price(text: str, field: str) -> Step | Refusal:
    """`101.50` is the new price; `+2t`, `-0.5%` and `+10bp` move each order's own."""
    return _read(text, field, (Unit.TICKS, Unit.PERCENT, Unit.BASIS_POINTS), "101.50, +2t, -0.5% or +10bp")


def read_qty(text: str, field: str) -> Step | Refusal:
    """`500` is the new total; `-50%` leaves half of what still works."""
    return _read(text, field, (Unit.PERCENT,), "500 or -50%")


def _read(text: str, field: str, units: Sequence[Unit], such_as: str) -> Step | Refusal:
    said = _SAID.fullmatch(text.replace("bps", "bp"))
    if said is None:
        if text[:1] in ("+", "-") or text[-1:] in ("t", "%", "p", "s"):
            return Refusal("BAD_NUMBER", field, f"{field} must be such as {such_as}")
        number = parse_decimal(text, field, positive=True)
        return number if isinstance(number, Refusal) else Step(number)
    sign, digits, unit = said.groups()
    size = Decimal(sign + digits)
    if unit not in units or (unit == Unit.TICKS and size % 1):
        return Refusal("BAD_NUMBER", field, f"{field} must be such as {such_as}")
    if not size or abs(size) > MOST[unit]:
        return Refusal("BAD_VALUE", field, f"{field} may move by at most {MOST[unit]}{unit}, and not by nothing")
    return Step(size, Unit(unit))


def new_price(step: Step, terms: Terms) -> Decimal | Refusal:
    """The order's price after the step."""
    if step.unit is Unit.ABSOLUTE:
        return step.size
    if terms.price is None:
        return Refusal("BAD_VALUE", "price", f"a {terms.ord_type} order without a price has none to move")
    if not terms.bands:
        return Refusal("MISSING", "price", "the instrument's price steps are not known")
    if step.unit is Unit.TICKS:
        moved = terms.price + step.size * _tick(terms.bands, terms.price)
    else:
        moved = terms.price * (1 + step.size / (_HUNDRED if step.unit is Unit.PERCENT else _TEN_THOUSAND))
    tick = _tick(terms.bands, moved)
    # What was off the grid of ticks before cannot be moved by ticks and stay off.
    steps = (moved / tick).to_integral_value(ROUND_FLOOR if terms.side == Side.BUY else ROUND_CEILING)
    price = steps * tick
    if price <= 0:
        return Refusal("NOT_POSITIVE", "price", f"{terms.price.normalize():f} {step} is not above 0")
    return _bounded(price, "price")


def new_qty(step: Step, terms: Terms) -> Decimal | Refusal:
    """The order's total after the step. Whole lots stay so unless less than one is left; whole numbers stay so."""
    if step.unit is Unit.ABSOLUTE:
        return step.size
    left = terms.leaves_qty * (1 + step.size / _HUNDRED)
    unit = QUANTUM if terms.leaves_qty % 1 else Decimal(1)
    if 0 < terms.round_lot <= left and not terms.leaves_qty % terms.round_lot:
        unit = terms.round_lot
    left = (left / unit).to_integral_value(ROUND_FLOOR) * unit
    if left <= 0:
        return Refusal("NOT_POSITIVE", "order_qty", "nothing would be left to work: cancel the order instead")
    return _bounded(terms.cum_qty + left, "order_qty")


def _tick(bands: Bands, price: Decimal) -> Decimal:
    """The tick of the band the price lies in; the first reaches down to any price."""
    return next((tick for low, tick in reversed(bands) if price >= low), bands[0][1])


def _bounded(value: Decimal, field: str) -> Decimal | Refusal:
    return value if value < TOO_GREAT else Refusal("BAD_NUMBER", field, f"{field} would have more than 20 digits")
