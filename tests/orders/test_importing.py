"""Instruments from CSV: what each row says, what is refused and why, and that a thousand rows cost what one costs."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from orders import importing, ticks
from orders.instrument_rows import READERS, Action, Known, judge, read
from orders.models import Instrument, TickTable
from routing import universe
from tests.factories import Floor

NOBODY = Known({}, {}, frozenset(ticks.STANDARD), {})
GOOD = {"symbol": "AAPL", "name": "Apple Inc.", "currency": "USD", "isin": "US0378331005", "cusip": "037833100"}


def table(*rows: dict[str, str]) -> str:
    """The rows as CSV under a header of all their names."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(names), *(",".join(row.get(name, "") for name in names) for row in rows)]
    return "\n".join(lines)


def faults(*rows: dict[str, str], known: Known = NOBODY) -> list[list[tuple[str, str]]]:
    verdicts = judge(read(table(*rows)), known, "XNAS", importing.defaults)
    return [[(refusal.field, refusal.code) for refusal in verdict.refusals] for verdict in verdicts]


def test_a_good_row_says_what_it_would_make() -> None:
    [verdict] = judge(read(table(GOOD)), NOBODY, "XNYS", importing.defaults)
    assert (verdict.row, verdict.symbol, verdict.primary_mic, verdict.action) == (2, "AAPL", "XNYS", Action.NEW)
    assert verdict.changes["asset_class"] == "equity"
    assert verdict.changes["round_lot"] == 100


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"symbol": ""}, "symbol", "MISSING"),
        ({"name": ""}, "name", "MISSING"),
        ({"currency": ""}, "currency", "MISSING"),
        ({"symbol": "aapl"}, "symbol", "BAD_VALUE"),
        ({"symbol": "A" * 25}, "symbol", "BAD_VALUE"),
        ({"name": "=HYPERLINK()"}, "name", "BAD_TEXT"),
        ({"name": "A\x07B"}, "name", "BAD_TEXT"),
        ({"name": "A" * 121}, "name", "TOO_LONG"),
        ({"currency": "usd"}, "currency", "BAD_VALUE"),
        ({"isin": "US0378331006"}, "isin", "BAD_IDENTIFIER"),
        ({"cusip": "037833101"}, "cusip", "BAD_IDENTIFIER"),
        ({"cusip": "594918104"}, "cusip", "BAD_IDENTIFIER"),
        ({"sedol": "2046252"}, "sedol", "BAD_IDENTIFIER"),
        ({"primary_mic": "NASDAQ"}, "primary_mic", "BAD_IDENTIFIER"),
        ({"asset_class": "swap"}, "asset_class", "BAD_VALUE"),
        ({"tick_table": "NONE"}, "tick_table", "BAD_VALUE"),
        ({"round_lot": "0"}, "round_lot", "NOT_POSITIVE"),
        ({"round_lot": "1e2"}, "round_lot", "BAD_NUMBER"),
        ({"reference_price": "n/a"}, "reference_price", "BAD_NUMBER"),
        ({"maturity_date": "2030-02-30"}, "maturity_date", "BAD_VALUE"),
        ({"maturity_date": "20300228"}, "maturity_date", "BAD_VALUE"),
        ({"coupon_rate": "-1"}, "coupon_rate", "NOT_POSITIVE"),
        ({"coupon_frequency": "3"}, "coupon_frequency", "BAD_VALUE"),
        ({"day_count": "ACT/999"}, "day_count", "BAD_VALUE"),
        ({"underlying": "ZZZ"}, "underlying", "UNKNOWN_INSTRUMENT"),
        ({"asset_class": "option"}, "strike_price", "MISSING"),
        ({"asset_class": "corporate_bond"}, "coupon_rate", "MISSING"),
        ({"asset_class": "future"}, "maturity_date", "MISSING"),
    ],
)
def test_a_bad_cell_is_refused_by_name(changes: dict[str, str], field: str, code: str) -> None:
    [found] = faults({**GOOD, **changes})
    assert (field, code) in found


def test_every_fault_of_a_row_is_told_at_once_and_neighbours_are_not_touched() -> None:
    assert faults({**GOOD, "isin": "X", "round_lot": "x"}, {**GOOD, "symbol": "MSFT", "isin": "", "cusip": ""}) == [
        [("isin", "BAD_IDENTIFIER"), ("round_lot", "BAD_NUMBER")], [],
    ]  # fmt: skip


def test_what_stands_twice_is_refused_the_second_time() -> None:
    assert faults(GOOD, GOOD) == [[], [("symbol", "DUPLICATE_ROW")]]
    assert faults(GOOD, {**GOOD, "symbol": "AAPX"}) == [[], [("isin", "DUPLICATE_ISIN")]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "MISSING"), ("name\nx", "MISSING"), ("symbol,colour\nA,red", "UNKNOWN_FIELD"),
        ("symbol,ticker\nA,B", "DUPLICATE_FIELD"), ('symbol\n"A', "BAD_CSV"), ('symbol\n"A"B\n', "BAD_CSV"),
        ("symbol\n" + "x" * 200_000, "BAD_CSV"), ("symbol\n" + "A\n" * 20_001, "TOO_MANY"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_whole(text: str, code: str) -> None:
    found = read(text)
    assert [refusal.code for refusal in found.refusals] == [code]
    assert found.rows == ()


def test_rows_of_another_length_are_refused_alone() -> None:
    verdicts = judge(read("symbol,name,currency\nA,B\nC,D,USD\n\n"), NOBODY, "XNAS", importing.defaults)
    assert [(verdict.row, verdict.action) for verdict in verdicts] == [(2, "refused"), (3, "new")]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from([*READERS, "cik"]), st.text(max_size=12)), max_size=4))
def test_no_text_breaks_the_reader(rows: list[dict[str, str]]) -> None:
    for verdict in judge(read(table(*rows)), NOBODY, "XNAS", importing.defaults):
        assert (verdict.action == Action.REFUSED) == bool(verdict.refusals)


@given(st.text(max_size=60))
def test_no_file_breaks_the_reader(text: str) -> None:
    assert read(text)


# From here on with the database.


@pytest.fixture
def home(db: None, settings: Any, tmp_path: Path) -> Path:
    settings.OMS_HOME = tmp_path
    return tmp_path


def rows(count: int, price: str = "10") -> Iterator[dict[str, str]]:
    for number in range(count):
        letters = f"{chr(65 + number // 676)}{chr(65 + number // 26 % 26)}{chr(65 + number % 26)}"
        yield {"symbol": f"T{letters}", "name": f"Test {letters}", "currency": "USD", "close": price}


def test_a_dry_run_writes_nothing(home: Path) -> None:
    outcome = importing.run(table(GOOD), dry_run=True)
    assert outcome.counts() == {"new": 1, "update": 0, "unchanged": 0, "refused": 0}
    assert (Instrument.objects.count(), TickTable.objects.count()) == (0, 0)


def test_the_same_file_again_changes_nothing(home: Path) -> None:
    assert importing.run(table(GOOD)).count(Action.NEW) == 1
    assert importing.run(table(GOOD)).count(Action.UNCHANGED) == 1
    assert Instrument.objects.get().history.count() == 1  # type: ignore[attr-defined]


def test_a_change_is_written_with_its_history_and_nothing_else_moves(home: Path, desk: Floor) -> None:
    importing.run(table(GOOD), user=desk.trader)
    changed = {"symbol": "AAPL", "close": "12.5", "sector": "Technology"}
    [verdict] = importing.run(table(changed), user=desk.trader).verdicts
    assert verdict.changes == {"reference_price": Decimal("12.5"), "sector": "Technology"}
    apple = Instrument.objects.get(symbol="AAPL")
    assert (apple.reference_price, apple.sector, apple.name) == (Decimal("12.5"), "Technology", "Apple Inc.")
    latest = apple.history.first()  # type: ignore[attr-defined]
    assert (latest.history_type, latest.history_user, latest.history_change_reason) == ("~", desk.trader, "CSV import")


def test_a_row_that_names_no_market_means_the_one_instrument_of_its_symbol(home: Path) -> None:
    """A price file without markets must not make a second JPM beside the one in New York."""
    importing.run(table({**GOOD, "symbol": "JPM", "primary_mic": "XNYS", "isin": "", "cusip": ""}))
    [verdict] = importing.run(table({"symbol": "JPM", "close": "200"})).verdicts
    assert (verdict.primary_mic, verdict.action) == ("XNYS", "update")
    importing.run(table({"symbol": "JPM", "primary_mic": "XLON", "name": "JPM", "currency": "GBP"}))
    verdicts = importing.run(table({"symbol": "JPM", "name": "JPM", "currency": "USD"}), dry_run=True).verdicts
    assert [(one.primary_mic, one.action) for one in verdicts] == [("XNAS", "new")]


def test_what_positions_are_kept_in_never_changes(home: Path) -> None:
    importing.run(table(GOOD))
    outcome = importing.run(table({"symbol": "AAPL", "currency": "EUR", "multiplier": "10"}))
    assert [refusal.field for refusal in outcome.verdicts[0].refusals] == ["currency", "multiplier"]
    assert Instrument.objects.get().currency == "USD"


def test_an_isin_belongs_to_one_instrument_of_a_market(home: Path) -> None:
    importing.run(table(GOOD))
    outcome = importing.run(table({**GOOD, "symbol": "AAPX"}))
    assert [refusal.code for refusal in outcome.verdicts[0].refusals] == ["DUPLICATE_ISIN"]


def test_bonds_and_options_come_in_with_their_terms(home: Path) -> None:
    importing.run(table(GOOD))
    bond = {"symbol": "UST", "name": "Note", "currency": "USD", "asset_class": "government_bond",
            "coupon": "4.25", "expiry": "2034-11-15", "day_count": "act/act"}  # fmt: skip
    option = {"symbol": "AAPL C230", "name": "Call", "currency": "USD", "asset_class": "option", "strike": "230",
              "expiry": "2027-03-19", "put_or_call": "Call", "underlying": "AAPL", "multiplier": "100"}  # fmt: skip
    outcome = importing.run(table(bond, option))
    assert outcome.counts()["new"] == 2, outcome.verdicts
    made = Instrument.objects.get(symbol="UST")
    assert (made.coupon_rate, made.maturity_date, made.coupon_frequency) == (Decimal("4.25"), date(2034, 11, 15), 2)
    assert (made.day_count, made.tick_table.code) == ("ACT/ACT", "BOND-64")
    call = Instrument.objects.get(symbol="AAPL C230")
    assert (call.underlying and call.underlying.symbol, call.put_or_call, call.multiplier) == ("AAPL", "call", 100)


def test_a_thousand_rows_cost_the_statements_of_two(home: Path) -> None:
    counts = []
    for size in (2, 1000):
        for price in ("10", "11"):
            with CaptureQueriesContext(connection) as made:
                outcome = importing.run(table(*rows(size, price)))
            assert outcome.count(Action.REFUSED) == 0
            counts.append(len(made))
    assert counts[1] == counts[3]
    assert max(counts) <= 16, counts
    assert Instrument.objects.filter(reference_price=11).count() == 1000


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_take_turns(home: Path) -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('lane:instruments', 0))")
        busy = importing.run(table(GOOD))
        cursor.execute("ROLLBACK")
    other.close()
    assert [refusal.code for refusal in busy.refusals] == ["BUSY"]
    assert importing.run(table(GOOD)).count(Action.NEW) == 1


def test_a_file_of_market_data_is_taken_as_it_is(home: Path, desk: Floor, capsys: Any, tmp_path: Path) -> None:
    """Symbols with a hyphen, sectors that are missing, and a column we have no use for."""
    file = tmp_path / "equities.csv"
    file.write_text(
        "symbol,name,currency,close,gics_sector,gics_sub_industry,cik\n"
        'BF-B,"Brown-Forman, Class B",USD,45.98,Consumer Staples,Distillers & Vintners,14693\n'
        "AA,Alcoa Corporation,USD,44.27,,,\n"
        "AAPL,Apple Inc.,USD,194.35,Information Technology,Hardware,320193\n"
        "BAD,Bad Inc.,USD,-1,,,\n"
    )
    with pytest.raises(CommandError, match="1 rows were refused"):
        call_command("import_instruments", str(file))
    assert "row 5 BAD: NOT_POSITIVE" in capsys.readouterr().out
    assert Instrument.objects.get(symbol="AAPL").reference_price == Decimal("194.35")
    with (home / "exchange" / "universe.csv").open() as lines:
        found = {row["symbol"]: row for row in csv.DictReader(lines)}
    assert found["BF-B"] == {
        "symbol": "BF-B", "currency": "USD", "tick": "0.01", "lot": "100", "price": "45.98",
        "venues": "BATS|XNAS|XNYS", "kind": "equity",
    }  # fmt: skip


def test_the_universe_leaves_out_what_has_expired(home: Path, desk: Floor) -> None:
    Instrument.objects.filter(symbol="IBM").update(state="expired")
    assert universe.export_universe(home / "u.csv") == 2
    assert "IBM" not in (home / "u.csv").read_text()
    assert [path.name for path in home.iterdir()] == ["u.csv"]


@pytest.mark.parametrize(("price", "tick"), [("0.5", "0.0001"), ("0.9999", "0.0001"), ("1", "0.01"), ("5000", "0.01")])
def test_the_tick_is_that_of_the_band_a_price_lies_in(price: str, tick: str) -> None:
    bands = [(Decimal(low), Decimal(step)) for low, step in ticks.STANDARD["US-NMS"][1]]
    assert ticks.tick_at(bands, Decimal(price)) == Decimal(tick)
