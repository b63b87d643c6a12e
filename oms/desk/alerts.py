"""Notices that verbs leave for people, one INSERT a batch."""

from collections.abc import Iterable, Sequence
from typing import Any

from oms.base import sets
from oms.base.refusal import Refusal
from orders.book import Book, Line
from orders.models import Alert

COLUMNS = ("at", "severity", "kind", "code", "desk_id", "order_id", "text", "payload", "resolution")
Row = tuple[Any, ...]
# The answer to a status request, which is repeated for as long as a request is unresolved.
ASKED_AGAIN = "CUM_QTY_DIFFERS"


def quarantine(book: Book, line: Line | None, refusal: Refusal, payload: dict[str, Any]) -> Row:
    """A venue's report that could not be applied: kept whole, for operations to decide."""
    return (
        book.at, Alert.Severity.CRITICAL.value, "quarantine", refusal.code, line and line.desk_id, line and line.id,
        refusal.text[:500], payload, "",
    )  # fmt: skip


def notice(book: Book, line: Line, severity: Alert.Severity, kind: str, refusal: Refusal) -> Row:
    """Something about an order that somebody should know."""
    return (book.at, severity.value, kind, refusal.code, line.desk_id, line.id, refusal.text[:500], {}, "")


def about(book: Book, order_id: int, severity: Alert.Severity, kind: str, refusal: Refusal) -> Row:
    """Something about an order that the batch has not loaded; its desk is looked up where the alert is shown."""
    return (book.at, severity.value, kind, refusal.code, None, order_id, refusal.text[:500], {}, "")


def save(rows: Sequence[Row]) -> None:
    """Write the notices. What a venue answers again, when it is asked again, is not told again while it waits."""
    sets.insert(Alert, COLUMNS, _news(rows))


def _news(rows: Sequence[Row]) -> Sequence[Row]:
    code, order_id, text = (COLUMNS.index(name) for name in ("code", "order_id", "text"))
    asked = {row[order_id] for row in rows if row[code] == ASKED_AGAIN}
    if not asked:
        return rows
    waiting = Alert.objects.filter(code=ASKED_AGAIN, order_id__in=asked, acknowledged_at__isnull=True)
    told = set(waiting.values_list("order_id", "text"))
    return [row for row in rows if row[code] != ASKED_AGAIN or (row[order_id], row[text]) not in told]


def from_risk(book: Book, verdicts: Iterable[Any], candidates: Iterable[Any]) -> None:
    """Tell people of orders that passed with a finding: controls of the outcome alert never stop an order."""
    rows = []
    for verdict, candidate in zip(verdicts, candidates, strict=True):
        for finding in verdict.objections:
            result = finding.result
            if finding.enforced and result.outcome.label == "alert":
                refusal = Refusal(result.reason_code, "", result.text)
                line = book.lines[candidate.order_id]
                rows.append(notice(book, line, Alert.Severity.WARNING, "risk", refusal))
    save(rows)
