"""Requests about many orders at once: OrderMassStatusRequest (AF) and OrderMassCancelRequest (q)."""

from routing.exchange import floor, reports
from routing.exchange.orders import ClientOrder, Fields
from routing.exchange.state import State
from routing.exchange.terms import UNKNOWN_ORDER

ALL, BY_SYMBOL = "all_orders", "orders_for_a_security"
# MassCancelRejectReason (532), MassCancelResponse (531).
NOT_SUPPORTED, UNKNOWN_SECURITY, REJECTED = 0, 1, "request_rejected"


def status(state: State, session: str, request: Fields, at: str) -> None:
    """AF: one report (ExecType I) for each open order, numbered by 911, the last marked by 912; 584 is echoed."""
    kind = request.get("mass_status_req_type", ALL)
    found = _concerned(state, session, kind, request)
    echo: Fields = {"mass_status_req_id": request["mass_status_req_id"]}
    if not found:
        known = kind in (ALL, BY_SYMBOL)
        nothing = {"cl_ord_id": None, "symbol": "[N/A]", "side": "undisclosed"} | request
        fields = reports.refusal(
            nothing, next(state.ids), at, UNKNOWN_ORDER, "no open orders" if known else f"{kind} is not supported",
            exec_type="order_status", tot_num_reports=0, last_rpt_requested=True,
        )  # fmt: skip
        state.outgoing.append((session, "8", fields | echo))
    for number, order in enumerate(found, 1):
        last = {"tot_num_reports": len(found), "last_rpt_requested": number == len(found)}
        state.report(order, "order_status", at, **echo | last)


def cancel(state: State, session: str, request: Fields, at: str) -> None:
    """q: the answer (r), then Canceled for each order, under its own ClOrdID."""
    kind = request["mass_cancel_request_type"]
    answer: Fields = {
        "order_id": next(state.ids), "cl_ord_id": request["cl_ord_id"], "mass_cancel_request_type": kind,
        "mass_cancel_response": kind, "symbol": request.get("symbol"), "transact_time": at,
    }  # fmt: skip
    refused = _refused(state, session, kind, request)
    if refused:
        reason, text = refused
        no = {"mass_cancel_response": REJECTED, "mass_cancel_reject_reason": reason, "text": text}
        state.outgoing.append((session, "r", answer | no))
        return
    found = [
        order for order in _concerned(state, session, kind, request) if request.get("side") in (None, order.side)
    ]  # fmt: skip
    state.outgoing.append((session, "r", answer | {"total_affected_orders": len(found)}))
    for order in found:
        floor.close(state, order, "canceled")
        state.report(order, "canceled", at, text=f"mass cancel {request['cl_ord_id']}")


def _concerned(state: State, session: str, kind: str, request: Fields) -> list[ClientOrder]:
    if kind == ALL:
        return state.open_orders(session)
    return state.open_orders(session, request.get("symbol", "")) if kind == BY_SYMBOL else []


def _refused(state: State, session: str, kind: str, request: Fields) -> tuple[int, str] | None:
    if kind not in (ALL, BY_SYMBOL):
        return NOT_SUPPORTED, f"{kind} is not supported"
    market = state.market(request.get("symbol", "")) if kind == BY_SYMBOL else None
    if kind == BY_SYMBOL and (market is None or session not in market.books):
        return UNKNOWN_SECURITY, f"{request.get('symbol', 'no Symbol')} is not traded on {session}"
    return None
