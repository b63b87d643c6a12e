"""Exchange rates from what is quoted: as it stands, turned round, or crossed over the dollar. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

ONE = Decimal(1)
OVER = "USD"
QUANTUM = Decimal("0.000000000001")


class Rate(NamedTuple):
    """What one unit of a currency is worth in another, and when that was known. ``at`` is None for one and the same."""

    rate: Decimal
    at: datetime | None


SAME = Rate(ONE, None)


class Rates:
    """Rates between any two currencies that are quoted against each other or against the dollar."""

    def __init__(self, quoted: Iterable[tuple[str, str, Decimal | None, datetime]] = ()) -> None:
        """``quoted`` are (base, quote, rate, at); of several for one pair the latest counts."""
        self._quoted: dict[tuple[str, str], Rate] = {}
        self._from: dict[str, Mapping[str, Rate]] = {}
        for base, quote, rate, at in quoted:
            known = self._quoted.get((base, quote))
            if rate is not None and rate > 0 and (known is None or known.at is None or known.at < at):
                self._quoted[base, quote] = Rate(rate, at)

    def between(self, base: str, quote: str) -> Rate | None:
        """What one ``base`` is worth in ``quote``; None where nobody knows. A cross is as old as its older leg."""
        if base == quote:
            return SAME
        straight = self._leg(base, quote)
        if straight is not None:
            return straight
        one, other = self._leg(base, OVER), self._leg(OVER, quote)
        if one is None or other is None:
            return None
        at = min((leg.at for leg in (one, other) if leg.at is not None), default=None)
        return Rate((one.rate * other.rate).quantize(QUANTUM, ROUND_HALF_UP), at)

    def out_of(self, base: str) -> Mapping[str, Rate]:
        """Every rate from ``base`` into another currency, by its code."""
        if base not in self._from:
            codes = {code for pair in self._quoted for code in pair} - {base}
            found = {code: self.between(base, code) for code in sorted(codes)}
            self._from[base] = {code: rate for code, rate in found.items() if rate is not None}
        return self._from[base]

    def _leg(self, base: str, quote: str) -> Rate | None:
        """As quoted, or the quote of the same pair the other way turned round; of the two the younger."""
        straight, other = self._quoted.get((base, quote)), self._quoted.get((quote, base))
        if other is None or (straight and straight.at and other.at and straight.at >= other.at):
            return straight
        return Rate((ONE / other.rate).quantize(QUANTUM, ROUND_HALF_UP), other.at)
