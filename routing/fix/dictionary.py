"""The QuickFIX dictionaries, made from the table of messages: what the engine checks before we see a message.

A message type of the standard that we do not act on is listed without fields, so that it reaches us and is answered by
a BusinessMessageReject (380=3) and not by a session Reject. Reason codes have no list of values: a counterparty's own
code must reach us. Enumerations of ours that are whole are listed, so a code out of them is rejected (373=5).
"""

import string
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from routing.fix import versions
from routing.fix.fields import FIELDS
from routing.fix.messages import MESSAGES, Message
from routing.fix.parts import FIX42, FIX44, FIX50, Group, Part, is_in, is_required

HERE = Path(__file__).parent
FIXT = "FIXT.1.1"


class Book(NamedTuple):
    """One dictionary file: the version whose words it has, and whether it holds session and application messages."""

    version: str
    root: str
    admin: bool
    app: bool


BOOKS = {
    "FIX42.xml": Book(FIX42, 'type="FIX" major="4" minor="2" servicepack="0"', True, True),
    "FIX44.xml": Book(FIX44, 'type="FIX" major="4" minor="4" servicepack="0"', True, True),
    "FIX50SP2.xml": Book(FIX50, 'type="FIX" major="5" minor="0" servicepack="2"', False, True),
    "FIXT11.xml": Book(FIX50, 'type="FIXT" major="1" minor="1" servicepack="0"', True, False),
}
# Version to its transport and its application dictionary.
FILES = {FIX42: ("FIX42.xml", "FIX42.xml"), FIX44: ("FIX44.xml", "FIX44.xml"), FIX50: ("FIXT11.xml", "FIX50SP2.xml")}
NOTE = """<?xml version="1.0" encoding="UTF-8"?>
<!-- Made from routing/fix/messages.py by "manage.py rules_of_engagement"; changes here are lost.
     The part of FIX that is spoken here, written for this project, in the format the QuickFIX engine reads. -->
"""
_HEADER = (
    (8, "BeginString", "STRING", "Y"), (9, "BodyLength", "LENGTH", "Y"), (35, "MsgType", "STRING", "Y"),
    (49, "SenderCompID", "STRING", "Y"), (56, "TargetCompID", "STRING", "Y"), (34, "MsgSeqNum", "SEQNUM", "Y"),
    (52, "SendingTime", "UTCTIMESTAMP", "Y"), (43, "PossDupFlag", "BOOLEAN", "N"), (97, "PossResend", "BOOLEAN", "N"),
    (122, "OrigSendingTime", "UTCTIMESTAMP", "N"), (50, "SenderSubID", "STRING", "N"),
    (57, "TargetSubID", "STRING", "N"), (115, "OnBehalfOfCompID", "STRING", "N"),
    (128, "DeliverToCompID", "STRING", "N"), (142, "SenderLocationID", "STRING", "N"),
    (143, "TargetLocationID", "STRING", "N"), (116, "OnBehalfOfSubID", "STRING", "N"),
    (129, "DeliverToSubID", "STRING", "N"), (369, "LastMsgSeqNumProcessed", "SEQNUM", "N"),
    (347, "MessageEncoding", "STRING", "N"), (1128, "ApplVerID", "STRING", "N"),
    (1129, "CstmApplVerID", "STRING", "N"), (1156, "ApplExtID", "INT", "N"),
)  # fmt: skip
_TRAILER = ((93, "SignatureLength", "LENGTH", "N"), (89, "Signature", "DATA", "N"), (10, "CheckSum", "STRING", "Y"))
# The engine must know these to find the end of a data field; their bytes may hold anything.
_DATA = {
    95: "RawData", 212: "XmlData", 348: "EncodedIssuer", 350: "EncodedSecurityDesc", 352: "EncodedListExecInst",
    354: "EncodedText", 356: "EncodedSubject", 358: "EncodedHeadline", 360: "EncodedAllocText",
    362: "EncodedUnderlyingIssuer", 364: "EncodedUnderlyingSecurityDesc", 445: "EncodedListStatusText",
    618: "EncodedLegIssuer", 621: "EncodedLegSecurityDesc",
}  # fmt: skip
_RENAMED_42 = {
    "security_id_source": "IDSource", "last_qty": "LastShares", "quantity": "Shares", "alloc_qty": "AllocShares",
    "settl_date": "FutSettDate", "settl_type": "SettlmntTyp", "peg_offset_value": "PegDifference",
    "position_effect": "OpenClose", "bid_type": "BidType",
}  # fmt: skip


def fix_name(name: str, version: str) -> str:
    """The name FIX has for one of our fields in a version."""
    return (_RENAMED_42.get(name) if version == FIX42 else None) or FIELDS[name].fix_name


def xml(book: Book) -> str:
    """The whole file."""
    parts = [NOTE, f"<fix {book.root}>\n", *_frame(book), "  <messages>\n"]
    for message in spoken(book):
        parts += _message(message, book.version)
    parts += _unspoken(book) if book.app else []
    return "".join([*parts, "  </messages>\n  <components/>\n  <fields>\n", *_fields(book), "  </fields>\n</fix>\n"])


def spoken(book: Book) -> list[Message]:
    """The messages a file holds."""
    return [
        message
        for message in MESSAGES.values()
        if book.version in message.versions and (book.admin if message.admin else book.app)
    ]


def _frame(book: Book) -> list[str]:
    """Header and trailer; FIX 5.0 leaves them to the transport."""
    if not book.admin:
        return ["  <header/>\n  <trailer/>\n"]
    found = []
    for name, fields in (("header", _header(book)), ("trailer", _TRAILER)):
        lines = [f'    <field name="{field}" required="{required}"/>\n' for _, field, _, required in fields]
        found += [f"  <{name}>\n", *lines, f"  </{name}>\n"]
    return found


def _header(book: Book) -> list[tuple[int, str, str, str]]:
    return [field for field in _HEADER if field[0] < 1000 or book.version == FIX50]


def _message(message: Message, version: str) -> Iterator[str]:
    kind = "admin" if message.admin else "app"
    yield f'    <message name="{message.name}" msgtype="{message.msg_type}" msgcat="{kind}">\n'
    for part in message.parts:
        yield from _part(part, version, 6)
    yield "    </message>\n"


def _part(part: Part, version: str, indent: int) -> Iterator[str]:
    required = "Y" if is_required(part, version) else "N"
    space = " " * indent
    if not isinstance(part, Group):
        if is_in(FIELDS[part.name].tag, version):
            yield f'{space}<field name="{fix_name(part.name, version)}" required="{required}"/>\n'
        return
    if not is_in(part.tag, version):
        return
    yield f'{space}<group name="{part.fix_name}" required="{required}">\n'
    for inner in part.entries:
        yield from _part(inner, version, indent + 2)
    yield f"{space}</group>\n"


def _unspoken(book: Book) -> list[str]:
    one = [*string.digits, *string.ascii_uppercase, *string.ascii_lowercase]
    two = [first + second for first in "ABCDE" for second in string.ascii_uppercase]
    own = ["U" + letter for letter in (*string.digits, *string.ascii_uppercase, *string.ascii_lowercase)]
    known = {message.msg_type for message in MESSAGES.values() if book.version in message.versions}
    return [
        f'    <message name="Unsupported{kind}" msgtype="{kind}" msgcat="app">'
        '<field name="Text" required="N"/></message>\n'
        for kind in (*one, *two, *own)
        if kind not in known and not (kind in MESSAGES and MESSAGES[kind].admin)
    ]


def _fields(book: Book) -> list[str]:
    rows: dict[int, tuple[str, str, tuple[tuple[str, str], ...]]] = {}
    if book.admin:
        rows |= {tag: (name, kind, ()) for tag, name, kind, _ in (*_header(book), *_TRAILER)}
    if book.app:
        for tag, name in _DATA.items():
            rows |= {tag: (name + ("Length" if tag == 95 else "Len"), "LENGTH", ()), tag + 1: (name, "DATA", ())}
    for message in spoken(book):
        for part in message.parts:
            rows |= _rows(part, book.version)
    rows |= _rows(MESSAGES["5"].parts[0], book.version)
    return [_field(tag, *rows[tag]) for tag in sorted(rows)]


def _rows(part: Part, version: str) -> dict[int, tuple[str, str, tuple[tuple[str, str], ...]]]:
    if isinstance(part, Group):
        found: dict[int, tuple[str, str, tuple[tuple[str, str], ...]]] = {}
        if is_in(part.tag, version):
            found[part.tag] = (part.fix_name, "NUMINGROUP", ())
            for inner in part.entries:
                found |= _rows(inner, version)
        return found
    field = FIELDS[part.name]
    if not is_in(field.tag, version):
        return {}
    kind = versions.KINDS[version].get(part.name) or field.kind
    # Which flags there are is for the engine's own check of the type.
    values = kind.table if kind.closed and field.fix_type != "BOOLEAN" else ()
    return {field.tag: (fix_name(part.name, version), field.fix_type, values)}


def _field(tag: int, name: str, kind: str, values: tuple[tuple[str, str], ...]) -> str:
    start = f'    <field number="{tag}" name="{name}" type="{kind}"'
    if not values:
        return start + "/>\n"
    lines = [f'      <value enum="{code}" description="{word.upper()}"/>\n' for code, word in values]
    return "".join([start, ">\n", *lines, "    </field>\n"])


def files() -> dict[Path, str]:
    """Every dictionary file and what it should hold."""
    return {HERE / name: xml(book) for name, book in BOOKS.items()}
