"""Lists of orders (E) from a client."""

from collections.abc import Mapping, Sequence
from typing import Any

from oms.desk.asked import Answer
from oms.fix.replies import Present, Replies, present
from oms.fix.trading import Party, entered

Request = Mapping[str, Any]


def enter_list(requests: Sequence[Request], party: Party, replies: Replies) -> list[str]:
    """NewOrderList (35=E): its orders are entered each alone; N says how each stands, 8s follow for those taken."""
    return [_enter(request, party, replies) for request in requests]


def _enter(request: Request, party: Party, replies: Replies) -> str:
    items = request.get("orders", [])
    answers = entered(items, party)
    orders = present(answer.order_id for answer in answers if answer.order_id)
    rows = [_row(item, answer, orders) for item, answer in zip(items, answers, strict=True)]
    refused = all(answer.order_id is None for answer in answers)
    replies.say("N", {
        "list_id": request["list_id"], "list_status_type": "response", "no_rpts": 1, "rpt_seq": 1,
        "list_order_status": "reject" if refused else "executing", "tot_no_orders": len(items), "orders": rows,
        "transact_time": replies.at.isoformat(timespec="milliseconds"),
    })  # fmt: skip
    return "refused" if refused else "applied"


def _row(item: Request, answer: Answer, orders: Mapping[int, Present]) -> dict[str, Any]:
    """One order's line of a ListStatus."""
    order = orders.get(answer.order_id or 0)
    amount = f"{order.leaves_qty.normalize():f}" if order else "0"
    reason = {"ord_rej_reason": 99, "text": answer.refusals[0].text[:100]} if answer.refusals else {}
    return {
        "cl_ord_id": item["cl_ord_id"], "cum_qty": "0", "ord_status": order.ord_status if order else "rejected",
        "leaves_qty": amount, "cxl_qty": "0", "avg_px": "0", **reason,
    }  # fmt: skip
