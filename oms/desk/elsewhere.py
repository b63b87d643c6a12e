"""Parts that a stopped venue gave back, or never got: their parent is not ended by it, and is routed elsewhere."""

from oms.desk.arrivals import Arrival
from oms.desk.asking import Request
from oms.desk.words import AT_ONCE
from orders.book import Line
from orders.lifecycle import Report
from orders.vocabulary import ExecType


def goes_elsewhere(root: Line, report: Report, arrival: Arrival, request: Request | None) -> bool:
    """Whether what is left of ``root`` is to be routed anew, now that its part has taken ``report``.

    We ask for a part alone, by a cancel that serves none on the parent, only where its venue is stopped. An order that
    is good for the moment has had its moment where a venue had it; where none had it, it has not.
    """
    if root.hold or root.state.cancels_pending or not root.state.is_open:
        return False
    if report.exec_type == ExecType.REJECTED:
        return bool(arrival.fields.get("send_again"))
    alone = request is not None and request.kind == "cancel" and not request.root_cl_ord_id
    return report.exec_type == ExecType.CANCELED and alone and root.state.time_in_force not in AT_ONCE
