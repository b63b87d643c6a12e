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
    """Match what is unmatched: by the venue's ExecID, or else by ClOrdID, quantity and price. Five statements at most.

    An execution of ours answers for one copy of a session and no more: two copies of what we have once are one too
    many, and that is what a drop copy is there to find. Answers how many copies were matched or became alerts.
    """
    waiting = list(DropCopy.objects.filter(report_id__isnull=True, alerted_at__isnull=True).order_by("id")[:1_000])
    if not waiting:
        return 0
    fills = ExecutionReport.objects.filter(exec_type="trade", is_root=False).order_by("id")
    by_exec = _by(fills.filter(venue_exec_id__in={c.exec_id for c in waiting}), "venue_exec_id")
    by_name = _by(fills.filter(cl_ord_id__in={c.cl_ord_id for c in waiting} - {""}), "cl_ord_id")
    ours = {report for reports in (*by_exec.values(), *by_name.values()) for report in reports}
    taken = set(DropCopy.objects.filter(report_id__in=ours).values_list("session_id", "report_id"))
    found: dict[int, int] = {}
    for names, column in ((by_exec, "exec_id"), (by_name, "cl_ord_id")):
        for copy in (one for one in waiting if one.pk not in found):
            reports = names.get((getattr(copy, column), copy.last_qty, copy.last_px), ())
            report = next((one for one in reports if (copy.session_id, one) not in taken), None)
            if report is not None:
                found[copy.pk] = report
                taken.add((copy.session_id, report))
    sets.update(DropCopy, ["id"], ["report_id"], sorted(found.items()))
    late = [copy for copy in waiting if copy.pk not in found and copy.received_at < now() - PATIENCE]
    _alert(late)
    return len(found) + len(late)


def _by(fills: Any, name: str) -> dict[tuple[str, Decimal, Decimal], list[int]]:
    """Our executions, by ``name``, quantity and price."""
    found: dict[tuple[str, Decimal, Decimal], list[int]] = {}
    for pk, *key in fills.values_list("id", name, "last_qty", "last_px"):
        found.setdefault(tuple(key), []).append(pk)
    return found


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
