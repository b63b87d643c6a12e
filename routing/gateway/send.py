"""From the outbox to the wire, in the order of the lane.

``attempts`` is raised and committed before anything is sent, MsgSeqNum recorded after. A row with attempts and none
may have been sent by a process that died in between: it goes out again under the same ClOrdID with PossResend (97), and
the venue answers what it knows of it.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from oms.base import bell, sets
from oms.base.clock import now
from routing.fix.codec import Malformed
from routing.fix.engine import Engine
from routing.gateway import refused
from routing.gateway.leader import Leadership
from routing.gateway.receive import COLUMNS as INBOX_COLUMNS
from routing.gateway.refused import Sent
from routing.models import Inbox, Outbox

BATCH = 500
# The incarnation of answers that came from no wire; their number is the outbox row's.
OWN = "own"
Row = tuple[Any, ...]


def send_waiting(engine: Engine, leader: Leadership, remembered: Sent) -> int:
    """Send what waits, oldest first; answer how many messages were sent or, having no FIX form, refused here."""
    waiting = Outbox.objects.filter(session_id=leader.session, sent_at__isnull=True).order_by("id")
    rows = list(waiting.values_list("id", "msg_type", "fields", "attempts")[:BATCH])
    if not rows:
        return 0
    with transaction.atomic():
        leader.fence()
        Outbox.objects.filter(pk__in=[row[0] for row in rows]).update(attempts=F("attempts") + 1)
    sent, refusals = _send(engine, leader.session, rows, remembered)
    with transaction.atomic():
        leader.fence()
        sets.update(Outbox, ["id"], ["msg_seq_num", "sent_at"], sent)
        sets.insert(Inbox, INBOX_COLUMNS, refusals)
    if refusals:
        bell.ring("inbox")
    return len(sent)


def _send(engine: Engine, session: str, rows: Sequence[Row], remembered: Sent) -> tuple[list[Row], list[Row]]:
    """Outbox rows that are done with, and inbox rows for those that could not be said in FIX.

    Such a row would block its lane for ever, so it is answered in the venue's stead and the lane goes on.
    """
    sent: list[Row] = []
    refusals: list[Row] = []
    for row_id, msg_type, fields, attempts in rows:
        if not engine.is_logged_on(session):
            break
        again = {"poss_resend": True} if attempts else {}
        at = now()
        try:
            number = engine.send(session, msg_type, fields | again)
        except Malformed as fault:
            refusal = refused.of(msg_type, fields.get("cl_ord_id", ""), f"not sent: {fault}"[:200])
            refusals.append((session, OWN, row_id, "j", "", refusal, at, ""))
            sent.append((row_id, None, at))
        else:
            remembered.note(number, msg_type, fields["cl_ord_id"])
            sent.append((row_id, number, at))
    return sent, refusals
