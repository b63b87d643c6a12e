"""Corporate actions on the real database: booked on the ex-date, paid on the pay date, open orders seen to."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.desk import enter
from oms.desk.actions import act, preview, process
from oms.desk.record import record
from oms.desk.route import route
from oms.management.books.checker import check
from orders.book import Line
from orders.lifecycle import Report
from orders.models import (
    Alert,
    BusinessDate,
    ExecutionReport,
    Instrument,
    Order,
    OrderRequest,
    Position,
    PositionAdjustment,
)
from orders.vocabulary import ExecType
from risk import usage
from settlement import ladder, mail, messages
from settlement.actions.announce import Notice, announce, approve
from settlement.actions.announce import cancel as call_off
from settlement.actions.tables import CorporateAction, CorporateActionEvent, Entitlement
from settlement.advance import advance
from settlement.answers import Answer, apply
from settlement.collect import home
from settlement.instruct import send
from settlement.messages import Movement
from settlement.models import Instruction, LedgerEntry, LedgerTransaction, MarketClaim, VariationMargin
from settlement.settle import settle
from tests import factories, limiting
from tests.desk import world as venue
from tests.settlement.checks import broken
from tests.settlement.world import MONDAY, fill, instrument, undo

pytestmark = pytest.mark.django_db(transaction=True)
TUESDAY, WEDNESDAY, FRIDAY = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 27)
D = Decimal


@pytest.fixture
def floor(transactional_db: None, settings: Any, tmp_path: Path) -> factories.Floor:
    settings.OMS_HOME = tmp_path
    from tests.settlement.world import world

    return world()


def announced(floor: factories.Floor, kind: str, ex_date: date = TUESDAY, **terms: Any) -> int:
    """An action of AAPL that a second person approved."""
    notice = Notice(
        f"test:{kind}:{ex_date}:{floor.instruments['AAPL'].pk}", kind, floor.instruments["AAPL"].pk, ex_date, **terms
    )
    (pk,) = announce([notice], "olga")
    assert isinstance(pk, int), pk
    assert approve([pk], "otto") == [None]
    return pk


def hold(
    floor: factories.Floor,
    side: str,
    qty: Any,
    px: Any = 20,
    account: int = 0,
    day: date = MONDAY,
    agreed: date | None = None,
) -> Line:
    """Book a position with its fills, as the desk does; to settle on the day agreed, if one was."""
    from orders.holdings import Holdings

    lines = fill(
        floor, [(side, qty, px)], account=floor.accounts[account], trade_date=day, prefix=f"H{account}{day.day}",
        settl_date=agreed,
    )  # fmt: skip
    asked = [
        OrderRequest(
            order_id=one.id, sender_comp_id="tina", cl_ord_id=one.cl_ord_id, kind="new", state="accepted",
            order_qty=D(qty), created_at=now(),
        )
        for one in lines
    ]  # fmt: skip
    OrderRequest.objects.bulk_create(asked)
    with transaction.atomic():
        key = (floor.accounts[account].pk, floor.instruments["AAPL"].pk)
        usage.lock([key])
        holdings = Holdings([key])
        holdings.book(key, side, D(qty), D(px), day)
        holdings.save(now())
        usage.follow([key])
    while settle():
        pass
    return lines[0]


def moved_to(day: date) -> None:
    """The business date, and all that follows from it."""
    assert advance(day, "olga") == day
    while act():
        pass


def position(floor: factories.Floor, account: int = 0, of: str = "AAPL") -> Position:
    return Position.objects.get(account=floor.accounts[account], instrument=floor.instruments[of])


def cash(floor: factories.Floor, account: int = 0) -> tuple[str, str]:
    """Posted, and pending net, of the account in dollars from corporate actions alone."""
    rows = [one for one in ladder.holdings([floor.accounts[account].pk]) if one.currency == "USD"]
    return tuple(f"{sum((getattr(one, name) for one in rows), D(0)):.2f}" for name in ("posted", "pending_in"))  # type: ignore[return-value]


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


def resting(floor: factories.Floor, **changes: Any) -> Order:
    """A GTC order that a venue works; its only child."""
    (reply,) = enter([floor.draft(time_in_force="good_till_cancel", **changes)], floor.actor)
    assert reply.accepted, reply
    while route():
        pass
    (child,) = venue.children(reply.order_id or 0)
    record([venue.says(child, "new")])
    return child


def test_an_order_at_a_venue_is_replaced_there(floor: factories.Floor, books: Any) -> None:
    child = resting(floor, qty=100, price="100.00")
    day = resting_day(floor)
    pk = announced(floor, "cash_dividend", amount=D("0.25"))
    moved_to(TUESDAY)
    (message,) = venue.sent("G")
    assert (message.fields["price"], message.fields["order_qty"]) == ("99.75", "100")
    assert CorporateAction.objects.get(pk=pk).orders_at is None
    child.refresh_from_db()
    request = OrderRequest.objects.get(order=child, kind="replace")
    record([venue.says(child, "replaced", request.cl_ord_id, order_qty=D(100), price=D("99.75"))])
    while act():
        pass
    root = root_of(child)
    assert (root.price, root.cl_ord_id, root.ord_status) == (D("99.75"), f"ca{pk}.{root.pk}", "new")
    event = ExecutionReport.objects.get(order=root, exec_type="pending_replace")
    assert (event.actor, event.reason_code) == (f"CA{pk}", "CORPORATE_ACTION")
    assert f"CA{pk}" in event.text
    assert CorporateAction.objects.get(pk=pk).orders_at is not None
    assert Order.objects.get(pk=day).price == 100
    assert act() == 0
    assert len(venue.sent("G")) == 1
    books()


def root_of(child: Order) -> Order:
    assert child.parent_id is not None
    return Order.objects.get(pk=child.parent_id)


def resting_day(floor: factories.Floor) -> int:
    (reply,) = enter([floor.draft()], floor.actor)
    return reply.order_id or 0


def test_a_split_turns_what_is_left_to_work(floor: factories.Floor) -> None:
    child = resting(floor, qty=100, price="100.00")
    record([venue.fill(child, 40, "100")])
    announced(floor, "split", new=D(2), old=D(1))
    moved_to(TUESDAY)
    (message,) = venue.sent("G")
    assert (message.fields["price"], message.fields["order_qty"]) == ("50", "160")


def test_a_reverse_split_takes_orders_back(floor: factories.Floor) -> None:
    child = resting(floor, qty=100, price="100.00")
    announced(floor, "reverse_split", new=D(1), old=D(10))
    moved_to(TUESDAY)
    (message,) = venue.sent("F")
    record([venue.says(child, "canceled", message.cl_ord_id)])
    while act():
        pass
    root = root_of(child)
    assert (root.ord_status, root.reason_code) == ("canceled", "CORPORATE_ACTION")


def test_what_a_venue_does_not_adjust_is_taken_back(floor: factories.Floor) -> None:
    child = resting(floor, qty=100, price="100.00")
    announced(floor, "cash_dividend", amount=D("0.25"))
    moved_to(TUESDAY)
    request = OrderRequest.objects.get(order=child, kind="replace")
    record([venue.says(child, "cancel_rejected", request.cl_ord_id, orig_cl_ord_id=child.cl_ord_id, ord_status="new")])
    act()
    (message,) = venue.sent("F")
    assert message.order_id == child.pk
    assert Alert.objects.filter(kind="corporate_action", order_id=root_of(child).pk).count() == 1


def test_an_adjustment_that_risk_refuses_ends_the_order(floor: factories.Floor) -> None:
    """Twice the shares are more than the account may hold."""
    child = resting(floor, qty=100, price="100.00")
    limiting.limit("long_position", 150, account=floor.accounts[0], instrument=floor.instruments["AAPL"])
    announced(floor, "split", new=D(2), old=D(1))
    moved_to(TUESDAY)
    assert [one.msg_type for one in venue.sent() if one.order_id == child.pk] == ["D", "F"]
    assert "could not be adjusted" in Alert.objects.get(code="CORPORATE_ACTION").text


def test_an_order_entered_on_the_ex_date_knows_the_new_price(floor: factories.Floor) -> None:
    announced(floor, "cash_dividend", amount=D("0.25"))
    advance(TUESDAY, "olga")
    child = resting(floor, qty=100, price="100.00")
    while act():
        pass
    assert venue.sent("G") == []
    assert root_of(child).price == 100


def test_do_not_reduce_stays(floor: factories.Floor) -> None:
    child = resting(floor, qty=100, price="100.00", exec_inst="do_not_reduce")
    announced(floor, "cash_dividend", amount=D("0.25"))
    moved_to(TUESDAY)
    assert venue.sent("G") == []
    assert "exec_inst" not in venue.sent("D")[0].fields
    assert root_of(child).price == 100


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
