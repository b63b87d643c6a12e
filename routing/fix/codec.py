"""Our words to FIX tags and codes, and back. Pure: strings in, strings out.

``fields`` is a dict of our names (``routing.fix.fields``) to our values: enumerated values by their FIX name in lower
snake case, quantities and prices as plain decimal strings, times as ISO 8601 in UTC, dates as ISO 8601, reason codes as
integers, ExecInst as names with one space between, repeating groups as lists of dicts under their name (``legs``,
``orders``, ``allocs``, ``parties``...). Tags without a name of ours are in ``fields["unknown"]``, as they came.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from routing.fix import versions
from routing.fix.fields import DATA_TAGS, FIELDS, SESSION_TAGS
from routing.fix.grouped import BEHIND, Table, table_in, table_out
from routing.fix.malformed import Malformed, Reason
from routing.fix.messages import MESSAGES
from routing.fix.parts import FIX42, FIX44, VERSIONS

SOH = "\x01"
__all__ = ["FIELDS", "SOH", "Malformed", "Reason", "Received", "clean", "decode", "encode", "header"]
_STRANGE = re.compile(r"[^ -~\x01]")
_TAG = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_EMPTY = "=" + SOH
_LONGEST_NUMBER = 18
# Text, SecurityDesc, Issuer; and what lies in data fields has lengths of its own.
_FOR_PEOPLE = frozenset({"58", "107", "106"}) | DATA_TAGS.keys() | frozenset(DATA_TAGS.values())
_PLAIN = versions.PLAIN | {None}
_TRANSLATED = versions.TRANSLATED


class Received(NamedTuple):
    """One message from the wire: the header fields that matter to us, and the body in our words."""

    msg_type: str
    msg_seq_num: int
    sending_time: str
    fields: dict[str, Any]
    version: str = FIX44


class _Deeper(Exception):
    """The message has repeating groups or data fields, which the short way cannot read."""


def _deeper(value: str) -> Any:
    raise _Deeper


def _unknown_out(tags: Mapping[str, str]) -> str:
    """Tags of a counterparty's own, as they are given; no tag that has a name or belongs to the session."""
    for tag, value in tags.items():
        named = any(tag in table.names for table in _IN[FIX44].values()) or tag in _IN_FLAT[FIX44]
        if not _TAG.fullmatch(tag) or named or tag in SESSION_TAGS:
            raise Malformed(f"tag {tag!r} may not be sent as it is")
        FIELDS["text"].kind.encode(value)
    if not tags:
        raise Malformed("no tags")
    return SOH.join(f"{tag}={value}" for tag, value in tags.items())


_Encoder = tuple[str, Callable[[Any], str]]
_Decoder = tuple[str, Callable[[str], Any] | None]
_OUT: dict[str, dict[str, dict[str, _Encoder]]] = {}
_OUT_PLAIN: dict[str, dict[str, _Encoder]] = {}
_IN: dict[str, dict[str, Table]] = {}
_IN_FLAT: dict[str, dict[str, _Decoder]] = {}


def _prepare() -> None:
    """Build the tables of every version once, so that a message costs a lookup a field."""
    for version in VERSIONS:
        flat = _OUT_PLAIN[version] = table_out(version) | {"unknown": ("", _unknown_out)}
        spoken = {key: message for key, message in MESSAGES.items() if version in message.versions}
        _OUT[version] = {key: flat | table_out(version, message.parts) for key, message in spoken.items()}
        _IN[version] = {key: table_in(version, message.parts) for key, message in MESSAGES.items()}
        plain = table_in(version).names
        counts = {tag: ("", _deeper) for table in _IN[version].values() for tag in table.groups}
        _IN_FLAT[version] = plain | counts | dict.fromkeys(DATA_TAGS, ("", _deeper))


_prepare()


def encode(msg_type: str, fields: Mapping[str, Any], version: str = FIX44) -> str:
    """A message without what the session adds (8, 9, 34, 49, 52, 56, 10). None means: leave the field out.

    Raises Malformed for a name or a value that ``version`` has no form for.
    """
    name = ""
    try:
        if version != FIX44 or fields.get("ord_type") in _TRANSLATED or msg_type == "E":
            fields = _outward(msg_type, fields, version)
        known = _OUT[version].get(msg_type) or _otherwise(msg_type, version)
        parts = ["35=" + msg_type]
        for name, value in fields.items():
            if value is not None:
                tag, encoder = known[name]
                parts.append(tag + encoder(value))
    except (KeyError, TypeError, AttributeError) as error:
        name = name or "ord_type"
        raise Malformed(f"{name}={fields.get(name)!r} has no {version} form", _tag(name)) from error
    except Malformed as error:
        raise Malformed(f"{name}: {error}" if name else str(error), error.tag or _tag(name), error.reason) from error
    parts.append("")
    body = SOH.join(parts)
    return body if BEHIND not in body else _groups_last(parts, fields)


def _groups_last(parts: Sequence[str], fields: Mapping[str, Any]) -> str:
    if fields.get("legs") and fields.get("leg_ref_id"):
        raise Malformed("a report of one leg (leg_ref_id) has no legs: the reader could not tell them apart", 654)
    plain = [part for part in parts[:-1] if part[0] != BEHIND]
    return SOH.join([*plain, *(part[1:] for part in parts[:-1] if part[0] == BEHIND), ""])


def _outward(msg_type: str, fields: Mapping[str, Any], version: str) -> Mapping[str, Any]:
    try:
        return versions.outward(msg_type, fields, version)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed(f"{msg_type} has a value of no {version} form: {error}") from error


def _otherwise(msg_type: str, version: str) -> dict[str, _Encoder]:
    if msg_type in MESSAGES or not (msg_type.isascii() and msg_type.isalnum()):
        raise Malformed(f"{version} has no message {msg_type!r}", 35, Reason.INVALID_MSG_TYPE)
    return _OUT_PLAIN[version]


def decode(raw: str, version: str | None = None) -> Received:
    """Parse a whole message; its version is that of tags 8 and 1128 unless given.

    Raises Malformed for what is not of its type, appears twice or miscounts; ``header`` still says what it was.
    """
    raw = _printable(raw)
    parts = raw.split(SOH)
    if not parts[-1] and len(parts) > 1:
        parts.pop()
    if version is None:
        begin = parts[0][2:]
        version = begin if begin == FIX44 else versions.of(begin, header(raw).get("1128"))
    find = _IN_FLAT[version].get
    fields: dict[str, Any] = {}
    others: dict[str, str] = {}
    tag = value = ""
    try:
        for part in parts:
            tag, _, value = part.partition("=")
            known = find(tag)
            if known:
                name, decoder = known
                fields[name] = decoder(value) if decoder else value
            else:
                others[tag] = value
    except _Deeper:
        return _decode_deep(raw, version)
    except KeyError as error:
        raise Malformed(f"tag {tag}={value!r} is not a value of it", int(tag), Reason.VALUE_INCORRECT) from error
    except Malformed as error:
        raise Malformed(f"tag {tag}={value!r} is not valid: {error}", int(tag), error.reason) from error
    if len(fields) + len(others) != len(parts) or _EMPTY in raw or raw.count("=") < len(parts):
        # Something is repeated or empty: the long way says what.
        return _decode_deep(raw, version)
    if not SESSION_TAGS.issuperset(others):
        fields["unknown"] = _unknown_in(others)
    return _received(others, fields, version)


def header(raw: str) -> dict[str, str]:
    """Tag to text, for a message without repeating groups (with groups: the last of each tag).

    What is not printable ASCII becomes "?": it may not be echoed in a reply, nor kept by every database.
    """
    raw = _printable(raw)
    return dict(part.split("=", 1) for part in raw.split(SOH) if "=" in part)


def outlandish(raw: str) -> Malformed | None:
    """What is wrong with a message that names something in other than printable ASCII; None if nothing is.

    An identifier that we cannot say again must not be taken: the reader replaces what is strange in it. Words for
    people and data fields may say what they like, and so may tags we do not know.
    """
    if raw.isascii() and raw.replace(SOH, "").isprintable():
        return None
    for part in raw.split(SOH):
        tag = part.partition("=")[0]
        if _STRANGE.search(part) and tag in _IN_FLAT[FIX44] and tag not in _FOR_PEOPLE:
            return Malformed(f"tag {tag} is not printable ASCII", int(tag))
    return None


def clean(raw: str) -> str:
    """``raw`` as text a database takes: bytes outside ASCII and NUL are shown as escapes."""
    if raw.isascii() and "\x00" not in raw:
        return raw
    return raw.encode("ascii", "backslashreplace").decode().replace("\x00", "\\x00")


def _printable(raw: str) -> str:
    # Twice as fast as the search, and nearly every message is clean.
    return raw if raw.isascii() and raw.replace(SOH, "").isprintable() else _STRANGE.sub("?", raw)


def _tag(name: str) -> int:
    return FIELDS[name].tag if name in FIELDS else 0


def _received(tags: Mapping[str, str], fields: dict[str, Any], version: str) -> Received:
    msg_type, number = tags.get("35"), tags.get("34", "")
    if msg_type is None or not number:
        raise Malformed("the message has no MsgType or MsgSeqNum", 34 if msg_type else 35, Reason.REQUIRED_MISSING)
    if not number.isdigit() or len(number) > _LONGEST_NUMBER:
        raise Malformed(f"{number[:20]!r} is not a sequence number", 34)
    kind = fields.get("ord_type")
    if kind not in _PLAIN or "trigger_type" in fields or version == FIX42 or "orders" in fields:
        fields = versions.inward(msg_type, fields, version)
    return Received(msg_type, int(number), tags.get("52", ""), fields, version)


def _unknown_in(others: Mapping[str, str]) -> dict[str, str]:
    unknown = {tag: value for tag, value in others.items() if tag not in SESSION_TAGS}
    for tag in unknown:
        if not _TAG.fullmatch(tag):
            raise Malformed(f"{tag[:20]!r} is not a tag", 0, Reason.INVALID_TAG)
    return unknown


def _decode_deep(raw: str, version: str) -> Received:
    """The long way: field by field, with repeating groups, data fields, and an eye on repetitions."""
    parts = _split(raw)
    tags = dict(reversed(parts))
    table = _IN[version].get(tags.get("35", "")) or _IN[version]["0"]
    return _received(tags, table.read(parts, 0, None)[0], version)


def _split(raw: str) -> Sequence[tuple[str, str]]:
    """Tags and texts in order; a data field is as long as the field before it says, SOH and all."""
    found: list[tuple[str, str]] = []
    rest = raw
    while rest:
        length = DATA_TAGS.get(found[-1][0]) if found else None
        if length and rest.startswith(length + "=") and found[-1][1].isdigit():
            stop = len(length) + 1 + int(found[-1][1])
            part, rest = rest[:stop], rest[stop + 1 :]
        else:
            part, _, rest = rest.partition(SOH)
        tag, separator, value = part.partition("=")
        if not separator or not _TAG.fullmatch(tag):
            raise Malformed(f"{part[:20]!r} is not a field", 0, Reason.INVALID_TAG)
        if not value:
            raise Malformed(f"tag {tag} has no value", int(tag), Reason.WITHOUT_VALUE)
        found.append((tag, value.replace(SOH, "?")))
    return found
