"""Rounding of what is paid: half up to 0.01 unless a currency has no cents. Exact until then."""

from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction

ZERO = Decimal(0)
CENT = Decimal("0.01")
ONE = Decimal(1)
# ISO 4217 currencies without a minor unit; the others we can settle have two decimals.
_NO_MINOR_UNIT = frozenset(("JPY", "KRW", "CLP", "ISK", "VND"))


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of ``currency`` that can be paid."""
    return ONE if currency in _NO_MINOR_UNIT else CENT


def half_up(value: Decimal | Fraction, unit: Decimal = CENT) -> Decimal:
    """``value`` rounded half up (away from zero at the half) to a multiple of ``unit``."""
    if isinstance(value, Fraction):
        return _half_up_exact(value, unit)
    return (value / unit).quantize(ONE, ROUND_HALF_UP) * unit


def up(value: Decimal, unit: Decimal = CENT) -> Decimal:
    """``value`` rounded away from zero to a multiple of ``unit``: some stamp duties are."""
    return (value / unit).quantize(ONE, ROUND_UP) * unit


def _half_up_exact(value: Fraction, unit: Decimal) -> Decimal:
    """Half up without passing through a division that Decimal would have to cut at 28 digits."""
    units = abs(value) / Fraction(unit)
    whole = (2 * units.numerator + units.denominator) // (2 * units.denominator)
    return Decimal(whole if value >= 0 else -whole) * unit
