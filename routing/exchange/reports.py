"""What venues say: ExecutionReport (8) and OrderCancelReject (9). FIX 4.4 Appendix D decides what is said when."""

from typing import Any

from routing.exchange.orders import ClientOrder, Fields
from routing.exchange.universe import to_text


def average(qty: int, gross: int) -> str:
    """AvgPx (6), from the exact sum, rounded half up to 8 places once; "0" before the first fill."""
    return to_text((2 * gross + qty) // (2 * qty)) if qty else "0"


def execution_report(order: ClientOrder, exec_type: str, exec_id: str, at: str, **more: Any) -> Fields:
    """ExecutionReport (35=8) about the order as it stands now; ``more`` adds fields or overrules them."""
    fields: Fields = {
        "order_id": order.order_id,
        "cl_ord_id": order.cl_ord_id,
        "exec_id": exec_id,
        "exec_type": exec_type,
        "ord_status": order.ord_status,
        "account": order.account,
        "symbol": order.symbol,
        "side": order.side,
        "order_qty": str(order.order_qty),
        "ord_type": order.ord_type,
        "price": None if order.price is None else to_text(order.price),
        "time_in_force": order.time_in_force,
        "leaves_qty": str(order.leaves),
        "cum_qty": str(order.cum),
        "avg_px": average(order.cum, order.gross),
        "transact_time": at,
    }
    if order.is_special:
        fields |= _terms(order)
    fields |= more
    return fields


def of_the_day(order: ClientOrder) -> Fields:
    """DayOrderQty (424), DayCumQty (425), DayAvgPx (426) of an order that lived through a night (H.1.a)."""
    cum = order.cum - order.prior_cum
    return {
        "day_order_qty": str(order.order_qty - order.prior_cum),
        "day_cum_qty": str(cum),
        "day_avg_px": average(cum, order.gross - order.prior_gross),
    }


def _terms(order: ClientOrder) -> Fields:
    """The terms that few orders have."""
    terms: Fields = of_the_day(order) if order.carried else {}
    if order.stop_px is not None:
        terms["stop_px"] = to_text(order.stop_px)
    if order.max_floor:
        terms["max_floor"] = str(order.max_floor)
    if order.exec_inst:
        terms["exec_inst"] = order.exec_inst
    if order.peg_price_type:
        terms |= {"peg_price_type": order.peg_price_type, "peg_offset_value": to_text(order.peg_offset)}
    for name in ("cash_order_qty", "expire_time", "expire_date"):
        if getattr(order, name):
            terms[name] = getattr(order, name)
    return terms


def refusal(request: Fields, exec_id: str, at: str, reason: int, text: str, **more: Any) -> Fields:
    """ExecutionReport that rejects a NewOrderSingle (or answers a status request for an unknown order)."""
    return {
        "order_id": "NONE",
        "cl_ord_id": request["cl_ord_id"],
        "exec_id": exec_id,
        "exec_type": "rejected",
        "ord_status": "rejected",
        "ord_rej_reason": reason,
        "account": request.get("account"),
        "symbol": request["symbol"],
        "side": request["side"],
        "order_qty": request.get("order_qty"),
        "ord_type": request.get("ord_type"),
        "price": request.get("price"),
        "leaves_qty": "0",
        "cum_qty": "0",
        "avg_px": "0",
        "transact_time": at,
        "text": text,
    } | more


def cancel_reject(
    request: Fields, order: ClientOrder | None, replacing: bool, reason: int, text: str, at: str
) -> Fields:
    """OrderCancelReject (35=9). Of an unknown order: OrderID NONE and status rejected."""
    return {
        "order_id": order.order_id if order else "NONE",
        "cl_ord_id": request["cl_ord_id"],
        "orig_cl_ord_id": order.cl_ord_id if order else request["orig_cl_ord_id"],
        "ord_status": order.ord_status if order else "rejected",
        "cxl_rej_response_to": "order_cancel_replace_request" if replacing else "order_cancel_request",
        "cxl_rej_reason": reason,
        "text": text,
        "transact_time": at,
    }
