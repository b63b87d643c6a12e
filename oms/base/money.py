"""Money, quantities and prices: Decimal in Python, numeric(28,8) in the database, never a binary float."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models

from oms.base.refusal import Refusal

ZERO = Decimal(0)
MAX_DIGITS, DECIMAL_PLACES = 28, 8
QUANTUM = Decimal("0.00000001")
CENT = Decimal("0.01")
# Plain ASCII digits only: no sign other than minus, exponent, underscore, full-width digit, NaN or infinity.
_PLAIN = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,8})?", re.ASCII)


def parse_decimal(text: Any, field: str, *, positive: bool = False) -> Decimal | Refusal:
    """The one strict parser of numbers from outside: at most 20 digits before and 8 after the point.

    Takes a string, or an int as JSON gives it; a binary float is refused because it has already lost what was typed.
    """
    if isinstance(text, bool) or not isinstance(text, str | int | Decimal):
        return Refusal("BAD_NUMBER", field, f'{field} must be a decimal number in a string, such as "189.50"')
    plain = format(text, "f") if isinstance(text, Decimal) else str(text)
    if not _PLAIN.fullmatch(plain):
        return Refusal(
            "BAD_NUMBER",
            field,
            f"{field} must be plain decimal digits, at most 20 before and 8 after the point",
        )
    number = Decimal(plain)
    if positive and number <= 0:
        return Refusal("NOT_POSITIVE", field, f"{field} must be greater than 0")
    return number


def amount(**options: Any) -> models.DecimalField:
    """A column for a quantity, a price or an amount of money: numeric(28,8)."""
    return models.DecimalField(max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, **options)


def cents(value: Decimal) -> Decimal:
    """``value`` rounded half up to 0.01: what is paid."""
    return value.quantize(CENT, ROUND_HALF_UP)


def scaled(value: Decimal) -> Decimal:
    """``value`` rounded half up to the scale the database keeps."""
    return value.quantize(QUANTUM, ROUND_HALF_UP)


def plain(value: Decimal | None) -> str | None:
    """``value`` as pages, REST and FIX write it: no exponent, no needless zeros after the point."""
    if value is None:
        return None
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def grouped(value: Decimal | None) -> str:
    """``value`` as a person reads it: thousands apart, no needless zeros: 1,234,567.5; a dash for nothing."""
    if value is None:
        return "—"
    text = format(value, ",f")
    return text.rstrip("0").rstrip(".") if "." in text else text
