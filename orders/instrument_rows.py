"""Rows of an instruments CSV: what each says, whether it can be right, and what it would change. Pure.

The header names fields of ``Instrument``; the aliases below are what market data files call them. An empty cell says
nothing: a new instrument takes the default, a known one keeps what it has.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from oms.base.money import parse_decimal
from oms.base.refusal import Refusal
from orders import identifiers
from orders.vocabulary import AssetClass

MAX_ROWS = 20_000
ALIASES = {
    "ticker": "symbol",
    "security_name": "name",
    "type": "asset_class",
    "mic": "primary_mic",
    "exchange": "primary_mic",
    "ccy": "currency",
    "lot": "round_lot",
    "lot_size": "round_lot",
    "contract_multiplier": "multiplier",
    "maturity": "maturity_date",
    "expiry": "maturity_date",
    "strike": "strike_price",
    "coupon": "coupon_rate",
    "gics_sector": "sector",
    "gics_sub_industry": "sub_industry",
    "close": "reference_price",
    "lei": "issuer",
    "issuer_code": "issuer",
    "last": "reference_price",
}
# What market data files carry and we have no use for. Any other unknown column refuses the file: it may be a typo.
IGNORED = frozenset({"cik", "figi", "volume", "market_cap"})
# Positions are kept in these terms, so they never change under them.
FIXED = frozenset({"asset_class", "currency", "multiplier"})
REQUIRED = ("symbol", "name", "currency")
BONDS = frozenset({AssetClass.GOVERNMENT_BOND, AssetClass.CORPORATE_BOND})
NEEDED = {
    AssetClass.OPTION: ("strike_price", "maturity_date", "put_or_call"),
    AssetClass.FUTURE: ("maturity_date",),
    **dict.fromkeys(BONDS, ("coupon_rate", "maturity_date")),
}
DAY_COUNTS = (
    "ACT/ACT", "ACT/ACT ICMA", "ACT/ACT ISDA", "30/360", "30/360 US", "30E/360", "30E/360 ISDA", "ACT/360", "ACT/365F",
)  # fmt: skip

_SYMBOL = re.compile(r"[A-Z0-9](?:[A-Z0-9./ -]{0,22}[A-Z0-9])?", re.ASCII)
_ISSUER = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,19}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
Value = Any
Key = tuple[str, str]
Defaults = Callable[[str], Mapping[str, Value]]


class Action(StrEnum):
    """What an import does with a row."""

    NEW = "new"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Row(NamedTuple):
    """A line of the file as read: its number in the file (the header is 1) and the values it states."""

    number: int
    values: dict[str, Value]
    refusals: tuple[Refusal, ...]


class Table(NamedTuple):
    """A file as read. ``refusals`` are about the file as a whole, and then there are no rows."""

    rows: tuple[Row, ...] = ()
    ignored: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()


class Verdict(NamedTuple):
    """What an import would do with a row. ``changes`` are the fields it would write."""

    row: int
    symbol: str
    primary_mic: str
    action: Action
    refusals: tuple[Refusal, ...]
    changes: dict[str, Value]


class Known(NamedTuple):
    """What rows are judged against: instruments by (symbol, MIC), who has an ISIN, tick tables, MICs by symbol."""

    instruments: Mapping[Key, Mapping[str, Value]]
    isins: Mapping[Key, str]
    tick_tables: frozenset[str]
    symbols: Mapping[str, Sequence[str]]


def read(text: str) -> Table:
    """The rows of a CSV text whose first line names the columns."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [_field(name) for name in next(lines, [])]
        faults = tuple(_header_faults(header))
        if faults:
            return Table(refusals=faults)
        rows = tuple(_row(lines.line_num, header, cells) for cells in lines if any(cell.strip() for cell in cells))
    except csv.Error as error:
        return Table(refusals=(Refusal("BAD_CSV", "", f"line {lines.line_num}: {error}"),))
    if len(rows) > MAX_ROWS:
        return Table(refusals=(Refusal("TOO_MANY", "", f"{len(rows)} rows; at most {MAX_ROWS} at once"),))
    return Table(rows, tuple(name for name in header if name in IGNORED))


def judge(table: Table, known: Known, mic: str, defaults: Defaults) -> list[Verdict]:
    """One verdict a row, in order; a bad row never spoils its neighbours.

    A row that names no market means the instrument of that symbol if there is one, else a new one on ``mic``.
    """
    seen: dict[Key, int] = {}
    isins = dict(known.isins)
    return [_judge(row, known, _market(row, known, mic), defaults, seen, isins) for row in table.rows]


def _market(row: Row, known: Known, mic: str) -> str:
    if "primary_mic" in row.values:
        return str(row.values["primary_mic"])
    markets = known.symbols.get(row.values.get("symbol", ""), ())
    return markets[0] if len(markets) == 1 else mic


def _judge(
    row: Row, known: Known, mic: str, defaults: Defaults, seen: dict[Key, int], isins: dict[Key, str]
) -> Verdict:
    values, symbol = row.values, row.values.get("symbol", "")
    held = known.instruments.get((symbol, mic))
    base = held or {"primary_mic": mic, **defaults(values.get("asset_class", AssetClass.EQUITY))}
    whole = {**base, **values}
    refusals = list(row.refusals)
    stated = {refusal.field for refusal in refusals}
    refusals += [fault for fault in _faults(whole, held, known) if fault.field not in stated]
    first = seen.setdefault((symbol, mic), row.number)
    if symbol and first != row.number:
        refusals.append(Refusal("DUPLICATE_ROW", "symbol", f"{symbol} on {mic} stands in row {first} already"))
    owner = isins.setdefault((whole["isin"], mic), symbol) if whole.get("isin") else symbol
    if owner != symbol:
        refusals.append(Refusal("DUPLICATE_ISIN", "isin", f"{owner} on {mic} has the ISIN {whole['isin']}"))
    if refusals:
        return Verdict(row.number, symbol, mic, Action.REFUSED, tuple(refusals), {})
    if held is None:
        return Verdict(row.number, symbol, mic, Action.NEW, (), whole)
    changes = {name: value for name, value in values.items() if held[name] != value}
    return Verdict(row.number, symbol, mic, Action.UPDATE if changes else Action.UNCHANGED, (), changes)


def _faults(whole: Mapping[str, Value], held: Mapping[str, Value] | None, known: Known) -> Iterator[Refusal]:
    """What is wrong with the instrument as it would be, field by field."""
    kind = whole["asset_class"]
    for name in (*REQUIRED, *NEEDED.get(kind, ())):
        if whole.get(name) in (None, ""):
            yield Refusal("MISSING", name, f"{name} is required for {kind.replace('_', ' ')}")
    if held is not None:
        for name in sorted(FIXED):
            if whole[name] != held[name]:
                yield Refusal(
                    "FIXED", name, f"{name} is {held[name]} and cannot become {whole[name]}: positions use it"
                )
    if whole.get("tick_table") not in known.tick_tables:
        names = ", ".join(sorted(known.tick_tables))
        yield Refusal("BAD_VALUE", "tick_table", f"tick_table must be one of {names}")
    if whole.get("underlying") and whole["underlying"] not in known.symbols:
        yield Refusal("UNKNOWN_INSTRUMENT", "underlying", f"no instrument {whole['underlying']!r}")
    if whole.get("cusip") and whole.get("isin", "")[:2] in ("US", "CA") and whole["isin"][2:11] != whole["cusip"]:
        yield Refusal("BAD_IDENTIFIER", "cusip", f"the CUSIP within ISIN {whole['isin']} is {whole['isin'][2:11]}")


def _header_faults(header: Sequence[str]) -> Iterator[Refusal]:
    known = set(READERS) | IGNORED
    if "symbol" not in header:
        yield Refusal("MISSING", "symbol", "the header must name the column symbol")
    for name in header:
        if name not in known:
            shown = ascii(name)[1:-1][:40]
            yield Refusal("UNKNOWN_FIELD", shown, f"no column {shown!r}; known: {', '.join(sorted(READERS))}")
    for name in sorted({name for name in header if header.count(name) > 1}):
        yield Refusal("DUPLICATE_FIELD", ascii(name)[1:-1], f"{name!a} stands twice in the header")


def _field(name: str) -> str:
    plain = name.strip().lower().replace(" ", "_")
    return ALIASES.get(plain, plain)


def _row(number: int, header: Sequence[str], cells: Sequence[str]) -> Row:
    if len(cells) != len(header):
        text = f"the row has {len(cells)} cells, the header {len(header)}"
        return Row(number, {}, (Refusal("BAD_CSV", "", text),))
    values: dict[str, Value] = {}
    refusals = []
    for name, cell in zip(header, cells, strict=True):
        text = cell.strip()
        if name in IGNORED or not text:
            continue
        value = READERS[name](text, name)
        if isinstance(value, Refusal):
            refusals.append(value)
        else:
            values[name] = value
    return Row(number, values, tuple(refusals))


Reader = Callable[[str, str], Value]


def _text(longest: int) -> Reader:
    def read_text(text: str, field: str) -> str | Refusal:
        if len(text) > longest:
            return Refusal("TOO_LONG", field, f"{field} may have {longest} characters, not {len(text)}")
        # A cell that a spreadsheet would compute is no name.
        if not text.isprintable() or text[0] in "=+@":
            return Refusal("BAD_TEXT", field, f"{field} must be printable and not begin with = + or @")
        return text

    return read_text


def _matching(pattern: re.Pattern[str], what: str) -> Reader:
    def read_match(text: str, field: str) -> str | Refusal:
        return text if pattern.fullmatch(text) else Refusal("BAD_VALUE", field, f"{field} must be {what}")

    return read_match


def _identifier(valid: Callable[[str], bool], what: str) -> Reader:
    def read_identifier(text: str, field: str) -> str | Refusal:
        if valid(text):
            return text
        return Refusal("BAD_IDENTIFIER", field, f"{text[:40]!a} is no {what}: length, characters or check digit")

    return read_identifier


def _one_of(values: Sequence[str]) -> Reader:
    def read_choice(text: str, field: str) -> str | Refusal:
        plain = text.lower().replace(" ", "_").replace("-", "_")
        found = next((value for value in values if value.lower().replace(" ", "_") == plain), None)
        return found or Refusal("BAD_VALUE", field, f"{field} must be one of {', '.join(values)}")

    return read_choice


def _above_zero(text: str, field: str) -> Value:
    return parse_decimal(text, field, positive=True)


def _not_negative(text: str, field: str) -> Value:
    number = parse_decimal(text, field)
    if not isinstance(number, Refusal) and number < 0:
        return Refusal("NOT_POSITIVE", field, f"{field} must not be below 0")
    return number


def _day(text: str, field: str) -> date | Refusal:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    return Refusal("BAD_VALUE", field, f"{field} must be a day, as 2030-12-31")


def _frequency(text: str, field: str) -> int | Refusal:
    return (
        int(text)
        if text in ("1", "2", "4", "12")
        else Refusal("BAD_VALUE", field, f"{field} must be 1, 2, 4 or 12 a year")
    )


READERS: dict[str, Reader] = {
    "symbol": _matching(_SYMBOL, "at most 24 of A-Z, 0-9, point, slash, hyphen and blank"),
    "name": _text(120),
    "asset_class": _one_of(list(AssetClass)),
    "isin": _identifier(identifiers.isin, "ISIN"),
    "cusip": _identifier(identifiers.cusip, "CUSIP"),
    "sedol": _identifier(identifiers.sedol, "SEDOL"),
    "primary_mic": _identifier(identifiers.mic, "MIC"),
    "currency": _matching(_CURRENCY, "three letters (ISO 4217)"),
    "tick_table": _text(16),
    "round_lot": _above_zero,
    "min_qty": _above_zero,
    "multiplier": _above_zero,
    "maturity_date": _day,
    "underlying": _matching(_SYMBOL, "the symbol of an instrument"),
    "strike_price": _above_zero,
    "put_or_call": _one_of(("put", "call")),
    "coupon_rate": _not_negative,
    "coupon_frequency": _frequency,
    "day_count": _one_of(DAY_COUNTS),
    "issue_date": _day,
    "issuer": _matching(_ISSUER, "a code of at most 20 of A-Z, 0-9, point and hyphen, such as an LEI"),
    "sector": _text(40),
    "sub_industry": _text(80),
    "reference_price": _above_zero,
    "settl_market": _matching(re.compile(r"[A-Z][A-Z-]{1,7}", re.ASCII), "a settlement market, such as US"),
    "state": _one_of(("active", "halted", "expired")),
}
