"""Our words to FIX tags and codes, and back, in one table. Pure: strings in, strings out.

``fields`` is a dict of our names to our values: enumerated values by their FIX name in lower snake case, quantities
and prices as plain decimal strings, times as ISO 8601 in UTC, reason codes as the venue's integers.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

SOH = "\x01"


class Malformed(ValueError):
    """A value that may not be sent, or that was received and is not what FIX 4.4 says it is."""


class Received(NamedTuple):
    """One message from the wire: the header fields that matter to us, and the body in our words."""

    msg_type: str
    msg_seq_num: int
    sending_time: str
    fields: dict[str, Any]


SIDE = {"buy": "1", "sell": "2", "sell_short": "5", "sell_short_exempt": "6"}
ORD_TYPE = {"market": "1", "limit": "2", "stop": "3", "stop_limit": "4"}
TIME_IN_FORCE = {
    "day": "0",
    "good_till_cancel": "1",
    "at_the_opening": "2",
    "immediate_or_cancel": "3",
    "fill_or_kill": "4",
    "good_till_date": "6",
    "at_the_close": "7",
}
ORD_STATUS = {
    "new": "0",
    "partially_filled": "1",
    "filled": "2",
    "done_for_day": "3",
    "canceled": "4",
    "pending_cancel": "6",
    "stopped": "7",
    "rejected": "8",
    "suspended": "9",
    "pending_new": "A",
    "calculated": "B",
    "expired": "C",
    "pending_replace": "E",
}
EXEC_TYPE = {
    "new": "0",
    "done_for_day": "3",
    "canceled": "4",
    "replaced": "5",
    "pending_cancel": "6",
    "stopped": "7",
    "rejected": "8",
    "suspended": "9",
    "pending_new": "A",
    "calculated": "B",
    "expired": "C",
    "restated": "D",
    "pending_replace": "E",
    "trade": "F",
    "trade_correct": "G",
    "trade_cancel": "H",
    "order_status": "I",
}
CXL_REJ_RESPONSE_TO = {"order_cancel_request": "1", "order_cancel_replace_request": "2"}
FLAG = {True: "Y", False: "N"}

_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,8})?", re.ASCII)
# The venue's decimals may be written looser than ours (.5, 5., more zeros), never as an exponent or NaN.
_VENUE_DECIMAL = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)", re.ASCII)
_INT = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,6})?(Z|\+00:00)", re.ASCII)
_UTC = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d\d:\d\d:\d\d)(\.\d{1,9})?", re.ASCII)
_PRINTABLE = re.compile(r"[ -~]+")
_STRANGE = re.compile(r"[^ -~\x01]")


def _text(value: Any) -> str:
    """FIX String: printable ASCII, not empty. Only Encoded fields may hold more, and we send none."""
    if type(value) is not str or not _PRINTABLE.fullmatch(value):
        raise Malformed(f"{value!r} is not printable ASCII text")
    return value


def _decimal(value: Any) -> str:
    """Qty and Price: plain digits. A float has already lost what was typed, so it is refused with the rest."""
    text = format(value, "f") if not isinstance(value, str | float) else value
    if type(text) is not str or not _DECIMAL.fullmatch(text):
        raise Malformed(f"{value!r} is not a plain decimal number")
    return text


def _venue_decimal(text: str) -> str:
    """A number as we write it. More than 8 places that are not zeros stay: whoever needs the number exact refuses."""
    if _DECIMAL.fullmatch(text):
        return text
    if not _VENUE_DECIMAL.fullmatch(text):
        raise Malformed(f"{text!r} is not a plain decimal number")
    whole, _, fraction = text.removeprefix("-").partition(".")
    fraction = fraction.rstrip("0")
    return ("-" if text.startswith("-") else "") + (whole or "0") + ("." + fraction if fraction else "")


def _integer(value: Any) -> str:
    if not _INT.fullmatch(str(value)):
        raise Malformed(f"{value!r} is not an integer")
    return str(value)


def _utc(value: Any) -> str:
    """UTCTimestamp, 20241122-10:00:00.123456, from ISO 8601 text that says it is UTC."""
    found = _ISO.fullmatch(value)
    if not found:
        raise Malformed(f"{value!r} is not an ISO 8601 time in UTC")
    year, month, day, clock, fraction, _ = found.groups()
    return f"{year}{month}{day}-{clock}{fraction or ''}"


def _iso(text: str) -> str:
    found = _UTC.fullmatch(text)
    if not found:
        raise Malformed(f"{text!r} is not a UTCTimestamp")
    year, month, day, clock, fraction = found.groups()
    return f"{year}-{month}-{day}T{clock}{(fraction or '')[:7]}+00:00"


def _date(value: Any) -> str:
    return _text(value).replace("-", "")


def _iso_date(text: str) -> str:
    if len(text) != 8 or not text.isdigit():
        raise Malformed(f"{text!r} is not a LocalMktDate")
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


class _Kind(NamedTuple):
    encode: Callable[[Any], str]
    decode: Callable[[str], Any] | None


def _codes(names: Mapping[Any, str]) -> _Kind:
    back = {code: name for name, code in names.items()}
    return _Kind(names.__getitem__, back.__getitem__)


_TEXT = _Kind(_text, None)
_NUMBER = _Kind(_decimal, _venue_decimal)
_INTEGER = _Kind(_integer, int)
_TIME = _Kind(_utc, _iso)
_DAY = _Kind(_date, _iso_date)

FIELDS: dict[str, tuple[int, _Kind]] = {
    "account": (1, _TEXT),
    "avg_px": (6, _NUMBER),
    "cl_ord_id": (11, _TEXT),
    "cum_qty": (14, _NUMBER),
    "currency": (15, _TEXT),
    "exec_id": (17, _TEXT),
    "exec_ref_id": (19, _TEXT),
    "handl_inst": (21, _TEXT),
    "security_id_source": (22, _TEXT),
    "last_mkt": (30, _TEXT),
    "last_px": (31, _NUMBER),
    "last_qty": (32, _NUMBER),
    "order_id": (37, _TEXT),
    "order_qty": (38, _NUMBER),
    "ord_status": (39, _codes(ORD_STATUS)),
    "ord_type": (40, _codes(ORD_TYPE)),
    "orig_cl_ord_id": (41, _TEXT),
    "poss_dup": (43, _codes(FLAG)),
    "price": (44, _NUMBER),
    "ref_seq_num": (45, _INTEGER),
    "security_id": (48, _TEXT),
    "side": (54, _codes(SIDE)),
    "symbol": (55, _TEXT),
    "text": (58, _TEXT),
    "time_in_force": (59, _codes(TIME_IN_FORCE)),
    "transact_time": (60, _TIME),
    "settl_date": (64, _DAY),
    "symbol_sfx": (65, _TEXT),
    "trade_date": (75, _DAY),
    "poss_resend": (97, _codes(FLAG)),
    "stop_px": (99, _NUMBER),
    "ex_destination": (100, _TEXT),
    "cxl_rej_reason": (102, _INTEGER),
    "ord_rej_reason": (103, _INTEGER),
    "min_qty": (110, _NUMBER),
    "max_floor": (111, _NUMBER),
    "expire_time": (126, _TIME),
    "exec_type": (150, _codes(EXEC_TYPE)),
    "leaves_qty": (151, _NUMBER),
    "security_type": (167, _TEXT),
    "secondary_order_id": (198, _TEXT),
    "security_exchange": (207, _TEXT),
    "md_req_id": (262, _TEXT),
    "subscription_request_type": (263, _TEXT),
    "md_req_rej_reason": (281, _TEXT),
    "ref_tag_id": (371, _INTEGER),
    "ref_msg_type": (372, _TEXT),
    "session_reject_reason": (373, _INTEGER),
    "exec_restatement_reason": (378, _INTEGER),
    "business_reject_ref_id": (379, _TEXT),
    "business_reject_reason": (380, _INTEGER),
    "day_order_qty": (424, _NUMBER),
    "day_cum_qty": (425, _NUMBER),
    "day_avg_px": (426, _NUMBER),
    "expire_date": (432, _DAY),
    "cxl_rej_response_to": (434, _codes(CXL_REJ_RESPONSE_TO)),
    "order_capacity": (528, _TEXT),
    "ord_status_req_id": (790, _TEXT),
}
_OUT = {name: (f"{tag}=", kind.encode) for name, (tag, kind) in FIELDS.items()}
_IN = {str(tag): (name, kind.decode) for name, (tag, kind) in FIELDS.items()}


def encode(msg_type: str, fields: Mapping[str, Any]) -> str:
    """A message without what the session adds (8, 9, 34, 49, 52, 56, 10). None means: leave the field out.

    Raises Malformed for a name or a value that FIX 4.4 does not know.
    """
    parts = ["35=" + msg_type]
    name = ""
    try:
        for name, value in fields.items():
            if value is not None:
                tag, encoder = _OUT[name]
                parts.append(tag + encoder(value))
    except (KeyError, TypeError) as error:
        raise Malformed(f"{name}={fields[name]!r} has no FIX 4.4 form") from error
    except Malformed as error:
        raise Malformed(f"{name}: {error}") from error
    parts.append("")
    return SOH.join(parts)


def decode(raw: str) -> Received:
    """Parse a whole message without repeating groups. Tags we do not use are skipped; the raw text keeps them.

    Raises Malformed for a value that is not of its type; ``header`` still says what the message was.
    """
    tags = header(raw)
    fields: dict[str, Any] = {}
    tag = value = ""
    try:
        for tag, value in tags.items():
            known = _IN.get(tag)
            if known:
                name, decoder = known
                fields[name] = decoder(value) if decoder else value
    except (KeyError, ValueError) as error:
        raise Malformed(f"tag {tag}={value!r} is not valid") from error
    return Received(tags["35"], int(tags["34"]), tags.get("52", ""), fields)


def header(raw: str) -> dict[str, str]:
    """Tag to text, for a message without repeating groups (with groups: the last of each tag).

    What is not printable ASCII becomes "?": it may not be echoed in a reply, nor kept by every database.
    """
    if _STRANGE.search(raw):
        raw = _STRANGE.sub("?", raw)
    return dict(part.split("=", 1) for part in raw.split(SOH) if "=" in part)


def clean(raw: str) -> str:
    """``raw`` as text a database takes: bytes outside ASCII and NUL are shown as escapes."""
    if raw.isascii() and "\x00" not in raw:
        return raw
    return raw.encode("ascii", "backslashreplace").decode().replace("\x00", "\\x00")
