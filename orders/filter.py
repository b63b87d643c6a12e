"""The filter line, `sym:AAPL* side:buy qty>=1000 -status:filled`, read into terms over the columns of orders.

One grammar for the page (static/blotter/filter.js), REST and the desk; tests/filter_cases.json holds all to it. Every
term must hold, `-` turns one round, `a,b` means either. A word of a list means itself alone (`side:sell` is no short
sale); part of one means every word it is in. A bare word looks in the columns of ANYWHERE.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from oms.base.money import parse_decimal
from oms.base.refusal import Refusal
from orders.vocabulary import Hold, OrdStatus, OrdType, Side, TimeInForce

LONGEST = 500


class Kind(StrEnum):
    """What a column holds, and so what may be asked of it."""

    TEXT = "text"
    WORD = "word"
    AMOUNT = "amount"
    KEY = "key"


class Column(NamedTuple):
    """A column of orders. ``family``: a root order has it also where one of its children has."""

    kind: Kind = Kind.TEXT
    words: tuple[str, ...] = ()
    synonyms: Mapping[str, str] = {}
    family: bool = False


class Term(NamedTuple):
    """One thing that must hold. ``column`` is '' for anywhere; any of the values (texts, words, numbers) fits."""

    column: str
    operator: str
    values: tuple[Any, ...]
    negated: bool = False


class Read(NamedTuple):
    """What a line says, and what of it was not understood."""

    terms: tuple[Term, ...]
    faults: tuple[Refusal, ...]


def _words(kind: type[StrEnum], **synonyms: str) -> Column:
    return Column(Kind.WORD, tuple(word.value for word in kind if word.value), synonyms)


_FLAG = Column(Kind.WORD, ("false", "true"), {"no": "false", "yes": "true"})
_AMOUNT = Column(Kind.AMOUNT)
COLUMNS: dict[str, Column] = {
    "id": Column(Kind.KEY, family=True),
    "ord_status": _words(OrdStatus),
    "side": _words(Side, short="sell_short"),
    "symbol": Column(),
    "order_qty": _AMOUNT,
    "leaves_qty": _AMOUNT,
    "cum_qty": _AMOUNT,
    "price": _AMOUNT,
    "avg_px": _AMOUNT,
    "stop_px": _AMOUNT,
    "time_in_force": _words(
        TimeInForce, gtc="good_till_cancel", gtd="good_till_date", ioc="immediate_or_cancel", fok="fill_or_kill"
    ),
    "ord_type": _words(OrdType, mkt="market", lmt="limit"),
    "hold": _words(Hold),
    "emulated": Column(),
    "unresolved": _FLAG,
    "triggered": _FLAG,
    "assigned_to": Column(),
    "exec_inst": Column(),
    "venue": Column(family=True),
    "desk": Column(),
    "account": Column(),
    "entered_by": Column(),
    "currency": Column(),
    "cl_ord_id": Column(family=True),
    "text": Column(),
    "reason_code": Column(),
}
ALIASES = {
    "order": "id", "status": "ord_status", "sym": "symbol", "qty": "order_qty", "leaves": "leaves_qty",
    "filled": "cum_qty", "limit": "price", "px": "price", "avg": "avg_px", "tif": "time_in_force", "type": "ord_type",
    "stop": "stop_px", "worker": "assigned_to", "trader": "entered_by", "ccy": "currency", "reason": "text",
    "code": "reason_code",
}  # fmt: skip
ANYWHERE = ("symbol", "id", "cl_ord_id", "account")

_TERM = re.compile(r'(-?)(?:([A-Za-z_]+)(<=|>=|:|<|>|=))?("[^"]*"|[^ ]+)')
_UNFINISHED = re.compile(r"[A-Za-z_]+(?:<=|>=|:|<|>|=)")
_NUMBER = re.compile(r"-?(?:[0-9]{1,20}|[0-9]{1,3}(?:,[0-9]{3}){1,6})(?:\.[0-9]{1,8})?")
_KEY = re.compile(r"[0-9]{1,18}")


def parse(line: str) -> Read:
    """Every term of the line, or what is wrong with it: the column, a code, and what would be valid."""
    if len(line) > LONGEST:
        return Read((), (Refusal("TOO_LONG", "", f"a filter may have {LONGEST} characters, not {len(line)}"),))
    if not line.isprintable():
        return Read((), (Refusal("BAD_TEXT", "", "a filter must be printable"),))
    found = [_term(*part) for part in _TERM.findall(line)]
    terms = tuple(one for one in found if isinstance(one, Term))
    return Read(terms, tuple(one for one in found if isinstance(one, Refusal)))


def shape() -> dict[str, Any]:
    """The grammar's columns, for a page to read the same lines by."""
    columns = {
        name: {"kind": str(one.kind), "words": one.words, "synonyms": one.synonyms, "family": one.family}
        for name, one in COLUMNS.items()
    }
    return {"columns": columns, "aliases": ALIASES, "anywhere": ANYWHERE}


def _term(minus: str, name: str, operator: str, raw: str) -> Term | Refusal:
    value = raw.replace('"', "")
    if not name:
        pieces = _pieces(value)
        if not pieces or _UNFINISHED.fullmatch(raw):
            return Refusal("MISSING", "", f"“{_shown(raw)}” says no value")
        return Term("", ":", pieces, minus == "-")
    column = ALIASES.get(name.lower(), name.lower())
    if column not in COLUMNS:
        text = f"no column “{_shown(column)}”; the columns are {', '.join(COLUMNS)}"
        return Refusal("UNKNOWN_COLUMN", _shown(column), text)
    if not value.replace(",", ""):
        return Refusal("MISSING", column, f"“{_shown(name + operator + raw)}” says no value")
    values = _READERS[COLUMNS[column].kind](column, operator, value)
    return values if isinstance(values, Refusal) else Term(column, operator, values, minus == "-")


Values = tuple[Any, ...] | Refusal


def _texts(column: str, operator: str, value: str) -> Values:
    return _unordered(column) if operator in _ORDER else _pieces(value)


def _some_words(column: str, operator: str, value: str) -> Values:
    """The words meant. One that means none is a fault: turned round, it would let every order pass."""
    if operator in _ORDER:
        return _unordered(column)
    found: set[str] = set()
    for piece in _pieces(value):
        meant = _meant(COLUMNS[column], piece, exact=operator == "=")
        if not meant:
            text = f"{column} must be one of {', '.join(COLUMNS[column].words)}, not “{_shown(piece)}”"
            return Refusal("BAD_VALUE", column, text)
        found |= meant
    return tuple(word for word in COLUMNS[column].words if word in found)


def _meant(column: Column, piece: str, *, exact: bool) -> set[str]:
    plain = column.synonyms.get(piece.lower(), piece.lower())
    if plain in column.words or exact:
        return {plain} & set(column.words)
    return {word for word in column.words if fits(plain, word)}


def _amounts(column: str, operator: str, value: str) -> Values:
    """One number; commas set thousands apart and nothing else, so a list is not mistaken for one."""
    number = parse_decimal(value.replace(",", ""), column) if _NUMBER.fullmatch(value) else None
    if not isinstance(number, Decimal):
        return Refusal("BAD_NUMBER", column, f"“{_shown(value)}” is not a number")
    return (number,)


def _keys(column: str, operator: str, value: str) -> Values:
    pieces = _pieces(value)
    wrong = [piece for piece in pieces if not _KEY.fullmatch(piece)]
    if wrong or (operator in _ORDER and len(pieces) > 1):
        return Refusal("BAD_NUMBER", column, f"“{_shown(wrong[0] if wrong else value)}” is not an order's number")
    return tuple(int(piece) for piece in pieces)


_ORDER = frozenset({"<", ">", "<=", ">="})
_READERS = {Kind.TEXT: _texts, Kind.WORD: _some_words, Kind.AMOUNT: _amounts, Kind.KEY: _keys}


def fits(pattern: str, value: str) -> bool:
    """Whether ``value`` has ``pattern`` somewhere in it, or with a star, from end to end. Both in lower case."""
    if "*" not in pattern:
        return pattern in value
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), value) is not None


def _pieces(value: str) -> tuple[str, ...]:
    return tuple(piece for piece in value.split(",") if piece)


def _unordered(column: str) -> Refusal:
    return Refusal("BAD_VALUE", column, f"{column} has no order; write {column}:value or {column}=value")


def _shown(text: str) -> str:
    return text[:40]


def faults_of(read: Read, field: str) -> Sequence[Refusal]:
    """The faults as those of a request's ``field``: `filter.side`."""
    return [fault._replace(field=f"{field}.{fault.field}" if fault.field else field) for fault in read.faults]
