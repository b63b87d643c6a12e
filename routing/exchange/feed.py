"""The venues' consolidated market data: who subscribed to what, and what changed since it was last told."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from routing.exchange.book import BUY, SELL, Fill
from routing.exchange.flow import Market
from routing.exchange.universe import to_text
from routing.fix import marketdata
from routing.fix.marketdata import BID, OFFER, TRADE, MdEntry

# Entries in one incremental message: about 12 kB.
MOST_ENTRIES = 250
KINDS = ((BUY, BID), (SELL, OFFER))


class Feed:
    """Subscriptions of the one consumer, and the tops of book it was last told."""

    def __init__(self, market: Callable[[str], Market | None]) -> None:
        self.market = market
        self.symbols: set[str] = set()
        self.dirty: set[str] = set()
        self._told: dict[tuple[str, str, str], tuple[int, int] | None] = {}
        self._prints: dict[tuple[str, str], Fill] = {}

    def request(self, raw: str) -> Iterator[str]:
        """Act on a 35=V; the snapshots, and a reject for each unknown symbol."""
        asked = marketdata.decode_request(raw)
        for symbol in asked.symbols:
            market = self.market(symbol)
            if market is None:
                yield marketdata.encode_request_reject(asked.md_req_id, f"unknown symbol {symbol}")
            elif asked.subscribe:
                self.symbols.add(symbol)
                for mic in market.books:
                    yield self._snapshot(asked.md_req_id, market, mic)
            else:
                self.symbols.discard(symbol)

    def forget(self) -> None:
        """The consumer has gone; it subscribes again when it is back."""
        self.symbols.clear()
        self.dirty.clear()
        self._told.clear()
        self._prints.clear()

    def printed(self, mic: str, symbol: str, fill: Fill) -> None:
        """A trade happened; of several between two publications the last is told."""
        if symbol in self.symbols:
            self._prints[symbol, mic] = fill
            self.dirty.add(symbol)

    def changed(self) -> Iterator[str]:
        """Incremental messages with what changed on the dirty symbols."""
        entries = iter([entry for symbol in self.dirty & self.symbols for entry in self._changes(symbol)])
        self.dirty.clear()
        while chunk := list(islice(entries, MOST_ENTRIES)):
            yield marketdata.encode_incremental(chunk)

    def _snapshot(self, md_req_id: str, market: Market, mic: str) -> str:
        entries = [_entry(market.symbol, mic, kind, self._top(market, mic, side, kind)) for side, kind in KINDS]
        return marketdata.encode_snapshot(md_req_id, market.symbol, mic, entries)

    def _changes(self, symbol: str) -> Iterable[MdEntry]:
        market = self.market(symbol)
        for mic in market.books if market else ():
            assert market is not None
            for side, kind in KINDS:
                told = self._told.get((symbol, mic, kind))
                now = self._top(market, mic, side, kind)
                if now != told:
                    yield _entry(symbol, mic, kind, now)
            fill = self._prints.pop((symbol, mic), None)
            if fill:
                yield _entry(symbol, mic, TRADE, (fill.price, fill.qty))

    def _top(self, market: Market, mic: str, side: int, kind: str) -> tuple[int, int] | None:
        now = market.books[mic].best(side)
        self._told[market.symbol, mic, kind] = now
        return now


def _entry(symbol: str, mic: str, kind: str, level: tuple[int, int] | None) -> MdEntry:
    if level is None:
        return MdEntry(symbol, mic, kind, None, None)
    return MdEntry(symbol, mic, kind, to_text(level[0]), str(level[1]))
