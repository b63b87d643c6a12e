"""Questions from a client: one order (H), many orders (AF)."""

from collections.abc import Mapping, Sequence
from typing import Any

from oms.base.refusal import Refusal
from oms.fix.replies import Present, Replies, present
from oms.fix.trading import Party
from orders.models import Order, OrderRequest
from orders.vocabulary import Hold

Request = Mapping[str, Any]
ALL, ONE_SECURITY = "all_orders", "orders_for_a_security"


def status(requests: Sequence[Request], party: Party, replies: Replies) -> list[str]:
    """OrderStatusRequest (35=H). Two SELECTs for all of them."""
    names = [request.get("cl_ord_id", "") for request in requests]
    rows = OrderRequest.objects.filter(sender_comp_id=party.code, cl_ord_id__in=names)
    by_name = dict(rows.values_list("cl_ord_id", "order_id"))
    orders = present(by_name.values())
    outcomes = []
    for request, name in zip(requests, names, strict=True):
        order = orders.get(by_name.get(name, 0))
        if order is None:
            refusal = Refusal("UNKNOWN_ORDER", "cl_ord_id", f"no order {name!r} of yours")
            replies.rejected(request, [refusal], exec_type="order_status")
        else:
            replies.status(order, request, **({} if order.cum_qty else {"text": "nothing done"}))
        outcomes.append("answered" if order else "UNKNOWN_ORDER")
    return outcomes


def mass_status(requests: Sequence[Request], party: Party, replies: Replies) -> list[str]:
    """OrderMassStatusRequest (35=AF): a report for each open order, numbered; one that says there is none."""
    return [_mass_status(request, party, replies) for request in requests]


def _mass_status(request: Request, party: Party, replies: Replies) -> str:
    if request.get("mass_status_req_type") not in (ALL, ONE_SECURITY):
        _none(request, replies, "MassStatusReqType (585) must be 1 or 7")
        return "BAD_VALUE"
    symbol = request.get("symbol", "") if request["mass_status_req_type"] == ONE_SECURITY else ""
    orders = list(_open(party, symbol).values())
    if not orders:
        _none(request, replies, "no open order")
    for number, order in enumerate(orders, 1):
        replies.status(
            order, {"cl_ord_id": order.cl_ord_id, "mass_status_req_id": request["mass_status_req_id"]},
            tot_num_reports=len(orders), last_rpt_requested=number == len(orders),
        )  # fmt: skip
    return "answered"


def _none(request: Request, replies: Replies, text: str) -> None:
    refusal = Refusal("UNKNOWN_ORDER", "", text)
    replies.rejected({"symbol": request.get("symbol")}, [refusal], exec_type="order_status")
    replies.rows[-1][3].update(
        mass_status_req_id=request["mass_status_req_id"], tot_num_reports=0, last_rpt_requested=True
    )


def _open(party: Party, symbol: str) -> dict[int, Present]:
    """The session's open orders, in all or one symbol."""
    orders = Order.objects.filter(sender_comp_id=party.code, parent__isnull=True, leaves_qty__gt=0)
    orders = orders.exclude(hold=Hold.LEG)
    if symbol:
        orders = orders.filter(instrument__symbol=symbol.partition(".")[0])
    return present(orders.values_list("pk", flat=True))
