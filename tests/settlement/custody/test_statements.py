"""The custodian's statements at the end of its day: they add up, and they can be told to be wrong."""

from datetime import timedelta
from decimal import Decimal as D
from pathlib import Path

import pytest

from settlement.custody import says
from settlement.custody.custodian import Custodian
from settlement.custody.tell import tell
from settlement.messages import (
    CashStatement,
    Holding,
    HoldingsStatement,
    Movement,
    MovementsStatement,
    Statement,
)
from tests.settlement.custody.talk import MONDAY, THURSDAY, TUESDAY, WEDNESDAY, day, heard, order, turn


def stated(home: Path) -> list[Statement]:
    return [one for one in heard(home, "statements") if isinstance(one, Statement)]


def test_a_day_is_stated_when_the_next_one_begins(tmp_path: Path) -> None:
    turn(tmp_path, MONDAY, order(1), order(2, direction="deliver", isin="", symbol="ESZ6", qty=D(3), net_money=D(-5)))
    assert stated(tmp_path) == []
    turn(tmp_path, TUESDAY)
    assert stated(tmp_path) == [
        HoldingsStatement("H-ALPHA-20261123", "ALPHA", MONDAY, ()),
        MovementsStatement("M-ALPHA-20261123", "ALPHA", MONDAY, ()),
    ]
    turn(tmp_path, TUESDAY, Movement("V1", "DIV-1", "ALPHA", TUESDAY, D("12.5"), "dividend", "USD"))
    turn(tmp_path, WEDNESDAY)
    held, moved, cash = stated(tmp_path)
    assert held == HoldingsStatement(
        "H-ALPHA-20261124", "ALPHA", TUESDAY,
        (Holding("", "ESZ6", D(-3)), Holding("US0378331005", "AAPL", D(100))),
    )  # fmt: skip
    assert isinstance(moved, MovementsStatement)
    assert [(one.reference[-1], one.direction, one.qty, one.money) for one in moved.lines] == [
        ("1", "receive", D(100), D(-1000)), ("2", "deliver", D(3), D(-5)),
    ]  # fmt: skip
    assert isinstance(cash, CashStatement)
    assert (cash.currency, cash.day, cash.opening, cash.closing) == ("USD", TUESDAY, D(0), D("-992.5"))
    assert [(one.reference[-1], one.amount, one.kind) for one in cash.lines] == [
        ("1", D(-1000), "settlement"), ("2", D(-5), "settlement"), ("1", D("12.5"), "dividend"),
    ]  # fmt: skip
    turn(tmp_path, THURSDAY)
    cash = stated(tmp_path)[-1]
    assert isinstance(cash, CashStatement)
    assert (cash.opening, cash.closing, cash.lines) == (D("-992.5"), D("-992.5"), ())


def test_a_currency_pair_is_money_in_both_of_them(tmp_path: Path) -> None:
    turn(tmp_path, TUESDAY, order(1, isin="", symbol="EURUSD", qty=D(500), net_money=D(550)))
    turn(tmp_path, WEDNESDAY)
    held, _, *cash = stated(tmp_path)
    assert held.lines == ()
    assert [(one.currency, one.closing) for one in cash if isinstance(one, CashStatement)] == [
        ("EUR", D(500)), ("USD", D(-550)),
    ]  # fmt: skip


def test_a_movement_is_booked_once_and_on_its_day(tmp_path: Path) -> None:
    coming = Movement("V1", "SPLIT-1", "ALPHA", WEDNESDAY, D(300), "other", "", "US0378331005", "AAPL")
    turn(tmp_path, TUESDAY, coming, coming)
    turn(tmp_path, WEDNESDAY, coming._replace(message_id="V2"))
    assert stated(tmp_path)[0].lines == ()
    turn(tmp_path, THURSDAY)
    assert stated(tmp_path)[0].lines == (Holding("US0378331005", "AAPL", D(300)),)


def test_killed_between_statement_and_the_next_day_it_states_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn(tmp_path, TUESDAY, order(1))
    day(tmp_path, WEDNESDAY)
    custodian = Custodian(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Custodian, "_write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            custodian.turn()
    custodian.journal.close()
    first = stated(tmp_path)
    assert first
    turn(tmp_path, WEDNESDAY)
    assert stated(tmp_path) == first


@pytest.mark.parametrize("fault", says.STATEMENT_FAULTS)
def test_statements_are_wrong_as_they_were_told(tmp_path: Path, fault: str) -> None:
    turn(tmp_path, TUESDAY, order(1), order(2, account="BETA"))
    right = {(one.account, type(one)): one for one in due(tmp_path)}
    says.say(tmp_path, "statement", "ALPHA", fault)
    turn(tmp_path, WEDNESDAY)
    wrong = {(one.account, type(one)): one for one in stated(tmp_path)}
    assert wrong.keys() == right.keys()
    differing = {key for key in right if right[key] != wrong[key]}
    assert {account for account, _ in differing} == {"ALPHA"}
    if fault == "day":
        assert {one.day for (account, _), one in wrong.items() if account == "ALPHA"} == {TUESDAY - timedelta(days=1)}


def due(home: Path) -> list[Statement]:
    """What would be stated if the day ended now."""
    custodian = Custodian(home)
    custodian.journal.close()
    return list(custodian.books.statements(TUESDAY))


def test_it_is_told_of_movements_and_what_makes_none_is_refused(tmp_path: Path) -> None:
    dividend = Movement("V1", "DIV-1", "ALPHA", TUESDAY, D("12.5"), "dividend", "USD")
    assert [one and one.code for one in tell(tmp_path, [dividend, dividend._replace(isin="US0378331005")], TUESDAY)] == [
        None, "BAD_VALUE",
    ]  # fmt: skip
    turn(tmp_path, TUESDAY)
    turn(tmp_path, WEDNESDAY)
    cash = stated(tmp_path)[-1]
    assert isinstance(cash, CashStatement)
    assert (cash.closing, [line.kind for line in cash.lines]) == (D("12.5"), ["dividend"])


def test_face_amounts_and_units_are_never_added_and_what_no_statement_can_hold_stops_nothing(tmp_path: Path) -> None:
    bond = order(1, face=True, qty=D("1000.5"))
    huge = Movement("V1", "V1", "BETA", TUESDAY, D("9999999999999999"), "transfer", "USD")
    turn(
        tmp_path, TUESDAY, bond, order(2, qty=D("0.12345678")), *(huge._replace(reference=f"V{n}") for n in range(200))
    )
    turn(tmp_path, WEDNESDAY)
    found = stated(tmp_path)
    assert [one.lines for one in found if isinstance(one, HoldingsStatement) and one.account == "ALPHA"] == [
        (Holding("US0378331005", "AAPL", D("0.12345678")), Holding("US0378331005", "AAPL", D("1000.5"), True)),
    ]  # fmt: skip
    assert [one.account for one in found if isinstance(one, CashStatement)] == ["ALPHA"]


def test_a_day_is_stated_once_more_as_corrections_of_what_was_stated(tmp_path: Path) -> None:
    turn(tmp_path, MONDAY, order(1, settl_date=MONDAY))
    says.say(tmp_path, "statement", "ALPHA", "quantity")
    turn(tmp_path, TUESDAY)
    wrong = stated(tmp_path)
    says.clear(tmp_path)
    says.say(tmp_path, "restate")
    turn(tmp_path, TUESDAY, order(2))
    again = stated(tmp_path)[-len(wrong) :]
    assert [(one.message_id, one.statement_id, one.day) for one in again] == [
        (f"{one.message_id}-2", one.message_id, MONDAY) for one in wrong
    ]
    held, before = again[0], wrong[0]
    assert isinstance(held, HoldingsStatement)
    assert isinstance(before, HoldingsStatement)
    assert held.lines == (before.lines[0]._replace(qty=D(100)),)
    assert again[1:] == [
        one._replace(message_id=f"{one.message_id}-2", statement_id=one.message_id) for one in wrong[1:]
    ]
    seen = len(stated(tmp_path))
    turn(tmp_path, TUESDAY)
    assert len(stated(tmp_path)) == seen, "once"
    says.say(tmp_path, "restate")
    turn(tmp_path, TUESDAY)
    assert stated(tmp_path)[-1].message_id.endswith("-3"), "also by a custodian that was started anew"
