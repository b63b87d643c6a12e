"""From the outbox to the wire, in the order of the lane.

``attempts`` is raised and committed before anything is sent, MsgSeqNum recorded after. A row with attempts and none
may have been sent by a process that died in between: it goes out again under the same ClOrdID with PossResend (97), and
the venue answers what it knows of it.

All of it happens while we hold the wire: whoever stops trading waits for the batch that is on its way, and finds every
other message in the outbox. He cannot wait for ever, so a batch that was held up, by a venue that does not read or a
pause of the process, sends no more than the message it is at.
"""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

from oms.base import bell, fence, sets
from oms.base.clock import now
from routing.fix.codec import Malformed
from routing.fix.engine import Engine
from routing.gateway import refused
from routing.gateway.leader import Leadership
from routing.gateway.receive import COLUMNS as INBOX_COLUMNS
from routing.gateway.sent import Sent
from routing.models import Inbox, Outbox, VenueSession

BATCH = 500
# For so long a batch is good; whoever wants the wire waits longer, so that one which was held up sends nothing more.
LEASE_S = 2.0
# The incarnation of answers that came from no wire; their number is the outbox row's.
OWN = "own"
Row = tuple[Any, ...]
# The ids as an array, found once: a join planned before the tables were analyzed looks at all that waits for each row.
CLAIM = f"""
UPDATE {Outbox._meta.db_table} o SET attempts = o.attempts + 1
WHERE o.id = ANY(ARRAY(SELECT id FROM {Outbox._meta.db_table} WHERE session_id = %(session)s AND sent_at IS NULL
                       AND (NOT %(asking)s OR msg_type = 'H')
                       ORDER BY id LIMIT %(batch)s))
  AND o.sent_at IS NULL
  AND (SELECT epoch FROM {VenueSession._meta.db_table} WHERE code = %(session)s FOR SHARE) = %(epoch)s
RETURNING o.id, o.msg_type, o.fields, o.attempts - 1
"""


def send_waiting(
    engine: Engine, leader: Leadership, remembered: Sent, may: Callable[[], bool], *, asking: bool = False
) -> int:
    """Send what waits, oldest first, while it ``may`` be; answer how many messages were sent or, having no FIX form,
    refused here. ``asking``: the status requests (H) alone. They overtake what waits and
    change nothing.
    """
    with fence.wire(leader.session):
        until = time.monotonic() + LEASE_S
        rows = _claim(leader, asking)
        sent, refusals = _send(engine, leader.session, rows, remembered, may, until)
        if refusals:
            # First the answer, then the row: a crash between them sends the row again, and again it has no form.
            sets.insert(Inbox, INBOX_COLUMNS, refusals, skip_duplicates=True)
            bell.ring("inbox")
        # No fencing number here: that we sent these under these numbers is true whoever leads by now.
        sets.update(Outbox, ["id"], ["msg_seq_num", "sent_at"], sent)
    return len(sent)


def _claim(leader: Leadership, asking: bool) -> list[Row]:
    """The oldest waiting rows with how often they were tried before; that they are tried now is committed.

    A row that somebody withheld while we waited for it is looked at again, and left out.

    One statement: under light load each order is a batch of its own, and every round trip counts. The fence stands
    in it, and is a lock only when there are rows. A process that was replaced gets none.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"session": leader.session, "epoch": leader.epoch, "batch": BATCH, "asking": asking})
        return sorted((row_id, msg_type, json.loads(fields), tried) for row_id, msg_type, fields, tried in cursor)


def _send(
    engine: Engine, session: str, rows: Sequence[Row], remembered: Sent, may: Callable[[], bool], until: float
) -> tuple[list[Row], list[Row]]:
    """Outbox rows that are done with, and inbox rows for those that could not be said in FIX.

    Such a row would block its lane for ever, so it is answered in the venue's stead and the lane goes on.
    """
    sent: list[Row] = []
    refusals: list[Row] = []
    for row_id, msg_type, fields, attempts in rows:
        if not may() or time.monotonic() > until:
            break
        again = {"poss_resend": True} if attempts else {}
        at = now()
        try:
            with remembered.sending:
                number = engine.send(session, msg_type, fields | again)
                remembered.note(number, msg_type, fields["cl_ord_id"])
        except Malformed as fault:
            refusal = refused.of(msg_type, fields.get("cl_ord_id", ""), f"not sent: {fault}"[:200])
            refusal["ref_msg_type"] = msg_type
            refusals.append((session, OWN, row_id, "j", "", refusal, at, ""))
            sent.append((row_id, None, at))
        else:
            sent.append((row_id, number, at))
    return sent, refusals
