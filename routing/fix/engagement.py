"""The rules of engagement: a readable page for each message and an index, made from the table of messages."""

from collections.abc import Iterator
from pathlib import Path

from orders.vocabulary import ExecInst, HandlInst, OrdType, PegOffsetType, PegPriceType, Side, TimeInForce
from routing.fix import codec, versions
from routing.fix.dictionary import fix_name
from routing.fix.examples import EXAMPLES, ORDER_TYPES
from routing.fix.fields import FIELDS
from routing.fix.messages import MESSAGES, Message
from routing.fix.parts import FIX42, FIX44, IN_4X, IN_42, OPTIONAL, REQUIRED, VERSIONS, Group, Part, is_in

SOH = "\x01"
# What of an enumeration orders may say; more can be read, and is refused with OrdRejReason 11.
TAKEN = {
    "side": Side, "ord_type": OrdType, "time_in_force": TimeInForce, "exec_inst": ExecInst, "handl_inst": HandlInst,
    "peg_price_type": PegPriceType, "peg_offset_type": PegOffsetType,
}  # fmt: skip
ENTRY = frozenset({"D", "G", "E", "AB", "AC"})
_PRESENCE = {REQUIRED: "required", OPTIONAL: "", "C": "conditional", IN_42: "required in 4.2", IN_4X: "required in 4.x"}
_TYPES = {
    "STRING": "text", "CHAR": "text", "QTY": "number", "PRICE": "number", "PRICEOFFSET": "number", "AMT": "number",
    "FLOAT": "number", "PERCENTAGE": "number", "INT": "integer", "SEQNUM": "integer", "LENGTH": "integer",
    "UTCTIMESTAMP": "UTC time", "LOCALMKTDATE": "date", "MONTHYEAR": "month", "CURRENCY": "ISO 4217 code",
    "EXCHANGE": "ISO 10383 code",
}  # fmt: skip
_MADE = "<!-- Made by manage.py rules_of_engagement from routing/fix/messages.py; changes here are lost. -->\n\n"


def pages(docs: Path) -> dict[Path, str]:
    """Every page and what it should hold; ``docs`` is the directory."""
    found = {docs / f"{message.name}.md": page(message) for message in MESSAGES.values()}
    return found | {docs / "README.md": index()}


def page(message: Message) -> str:
    """One message: who sends it, its fields, an example, and what answers it."""
    lines = [f"# {message.name} ({message.msg_type})", "", message.purpose, ""]
    lines += [f"- Sent: {', '.join(message.directions)}", f"- Versions: {', '.join(message.versions)}"]
    lines += [f"- Answered by: {_replies(message)}", "", "## Fields", ""]
    lines += ["| tag | field | our name | | values |", "|---|---|---|---|---|"]
    for part in message.parts:
        lines += _rows(part, message)
    lines += ["", *_remarks(message), *_examples(message)]
    return _MADE + "\n".join(lines).rstrip() + "\n"


def whole(body: str, version: str, sender: str = "CLIENT", target: str = "OMS") -> str:
    """A body as a whole message with true length and checksum, as it would be on the wire."""
    kind, _, rest = body.partition(SOH)
    head = SOH.join([kind, "34=7", f"49={sender}", "52=20261123-15:00:00.124", f"56={target}", ""])
    start = f"8={versions.BEGIN_STRING[version]}{SOH}9={len(head) + len(rest)}{SOH}{head}{rest}"
    return f"{start}10={sum(start.encode()) % 256:03d}{SOH}"


def _replies(message: Message) -> str:
    found = [f"[{MESSAGES[kind].name} ({kind})]({MESSAGES[kind].name}.md)" for kind in message.replies.split()]
    return ", ".join(found) or "nothing"


def _rows(part: Part, message: Message, depth: int = 0) -> Iterator[str]:
    indent = "&nbsp;&nbsp;&nbsp;" * depth
    presence = _PRESENCE[part.presence]
    if isinstance(part, Group):
        note = f"repeating group{'; ' + part.note if part.note else ''}{_since(part.tag, message)}"
        yield f"| {part.tag} | {indent}{part.fix_name} | `{part.name}` | {presence} | {note} |"
        for number, inner in enumerate(part.entries):
            first = number == 0 and not isinstance(inner, Group)
            yield from _rows(inner._replace(note="begins each entry") if first else inner, message, depth + 1)
        return
    field = FIELDS[part.name]
    values = "; ".join(text for text in (_values(part.name, message), part.note) if text)
    name = field.fix_name if FIX42 not in message.versions else _names(part.name)
    yield f"| {field.tag} | {indent}{name} | `{part.name}` | {presence} | {values}{_since(field.tag, message)} |"


def _names(name: str) -> str:
    here, before = FIELDS[name].fix_name, fix_name(name, FIX42)
    return here if here == before else f"{here} ({before} in 4.2)"


def _since(tag: int, message: Message) -> str:
    found = [version for version in message.versions if is_in(tag, version)]
    return "" if len(found) == len(message.versions) else f" ({', '.join(found) or 'no version'} only)"


def _values(name: str, message: Message) -> str:
    field = FIELDS[name]
    if not field.kind.table:
        return _TYPES[field.fix_type]
    if field.fix_type == "BOOLEAN":
        return "Y, N"
    allowed = {str(member) for member in TAKEN[name]} if name in TAKEN and message.msg_type in ENTRY else None
    named = [f"{code} {word}" for code, word in field.kind.table if allowed is None or word in allowed]
    several = ", with a space between" if field.fix_type == "MULTIPLEVALUESTRING" else ""
    return ", ".join(named) + several + ("" if field.kind.closed else ", or a code of your own")


def _remarks(message: Message) -> list[str]:
    if message.msg_type == "D":
        return ["## Types of order", "", *_order_types()]
    if message.msg_type == "8":
        return [
            "In FIX 4.2 ExecType trade is 1 (partial fill) or 2 (fill) with ExecTransType (20) 0; trade_cancel is",
            "ExecTransType 1, trade_correct 2 and order_status 3, each with the code of OrdStatus as ExecType;",
            "triggered is D, restated. A report that is sent again carries the same ExecID (17) and PossResend (97) Y.",
            "",
        ]
    return []


def _order_types() -> Iterator[str]:
    """The tags of each type in each version, as the codec writes them."""
    yield "| type | " + " | ".join(VERSIONS) + " |"
    yield "|---|" + "---|" * len(VERSIONS)
    for name, terms in ORDER_TYPES.items():
        cells = []
        for version in VERSIONS:
            parts = codec.encode("D", terms, version).split(SOH)[1:-1]
            cells.append("`" + " ".join(part for part in parts if not part.startswith("21=")) + "`")
        yield f"| {name} | {' | '.join(cells)} |"
    yield from ("", "At the open and at the close: TimeInForce 2 and 7. Iceberg: MaxFloor (111) is what is shown.", "")


def _examples(message: Message) -> Iterator[str]:
    yield "## Example"
    yield ""
    shown: dict[str, list[str]] = {}
    for version in message.versions:
        if message.msg_type == "E" and version == FIX42:
            fields = {**EXAMPLES["E"], "contingency_type": None}
        else:
            fields = dict(EXAMPLES[message.msg_type])
        if message.msg_type == "A" and version not in (FIX42, FIX44):
            fields["default_appl_ver_id"] = "9"
        text = whole(codec.encode(message.msg_type, fields, version), version, *_comp_ids(message))
        shown.setdefault(text.replace(SOH, "|"), []).append(version)
    yield "```"
    yield from shown
    yield "```"
    yield ""
    yield '("|" stands for SOH.)'


def _comp_ids(message: Message) -> tuple[str, str]:
    """Who sends the example: the first direction decides."""
    first = message.directions[0]
    ours, theirs = ("OMS", "CLIENT" if "client" in first else "VENUE")
    return (ours, theirs) if first.startswith("us ") else (theirs, ours)


def index() -> str:
    """Sessions, what is answered how, and the list of messages."""
    lines = [_MADE + INTRODUCTION]
    for title, admin in (("Session messages", True), ("Application messages", False)):
        lines += [f"## {title}", "", "| | message | sent | answered by | versions |", "|---|---|---|---|---|"]
        lines += [_line(message) for message in MESSAGES.values() if message.admin == admin]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _line(message: Message) -> str:
    spoken = "all" if len(message.versions) == len(VERSIONS) else "from 4.4"
    replies = " ".join(message.replies.split()) or "-"
    link = f"[{message.name}]({message.name}.md)"
    return f"| {message.msg_type} | {link} | {', '.join(message.directions)} | {replies} | {spoken} |"


INTRODUCTION = """# Rules of engagement

What is spoken on our FIX sessions: a page for each message, with its fields, the values we know and our names for them,
an example in real bytes, and what answers it. The dictionaries the engine checks against are made from the same table:
[FIX42.xml](../../routing/fix/FIX42.xml), [FIX44.xml](../../routing/fix/FIX44.xml),
[FIX50SP2.xml](../../routing/fix/FIX50SP2.xml) and [FIXT11.xml](../../routing/fix/FIXT11.xml).

## Sessions

| | |
|---|---|
| versions | FIX.4.2, FIX.4.4, FIX.5.0SP2 over FIXT.1.1 (DefaultApplVerID 9) |
| transport | TCP, or TLS with certificates of both sides |
| Logon | EncryptMethod 0; HeartBtInt as the initiator says; Username and Password where the session has credentials |
| refused Logon | a Logout with Text, then the connection ends |
| times | UTC, microseconds are sent; SendingTime may be 120 seconds off |
| sequence numbers | kept over disconnects; a session with a schedule begins at 1 each time it opens |
| schedule | per session, UTC; always open unless agreed otherwise |
| recovery | ResendRequest; session messages are gap-filled, and so are new orders too old for their market |
| text | printable ASCII; what is not is never sent. Data fields (Encoded...) are read over and not used |
| groups | each entry begins with the first field of the group; the count must be right |
| transformations | per session, as data: set, copy, rename, map and remove tags, in and out |

## What is wrong, and its answer

| | answer |
|---|---|
| required tag missing | Reject (3), SessionRejectReason 1, RefTagID |
| tag without a value; tag that is no number | Reject, 4; 0 |
| value not in the list; value not of its type | Reject, 5; 6 |
| tag more than once; group with a wrong count | Reject, 13; 16 |
| message type we do not act on | BusinessMessageReject (j), BusinessRejectReason 3 |
| conditional field missing, request that cannot be met | the refusal of its kind: 8, 9, r, N, P or j |
| other than printable ASCII in anything but Text, SecurityDesc, Issuer and data fields | Reject, 6 |
| tag we do not know | none: it is kept with the message as it came |

Reason codes are integers and never rejected. Numbers are plain decimals: no exponents, at most 8 places.
"""
