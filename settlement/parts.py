"""What a partial settlement takes of each pending transfer, so that securities and money sum to what was confirmed.

Pure. Every transfer gives its share; shares are cut down to whole units and what is missing goes to the largest.
"""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from settlement.rounding import ONE, ZERO


def parts(amounts: Sequence[Decimal], share: Decimal, confirmed: Decimal, unit: Decimal) -> list[Decimal]:
    """The part of each of ``amounts`` that settles when about ``share`` of each does and all come to ``confirmed``.

    Amounts are signed as they add up. Each part lies between nothing and its amount; they are multiples of ``unit``
    as far as amounts and ``confirmed`` are. ``confirmed`` lies between nothing and the sum of the amounts.
    """
    taken = [_down(amount * share, unit) for amount in amounts]
    missing = confirmed - sum(taken, ZERO)
    for index in sorted(range(len(amounts)), key=lambda one: -abs(amounts[one])):
        if not missing:
            break
        room = _room(amounts[index], taken[index], missing)
        taken[index] += room
        missing -= room
    if missing:
        raise ValueError(f"{confirmed} cannot be parted over {len(amounts)} amounts")
    return taken


def granularity(amounts: Sequence[Decimal]) -> Decimal:
    """The unit all ``amounts`` are multiples of: one, or the finest place any of them uses."""
    places = min((amount.normalize().as_tuple().exponent for amount in amounts), default=0)
    assert isinstance(places, int)
    return Decimal(1).scaleb(min(places, 0))


def _room(amount: Decimal, taken: Decimal, missing: Decimal) -> Decimal:
    """How much of ``missing`` this one can take on, or give back, and stay between nothing and ``amount``."""
    low, high = min(amount, ZERO), max(amount, ZERO)
    return min(max(missing, low - taken), high - taken)


def _down(value: Decimal, unit: Decimal) -> Decimal:
    return (value / unit).quantize(ONE, ROUND_DOWN) * unit
