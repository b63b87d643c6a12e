"""Which fill a bust or a correction is about: the executions of the orders that a batch takes fills back from."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from oms.base.refusal import Refusal
from oms.desk.arrivals import Arrival
from orders.executions import Execution, Executions
from orders.lifecycle import Report
from orders.models import ExecutionReport
from orders.rollup import FILLS
from orders.vocabulary import ExecType

ZERO = Decimal(0)
UNDOES = frozenset({ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT})


class Undoing:
    """The executions of some child orders, kept up while the batch goes on."""

    def __init__(self, order_ids: Iterable[int], trade_date: date) -> None:
        self.trade_date = trade_date
        self.of: dict[int, Executions] = defaultdict(Executions)
        fills = ExecutionReport.objects.filter(order_id__in=set(order_ids), exec_type__in=sorted(FILLS))
        columns = ("order_id", "exec_type", "exec_ref_id", "venue_exec_id", "last_qty", "last_px", "trade_date")
        for order_id, exec_type, ref, *made in fills.order_by("id").values_list(*columns):
            self.of[order_id].take(exec_type, Execution(*made), ref)

    def complete(self, order_id: int, arrival: Arrival, report: Report) -> tuple[Report, str] | Refusal:
        """The report with what it undoes, and the latest ExecID of that; or why there is nothing to undo.

        The fill undone is as we booked it: a venue's bust carries a quantity of 0 (Appendix D, J.1.a).
        """
        undone = self.of[order_id].find(arrival.exec_ref_id)
        if undone is None:
            text = f"no live execution {arrival.exec_ref_id!r} is there to be taken back or corrected"
            return Refusal("BAD_REPORT", "exec_ref_id", text)
        report = report._replace(ref_qty=undone.qty, ref_px=undone.px, prior=undone.trade_date < self.trade_date)
        if report.exec_type == ExecType.TRADE_CANCEL:
            report = report._replace(last_qty=undone.qty, last_px=undone.px)
        return report, undone.exec_id

    def note(self, order_id: int, report: Report, exec_id: str, ref_id: str) -> None:
        """Keep up with a fill, bust or correction that the batch has booked."""
        if report.exec_type in FILLS and report.last_px is not None:
            made = Execution(exec_id, report.last_qty, report.last_px, self.trade_date)
            self.of[order_id].take(report.exec_type, made, ref_id)


def change(report: Report) -> Decimal:
    """By how much a fill, bust or correction changes CumQty."""
    if report.exec_type == ExecType.TRADE:
        return report.last_qty
    return (report.last_qty if report.exec_type == ExecType.TRADE_CORRECT else ZERO) - report.ref_qty


def gross_change(report: Report) -> Decimal:
    """By how much it changes the sum of quantity by price that was executed on the report's own day."""
    if report.prior:
        return ZERO
    made = report.last_qty * (report.last_px or ZERO)
    undone = report.ref_qty * (report.ref_px or ZERO)
    if report.exec_type == ExecType.TRADE:
        return made
    return (made if report.exec_type == ExecType.TRADE_CORRECT else ZERO) - undone
