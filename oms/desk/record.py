"""Recording what venues report: lock, step, roll up; orders, events, positions and limits in one transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import lanes
from oms.base.refusal import Refusal
from oms.desk import alerts
from oms.desk.arrivals import REJECTS, Arrival, parse
from oms.desk.batch import in_bites
from oms.desk.recording import Recording
from routing.models import Inbox, Outbox

BITE = 1_000
# Of an inbox, as oms/base/locks.py claims it.
LANE = "inbox:"


def record(arrivals: Sequence[Arrival]) -> list[Refusal | None]:
    """Apply venues' reports in the order given; one refusal (or None) each.

    A repeated ExecID is answered DUPLICATE_EXEC_ID and changes nothing. What makes no sense is kept as an alert for
    operations and changes nothing. A fill moves child, parent, position and limits together.
    """
    return in_bites(lambda bite: Recording(bite).run(), arrivals)


def pump(*sessions: str, limit: int = BITE) -> int:
    """Record what waits in the inboxes of ``sessions``, oldest first; answer how many messages were taken.

    The messages are marked done in the transaction that applies them. An inbox whose lane another worker has is left
    out.
    """
    with transaction.atomic():
        free = {lane.removeprefix(LANE) for lane in lanes(LANE + session for session in sessions)}
        if not free:
            return 0
        waiting = Inbox.objects.filter(session_id__in=free, done_at__isnull=True).order_by("id")
        everything = list(waiting.values_list("id", "session_id", "msg_type", "fields")[:limit])
        rows = [row for row in everything if not _is_about_no_order(row[2], row[3])]
        named = _rejected_messages(rows)
        parsed = [parse(session, msg_type, fields | named.get(pk, {})) for pk, session, msg_type, fields in rows]
        outcomes = _apply(parsed, [row[3] for row in rows])
        at = now()
        done = dict(zip((row[0] for row in rows), outcomes, strict=True))
        noted = [(row[0], at, done.get(row[0], "noted")) for row in everything]
        sets.update(Inbox, ["id"], ["done_at", "outcome"], noted)
        return len(everything)


def _is_about_no_order(msg_type: str, fields: Mapping[str, Any]) -> bool:
    """An OrderMassCancelReport (r): each order is reported on its own. And a mass status (AF) that found nothing.

    A mass cancel that was refused is no such thing: somebody must hear of it.
    """
    nothing = fields.get("exec_type") == "order_status" and fields.get("order_id") == "NONE"
    done = msg_type == "r" and fields.get("mass_cancel_response") != "request_rejected"
    return done or (nothing and bool(fields.get("mass_status_req_id")))


def _rejected_messages(rows: Sequence[tuple[int, str, str, Any]]) -> dict[int, dict[str, str]]:
    """The ClOrdID and type of our message for each inbox row that rejects one by its sequence number."""
    wanted = {
        pk: (session, fields["ref_seq_num"])
        for pk, session, msg_type, fields in rows
        if msg_type in REJECTS and "ref_seq_num" in fields
    }
    if not wanted:
        return {}
    sessions, numbers = ({name[at] for name in wanted.values()} for at in (0, 1))
    sent = Outbox.objects.filter(session_id__in=sessions, msg_seq_num__in=numbers).order_by("id")
    columns = sent.values_list("session_id", "msg_seq_num", "cl_ord_id", "msg_type")
    by_number = {(session, number): (name, kind) for session, number, name, kind in columns}
    return {
        pk: dict(zip(("cl_ord_id", "ref_msg_type"), by_number[name], strict=True))
        for pk, name in wanted.items()
        if name in by_number
    }


def _apply(parsed: Sequence[Arrival | Refusal], raw: Sequence[Any]) -> list[str]:
    """Record the readable arrivals and quarantine the others; the outcome of each in a word."""
    good = [one for one in parsed if isinstance(one, Arrival)]
    recording = Recording(good)
    for one, fields in zip(parsed, raw, strict=True):
        if isinstance(one, Refusal):
            recording.notices.append(alerts.quarantine(recording.book, None, one, dict(fields)))
    answers = iter(recording.run())
    refusals = [one if isinstance(one, Refusal) else next(answers) for one in parsed]
    return [refusal.code if refusal else "recorded" for refusal in refusals]
