"""Multileg orders (AB, AC): all legs execute at once, in their ratio, when the books allow the net price.

The net price is what one unit costs: the sum over legs of ratio times price, bought legs positive, sold ones negative.
LegSide (624) is what the leg does when the spread is bought; a sold spread turns every leg round. A net price may be
below zero. Only whole units execute, so the ratio is kept in every partial fill.
"""

from routing.exchange.book import BUY, SELL, Resting
from routing.exchange.orders import ClientOrder, Fields
from routing.exchange.state import Key, State
from routing.exchange.terms import BAD_QTY, MAX_QTY, OTHER, UNKNOWN_SYMBOL, UNSUPPORTED, Refused, whole
from routing.exchange.trades import trade, traded
from routing.exchange.universe import to_text, to_units

# MultiLegReportingType (442): the whole, and each leg.
WHOLE, LEG = "multileg_security", "individual_leg"
MOST_LEGS = 6


def keys(order: ClientOrder) -> list[Key]:
    """Where its legs trade; empty for an order without legs."""
    return [(leg["leg_symbol"], order.mic) for leg in order.legs]


def refused(state: State, order: ClientOrder, request: Fields) -> Refused | None:
    """Take legs, quantity and net price from a NewOrderMultileg, or say why not."""
    if order.ord_type not in ("market", "limit"):
        return UNSUPPORTED, f"OrdType {order.ord_type} is not supported for multileg orders"
    if order.time_in_force not in ("day", "good_till_cancel", "immediate_or_cancel", "fill_or_kill"):
        return UNSUPPORTED, f"TimeInForce {order.time_in_force} is not supported for multileg orders"
    legs = request.get("legs") or []
    if not 2 <= len(legs) <= MOST_LEGS or len({leg.get("leg_symbol") for leg in legs}) < len(legs):
        return OTHER, f"a multileg order has 2 to {MOST_LEGS} legs of different symbols"
    for number, leg in enumerate(legs, 1):
        market = state.market(leg.get("leg_symbol", ""))
        if market is None or order.mic not in market.books:
            return UNKNOWN_SYMBOL, f"{leg.get('leg_symbol')} is not traded on {order.mic}"
        ratio = whole(leg.get("leg_ratio_qty") or "1")
        if ratio < 1 or leg.get("leg_side") not in ("buy", "sell", "sell_short"):
            return OTHER, f"leg {number} needs a whole LegRatioQty and a LegSide"
        order.legs.append({
            "leg_symbol": leg["leg_symbol"], "leg_side": leg["leg_side"], "leg_ratio_qty": ratio,
            "leg_ref_id": leg.get("leg_ref_id") or str(number),
        })  # fmt: skip
    return amounts(order, request)


def amounts(order: ClientOrder, request: Fields) -> Refused | None:
    """Take the number of units and the net price, of a new order or a replace."""
    qty, price = whole(request.get("order_qty", "")), None
    if not 0 < qty <= MAX_QTY:
        return BAD_QTY, f"OrderQty must be a whole number from 1 to {MAX_QTY}"
    if order.ord_type == "limit":
        try:
            price = to_units(request["price"])
        except (KeyError, ValueError):
            return OTHER, "a limit order needs a Price, the net price of one unit"
    order.order_qty, order.price = qty, price
    return None


def place(state: State, order: ClientOrder, at: str) -> None:
    """Execute what can be, and let the rest wait for its legs' prices; or cancel it if it may not wait."""
    execute(state, order, at)
    if not order.is_open:
        return
    if order.kills:
        order.status = "canceled"
        state.report(order, "canceled", at, multi_leg_reporting_type=WHOLE, text="not filled at once")
        return
    for key in keys(order):
        state.watch(key).spreads.append(order)


def execute(state: State, order: ClientOrder, at: str) -> None:
    """Trade whole units at the legs' best prices as long as their net price is within the limit."""
    while order.is_open and not any(state.is_shut(key) for key in keys(order)):
        tops = [_top(state, order, leg) for leg in order.legs]
        if any(top is None for top in tops):
            return
        found = [top for top in tops if top is not None]
        sizes = [size // leg["leg_ratio_qty"] for leg, (_, size) in zip(order.legs, found, strict=True)]
        units = min(order.leaves, *sizes)
        cost = sum(
            _direction(order, leg) * leg["leg_ratio_qty"] * px for leg, (px, _) in zip(order.legs, found, strict=True)
        )
        if not units or (order.price is not None and cost > order.direction * order.price):
            return
        if order.time_in_force == "fill_or_kill" and units < order.leaves:
            return
        _trade(state, order, units, at)


def _trade(state: State, order: ClientOrder, units: int, at: str) -> None:
    """Take every leg, then report the whole (442=3) and each leg (442=2, LegRefID)."""
    cost, told = 0, []
    for leg in order.legs:
        market, direction = state.market(leg["leg_symbol"]), _direction(order, leg)
        assert market is not None
        qty = units * leg["leg_ratio_qty"]
        fills = market.books[order.mic].enter(Resting(direction, None, qty), rests=False)
        gross = sum(fill.qty * fill.price for fill in fills)
        assert sum(fill.qty for fill in fills) == qty
        cost += direction * gross
        told.append((leg, qty, gross // qty))
        traded(state, order.mic, leg["leg_symbol"], fills, at)
    net = order.direction * cost // units
    made = trade(state, order, units, net, at, multi_leg_reporting_type=WHOLE)
    for leg, qty, px in told:
        fill = {"last_qty": str(qty), "last_px": to_text(px), "last_mkt": order.mic}
        exec_id = state.report(order, "trade", at, **_named(order, leg), **fill)
        leg.setdefault("executions", {})[made] = exec_id, fill


def undo(state: State, order: ClientOrder, made: str, at: str) -> None:
    """Bust what the legs did in the execution that was first called ``made``: a leg's ExecRefID is its own fill's."""
    for leg in order.legs:
        exec_id, fill = leg.get("executions", {}).pop(made, (None, {}))
        if exec_id:
            state.report(order, "trade_cancel", at, exec_ref_id=exec_id, **_named(order, leg), **fill)


def _named(order: ClientOrder, leg: Fields) -> Fields:
    """What a report about one leg says beside the order's own terms."""
    side = leg["leg_side"] if order.side == "buy" else ("sell" if leg["leg_side"] == "buy" else "buy")
    return {
        "multi_leg_reporting_type": LEG, "leg_ref_id": leg["leg_ref_id"], "symbol": leg["leg_symbol"], "side": side,
    }  # fmt: skip


def _top(state: State, order: ClientOrder, leg: Fields) -> tuple[int, int] | None:
    market = state.market(leg["leg_symbol"])
    return market.books[order.mic].best(-_direction(order, leg)) if market is not None else None


def _direction(order: ClientOrder, leg: Fields) -> int:
    return order.direction * (BUY if leg["leg_side"] == "buy" else SELL)
