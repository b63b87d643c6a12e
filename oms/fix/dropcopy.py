"""A broker's copies of executions, matched to ours: what does not match within a minute is an alert."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from oms.base import sets
from oms.base.clock import now
from oms.base.money import parse_decimal
from oms.fix.replies import Replies
from oms.fix.trading import Party
from orders.models import Alert, ExecutionReport
from routing.models import DropCopy

PATIENCE = timedelta(seconds=60)
COLUMNS = (
    "session_id", "exec_id", "order_id", "cl_ord_id", "last_qty", "last_px", "last_mkt", "fields", "received_at",
)  # fmt: skip
ALERT = ("at", "severity", "kind", "code", "desk_id", "order_id", "text", "payload", "resolution")


def take(copies: Sequence[Mapping[str, Any]], party: Party, replies: Replies) -> list[str]:
    """Keep the executions among a broker's reports; other reports are noted and change nothing."""
    rows, outcomes = [], []
    for fields in copies:
        qty, px = (parse_decimal(fields.get(name) or "0", name) for name in ("last_qty", "last_px"))
        is_fill = (
            fields.get("exec_type") == "trade" and isinstance(qty, Decimal) and isinstance(px, Decimal) and qty > 0
        )
        outcomes.append("kept" if is_fill else "noted")
        if is_fill:
            rows.append((
                party.code, fields.get("exec_id", ""), fields.get("order_id", ""), fields.get("cl_ord_id", ""), qty, px,
                str(fields.get("last_mkt", ""))[:4], dict(fields), replies.at,
            ))  # fmt: skip
    sets.insert(DropCopy, COLUMNS, rows, skip_duplicates=True)
    return outcomes


def match() -> int:
    """Match what is unmatched: by the venue's ExecID, or else by ClOrdID, quantity and price. Four statements at most.

    Answers how many copies were matched or became alerts.
    """
    waiting = list(DropCopy.objects.filter(report_id__isnull=True, alerted_at__isnull=True).order_by("id")[:1_000])
    if not waiting:
        return 0
    fills = ExecutionReport.objects.filter(exec_type="trade", is_root=False)
    by_exec = {
        (exec_id, qty, px): pk
        for pk, exec_id, qty, px in fills.filter(venue_exec_id__in={c.exec_id for c in waiting}).values_list(
            "id", "venue_exec_id", "last_qty", "last_px"
        )
    }
    by_name = {
        (name, qty, px): pk
        for pk, name, qty, px in fills.filter(cl_ord_id__in={c.cl_ord_id for c in waiting} - {""}).values_list(
            "id", "cl_ord_id", "last_qty", "last_px"
        )
    }
    found = {
        copy.pk: by_exec.get((copy.exec_id, copy.last_qty, copy.last_px))
        or by_name.get((copy.cl_ord_id, copy.last_qty, copy.last_px))
        for copy in waiting
    }
    sets.update(DropCopy, ["id"], ["report_id"], [(pk, report) for pk, report in sorted(found.items()) if report])
    late = [copy for copy in waiting if not found[copy.pk] and copy.received_at < now() - PATIENCE]
    _alert(late)
    return sum(1 for report in found.values() if report) + len(late)


def _alert(late: Sequence[DropCopy]) -> None:
    at = now()
    rows = [
        (
            at,
            Alert.Severity.CRITICAL.value,
            "drop_copy",
            "DROP_COPY_UNMATCHED",
            None,
            None,
            _words(copy),
            copy.fields,
            "",
        )
        for copy in late
    ]
    sets.insert(Alert, ALERT, rows)
    sets.update(DropCopy, ["id"], ["alerted_at"], [(copy.pk, at) for copy in late])


def _words(copy: DropCopy) -> str:
    fill = f"{copy.last_qty.normalize():f} at {copy.last_px.normalize():f}"
    return f"{copy.session_id} reports {fill}, ExecID {copy.exec_id}: we have no such execution"
