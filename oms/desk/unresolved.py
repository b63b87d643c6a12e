"""Requests that a venue has not answered in time: shown as unresolved, and settled by asking for the order's status.

Nobody knows what became of such a request, so it is never reported as refused: the order stays pending until the venue
has spoken. Messages that have not left yet are not waited for.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import lane
from oms.base.refusal import Refusal
from oms.desk import alerts
from orders.book import Book
from orders.lifecycle import Report
from orders.models import Alert, Instrument, OrderRequest
from orders.reference import business_date
from orders.vocabulary import ExecType
from routing.boxes import Outgoing
from routing.models import Outbox

BITE = 1_000
Waiting = tuple[int, int, int, str, str, bool]


def unresolved(limit: int = BITE) -> int:
    """Take up requests that have waited too long; answer how many. Each is asked about again after the same time."""
    with transaction.atomic():
        if not lane("unresolved"):
            return 0
        rows = _overdue(limit)
        if rows:
            _take_up(rows)
        return len(rows)


def _overdue(limit: int) -> Sequence[Waiting]:
    """Request, child, parent, kind, session, and whether it is new among the unresolved: sent, pending, too old."""
    before = now() - timedelta(seconds=settings.UNANSWERED_S)
    sent = Outbox.objects.filter(
        session_id=OuterRef("sender_comp_id"), cl_ord_id=OuterRef("cl_ord_id"), sent_at__lt=before
    )
    rows = OrderRequest.objects.filter(
        Exists(sent), Q(unresolved_at__isnull=True) | Q(unresolved_at__lt=before), state="pending",
        created_at__lt=before, order__parent__isnull=False, order__cum_qty=0,
    ) | OrderRequest.objects.filter(
        Exists(sent), Q(unresolved_at__isnull=True) | Q(unresolved_at__lt=before), state="pending",
        created_at__lt=before, order__parent__isnull=False, kind__in=["replace", "cancel"],
    )  # fmt: skip
    columns = ("pk", "order_id", "order__parent_id", "kind", "sender_comp_id", "unresolved_at")
    found = rows.order_by("order_id", "pk").values_list(*columns)[:limit]
    return [(pk, child, root, kind, session, at is None) for pk, child, root, kind, session, at in found]


def _take_up(rows: Sequence[Waiting]) -> None:
    book, notices = Book(now(), business_date()), []
    outgoing = Outgoing(book.at)
    book.load({root for _, _, root, _, _, _ in rows}, families=True)
    symbols = _symbols(book)
    asked: set[int] = set()
    for _, child_id, root_id, kind, session, is_first in rows:
        child, root = book.lines[child_id], book.lines[root_id]
        if is_first:
            text = f"{session} has not answered the {kind} request for {settings.UNANSWERED_S} s: unresolved"
            for line in (child, root):
                line.unresolved = True
                book.note(line, Report(ExecType.ORDER_STATUS), actor="watch", text=text, reason_code="UNRESOLVED")
            refusal = Refusal("UNRESOLVED", "", text)
            notices.append(alerts.notice(book, root, Alert.Severity.CRITICAL, "unresolved", refusal))
        if child_id not in asked:
            asked.add(child_id)
            fields = {"cl_ord_id": child.cl_ord_id, "symbol": symbols[child.instrument_id], "side": str(child.side)}
            outgoing.add(child, "H", fields)
    book.save()
    sets.update(OrderRequest, ["id"], ["unresolved_at"], [(row[0], book.at) for row in rows])
    outgoing.save()
    alerts.save(notices)
    bell.ring_on_commit("live", *outgoing.bells())


def _symbols(book: Book) -> Mapping[int, str]:
    ids = {line.instrument_id for line in book.lines.values()}
    return dict(Instrument.objects.filter(pk__in=ids).values_list("pk", "symbol"))
