"""One-shot commands: what they are called, what they take, and what they do to the venues' state. docs/venues.md."""

from collections.abc import Callable, Mapping
from typing import Any

from routing.exchange import actions, days, flow, reports
from routing.exchange.actions import Args, Refused
from routing.exchange.book import BUY, SELL, Fill, Resting
from routing.exchange.flow import Market
from routing.exchange.orders import ClientOrder, Fields
from routing.exchange.state import State
from routing.exchange.terms import whole
from routing.exchange.trades import traded
from routing.exchange.universe import to_text, to_units

# What may be given without a name, in this order.
POSITIONAL: Mapping[str, tuple[str, ...]] = {
    "cancel": ("order", "reason"), "restate": ("order", "qty", "px"), "bust": ("order", "exec_id"),
    "correct": ("order", "qty", "px", "exec_id"), "fill": ("order", "qty", "px"), "overfill": ("order", "qty", "px"),
    "late_fill": ("order", "qty", "px"), "stop": ("order", "qty", "px"), "done_for_day": ("order",),
    "expire": ("order",), "reject": ("order", "reason"), "new": ("order",), "accept": ("order",),
    "refuse": ("order", "reason"), "pend": ("order",), "show": ("order",), "unknown": ("symbol", "side", "qty", "px"),
    "halt": ("symbol",), "resume": ("symbol",), "open": (), "close": (), "print": ("symbol", "px", "qty"),
    "quote": ("symbol", "bid", "offer"), "unquote": ("symbol",), "book": ("symbol",),
    # These are the server's: they concern sessions, not orders.
    "disconnect": (), "logout": ("seconds",), "replay": (), "release": (), "discard": (), "faults": (),
}  # fmt: skip
NAMED = frozenset({
    "text", "cl_ord_id", "order_id", "exec_id", "reason", "bid_size", "offer_size", "once", "side", "qty", "px",
})  # fmt: skip
DEFAULT_SIZE = 10


def run(state: State, mic: str, command: str, args: Args, at: str) -> Fields:
    """Carry out one command; answer what it did. Raises Refused, and then nothing has changed."""
    if command in actions.ON_REQUESTS:
        waiting = state.waiting.get((mic, _order_named(args)))
        if waiting is None:
            raise Refused(f"no request {_order_named(args)} is waiting")
        order_id = actions.ON_REQUESTS[command](state, waiting, args, at)
        return summary(state.orders[order_id])
    if command in actions.ON_ORDERS or command == "show":
        order = state.named(mic, _order_named(args))
        if order is None:
            raise Refused(f"{mic} has no order {_order_named(args)}")
        done = {"exec_id": actions.ON_ORDERS[command](state, order, args, at)} if command != "show" else {}
        return summary(order) | done
    if command not in _OTHERS:
        raise Refused(f"no command {command}; there are {', '.join(sorted(POSITIONAL))}")
    return _OTHERS[command](state, mic, args, at)


def check(command: str, args: Args) -> None:
    """Raise Refused for a command or an argument that there is not."""
    if command not in POSITIONAL:
        raise Refused(f"no command {command}; there are {', '.join(sorted(POSITIONAL))}")
    unknown = args.keys() - NAMED - set(POSITIONAL[command])
    if unknown:
        raise Refused(f"{command} does not take {', '.join(sorted(unknown))}")


def summary(order: ClientOrder) -> Fields:
    """How an order stands, as the venue knows it."""
    return {
        "order_id": order.order_id, "cl_ord_id": order.cl_ord_id, "ord_status": order.ord_status,
        "order_qty": str(order.order_qty), "cum_qty": str(order.cum), "leaves_qty": str(order.leaves),
        "avg_px": reports.average(order.cum, order.gross),
        "executions": [
            {"exec_id": one.ids[-1], "qty": str(one.qty), "px": to_text(one.price)} for one in order.executions
        ],
    }  # fmt: skip


def _order_named(args: Args) -> str:
    name = args.get("order") or ""
    if not name:
        raise Refused("order is needed: a ClOrdID or an OrderID")
    return str(name)


def _market(state: State, mic: str, args: Args) -> Market:
    market = state.market(str(args.get("symbol", "")))
    if market is None or mic not in market.books:
        raise Refused(f"{args.get('symbol', 'no symbol')} is not traded on {mic}")
    return market


def _open(state: State, mic: str, args: Args, at: str) -> Fields:
    return {"restated": days.open_(state, mic, at)}


def _close(state: State, mic: str, args: Args, at: str) -> Fields:
    return {"ended": days.close(state, mic, at)}


def _halt(state: State, mic: str, args: Args, at: str) -> Fields:
    return {"concerned": days.halt(state, mic, _market(state, mic, args).symbol, at)}


def _resume(state: State, mic: str, args: Args, at: str) -> Fields:
    return {"reinstated": days.resume(state, mic, _market(state, mic, args).symbol, at)}


def _print(state: State, mic: str, args: Args, at: str) -> Fields:
    """A trade between participants at a price: it moves the last price, so stops may fire."""
    market, price = _market(state, mic, args), _price(args, "px")
    if price is None:
        raise Refused("px is needed")
    qty = _whole(args, "qty", market.listed.lot)
    traded(state, mic, market.symbol, [Fill(Resting(SELL, price, 0), Resting(BUY, price, 0), qty, price)], at)
    return {"last_px": to_text(price), "last_qty": str(qty)}


def _quote(state: State, mic: str, args: Args, at: str) -> Fields:
    """The participants quote just this; ``none`` empties a side. With ``once`` what is eaten does not come back."""
    market = _market(state, mic, args)
    sides = {BUY: ("bid", "bid_size"), SELL: ("offer", "offer_size")}
    lot = market.listed.lot * DEFAULT_SIZE
    quote = {
        side: (price, _whole(args, size, lot))
        for side, (name, size) in sides.items()
        if (price := _price(args, name)) is not None
    }  # fmt: skip
    if len(quote) == 2 and quote[BUY][0] >= quote[SELL][0]:
        raise Refused("the bid must be below the offer")
    fills = flow.fix(market, mic, quote, once=str(args.get("once", "")).lower() in ("1", "true", "yes"))
    traded(state, mic, market.symbol, fills, at)
    return _top(market, mic)


def _unquote(state: State, mic: str, args: Args, at: str) -> Fields:
    """The participants quote by themselves again."""
    market = _market(state, mic, args)
    traded(state, mic, market.symbol, flow.fix(market, mic, None), at)
    return _top(market, mic)


def _book(state: State, mic: str, args: Args, at: str) -> Fields:
    return _top(_market(state, mic, args), mic)


def _top(market: Market, mic: str) -> Fields:
    tops = {name: market.books[mic].best(side) for side, name in ((BUY, "bid"), (SELL, "offer"))}
    last = market.last.get(mic)
    return {
        **{name: to_text(top[0]) if top else None for name, top in tops.items()},
        **{f"{name}_size": str(top[1]) if top else None for name, top in tops.items()},
        "last_px": None if last is None else to_text(last),
    }  # fmt: skip


def _unknown(state: State, mic: str, args: Args, at: str) -> Fields:
    """An execution of an order that nobody sent."""
    market = _market(state, mic, args)
    qty, price = _whole(args, "qty", market.listed.lot), _price(args, "px") or market.listed.price
    order_id, exec_id = str(args.get("order_id") or next(state.ids)), next(state.ids)
    order = ClientOrder(
        order_id, mic, str(args.get("cl_ord_id") or f"?{order_id}"), market.symbol, str(args.get("side", "buy")),
        "limit", "day", qty, price, None,
    )  # fmt: skip
    order.count(exec_id, qty, price)
    last = {"last_qty": str(qty), "last_px": to_text(price), "last_mkt": mic}
    state.outgoing.append((mic, "8", reports.execution_report(order, "trade", exec_id, at, **last)))
    return {"order_id": order_id, "cl_ord_id": order.cl_ord_id, "exec_id": exec_id}


_OTHERS: Mapping[str, Callable[[State, str, Args, str], Fields]] = {
    "open": _open, "close": _close, "halt": _halt, "resume": _resume, "print": _print, "quote": _quote,
    "unquote": _unquote, "book": _book, "unknown": _unknown,
}  # fmt: skip


def _price(args: Args, name: str) -> int | None:
    said: Any = args.get(name)
    if said in (None, "", "none"):
        return None
    try:
        price = to_units(str(said))
    except ValueError as error:
        raise Refused(f"{name} must be a plain decimal") from error
    if price <= 0:
        raise Refused(f"{name} must be above 0")
    return price


def _whole(args: Args, name: str, usual: int) -> int:
    number = whole(str(args[name])) if name in args else usual
    if number < 1:
        raise Refused(f"{name} must be a whole number above 0")
    return number
