"""Market claims: income of trades over the ex-date is claimed, settles with them, or goes with them."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.desk.actions import act, process
from oms.management.books.checker import check
from orders.lifecycle import Report
from orders.models import (
    Alert,
    BusinessDate,
)
from orders.vocabulary import ExecType
from settlement import mail, messages
from settlement.actions.tables import Entitlement
from settlement.answers import Answer, apply
from settlement.collect import home
from settlement.instruct import send
from settlement.messages import Movement
from settlement.models import Instruction, LedgerEntry, MarketClaim
from settlement.settle import settle
from tests import factories
from tests.desk.holding import TUESDAY, WEDNESDAY, D, announced, cash, hold, moved_to, position
from tests.settlement.checks import broken
from tests.settlement.world import MONDAY, instrument, undo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def floor(transactional_db: None, settings: Any, tmp_path: Path) -> factories.Floor:
    settings.OMS_HOME = tmp_path
    from tests.settlement.world import world

    return world()


def over_the_ex_date(floor: factories.Floor) -> int:
    """A dividend of 0.50 on Tuesday: 100 that settle in time, 60 more bought and 40 sold to settle on Wednesday."""
    hold(floor, "buy", 100)
    hold(floor, "buy", 60, agreed=WEDNESDAY)
    hold(floor, "sell", 40, account=1, agreed=WEDNESDAY)
    pk = announced(floor, "cash_dividend", pay_date=WEDNESDAY, record_date=TUESDAY, amount=D("0.50"))
    moved_to(TUESDAY)
    return pk


def claimed() -> list[tuple[Any, ...]]:
    return list(MarketClaim.objects.order_by("pk").values_list("account__code", "qty", "money", "state"))


def confirm() -> None:
    """The custodian settles whatever it has."""
    send()
    rows = Instruction.objects.filter(state="sent").order_by("pk")
    day = BusinessDate.objects.get().today
    assert not any(apply([Answer(one.reference, "settled", "CU", day, one.qty, one.net_money) for one in rows]))


def test_income_of_trades_over_the_ex_date_is_claimed_and_settles_with_them(floor: factories.Floor, books: Any) -> None:
    over_the_ex_date(floor)
    assert [(one.qty, one.money) for one in Entitlement.objects.order_by("account_id")] == [(160, 80), (-40, -20)]
    assert (position(floor).dividends, position(floor, 1).dividends) == (80, -20)
    assert claimed() == [("ALPHA", 60, 30, "pending"), ("BETA", -40, -20, "pending")]
    rows = LedgerEntry.objects.filter(transaction__kind="dividend").order_by("id")
    sides = [(one.transaction.source.split(":")[0], one.debit_account.owner, one.credit_account.owner, one.amount)
             for one in rows]  # fmt: skip
    assert sides == [
        ("ca", "account", "issuer", 50),
        ("claim", "account", "street", 30),
        ("claim", "street", "account", 20),
    ]
    assert cash(floor)[1] == "80.00"
    books()

    moved_to(WEDNESDAY)
    assert {state for *_, state in claimed()} == {"pending"}, "the issuer has paid, the trades have not settled"
    assert cash(floor)[0] == "50.00"
    before = {account: D(cash(floor, account)[0]) for account in (0, 1)}
    confirm()
    trades = {account: D(cash(floor, account)[0]) - before[account] for account in (0, 1)}
    while act():
        pass
    assert claimed() == [("ALPHA", 60, 30, "settled"), ("BETA", -40, -20, "settled")]
    assert [D(cash(floor, account)[0]) - before[account] - trades[account] for account in (0, 1)] == [30, -20]
    told = [item.message for path in mail.waiting(home() / "in") for item in messages.read(path.read_bytes())]
    assert [(one.account, one.amount) for one in told if isinstance(one, Movement)] == [
        ("ALPHA", D(50)), ("ALPHA", D(30)), ("BETA", D(-20)),
    ]  # fmt: skip
    assert act() == 0
    books()


@pytest.mark.parametrize("forgery", ["money = money + 1", "state = 'settled', ended_at = now()"])
def test_a_forged_claim_is_noticed(floor: factories.Floor, forgery: str) -> None:
    over_the_ex_date(floor)
    assert not {one.name for one in check() if one.broken}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE settlement_marketclaim SET {forgery} WHERE money > 0")
        assert {one.name.partition(":")[0] for one in check() if one.broken} == {"I96"}
        transaction.set_rollback(True)


def test_a_claim_goes_with_the_trade_that_is_called_off(floor: factories.Floor) -> None:
    hold(floor, "buy", 100)
    line = hold(floor, "buy", 60, agreed=WEDNESDAY)
    announced(floor, "cash_dividend", pay_date=WEDNESDAY, record_date=TUESDAY, amount=D("0.50"))
    moved_to(TUESDAY)
    assert claimed() == [("ALPHA", 60, 30, "pending")]
    undo(line, f"H0{MONDAY.day}{line.id}-0", Report(ExecType.TRADE_CANCEL, D(60), D(20)), trade_date=TUESDAY)
    while settle() or act():
        pass
    assert claimed() == [("ALPHA", 60, 30, "void")]
    assert cash(floor)[1] == "50.00"
    assert position(floor).dividends == 50, "what nobody owes is no income"
    assert Alert.objects.filter(code="MARKET_CLAIM", text__contains="called off").count() == 1
    assert broken() == {}


def test_who_sold_before_the_ex_date_and_delivers_later_passes_the_income_on(
    floor: factories.Floor, books: Any
) -> None:
    hold(floor, "buy", 40)
    hold(floor, "sell", 40, agreed=WEDNESDAY)
    announced(floor, "cash_dividend", pay_date=WEDNESDAY, record_date=TUESDAY, amount=D("0.50"))
    moved_to(TUESDAY)
    assert not Entitlement.objects.exists()
    assert claimed() == [("ALPHA", -40, -20, "pending")]
    moved_to(WEDNESDAY)
    assert cash(floor)[0] == "20.00", "the issuer pays who holds on the record date"
    books()


def test_claims_cost_the_same_number_of_statements_however_many(floor: factories.Floor) -> None:
    def cost(count: int, symbol: str) -> int:
        floor.instruments["AAPL"] = instrument(symbol)
        for number in range(count):
            hold(floor, "buy", 10 + number, agreed=date(2026, 11, 30))
        with CaptureQueriesContext(connection) as made:
            pk = announced(floor, "cash_dividend", WEDNESDAY, record_date=WEDNESDAY, amount=D("0.50"))
            BusinessDate.objects.update(today=WEDNESDAY)
            assert process(pk) is None
        BusinessDate.objects.update(today=MONDAY)
        assert MarketClaim.objects.filter(action=pk).count() == count
        return len(made)

    cost(1, "WARM")
    assert cost(1, "ONE") == cost(5, "MANY")


def test_trades_that_have_not_settled_over_the_ex_date_are_told(floor: factories.Floor) -> None:
    hold(floor, "buy", 100)
    announced(floor, "cash_dividend", amount=D("0.50"))
    moved_to(TUESDAY)
    assert Entitlement.objects.get().unsettled_qty == 100
    assert Alert.objects.get(code="MARKET_CLAIM").payload["unsettled_qty_by_account"] == {
        str(floor.accounts[0].pk): "100.00000000"
    }
