"""A recorded top of book, played into a symbol's books in place of the seeded flow.

XNAS quotes exactly the tape; the symbol's other venues quote one tick wider on each side with the same sizes. Clients'
orders trade against these quotes, and a resting client's order trades when a row's quote reaches its price. At its
end the tape starts again.
"""

import csv
import gzip
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from routing.exchange.book import BUY, SELL, Fill, Resting
from routing.exchange.flow import Market
from routing.exchange.universe import to_units

EXACT = "XNAS"
Row = tuple[int, int, int, int]  # bid price, bid size, ask price, ask size


class Tape:
    """Rows of ``path`` (ask_price, ask_size, bid_price, bid_size; .csv or .csv.gz) at ``speed`` rows a second."""

    def __init__(self, symbol: str, path: Path, speed: float) -> None:
        self.symbol = symbol
        self.speed = speed
        self.rows = list(_read(path))
        self._endless = cycle(self.rows)
        self._due = 1.0

    def due(self, elapsed_s: float) -> Iterator[Row]:
        """The rows whose time has come since the last call; the very first call has one in any case."""
        self._due += elapsed_s * self.speed
        while self._due >= 1:
            self._due -= 1
            yield next(self._endless)


def quote(market: Market, row: Row) -> list[tuple[str, list[Fill]]]:
    """Put one row's quotes in place on every venue of the symbol."""
    bid, bid_size, ask, ask_size = row
    trades = []
    for mic, book in market.books.items():
        wider = 0 if mic == EXACT else market.listed.tick
        fills: list[Fill] = []
        for side in (BUY, SELL):
            for old in market.quotes.pop((mic, side), {}).values():
                book.cancel(old)
        for side, price, size in ((BUY, bid - wider, bid_size), (SELL, ask + wider, ask_size)):
            order = Resting(side, price, size)
            fills += book.enter(order)
            market.quotes[mic, side] = {price: order}
        trades.append((mic, fills))
    return trades


def _read(path: Path) -> Iterator[Row]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            yield (
                to_units(row["bid_price"]), int(row["bid_size"]), to_units(row["ask_price"]), int(row["ask_size"])
            )  # fmt: skip
