"""When a waiting order fires: pure functions over the present quotes. What is stale never fires."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from orders.vocabulary import OrdType, PegOffsetType, Side

# A quote is good for so long after it changed, or after its feed last gave a sign of life.
FRESH = timedelta(seconds=15)
BPS = Decimal(10_000)


class Market(NamedTuple):
    """Best bid and offer over all venues, the last trade, and when all this was last known to hold."""

    bid: Decimal | None
    offer: Decimal | None
    last: Decimal | None
    at: datetime | None

    def fresh(self, now: datetime) -> bool:
        """Whether it may be acted upon."""
        return self.at is not None and now - self.at <= FRESH and (self.bid is not None or self.offer is not None)

    @property
    def traded(self) -> Decimal | None:
        """The last price, unless the quote has moved away from it since: then it is history."""
        if self.last is None:
            return None
        below = self.bid is not None and self.last < self.bid
        above = self.offer is not None and self.last > self.offer
        return None if below or above else self.last


class Watch(NamedTuple):
    """A waiting order. ``best`` is the best price since a trailing stop was entered; None before the first."""

    side: str
    ord_type: str
    stop_px: Decimal | None
    offset: Decimal | None = None
    offset_type: str = ""
    best: Decimal | None = None


def fires(watch: Watch, market: Market) -> str:
    """Why the order fires, with the price that did it; '' if it goes on waiting.

    A stop to buy waits for the market to rise to it: a trade there, or a bid. To sell, for it to fall: a trade or an
    offer. If-touched orders wait for the opposite. A trailing stop is judged by what closing it would meet.
    """
    stop = watch.stop_px
    if stop is None:
        return ""
    seen: list[tuple[str, Decimal | None]]
    if watch.ord_type == OrdType.TRAILING_STOP:
        seen = [("offer", market.offer)] if watch.side == Side.BUY else [("bid", market.bid)]
    else:
        rises = _rises(watch)
        seen = [("last", market.traded), ("bid", market.bid) if rises else ("offer", market.offer)]
    for name, price in seen:
        if price is not None and (price >= stop if _rises(watch) else price <= stop):
            return f"{name} {price.normalize():f} reached {stop.normalize():f}"
    return ""


def _rises(watch: Watch) -> bool:
    """Whether the order waits for the market to rise."""
    touched = watch.ord_type in (OrdType.MARKET_IF_TOUCHED, OrdType.LIMIT_IF_TOUCHED)
    return (watch.side == Side.BUY) != touched


def trailed(watch: Watch, market: Market) -> Watch:
    """The trailing stop after the market moved: the stop follows the best price, and never goes back."""
    price = market.offer if watch.side == Side.BUY else market.bid
    if watch.ord_type != OrdType.TRAILING_STOP or price is None or watch.offset is None:
        return watch
    better = min if watch.side == Side.BUY else max
    best = price if watch.best is None else better(watch.best, price)
    away = best * watch.offset / BPS if watch.offset_type == PegOffsetType.BASIS_POINTS else watch.offset
    stop = best + away if watch.side == Side.BUY else best - away
    return watch._replace(best=best, stop_px=stop if watch.stop_px is None else better(watch.stop_px, stop))
