"""The trading floor: orders into books and out of them, trades, and what follows prices (stops, pegs, auctions)."""

from routing.exchange import spreads, terms
from routing.exchange.book import BUY, SELL, Book, Fill, Resting
from routing.exchange.capabilities import AUCTIONS, STOPS
from routing.exchange.flow import Market
from routing.exchange.orders import ClientOrder
from routing.exchange.state import State
from routing.exchange.trades import traded


def place(state: State, order: ClientOrder, at: str) -> None:
    """Put an accepted order where it belongs: into its book, or to those that wait for a price, a session, a hand."""
    order.arrival = order.arrival or next(state.arrivals)
    key = order.symbol, order.mic
    if order.by_hand or state.is_shut(key) or order.time_in_force in AUCTIONS or order.status == "stopped":
        return
    if order.resting is not None:
        return
    if order.legs:
        spreads.place(state, order, at)
    elif order.ord_type in STOPS and not order.triggered:
        state.watch(key).stops.append(order)
        state.moved.add(key)
    elif order.ord_type == "pegged":
        state.watch(key).pegs.append(order)
        state.moved.add(key)
    else:
        _enter(state, order, at)


def remove(state: State, order: ClientOrder) -> None:
    """Take an order from wherever it waits; harmless if it waits nowhere."""
    book = book_of(state, order)
    if order.resting is not None and book is not None:
        book.cancel(order.resting)
    order.resting = None
    for key in spreads.keys(order) or [(order.symbol, order.mic)]:
        watched = state.watched.get(key)
        for line in (watched.stops, watched.pegs, watched.spreads) if watched else ():
            if order in line:
                line.remove(order)
        if watched:
            state.moved.add(key)
        elif watched is not None:
            del state.watched[key]


def close(state: State, order: ClientOrder, status: str) -> None:
    """End an order: out of its book, no requests pending, ``status`` as given. The caller reports it."""
    remove(state, order)
    order.status = status


def settle(state: State, at: str) -> None:
    """Let what follows prices follow: stops fire by the last trade, pegs move with the best, until nothing moves."""
    while state.moved:
        key = state.moved.pop()
        watched = state.watched.get(key)
        if watched is None or state.is_shut(key):
            continue
        market = state.market(key[0])
        assert market is not None
        for order in [one for one in watched.stops if fires(one, market.last.get(key[1]))]:
            _fire(state, order, at)
        for order in list(watched.pegs):
            if order.is_open:
                _repeg(state, order, market.books[key[1]], at)
            else:
                watched.pegs.remove(order)
        for order in list(watched.spreads):
            if order.is_open:
                spreads.execute(state, order, at)
            else:
                watched.spreads.remove(order)


def fires(order: ClientOrder, last: int | None) -> bool:
    """Whether the last trade reaches the stop: at or above it for a buy, at or below for a sell."""
    return last is not None and order.stop_px is not None and (last - order.stop_px) * order.direction >= 0


def auction(state: State, mic: str, tif: str, at: str) -> None:
    """Execute the orders that waited for this auction at one price: the last, or the middle of the book.

    Participants take the imbalance, so every order that the price allows trades in full; the rest are canceled.
    """
    waiting = [one for one in state.open_orders(mic) if one.time_in_force == tif and not one.by_hand]
    for order in waiting:
        market = state.market(order.symbol)
        price = auction_price(market, mic) if market is not None and (order.symbol, mic) not in state.halted else None
        reaches = order.price is None or (price is not None and (order.price - price) * order.direction >= 0)
        if price is not None and reaches:
            leaves = order.leaves
            mine, other = Resting(order.direction, price, 0, order), Resting(-order.direction, price, 0)
            traded(state, mic, order.symbol, [Fill(other, mine, leaves, price)], at)
        elif (order.symbol, mic) not in state.halted:
            close(state, order, "canceled")
            state.report(order, "canceled", at, text="not executed in the auction")


def auction_price(market: Market, mic: str) -> int | None:
    """The last trade's price, or the middle of the best prices, on the tick."""
    if mic in market.last:
        return market.last[mic]
    bid, offer = (market.books[mic].best(side) for side in (BUY, SELL))
    if bid is None or offer is None:
        return None
    middle = (bid[0] + offer[0]) // 2
    return middle - middle % market.listed.tick


def book_of(state: State, order: ClientOrder) -> Book | None:
    """The order's book; None for what has none (a spread, a symbol no longer listed)."""
    market = state.market(order.symbol) if not order.legs else None
    return market.books.get(order.mic) if market is not None else None


def _enter(state: State, order: ClientOrder, at: str, price: int | None = None) -> None:
    """Into the book; what may not rest is canceled, unsolicited. ``price`` is where a pegged order belongs."""
    book = book_of(state, order)
    assert book is not None
    limit = order.price if price is None else price
    if order.ord_type in ("market", "stop"):
        limit = None
    post_only = order.instructed("participate_dont_initiate")
    if post_only and book.available(order.direction, limit, 1):
        return _kill(state, order, "post-only: it would take liquidity", at)
    kills = order.kills
    shown = min(order.shown, order.leaves)
    order.resting = Resting(
        order.direction, limit, shown or order.leaves, order, order.max_floor, order.leaves - shown if shown else 0,
        hidden=order.peg_price_type == "midpoint", pegged=order.ord_type == "pegged",
    )  # fmt: skip
    fills = book.enter(order.resting, rests=not kills, all_or_none=order.time_in_force == "fill_or_kill")
    traded(state, order.mic, order.symbol, fills, at)
    if order.max_floor and order.is_open:
        order.shown = order.resting.leaves
    if not (kills and order.is_open):
        return None
    if order.ord_type == "market_to_limit" and order.time_in_force != "fill_or_kill" and fills:
        return _becomes_limit(state, order, fills[-1].price, at)
    return _kill(state, order, "not filled at once", at)


def _becomes_limit(state: State, order: ClientOrder, price: int, at: str) -> None:
    """The remainder of a market-to-limit order rests at the last price it traded at; Restated says so (378=3)."""
    order.price = price
    if order.kills:
        return _kill(state, order, "not filled at once", at)
    state.report(
        order, "restated", at, exec_restatement_reason="repricing", text="the remainder rests as a limit order"
    )
    return _enter(state, order, at)


def _kill(state: State, order: ClientOrder, text: str, at: str) -> None:
    close(state, order, "canceled")
    state.report(order, "canceled", at, text=text)


def _fire(state: State, order: ClientOrder, at: str) -> None:
    """The stop is reached: Triggered (L), then it is a market or a limit order."""
    remove(state, order)
    order.triggered = True
    state.report(order, "triggered", at)
    _enter(state, order, at)


def _repeg(state: State, order: ClientOrder, book: Book, at: str) -> None:
    """Move a pegged order to where it belongs; each move is a new arrival. With nothing to follow it waits outside."""
    wanted = terms.target(order, book.reference(order.direction), book.reference(-order.direction))
    present = order.resting.price if order.resting is not None else None
    if wanted == present:
        return
    if order.resting is not None:
        book.cancel(order.resting)
        order.resting = None
    if wanted is not None:
        _enter(state, order, at, wanted)
