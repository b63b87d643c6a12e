"""The filter line: one table of cases for the server and the page, and nothing that breaks it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.base.clock import now
from orders.filter import ALIASES, COLUMNS, LONGEST, Kind, parse, shape
from orders.filtered import PATHS, matching
from orders.models import Instrument, Order, User
from tests.factories import Floor, user

HERE = Path(__file__).resolve().parents[1]
TABLE: dict[str, Any] = json.loads((HERE / "filter_cases.json").read_text())
FINDS = [(case["line"], case["finds"]) for case in TABLE["cases"] if "finds" in case]
FAULTS = [(case["line"], case["faults"]) for case in TABLE["cases"] if "faults" in case]
# The facts that give each status.
PHASES = {
    "new": ("new", 0),
    "filled": ("new", 1),
    "partially_filled": ("new", "0.5"),
    "pending_new": ("pending_new", 0),
}


def test_the_page_is_tested_with_the_columns_it_is_given() -> None:
    assert json.loads((HERE / "filter_shape.json").read_text()) == json.loads(json.dumps(shape()))


@pytest.mark.parametrize(("line", "faults"), FAULTS)
def test_what_is_not_understood_is_named(line: str, faults: list[list[str]]) -> None:
    found = parse(line).faults
    assert [(fault.field, fault.code) for fault in found] == [(field, code) for field, code, _ in faults]
    for fault, (_, _, text) in zip(found, faults, strict=True):
        assert fault.text.startswith(text)


@pytest.mark.django_db
def test_every_line_finds_on_the_server_what_it_finds_on_the_page(desk: Floor) -> None:
    for row in TABLE["rows"]:
        _store(row, desk)
    found = {
        line: sorted(Order.objects.filter(matching(parse(line).terms), parent=None).values_list("id", flat=True))
        for line, _ in FINDS
    }
    assert found == dict(FINDS)


def _store(row: dict[str, Any], desk: Floor) -> None:
    phase, share = PHASES[row["ord_status"]]
    symbol, currency = row["symbol"], row["currency"]
    traders = {
        name: User.objects.filter(username=name).first() or user(name, desk=desk.desk) for name in ("tina", "tom")
    }
    apple = desk.instruments["AAPL"]
    instrument = Instrument.objects.create(
        symbol=symbol, name=symbol, currency=currency, tick_table=apple.tick_table, asset_class="equity",
        primary_mic="XNAS",
    )  # fmt: skip
    common = {
        name: row[name]
        for name in ("side", "order_qty", "price", "stop_px", "ord_type", "time_in_force", "text", "unresolved")
    }
    common |= {
        "account": next(one for one in desk.accounts if one.code == row["account"]), "instrument": instrument,
        "desk": desk.desk, "entered_by": traders[row["entered_by"]], "sender_comp_id": "tina", "phase": phase,
        "cum_qty": float(share) * row["order_qty"], "version": 1, "head_hash": b"", "created_at": now(),
        "updated_at": now(), "assigned_to": traders.get(row["assigned_to"] or ""),
    }  # fmt: skip
    root = Order.objects.create(id=row["id"], cl_ord_id=row["cl_ord_id"], hold=row["hold"], **common)
    for child in row["children"]:
        Order.objects.create(id=child["id"], parent=root, cl_ord_id=child["cl_ord_id"], venue=child["venue"], **common)


@given(st.text(max_size=LONGEST + 10))
def test_any_text_is_read_or_refused(line: str) -> None:
    for fault in parse(line).faults:
        assert fault.code
        assert len(fault.text) < 700


LINES = st.lists(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", "-"]), st.sampled_from([*COLUMNS, *ALIASES, "nothing"]),
        st.sampled_from([":", "=", "<", ">", "<=", ">="]),
        st.sampled_from(["buy", "1", "1,000", "-1.5", "*", "a*b", '"x y"', "new,filled", "true", "%", "_", "\\", "[(", "9" * 30]),
    ), max_size=6,
).map(" ".join)  # fmt: skip


@given(LINES)
def test_a_term_is_read_whole_or_named_as_a_fault(line: str) -> None:
    read = parse(line)
    assert len(read.terms) + len(read.faults) == (len(line.replace("x y", "xy").split(" ")) if line else 0)
    for term in read.terms:
        assert term.values
        if term.column and COLUMNS[term.column].kind is Kind.WORD:
            assert set(term.values) <= set(COLUMNS[term.column].words)


@pytest.mark.django_db
@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_can_be_asked_for(column: str) -> None:
    value = {Kind.WORD: COLUMNS[column].words[-1] if COLUMNS[column].words else "", Kind.TEXT: "a*b\\%_(", Kind.AMOUNT: "1.5",
             Kind.KEY: "9"}[COLUMNS[column].kind]  # fmt: skip
    for line in (f"{column}:{value}", f"-{column}:{value}"):
        read = parse(line)
        assert not read.faults
        assert not Order.objects.filter(matching(read.terms)).exists()


def test_paths_are_of_columns() -> None:
    assert set(PATHS) <= set(COLUMNS)
    assert set(ALIASES.values()) <= set(COLUMNS)
