"""Corporate actions on the real database: booked on the ex-date, paid on the pay date."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.desk.actions import act, preview, process
from oms.management.books.checker import check
from orders.models import (
    Alert,
    BusinessDate,
    Instrument,
    Position,
    PositionAdjustment,
)
from settlement import ladder, mail, messages
from settlement.actions.announce import Notice, announce, approve
from settlement.actions.announce import cancel as call_off
from settlement.actions.tables import CorporateAction, CorporateActionEvent, Entitlement
from settlement.advance import advance
from settlement.collect import home
from settlement.models import LedgerTransaction, VariationMargin
from tests import factories
from tests.desk.holding import FRIDAY, TUESDAY, D, announced, cash, hold, moved_to, position
from tests.settlement.world import MONDAY, instrument

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def floor(transactional_db: None, settings: Any, tmp_path: Path) -> factories.Floor:
    settings.OMS_HOME = tmp_path
    from tests.settlement.world import world

    return world()


def test_a_dividend_is_a_receivable_on_the_ex_date_and_cash_on_the_pay_date(floor: factories.Floor, books: Any) -> None:
    hold(floor, "buy", 100)
    hold(floor, "sell", 40, account=1)
    pk = announced(floor, "cash_dividend", pay_date=FRIDAY, amount=D("0.50"))
    assert act() == 0
    moved_to(TUESDAY)
    action = CorporateAction.objects.get(pk=pk)
    assert (action.state, position(floor).dividends, position(floor, 1).dividends) == ("effective", 50, -20)
    assert position(floor).avg_cost == 20
    assert [(one.qty, one.money) for one in Entitlement.objects.order_by("account_id")] == [(100, 50), (-40, -20)]
    assert LedgerTransaction.objects.filter(kind="dividend").count() == 2
    assert cash(floor) == ("0.00", "50.00")
    moved_to(FRIDAY)
    action.refresh_from_db()
    told = [item.message for path in mail.waiting(home() / "in") for item in messages.read(path.read_bytes())]
    assert [(one.account, one.currency, one.amount, one.kind) for one in told] == [
        ("ALPHA", "USD", D(50), "dividend"), ("BETA", "USD", D(-20), "dividend")
    ]  # fmt: skip
    assert (action.state, cash(floor), cash(floor, 1)[0]) == ("processed", ("50.00", "0.00"), "-20.00")
    assert act() == 0
    states = list(CorporateActionEvent.objects.filter(action=pk).values_list("seq", "state", "actor"))
    assert states == [
        (1, "announced", "olga"), (2, "approved", "otto"), (3, "effective", f"CA{pk}"), (4, "processed", f"CA{pk}")
    ]  # fmt: skip
    books()


def test_who_buys_on_the_ex_date_gets_nothing(floor: factories.Floor, books: Any) -> None:
    hold(floor, "buy", 100)
    announced(floor, "cash_dividend", amount=D("0.50"))
    advance(TUESDAY, "olga")
    hold(floor, "buy", 60, day=TUESDAY)
    hold(floor, "buy", 70, account=1, day=TUESDAY)
    while act():
        pass
    assert (position(floor).qty, position(floor).dividends, position(floor, 1).dividends) == (160, 50, 0)
    assert Entitlement.objects.get().qty == 100
    books()


def test_a_split_with_a_fraction(floor: factories.Floor, books: Any) -> None:
    hold(floor, "buy", 11, 100)
    announced(floor, "split", new=D(3), old=D(2), in_lieu_px=D(70))
    moved_to(TUESDAY)
    held = position(floor)
    assert (held.qty, round(held.avg_cost, 4), round(held.realised, 4)) == (16, D("66.6667"), D("1.6667"))
    kinds = list(PositionAdjustment.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["split", "cash_in_lieu"]
    units = [one.posted + one.pending_in for one in ladder.holdings([floor.accounts[0].pk]) if one.instrument_id]
    assert sum(units) == 16
    books()


def test_a_merger_moves_cost_to_the_new_instrument(floor: factories.Floor, books: Any) -> None:
    hold(floor, "buy", 100)
    pk = announced(
        floor, "merger", into_id=floor.instruments["MSFT"].pk, new=D(1), old=D(2), amount=D(5), in_lieu_px=D(1)
    )
    ((held, moves),) = preview(CorporateAction.objects.select_related("instrument").get(pk=pk))
    assert [held.qty, *(one.qty for one in moves)] == [D(100), D(-100), D(50)]
    moved_to(TUESDAY)
    old, new = position(floor), position(floor, of="MSFT")
    assert (old.qty, old.realised, old.net_cash, new.qty, new.avg_cost) == (0, 0, -1500, 50, 30)
    assert Instrument.objects.get(pk=floor.instruments["AAPL"].pk).state == "expired"
    books()


def test_a_symbol_changes_and_the_history_keeps_the_old_one(floor: factories.Floor, books: Any) -> None:
    hold(floor, "buy", 100)
    pk = announced(floor, "symbol_change", symbol="APPL", isin="US0378331005")
    moved_to(TUESDAY)
    found = Instrument.objects.get(pk=floor.instruments["AAPL"].pk)
    assert (found.symbol, found.isin, position(floor).qty) == ("APPL", "US0378331005", 100)
    assert next((one.symbol, one.history_change_reason) for one in found.history.all()) == ("APPL", f"CA{pk}")
    books()


def test_a_symbol_that_another_has_is_not_taken(floor: factories.Floor) -> None:
    pk = announced(floor, "symbol_change", symbol="MSFT")
    moved_to(TUESDAY)
    assert CorporateAction.objects.get(pk=pk).state == "approved"
    assert Alert.objects.filter(kind="corporate_action", severity=3).count() == 1


def test_a_bond_pays_its_coupon_to_who_held_it_as_settled_and_is_redeemed(floor: factories.Floor, books: Any) -> None:
    bond = instrument(
        "T5", asset_class="corporate_bond", coupon_rate=D(5), coupon_frequency=2, day_count="30/360",
        maturity_date=date(2026, 11, 27), settl_market="US", issue_date=date(2020, 11, 27),
    )  # fmt: skip
    floor.instruments["AAPL"] = bond
    hold(floor, "buy", 1_000, 99, day=date(2026, 11, 20))
    moved_to(FRIDAY)
    kinds = list(CorporateAction.objects.order_by("id").values_list("kind", "state", "automatic"))
    assert kinds == [("coupon", "processed", True), ("maturity", "processed", True)]
    held = position(floor)
    assert (held.qty, held.dividends, held.realised) == (0, 25, 10)
    # The purchase is overdue: its counterparty got the coupon, and owes it on.
    assert cash(floor) == ("1000.00", "25.00")
    bond.refresh_from_db()
    assert bond.state == "expired"
    books()


def test_who_announced_does_not_approve(floor: factories.Floor) -> None:
    notice = Notice("x", "cash_dividend", floor.instruments["AAPL"].pk, TUESDAY, amount=D(1))
    (pk,) = announce([notice], "olga")
    assert isinstance(pk, int)
    (refusal,) = approve([pk], "olga")
    assert refusal
    assert refusal.code == "SECOND_PERSON"
    assert CorporateAction.objects.get().state == "announced"
    with pytest.raises(IntegrityError, match="maker_not_checker"):
        CorporateAction.objects.update(approved_by="olga", approved_at=now(), state="approved")


def test_what_was_announced_twice_is_once(floor: factories.Floor) -> None:
    notice = Notice("x", "cash_dividend", floor.instruments["AAPL"].pk, TUESDAY, amount=D(1))
    first, again = announce([notice], "olga"), announce([notice, notice._replace(amount=D(2))], "olga")
    assert first[0] == again[0]
    assert again[1].code == "SOURCE_REUSED"  # type: ignore[union-attr]
    assert CorporateAction.objects.count() == 1


def test_what_is_called_off_is_not_booked(floor: factories.Floor) -> None:
    hold(floor, "buy", 100)
    pk = announced(floor, "cash_dividend", amount=D("0.50"))
    assert call_off([pk], "olga", "") != [None]
    assert call_off([pk], "olga", "the issuer withdrew it") == [None]
    moved_to(TUESDAY)
    assert (position(floor).dividends, CorporateAction.objects.get().state) == (0, "cancelled")
    assert process(pk) is not None


@pytest.mark.parametrize("accounts", [1, 40])
def test_the_number_of_statements_does_not_grow_with_the_holders(floor: factories.Floor, accounts: int) -> None:
    from orders.models import Account

    made = [Account(code=f"A{n}", name=f"A{n}", desk=floor.desk, base_currency="USD") for n in range(accounts)]
    Account.objects.bulk_create(made)
    rows = [
        Position(account=one, instrument=floor.instruments["AAPL"], qty=7, avg_cost=5, bought_qty=7) for one in made
    ]
    Position.objects.bulk_create(rows)
    pk = announced(floor, "cash_dividend", amount=D("0.50"))
    BusinessDate.objects.update(today=TUESDAY)
    with CaptureQueriesContext(
        connection,
    ) as taken:
        assert process(pk) is None
    assert Entitlement.objects.count() == accounts
    assert len(taken) == STATEMENTS


STATEMENTS = 56


@pytest.mark.parametrize(("forgery", "noticed"), [
    ("UPDATE settlement_entitlement SET money = money + 1", "I91"), ("DELETE FROM settlement_entitlement", "I91"),
    ("UPDATE settlement_corporateaction SET state = 'processed'", "I92"),
    ("UPDATE settlement_variationmargin SET amount = amount + 1", "I93"),
    ("UPDATE settlement_corporateaction SET version = version + 1", "I94"),
])  # fmt: skip
def test_a_forgery_is_noticed(floor: factories.Floor, forgery: str, noticed: str) -> None:
    hold(floor, "buy", 100)
    announced(floor, "cash_dividend", pay_date=FRIDAY, amount=D("0.50"))
    moved_to(TUESDAY)
    VariationMargin.objects.create(
        account=floor.accounts[0], instrument=floor.instruments["IBM"], day=MONDAY, qty=0, settlement_px=1, amount=0,
        value_date=MONDAY, made_at=now(),
    )  # fmt: skip
    assert not {one.name for one in check() if one.broken}
    with transaction.atomic(), connection.cursor() as cursor:
        for table in ("settlement_entitlement", "settlement_variationmargin"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(forgery)
        assert noticed in {one.name.partition(":")[0] for one in check() if one.broken}
        transaction.set_rollback(True)
