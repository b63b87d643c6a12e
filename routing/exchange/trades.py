"""Executions: counted, reported to whom they concern, and noted as the price that others follow."""

from collections.abc import Iterable
from typing import Any

from routing.exchange.book import Fill, Resting
from routing.exchange.orders import ClientOrder
from routing.exchange.state import State
from routing.exchange.universe import to_text


def traded(state: State, mic: str, symbol: str, fills: Iterable[Fill], at: str) -> None:
    """Report trades to the clients on either side of them, and note the price for those who follow it."""
    key = symbol, mic
    last = None
    for fill in fills:
        last = fill.price
        state.prints.append((mic, symbol, fill))
        for one in (fill.taker, fill.maker):
            if one.owner is not None:
                trade(state, one.owner, fill.qty, fill.price, at)
        maker = fill.maker
        if maker.display and maker.owner is not None:
            _refreshed(state, maker.owner, maker)
    if last is not None:
        market = state.market(symbol)
        assert market is not None
        market.last[mic] = last
    if key in state.watched:
        state.moved.add(key)


def trade(state: State, order: ClientOrder, qty: int, price: int, at: str, **more: Any) -> str:
    """Count and report one execution of ``order``; answer its ExecID."""
    exec_id = next(state.ids)
    order.count(exec_id, qty, price)
    state.executed.append((order.order_id, exec_id, None, qty, price))
    last: dict[str, Any] = {"last_qty": str(qty), "last_px": to_text(price), "last_mkt": order.mic}
    return state.report(order, "trade", at, exec_id=exec_id, **last | more)


def _refreshed(state: State, order: ClientOrder, resting: Resting) -> None:
    """What the journal keeps of an iceberg: the tranche that is shown, and its place if that is a new one."""
    order.shown = resting.leaves
    if resting.turns:
        order.arrival, resting.turns = next(state.arrivals), 0
