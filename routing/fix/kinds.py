"""Values of FIX data types, out and in. Pure: our plain values on one side, the text after the "=" on the other.

Out is strict: what the type does not allow raises Malformed. In is as loose as FIX lets a counterparty be, and no more.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from routing.fix.malformed import Malformed, Reason

_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,8})?", re.ASCII)
# A counterparty's decimals may be written looser than ours (.5, 5., more zeros), never as an exponent or NaN.
_LOOSE_DECIMAL = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)", re.ASCII)
_INT = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,6})?(Z|\+00:00)", re.ASCII)
_UTC = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d\d:\d\d:\d\d)(\.\d{1,9})?", re.ASCII)
_DATE = re.compile(r"(\d{4})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
_MONTH_YEAR = re.compile(r"\d{6}(\d\d|w[1-5])?", re.ASCII)
_PRINTABLE = re.compile(r"[ -~]+")


class Kind(NamedTuple):
    """How one type of value is written and read. ``decode`` None: the text is the value.

    ``table`` is (code, name) of an enumeration; ``closed``: no other code is allowed.
    """

    encode: Callable[[Any], str]
    decode: Callable[[str], Any] | None
    table: tuple[tuple[str, str], ...] = ()
    closed: bool = False


def text(value: Any) -> str:
    """FIX String: printable ASCII, not empty. Only Encoded fields may hold more, and we send none."""
    if type(value) is not str or not _PRINTABLE.fullmatch(value):
        raise Malformed(f"{value!r} is not printable ASCII text")
    return value


def decimal(value: Any) -> str:
    """Qty and Price: plain digits. A float has already lost what was typed, so it is refused with the rest."""
    written = format(value, "f") if not isinstance(value, str | float) else value
    if type(written) is not str or not _DECIMAL.fullmatch(written):
        raise Malformed(f"{value!r} is not a plain decimal number")
    return written


def loose_decimal(value: str) -> str:
    """A number as we write it. More than 8 places that are not zeros stay: whoever needs the number exact refuses."""
    if _DECIMAL.fullmatch(value):
        return value
    if not _LOOSE_DECIMAL.fullmatch(value):
        raise Malformed(f"{value!r} is not a plain decimal number")
    whole, _, fraction = value.removeprefix("-").partition(".")
    fraction = fraction.rstrip("0")
    return ("-" if value.startswith("-") else "") + (whole or "0") + ("." + fraction if fraction else "")


def integer(value: Any) -> str:
    """FIX int: digits, no fraction."""
    if type(value) is bool or not _INT.fullmatch(str(value)):
        raise Malformed(f"{value!r} is not an integer")
    return str(value)


def read_integer(value: str) -> int:
    """An int of at most 18 digits; int() alone would take spaces and underscores."""
    if not _INT.fullmatch(value):
        raise Malformed(f"{value!r} is not an integer")
    return int(value)


def utc(value: Any) -> str:
    """UTCTimestamp, 20241122-10:00:00.123456, from ISO 8601 text that says it is UTC."""
    found = _ISO.fullmatch(value)
    if not found:
        raise Malformed(f"{value!r} is not an ISO 8601 time in UTC")
    year, month, day, clock, fraction, _ = found.groups()
    return f"{year}{month}{day}-{clock}{fraction or ''}"


def iso(value: str) -> str:
    """A UTCTimestamp as ISO 8601; nanoseconds are cut to microseconds."""
    found = _UTC.fullmatch(value)
    if not found:
        raise Malformed(f"{value!r} is not a UTCTimestamp")
    year, month, day, clock, fraction = found.groups()
    return f"{year}-{month}-{day}T{clock}{(fraction or '')[:7]}+00:00"


def date(value: Any) -> str:
    """LocalMktDate, 20241122, from 2024-11-22."""
    if not _ISO_DATE.fullmatch(value):
        raise Malformed(f"{value!r} is not an ISO 8601 date")
    return str(value).replace("-", "")


def iso_date(value: str) -> str:
    """A LocalMktDate as ISO 8601."""
    found = _DATE.fullmatch(value)
    if not found:
        raise Malformed(f"{value!r} is not a LocalMktDate")
    return "-".join(found.groups())


def month_year(value: Any) -> str:
    """MonthYear: YYYYMM, YYYYMMDD or YYYYMMwN."""
    if not _MONTH_YEAR.fullmatch(value):
        raise Malformed(f"{value!r} is not a MonthYear")
    return str(value)


def codes(names: Mapping[Any, str], also: Mapping[str, Any] | None = None) -> Kind:
    """An enumeration that is complete: a name or a code beside it is an error. ``also`` are codes read, not written."""
    back = {code: name for name, code in names.items()} | dict(also or {})
    # A code that is none raises KeyError; a function that says it better would cost as much as the look-up.
    return Kind(
        names.__getitem__, back.__getitem__, tuple((code, str(name).lower()) for code, name in back.items()), True
    )


def open_codes(names: Mapping[str, str]) -> Kind:
    """An enumeration a counterparty may add to: a code without a name is its own name."""
    back = {code: name for name, code in names.items()}

    def encode(value: Any) -> str:
        return names.get(value) or text(value)

    return Kind(encode, lambda value: back.get(value, value), tuple(back.items()))


def several(names: Mapping[str, str]) -> Kind:
    """MultipleValueString: names joined by one space, sorted; an empty text means none and may not be sent."""
    back = {code: name for name, code in names.items()}

    def encode(value: Any) -> str:
        found = [names[name] for name in value.split()]
        if not found:
            raise Malformed("no value")
        return " ".join(found)

    def decode(value: str) -> str:
        found = [back.get(code) for code in value.split(" ")]
        if None in found:
            raise Malformed(f"{value!r} holds what is not a value of this field", reason=Reason.VALUE_INCORRECT)
        return " ".join(sorted({name for name in found if name}))

    return Kind(encode, decode, tuple(back.items()), closed=True)


TEXT = Kind(text, None)
NUMBER = Kind(decimal, loose_decimal)
INTEGER = Kind(integer, read_integer)
TIME = Kind(utc, iso)
DAY = Kind(date, iso_date)
MONTH = Kind(month_year, month_year)
BY_TYPE = {
    "STRING": TEXT, "CHAR": TEXT, "CURRENCY": TEXT, "EXCHANGE": TEXT, "QTY": NUMBER, "PRICE": NUMBER,
    "PRICEOFFSET": NUMBER, "AMT": NUMBER, "FLOAT": NUMBER, "PERCENTAGE": NUMBER, "INT": INTEGER, "SEQNUM": INTEGER,
    "LENGTH": INTEGER, "UTCTIMESTAMP": TIME, "LOCALMKTDATE": DAY, "MONTHYEAR": MONTH,
}  # fmt: skip
