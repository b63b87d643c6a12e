"""What the venues trade, from a CSV file, and prices as integers."""

import csv
import logging
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

log = logging.getLogger(__name__)
# A price is an integer count of 0.00000001, the finest the order management side can say.
DECIMALS = 8
UNIT = 10**DECIMALS


@dataclass(frozen=True, slots=True)
class Listed:
    """One symbol: ``tick`` and ``price`` (where it starts) in units, ``lot`` in shares or contracts."""

    symbol: str
    tick: int
    lot: int
    price: int
    venues: tuple[str, ...]


class Universe:
    """The file's content, read again when the file changes. Header: symbol,currency,tick,lot,price,venues,kind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.listed: dict[str, Listed] = {}
        self._stamp: tuple[int, int] | None = None

    def refresh(self) -> bool:
        """Read the file if it is new; answer whether it was. A missing file lists nothing."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return False
        stamp = (status.st_mtime_ns, status.st_size)
        if stamp == self._stamp:
            return False
        with self.path.open(newline="", encoding="utf-8") as file:
            self.listed = {one.symbol: one for row in csv.DictReader(file) if (one := _listed(row))}
        self._stamp = stamp
        log.info("%d symbols listed", len(self.listed))
        return True


def _listed(row: dict[str, str]) -> Listed | None:
    """One line of the file; a line that makes no sense is skipped, and said so."""
    try:
        tick, price = to_units(row["tick"]), to_units(row["price"])
        venues = tuple(mic for mic in row["venues"].split("|") if mic)
        lot = int(Decimal(row["lot"]))
        if min(tick, price, lot) <= 0 or not venues:
            raise ValueError("tick, price and lot must be above 0, and venues named")
        return Listed(row["symbol"], tick, lot, max(price - price % tick, tick), venues)
    except (ValueError, KeyError, InvalidOperation) as error:
        log.warning("universe: %s: %s", row, error)
        return None


def to_units(text: str) -> int:
    """A plain decimal as a count of 0.00000001. ValueError if it is finer than that."""
    whole, _, fraction = text.partition(".")
    if len(fraction) > DECIMALS and fraction[DECIMALS:].strip("0"):
        raise ValueError(f"{text} is finer than {DECIMALS} places")
    sign = -1 if whole.startswith("-") else 1
    return sign * (int(whole.lstrip("-") or 0) * UNIT + int(fraction[:DECIMALS].ljust(DECIMALS, "0")))


def to_text(units: int) -> str:
    """The plain decimal: no exponent, no needless zeros."""
    whole, fraction = divmod(abs(units), UNIT)
    sign = "-" if units < 0 else ""
    if not fraction:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{fraction:0{DECIMALS}d}".rstrip("0")
