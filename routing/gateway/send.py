"""From the outbox to the wire, in the order of the lane.

``attempts`` is raised and committed before anything is sent, MsgSeqNum recorded after. A row with attempts and none
may have been sent by a process that died in between: it goes out again under the same ClOrdID with PossResend (97), and
the venue answers what it knows of it.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from oms.base import sets
from oms.base.clock import now
from routing.fix.engine import Engine
from routing.gateway.leader import Leadership
from routing.models import Outbox

BATCH = 500


def send_waiting(engine: Engine, leader: Leadership) -> int:
    """Send what waits, oldest first; answer how many messages were sent."""
    waiting = Outbox.objects.filter(session_id=leader.session, sent_at__isnull=True).order_by("id")
    rows = list(waiting.values_list("id", "msg_type", "fields", "attempts")[:BATCH])
    if not rows:
        return 0
    with transaction.atomic():
        leader.fence()
        Outbox.objects.filter(pk__in=[row[0] for row in rows]).update(attempts=F("attempts") + 1)
    sent = _send(engine, leader.session, rows)
    with transaction.atomic():
        leader.fence()
        sets.update(Outbox, ["id"], ["msg_seq_num", "sent_at"], sent)
    return len(sent)


def _send(engine: Engine, session: str, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    sent = []
    for row_id, msg_type, fields, attempts in rows:
        if not engine.is_logged_on(session):
            break
        again = {"poss_resend": True} if attempts else {}
        sent.append((row_id, engine.send(session, msg_type, fields | again), now()))
    return sent
