"""A venue for tests of the desk: it answers what stands in the outbox with arrivals, as a real one would over FIX."""

from decimal import Decimal
from itertools import count
from typing import Any

from oms.base.clock import now
from oms.desk.arrivals import Arrival
from orders.models import Order
from routing.models import Outbox

_numbers = count(1)


def sent(msg_type: str = "") -> list[Outbox]:
    """The messages that wait to be sent, oldest first."""
    rows = Outbox.objects.order_by("id").select_related("order")
    return list(rows.filter(msg_type=msg_type) if msg_type else rows)


def says(child: Order, exec_type: str, cl_ord_id: str = "", **more: Any) -> Arrival:
    """What the venue of ``child`` reports about it. Every report has an ExecID of its own unless ``exec_id`` is given."""
    fields: dict[str, Any] = {
        "session": child.venue, "cl_ord_id": cl_ord_id or child.cl_ord_id, "orig_cl_ord_id": "", "exec_type": exec_type,
        "ord_status": "", "exec_id": f"X{next(_numbers)}", "last_qty": Decimal(0), "last_px": None, "order_qty": None,
        "price": None, "cum_qty": None, "exec_ref_id": "", "text": "", "transact_time": now(), "fields": {},
    }  # fmt: skip
    told = fields | more
    if not told["fields"]:
        # The words of the message, as a gateway keeps them: what is in quarantine is known again by them.
        words = ("cl_ord_id", "exec_type", "exec_id", "exec_ref_id", "last_qty", "last_px")
        told["fields"] = {name: str(told[name]) for name in words if told[name] not in ("", None)}
    return Arrival(**told)


def fill(child: Order, qty: Any, px: Any = "100", **more: Any) -> Arrival:
    """A fill of ``qty`` at ``px``."""
    return says(child, "trade", last_qty=Decimal(qty), last_px=Decimal(px), **more)


def children(root_id: int) -> list[Order]:
    """The children of a root order, oldest first."""
    return list(Order.objects.filter(parent_id=root_id).order_by("id"))
