"""A batch file: many messages in one envelope, each with its business application header (head.001.001.03).

    <Batch xmlns="urn:oms:custody:batch:1">
      <BizMsg><AppHdr xmlns="..head.001.001.03">..</AppHdr><Document xmlns="..sese.023.001.11">..</Document></BizMsg>
      ...
    </Batch>

A file is taken message by message: each is parsed alone, so that one that is broken costs itself and not its
neighbours. Document types, entities, comments and CDATA are not taken at all, so the mark that begins a message can
stand nowhere but at the beginning of one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, NamedTuple

from oms.base.refusal import Refusal
from settlement.messages import instruct, movement, statement, status
from settlement.messages import values as v
from settlement.messages.tree import Fault, Node, Reader, content, document, parse

NAMESPACE = "urn:oms:custody:batch:1"
ISO = "urn:iso:std:iso:20022:tech:xsd:"
HEADER = f"{ISO}head.001.001.03"
OWN_MOVEMENT = "urn:oms:custody:movement:1"
_BEGIN, _END = b"<BizMsg>", b"</BizMsg>"
_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]*\?>)?\s*<Batch xmlns=\"" + NAMESPACE.encode() + rb"\">\s*")
_DECLARED = re.compile(rb"\s*(?:\xef\xbb\xbf)?<\?xml[^<>]*encoding\s*=\s*[\"']([^\"']*)[\"']", re.IGNORECASE)
MOST_BYTES = 64 * 1024 * 1024  # of a file
MOST_MESSAGE_BYTES = 8 * 1024 * 1024
MOST_MESSAGES = 20_000  # in a file

Message = (
    instruct.Instruct | instruct.Cancel | status.Status | status.Confirmation | status.CancelAnswer
    | statement.HoldingsStatement | statement.MovementsStatement | statement.CashStatement | movement.Movement
)  # fmt: skip


class Kind(NamedTuple):
    """A message we write and read: its definition, and both functions. ``read`` gets id, document, business date."""

    definition: str
    write: Callable[[Any], Node]
    read: Callable[[str, Reader, date], Message]

    @property
    def namespace(self) -> str:
        """The namespace of its document."""
        return self.definition if self.definition.startswith("urn:") else ISO + self.definition


def _undated(read: Callable[[str, Reader], Message]) -> Callable[[str, Reader, date], Message]:
    """A reader of messages that say their dates themselves."""
    return lambda message_id, body, _: read(message_id, body)


KINDS: Mapping[type, Kind] = {
    instruct.Instruct: Kind("sese.023.001.11", instruct.instruction, _undated(instruct.read_instruction)),
    instruct.Cancel: Kind("sese.020.001.07", instruct.cancellation, _undated(instruct.read_cancellation)),
    status.Status: Kind("sese.024.001.12", status.status, status.read_status),
    status.Confirmation: Kind("sese.025.001.11", status.confirmation, _undated(status.read_confirmation)),
    status.CancelAnswer: Kind("sese.027.001.07", status.cancel_answer, status.read_cancel_answer),
    statement.HoldingsStatement: Kind("semt.002.001.11", statement.holdings, _undated(statement.read_holdings)),
    statement.MovementsStatement: Kind("semt.017.001.12", statement.movements, _undated(statement.read_movements)),
    statement.CashStatement: Kind("camt.053.001.10", statement.cash, _undated(statement.read_cash)),
    movement.Movement: Kind(OWN_MOVEMENT, movement.movement, _undated(movement.read_movement)),
}
_BY_NAMESPACE = {kind.namespace: kind for kind in KINDS.values()}


class Envelope(NamedTuple):
    """Who sends to whom (BICs), when, and on which business date."""

    sender: str
    receiver: str
    created_at: datetime
    business_date: date


class Read(NamedTuple):
    """One message of a file: what it says, or why it cannot be read. ``raw`` is its bytes, ``made_at`` its CreDt."""

    message: Message | None
    refusal: Refusal | None
    raw: bytes
    message_id: str = ""
    reference: str = ""
    made_at: datetime | None = None


def build(messages: Iterable[Message], envelope: Envelope) -> tuple[bytes, list[Refusal | None]]:
    """A batch file of those that can be written, and a refusal (or None) for each; b"" where none can be."""
    parts: list[bytes] = []
    refusals: list[Refusal | None] = []
    for message in messages:
        try:
            parts.append(part(message, envelope))
            refusals.append(None)
        except Fault as fault:
            refusals.append(fault.refusal)
    return wrap(parts) if parts else b"", refusals


def wrap(parts: Iterable[bytes]) -> bytes:
    """The file of messages that were written."""
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<Batch xmlns="{NAMESPACE}">\n'.encode()
    return head + b"".join(one + b"\n" for one in parts) + b"</Batch>\n"


def part(message: Message, envelope: Envelope) -> bytes:
    """One message in the envelope's tags. Raises Fault."""
    kind = KINDS[type(message)]
    body = document(kind.namespace, kind.write(message))
    return _BEGIN + _header(message.message_id, kind, envelope) + body + _END


def bare(message: Message) -> bytes:
    """The document alone, without header and envelope: what the schema of its kind describes. Raises Fault."""
    kind = KINDS[type(message)]
    return document(kind.namespace, kind.write(message))


def _header(message_id: str, kind: Kind, envelope: Envelope) -> bytes:
    before, after = _around_name(kind, envelope)
    return before + content(v.limited(message_id, "message_id"), "message_id") + after


@lru_cache(maxsize=32)
def _around_name(kind: Kind, envelope: Envelope) -> tuple[bytes, bytes]:
    """The header before and after the message's identification: of one batch it differs in nothing else."""

    def who(name: str, bic: str) -> Node:
        return (name, ("FIId", ("FinInstnId", ("BICFI", v.bic(bic, name)))))

    created = envelope.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    processed = datetime.combine(envelope.business_date, time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    node = (
        "AppHdr",
        who("Fr", envelope.sender),
        who("To", envelope.receiver),
        ("BizMsgIdr", "?"),
        ("MsgDefIdr", kind.definition),
        ("CreDt", created),
        ("BizPrcgDt", processed),
    )
    before, _, after = document(HEADER, node).partition(b"<BizMsgIdr>?</BizMsgIdr>")
    return before + b"<BizMsgIdr>", b"</BizMsgIdr>" + after


def read(data: bytes) -> list[Read]:
    """Every message of a file, in order; what cannot be read is answered with the reason in its place."""
    fault = _unacceptable(data)
    if fault:
        return [Read(None, fault, data)]
    return [_read(raw, whole) for raw, whole in _parts(data)]


def _unacceptable(data: bytes) -> Refusal | None:
    """Why nothing of a file is taken."""
    if len(data) > MOST_BYTES:
        return Refusal("TOO_LARGE", "", f"a file of more than {MOST_BYTES} bytes")
    declared = _DECLARED.match(data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:200]:
        return Refusal("BAD_ENCODING", "", "not UTF-8: it begins as UTF-16 or UTF-32 does")
    if declared and declared[1].lower() not in (b"utf-8", b"us-ascii"):
        return Refusal("BAD_ENCODING", "", f"declares the encoding {declared[1][:20]!r}; UTF-8 is expected")
    if b"<!" in data:
        at = data.index(b"<!")
        return Refusal("DTD_REFUSED", "", f"holds {data[at : at + 20]!r} at byte {at}: plain elements are expected")
    if not _HEAD.match(data):
        if not data.strip():
            return Refusal("TRUNCATED", "", "an empty file")
        return Refusal("UNKNOWN_MESSAGE", "", f'does not begin with <Batch xmlns="{NAMESPACE}">')
    if data.count(_BEGIN) > MOST_MESSAGES:
        return Refusal("TOO_LARGE", "", f"more than {MOST_MESSAGES} messages in a file")
    return None


def _parts(data: bytes) -> Iterator[tuple[bytes, Refusal | None]]:
    """The messages of a file with their tags; a refusal with what is no message, or is one cut short."""
    head = _HEAD.match(data)
    assert head
    before, *parts = data[head.end() :].split(_BEGIN)
    if not parts:
        ended = before.strip() == b"</Batch>"
        why = ("MALFORMED_XML", "a file without a message") if ended else ("TRUNCATED", "the file ends early")
        yield data, Refusal(why[0], "", why[1])
        return
    if before:
        yield before, Refusal("MALFORMED_XML", "", "something that is no message stands before the first one")
    for number, one in enumerate(parts, 1):
        body, found, rest = one.partition(_END)
        last = number == len(parts)
        if not found:
            why = (
                ("TRUNCATED", "the file ends within a message") if last else ("MALFORMED_XML", "a message is not ended")
            )
            yield _BEGIN + one, Refusal(why[0], "", why[1])
            continue
        yield _BEGIN + body + _END, None
        if rest.strip() != (b"</Batch>" if last else b""):
            code = "TRUNCATED" if last and not rest.strip() else "MALFORMED_XML"
            yield (
                rest or one[-200:],
                Refusal(code, "", "neither a message nor the end of the file"),
            )


def _read(raw: bytes, refusal: Refusal | None) -> Read:
    """The message of one part."""
    if refusal:
        return Read(None, refusal, raw)
    if len(raw) > MOST_MESSAGE_BYTES:
        return Read(None, Refusal("TOO_LARGE", "", f"a message of more than {MOST_MESSAGE_BYTES} bytes"), raw)
    message_id = ""
    try:
        root = parse(raw)
        if [one.tag for one in root][:1] != [f"{{{HEADER}}}AppHdr"] or len(root) != 2:
            raise Fault("UNKNOWN_MESSAGE", "AppHdr", "a message is a header (head.001.001.03) and a document")
        header, body = Reader(root[0], "AppHdr"), Reader(root[1])
        message_id = v.read_reference(header, "BizMsgIdr")
        kind = _BY_NAMESPACE.get(body.namespace)
        if kind is None or root[1].tag != f"{{{kind.namespace}}}Document":
            raise Fault("UNKNOWN_MESSAGE", "Document", f"no message of ours is {str(root[1].tag)[:120]}")
        if header.text("MsgDefIdr") != kind.definition:
            said = header.text("MsgDefIdr")[:40]
            raise Fault("UNKNOWN_MESSAGE", "MsgDefIdr", f"the header says {said!a}, the document is {kind.definition}")
        processed = header.find("BizPrcgDt") and header.moment("BizPrcgDt").date()
        made = header.moment("CreDt")
        message = kind.read(message_id, body, processed or made.date())
    except Fault as fault:
        return Read(None, fault.refusal, raw, message_id, _reference(raw))
    return Read(message, None, raw, message_id, getattr(message, "reference", ""), made)


_REFERENCE = re.compile(rb"<(?:AcctOwnrTxId|TxId)>([^<>&]{1,35})</")


def _reference(raw: bytes) -> str:
    """Whatever looks like our reference in a message that could not be read, for whoever has to look into it."""
    found = _REFERENCE.search(raw)
    return found[1].decode("utf-8", "replace") if found else ""
