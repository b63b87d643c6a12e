"""The markets of all symbols, and what the participants do in them by themselves: seeded flow, tapes, refills."""

import random
from collections.abc import Callable, Iterable
from pathlib import Path

from routing.exchange import flow, tape
from routing.exchange.book import Fill
from routing.exchange.feed import Feed
from routing.exchange.flow import Market
from routing.exchange.universe import Universe

Trades = Iterable[tuple[str, list[Fill]]]  # MIC, fills
Traded = Callable[[str, str, list[Fill]], None]  # MIC, symbol, fills


class Hall:
    """Opens a symbol's books when somebody first asks; ``rate`` moves a second over all symbols, 0 freezes them."""

    def __init__(self, universe: Universe, rate: float, seed: int, tapes: dict[str, Path], speed: float) -> None:
        self.universe, self.rate, self.seed = universe, rate, seed
        self.markets: dict[str, Market] = {}
        self.tapes = {symbol: tape.Tape(symbol, path, speed) for symbol, path in tapes.items()}
        self.rng = random.Random(seed)  # noqa: S311 - a market, not a secret
        self.wounded: set[tuple[str, str]] = set()
        self.feed = Feed(self.market)
        self._moves_due = 0.0

    def market(self, symbol: str) -> Market | None:
        """The symbol's books; None if it is not listed."""
        found = self.markets.get(symbol)
        if found is None:
            listed = self.universe.listed.get(symbol)
            if listed is None:
                return None
            found = self.markets[symbol] = flow.open_market(listed, self.seed)
            self._play(found, 0.0)
        return found

    @property
    def is_lively(self) -> bool:
        """Whether somebody watches, or eaten liquidity waits to return."""
        return bool(self.feed.symbols or self.wounded)

    def printed(self, mic: str, symbol: str, fill: Fill) -> None:
        """A trade happened: the feed tells it, and the participants refill what was eaten."""
        self.feed.printed(mic, symbol, fill)
        if symbol not in self.tapes:
            self.wounded.add((symbol, mic))

    def pass_time(self, elapsed: float, traded: Traded) -> None:
        """What the participants do in ``elapsed`` seconds; ``traded`` hears of it, also when nobody traded."""
        wounded, self.wounded = self.wounded, set()
        for symbol, mic in wounded:
            self._tell(symbol, [(mic, flow.refill(self.markets[symbol], mic))], traded)
        for symbol in self.tapes.keys() & self.markets.keys():
            self._tell(symbol, self._play(self.markets[symbol], elapsed), traded)
        self._animate(elapsed, traded)

    def _animate(self, elapsed: float, traded: Traded) -> None:
        """The seeded flow moves symbols that somebody watches or has an order in."""
        alive = [symbol for symbol in self.markets if symbol not in self.tapes]
        self._moves_due += elapsed * self.rate if alive else 0
        # After a pause there is no catching up: prices go on from where they are.
        moves, self._moves_due = int(min(self._moves_due, max(1, self.rate))), self._moves_due % 1
        for _ in range(moves):
            symbol = self.rng.choice(alive)
            self._tell(symbol, flow.move(self.markets[symbol]), traded)

    def _play(self, market: Market, elapsed: float) -> Trades:
        played = self.tapes.get(market.symbol)
        return [] if not played else [one for row in played.due(elapsed) for one in tape.quote(market, row)]

    def _tell(self, symbol: str, trades: Trades, traded: Traded) -> None:
        self.feed.dirty.add(symbol)
        for mic, fills in trades:
            traded(mic, symbol, fills)
