"""What a request asks for, taken apart and checked: quantities, prices, instructions, expiry. Pure."""

from datetime import UTC, datetime, time

from routing.exchange import capabilities
from routing.exchange.book import BUY
from routing.exchange.flow import Market
from routing.exchange.orders import ClientOrder, Fields
from routing.exchange.universe import to_text, to_units

# OrdRejReason (103) and CxlRejReason (102).
UNKNOWN_SYMBOL, EXCHANGE_CLOSED, UNKNOWN_ORDER, DUPLICATE, UNSUPPORTED, BAD_QTY, OTHER = 1, 2, 5, 6, 11, 13, 99
TOO_LATE, NO_SUCH_ORDER, ALREADY_PENDING, NAME_USED, CANCEL_OTHER = 0, 1, 3, 6, 99
MAX_QTY = 10**10
# The prices of an order type: our name, FIX's, whether it must be there. What is not listed is not looked at.
NEEDED = {
    "limit": (("price", "Price", True),), "stop": (("stop_px", "StopPx", True),),
    "stop_limit": (("price", "Price", True), ("stop_px", "StopPx", True)),
    "pegged": (("price", "Price", False),), "market_to_limit": (("price", "Price", False),),
}  # fmt: skip
Refused = tuple[int, str]  # reason, text


def describe(order: ClientOrder, request: Fields) -> None:
    """Take what is said in words: instructions, peg, and the kinds that no check can refuse."""
    order.exec_inst = request.get("exec_inst") or ""
    order.peg_price_type = capabilities.peg(request) if order.ord_type == "pegged" else ""
    order.cash_order_qty = request.get("cash_order_qty")


def refused(order: ClientOrder, request: Fields, market: Market | None, at: str) -> Refused | None:
    """Take quantity, prices and expiry of a new order from ``request``, or say why not."""
    if market is None or order.mic not in market.books:
        return UNKNOWN_SYMBOL, f"{order.symbol} is not traded on {order.mic}"
    unsupported = capabilities.unsupported(order.mic, request)
    if unsupported:
        return UNSUPPORTED, unsupported
    if order.time_in_force == "good_till_date":
        late = _expiry(order, request, at)
        if late:
            return late
    return amounts(order, market, request)


def amounts(order: ClientOrder, market: Market, request: Fields) -> Refused | None:
    """Take quantities and prices from ``request``, of a new order or a replace; nothing is taken if one is wrong."""
    qty = _cash(order, market, request) if "order_qty" not in request else whole(request["order_qty"])
    if not 0 < qty <= MAX_QTY:
        return BAD_QTY, _bad_qty(request)
    shown = whole(request["max_floor"]) if request.get("max_floor") else 0
    if shown < 0 or shown > qty:
        return BAD_QTY, "MaxFloor must be a whole number up to OrderQty"
    prices: dict[str, int | None] = {}
    for name, said, needed in NEEDED.get(order.ord_type, ()):
        if name in request:
            value = _price(request[name], market.listed.tick)
            if value is None:
                return OTHER, f"{said} must be a positive multiple of {to_text(market.listed.tick)}"
            prices[name] = value
        elif needed:
            return OTHER, f"a {order.ord_type} order needs a {said}"
    offset = _offset(request["peg_offset_value"]) if "peg_offset_value" in request else 0
    if offset is None:
        return OTHER, "PegOffsetValue must be a price with at most 8 places"
    order.order_qty, order.max_floor, order.peg_offset = qty, shown if shown < qty else 0, offset
    order.price, order.stop_px = prices.get("price"), prices.get("stop_px")
    return None


def whole(text: str) -> int:
    """A quantity without a fraction; -1 for one with."""
    number, _, fraction = text.partition(".")
    return int(number) if number.isdigit() and not fraction.strip("0") else -1


def _bad_qty(request: Fields) -> str:
    if "order_qty" in request:
        return f"OrderQty must be a whole number from 1 to {MAX_QTY}"
    if "cash_order_qty" in request:
        return "CashOrderQty buys not even one at the opposite best price"
    return "OrderQty or CashOrderQty is needed"


def _cash(order: ClientOrder, market: Market, request: Fields) -> int:
    """CashOrderQty (152) at the opposite best price, or the limit if there is none: whole shares (L.1.b)."""
    if "cash_order_qty" not in request:
        return 0
    best = market.books[order.mic].best(-order.direction)
    limit = _price(request.get("price") or "0", 1)
    price = best[0] if best else limit
    if price is None:
        return 0
    if limit is not None and (limit - price) * order.direction < 0:
        price = limit
    try:
        return to_units(request["cash_order_qty"]) // price
    except ValueError:
        return 0


def _price(text: str, tick: int) -> int | None:
    """A positive price on the tick, or None."""
    try:
        price = to_units(text)
    except ValueError:
        return None
    return price if price > 0 and price % tick == 0 else None


def _offset(text: str) -> int | None:
    try:
        return to_units(text)
    except ValueError:
        return None


def _expiry(order: ClientOrder, request: Fields, at: str) -> Refused | None:
    """ExpireTime (126) is a moment; ExpireDate (432) the end of that UTC day, or its session's close before it."""
    order.expire_time, order.expire_date = request.get("expire_time"), request.get("expire_date")
    if order.expire_time:
        until = datetime.fromisoformat(order.expire_time)
    elif order.expire_date:
        until = datetime.combine(datetime.fromisoformat(order.expire_date), time.max, UTC)
    else:
        return OTHER, "a good_till_date order needs ExpireTime or ExpireDate"
    order.expires = until.timestamp()
    if until <= datetime.fromisoformat(at):
        return OTHER, "the order would have expired already"
    return None


def target(order: ClientOrder, same: int | None, other: int | None) -> int | None:
    """Where a pegged order belongs, given the best prices of its own side and the other; None if nowhere.

    Primary follows its own side, market the other, midpoint the middle; the offset is added, the limit is a cap.
    """
    if order.peg_price_type == "midpoint":
        at = None if same is None or other is None else (same + other) // 2
    else:
        at = same if order.peg_price_type == "primary" else other
    if at is None:
        return None
    at += order.peg_offset
    if order.price is not None:
        at = min(at, order.price) if order.direction == BUY else max(at, order.price)
    return at if at > 0 else None
