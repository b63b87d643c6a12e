"""The other participants: seeded liquidity around a wandering price, so that there is somebody to trade with.

Each symbol has one mid price, shared by its venues; each venue quotes a few levels around it, not always equally
tight. Participants' orders are ordinary orders in the book, without an owner.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from routing.exchange.book import BUY, SELL, Book, Fill, Resting
from routing.exchange.universe import Listed

LEVELS = 5
# Steps of about half a basis point, at least a tick: a 200-dollar share moves by a cent, a 2-dollar one too.
STEPS_PER_PRICE = 20_000


Fixed = dict[int, tuple[int, int]]  # by side, price and size


@dataclass(slots=True)
class Market:
    """One symbol on all its venues: books, the mid in steps, and which orders are the participants'.

    ``last`` is the price of the last trade by venue. On a venue in ``halted`` participants do nothing; on one in
    ``fixed`` they quote what it says: by side a price and a size, or nothing; if it is in ``once`` too, what was
    eaten of that does not come back.
    """

    listed: Listed
    step: int
    mid: int
    books: dict[str, Book]
    rng: random.Random
    extra: dict[tuple[str, int], int] = field(default_factory=dict)
    quotes: dict[tuple[str, int], dict[int, Resting]] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    halted: set[str] = field(default_factory=set)
    fixed: dict[str, Fixed] = field(default_factory=dict)
    once: set[str] = field(default_factory=set)

    @property
    def symbol(self) -> str:
        """Its symbol."""
        return self.listed.symbol


def open_market(listed: Listed, seed: int) -> Market:
    """A symbol's books, filled. Equal seeds give equal books."""
    step = max(1, listed.price // STEPS_PER_PRICE // listed.tick) * listed.tick
    market = Market(
        listed, step, listed.price // step, {mic: Book() for mic in listed.venues},
        random.Random(f"{seed}:{listed.symbol}"),  # noqa: S311 - a market, not a secret
    )  # fmt: skip
    for mic in market.books:
        _loosen(market, mic)
        refill(market, mic)
    return market


def move(market: Market) -> Iterable[tuple[str, list[Fill]]]:
    """One thing happens: the mid moves a step, a venue's spread or sizes change, or somebody trades.

    Answers the trades it made, by venue: also with clients' orders that stood in the way.
    """
    what = market.rng.random()
    if what < 0.6:
        return _wander(market)
    mic = market.rng.choice(list(market.books))
    if mic in market.halted:
        return []
    if what < 0.85:
        _loosen(market, mic)
        return [(mic, refill(market, mic))]
    return [(mic, _trade(market, mic))]


def refill(market: Market, mic: str) -> list[Fill]:
    """Bring one venue's participants to the present mid: stale levels go, missing and eaten ones come."""
    book = market.books[mic]
    if mic in market.halted:
        return []
    if mic in market.once:
        _eaten(market, mic)
    wanted = {side: _levels(market, mic, side) for side in (BUY, SELL)}
    for side in (BUY, SELL):
        held = market.quotes.setdefault((mic, side), {})
        for price in [price for price, order in held.items() if price not in wanted[side] or not order.leaves]:
            book.cancel(held.pop(price))
    fills: list[Fill] = []
    for side in (BUY, SELL):
        held = market.quotes[mic, side]
        for price in wanted[side]:
            if price not in held:
                order = Resting(side, price, _size(market, mic, side))
                fills += book.enter(order)
                if order.leaves:
                    held[price] = order
    return fills


def _wander(market: Market) -> list[tuple[str, list[Fill]]]:
    # It leans back towards where it began, so that a week of running does not end at zero.
    home = market.listed.price // market.step
    lean = max(-0.3, min(0.3, (home - market.mid) / home * 10))
    market.mid += 1 if market.rng.random() < 0.5 + lean else -1
    market.mid = max(market.mid, LEVELS + 2)
    return [(mic, refill(market, mic)) for mic in market.books]


def _loosen(market: Market, mic: str) -> None:
    """A venue's best bid and offer are now and then a step or two away from the tightest."""
    for side in (BUY, SELL):
        market.extra[mic, side] = market.rng.choice((0, 0, 0, 1, 2))


def _trade(market: Market, mic: str) -> list[Fill]:
    side = market.rng.choice((BUY, SELL))
    qty = market.listed.lot * market.rng.randint(1, 3)
    return market.books[mic].enter(Resting(side, None, qty), rests=False)


def fix(market: Market, mic: str, quote: Fixed | None, *, once: bool = False) -> list[Fill]:
    """Make the participants of a venue quote just this from now on (an empty side: nothing); None frees them.

    With ``once`` a quote that was eaten does not come back.
    """
    for side in (BUY, SELL):
        for order in market.quotes.pop((mic, side), {}).values():
            market.books[mic].cancel(order)
    market.fixed.pop(mic, None)
    market.once.discard(mic)
    if once:
        market.once.add(mic)
    if quote is not None:
        market.fixed[mic] = quote
    return refill(market, mic)


def _eaten(market: Market, mic: str) -> None:
    for side in (BUY, SELL):
        held = market.quotes.get((mic, side), {})
        if held and not any(order.leaves for order in held.values()):
            market.fixed.get(mic, {}).pop(side, None)


def _levels(market: Market, mic: str, side: int) -> list[int]:
    """The prices a venue's participants quote on ``side``: bids from the mid down, offers from a step above up."""
    if mic in market.fixed:
        return [market.fixed[mic][side][0]] if side in market.fixed[mic] else []
    first = market.mid - market.extra[mic, BUY] if side == BUY else market.mid + 1 + market.extra[mic, SELL]
    prices = (first - side * n for n in range(LEVELS))
    return [price * market.step for price in prices if price > 0]


def _size(market: Market, mic: str, side: int) -> int:
    if mic in market.fixed:
        return market.fixed[mic][side][1]
    return market.listed.lot * market.rng.choice((1, 2, 2, 3, 4, 5, 8, 10))
