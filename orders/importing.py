"""Importing instruments from CSV: a verdict on every row, then one write for all of them.

A dry run answers the same verdicts and writes nothing. The number of statements does not depend on the
number of rows.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from oms.base import sets
from oms.base.locks import lane, locked
from oms.base.refusal import REASONS, Reason, Refusal
from orders import ticks
from orders.instrument_rows import READERS, Action, Key, Known, Table, Verdict, judge, read
from orders.models import Instrument, TickTable, User
from orders.vocabulary import AssetClass

REASONS.update(
    BAD_CSV=Reason("The text is not a CSV table.", "Quote cells that hold commas; one header, equal rows."),
    BAD_IDENTIFIER=Reason("The identifier cannot be right.", "Check its characters and its check digit."),
    DUPLICATE_ROW=Reason("The row stands twice in the file.", "Leave one of the rows."),
    DUPLICATE_FIELD=Reason("The field stands twice.", "Leave one of them."),
    DUPLICATE_ISIN=Reason("Another instrument has this ISIN.", "Correct one of the two."),
    FIXED=Reason("This cannot change once an instrument exists.", "Make a new instrument."),
    TOO_MANY=Reason("Too many items at once.", "Send fewer at a time."),
)


class Outcome(NamedTuple):
    """What an import did, or in a dry run would do. ``refusals`` are about the file as a whole."""

    verdicts: tuple[Verdict, ...] = ()
    ignored: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    def count(self, action: Action) -> int:
        """How many rows met this fate."""
        return sum(verdict.action == action for verdict in self.verdicts)

    def counts(self) -> dict[str, int]:
        """Rows by fate."""
        return {str(action): self.count(action) for action in Action}


def run(data: bytes | str, *, mic: str = "XNAS", dry_run: bool = False, user: User | None = None) -> Outcome:
    """Import ``data``, a CSV in UTF-8; ``mic`` is the market of rows that name none, ``user`` who did it."""
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
    except UnicodeDecodeError as error:
        return Outcome(refusals=(Refusal("BAD_TEXT", "", f"the file is not UTF-8 at byte {error.start}"),))
    table = read(text)
    if table.refusals:
        return Outcome(refusals=table.refusals)
    with transaction.atomic():
        # One import at a time: its verdicts would not hold if another one wrote in between.
        if not dry_run and not lane("instruments"):
            return Outcome(refusals=(Refusal("BUSY", "", "another import is running"),))
        held = _held(table, lock=not dry_run)
        verdicts = judge(table, _known(table, held), mic, defaults)
        if not dry_run:
            _save(verdicts, held, user)
    return Outcome(tuple(verdicts), table.ignored)


def defaults(asset_class: str) -> dict[str, Any]:
    """What a new instrument has where its row says nothing."""
    kind = AssetClass(asset_class)
    bond = kind in (AssetClass.GOVERNMENT_BOND, AssetClass.CORPORATE_BOND)
    return {
        "asset_class": str(kind),
        "tick_table": ticks.DEFAULT[kind],
        "round_lot": Decimal(100) if kind in (AssetClass.EQUITY, AssetClass.ETF) else Decimal(1),
        "min_qty": Decimal(1),
        "multiplier": Decimal(1),
        "settl_market": "FX" if kind == AssetClass.FX_SPOT else "US",
        **({"coupon_frequency": 2, "day_count": "30/360"} if bond else {}),
    }


def _held(table: Table, *, lock: bool) -> dict[Key, Instrument]:
    """The instruments that rows name, also as an underlying."""
    symbols = {row.values.get(name) for row in table.rows for name in ("symbol", "underlying")} - {None}
    found = Instrument.objects.filter(symbol__in=symbols).select_related("tick_table", "underlying")
    return {(one.symbol, one.primary_mic): one for one in (locked(found) if lock else found)}


def _known(table: Table, held: dict[Key, Instrument]) -> Known:
    isins = {row.values["isin"] for row in table.rows if "isin" in row.values}
    owners = Instrument.objects.filter(isin__in=isins).values_list("isin", "primary_mic", "symbol")
    markets: dict[str, list[str]] = {}
    for symbol, mic in held:
        markets.setdefault(symbol, []).append(mic)
    return Known(
        {key: _as_row(one) for key, one in held.items()},
        {(isin, market): symbol for isin, market, symbol in owners},
        frozenset(TickTable.objects.values_list("code", flat=True)) | set(ticks.STANDARD),
        markets,
    )


def _as_row(instrument: Instrument) -> dict[str, Any]:
    row = {name: getattr(instrument, name) for name in READERS}
    row["tick_table"] = instrument.tick_table.code
    row["underlying"] = instrument.underlying.symbol if instrument.underlying else ""
    return row


def _save(verdicts: Sequence[Verdict], held: dict[Key, Instrument], user: User | None) -> None:
    tables = ticks.ensure_standard()
    by_symbol = {symbol: one.pk for (symbol, _), one in held.items()}
    fresh: list[Instrument] = []
    changed: list[Instrument] = []
    fields: set[str] = set()
    for verdict in verdicts:
        values = _stored(verdict.changes, tables, by_symbol)
        if verdict.action == Action.NEW:
            fresh.append(Instrument(**values))
        elif verdict.action == Action.UPDATE:
            one = held[verdict.symbol, verdict.primary_mic]
            for name, value in values.items():
                setattr(one, name, value)
            fields |= set(values)
            changed.append(one)
    columns = sorted(fields)
    rows = [(one.pk, *(getattr(one, name) for name in columns)) for one in changed]
    assert sets.update(Instrument, ["pk"], columns, rows) == len(rows)
    _remember(Instrument.objects.bulk_create(fresh), changed, user)


def _remember(fresh: list[Instrument], changed: list[Instrument], user: User | None) -> None:
    """A history row for each, in one statement a kind."""
    history = Instrument.history
    note: dict[str, Any] = {"default_user": user, "default_change_reason": "CSV import"}
    if fresh:
        history.bulk_history_create(fresh, **note)
    if changed:
        history.bulk_history_create(changed, update=True, **note)


def _stored(changes: dict[str, Any], tables: dict[str, int], by_symbol: dict[str, int]) -> dict[str, Any]:
    values = dict(changes)
    if "tick_table" in values:
        values["tick_table_id"] = tables[values.pop("tick_table")]
    if "underlying" in values:
        values["underlying_id"] = by_symbol[values.pop("underlying")]
    return values
