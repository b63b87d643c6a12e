"""Asking the venue about orders of ours that it may know more about than we do: after a logon all that are open,
and at any time those that it has not answered for long.
"""

from collections.abc import Collection

from oms.base import sets
from oms.base.clock import now
from orders.models import Order
from orders.vocabulary import Hold
from routing.models import Outbox

COLUMNS = ("session_id", "order_id", "msg_type", "cl_ord_id", "orig_cl_ord_id", "fields", "created_at", "attempts")


def ask(session: str, only: Collection[str] | None = None) -> int:
    """Put an OrderStatusRequest (35=H) into the outbox for each open order that was sent; answer how many.

    ``only`` these ClOrdIDs, if given.
    """
    # What never left is no venue's to know; what may have left goes again with PossResend, which asks as well.
    unsent = Outbox.objects.filter(session_id=session, sent_at__isnull=True, msg_type="D")
    orders = Order.objects.filter(sender_comp_id=session, parent__isnull=False, leaves_qty__gt=0)
    # The venue has a spread as one order; it knows our orders for the legs by no name.
    known = orders.exclude(pk__in=unsent.values("order_id")).exclude(parent__hold=Hold.LEG).order_by("pk")
    if only is not None:
        known = known.filter(cl_ord_id__in=only)
    rows = known.values_list("pk", "cl_ord_id", "instrument__symbol", "side")
    at = now()
    sets.insert(
        Outbox,
        COLUMNS,
        [
            (session, pk, "H", cl_ord_id, "", {"cl_ord_id": cl_ord_id, "symbol": symbol, "side": side}, at, 0)
            for pk, cl_ord_id, symbol, side in rows
        ],
    )
    return len(rows)
