"""From the rows to the wire, in the order they were written, with the same care as towards venues (gateway/send.py)."""

import json
import logging
from collections.abc import Iterable
from typing import Any

from django.db import connection

from oms.base import sets
from oms.base.clock import now
from orders.models import Alert
from routing.fix.codec import Malformed
from routing.fix.engine import Engine
from routing.models import ClientReport

log = logging.getLogger("oms.fix")
BATCH = 1_000
ALERT = ("at", "severity", "kind", "code", "desk_id", "order_id", "text", "payload", "resolution")
TABLE = ClientReport._meta.db_table
# A session at a time: its own part of the partial index is in the order of its lane. Asked for several at once, ordered
# over all, PostgreSQL walks the primary key from the first report there ever was. The array keeps it from expecting so
# many that it would rather read the whole table.
CLAIM = f"""
UPDATE {TABLE} r SET attempts = r.attempts + 1
WHERE r.id = ANY (ARRAY(
    SELECT next.id FROM unnest(%s::text[]) asked (code), LATERAL (
        SELECT id FROM {TABLE} WHERE session_id = asked.code AND sent_at IS NULL ORDER BY id LIMIT {BATCH}) next))
RETURNING r.id, r.session_id, r.msg_type, r.fields, r.attempts - 1
"""


def deliver(engines: dict[str, Engine], sessions: Iterable[str]) -> int:
    """Send what waits for ``sessions``, which are logged on; answer how many. Two statements."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [list(sessions)])
        rows = sorted((pk, code, kind, json.loads(fields), tried) for pk, code, kind, fields, tried in cursor)
    sent: list[tuple[Any, ...]] = []
    unsaid: list[tuple[Any, ...]] = []
    stopped: set[str] = set()
    for pk, code, kind, fields, tried in rows:
        if code in stopped or not engines[code].is_logged_on(code):
            stopped.add(code)
            continue
        again = {"poss_resend": True} if tried else {}
        number, at = None, now()
        try:
            number = engines[code].send(code, kind, fields | again)
        except Malformed as fault:
            # What has no form in the client's version would block the lane: somebody must tell the client himself.
            log.error("%s: %s of %s cannot be said: %s", code, kind, fields.get("exec_id"), fault)
            text = f"{code} was not told by {kind}, number {pk} of the client reports: {fault}"
            unsaid.append(
                (at, Alert.Severity.CRITICAL.value, "fix", "REPORT_UNSAID", None, None, text[:500], fields, "")
            )
        sent.append((pk, number, at))
    # First the alert: a crash between them says it twice rather than never.
    sets.insert(Alert, ALERT, unsaid)
    sets.update(ClientReport, ["id"], ["msg_seq_num", "sent_at"], sent)
    return len(sent)
