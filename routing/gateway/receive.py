"""From the wire to the inbox: what the engine hands over is kept in memory until a batch of it is committed.

QuickFIX counts a message as received when its callback returns, before we have committed it. So at start the engine is
told to expect the message behind the last one in the inbox (``expected``): whatever was received and not committed is
then sent again by the venue, and the unique (session, incarnation, MsgSeqNum) drops what was.
"""

import queue
from collections.abc import Callable, Sequence
from typing import Any

from oms.base import bell, sets
from oms.base.clock import now
from routing.fix import codec
from routing.gateway import refused
from routing.gateway.sent import Sent
from routing.models import Inbox

BATCH = 1_000
REFUSALS = ("3", "j")
COLUMNS = ("session_id", "incarnation", "msg_seq_num", "msg_type", "raw", "fields", "received_at", "outcome")


def expected(session: str, incarnation: str) -> int:
    """The next incoming MsgSeqNum to ask for: 1 in a new incarnation."""
    rows = Inbox.objects.filter(session_id=session, incarnation=incarnation).order_by("-msg_seq_num")
    return (rows.values_list("msg_seq_num", flat=True).first() or 0) + 1


def take(arrived: "queue.SimpleQueue[str]", timeout_s: float) -> list[str]:
    """Everything that has piled up, at most BATCH, waiting up to ``timeout_s`` seconds for the first."""
    messages: list[str] = []
    try:
        messages.append(arrived.get(timeout=timeout_s))
        while len(messages) < BATCH:
            messages.append(arrived.get_nowait())
    except queue.Empty:
        pass
    return messages


def store(
    session: str, incarnation: str, messages: Sequence[str], sent: Sent, inward: Callable[[str], str] = str
) -> None:
    """Write raw and parsed messages, once each, and ring for whoever records them. One statement.

    ``inward`` makes of a raw message what is to be parsed: the rules of transformation of the session.
    No fence: a message has one place (session, incarnation, MsgSeqNum), whoever puts it there.
    """
    at = now()
    rows = [_row(session, incarnation, raw, at, sent, inward) for raw in messages]
    sets.insert(Inbox, COLUMNS, rows, skip_duplicates=True)
    bell.ring("inbox")


def _row(
    session: str, incarnation: str, raw: str, at: Any, sent: Sent, inward: Callable[[str], str]
) -> tuple[Any, ...]:
    """A message that cannot be parsed is kept with what is wrong; the desk puts it before operations."""
    try:
        message = codec.decode(inward(raw))
        msg_type, seq, fields = message.msg_type, message.msg_seq_num, message.fields
        sent.answered(fields.get("cl_ord_id"))
        if msg_type in REFUSALS:
            fields = fields | refused.meaning(fields, sent)
    except codec.Malformed as fault:
        tags = codec.header(raw)
        msg_type, seq, fields = tags["35"], int(tags["34"]), {"malformed": str(fault)}
    return session, incarnation, seq, msg_type[:2], codec.clean(raw), fields, at, ""
