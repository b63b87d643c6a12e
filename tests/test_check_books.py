"""The checker must be able to fail: each row names a way to falsify the books and the invariants that notice."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from oms.desk import Cancellation, cancel, enter, followed, record, results, route
from oms.desk.allocable import Share
from oms.desk.allocating import Wish, allocate
from oms.management.books.checker import check, checks
from orders.models import Account, Order
from orders.replay import differences
from routing.models import Rule
from settlement.load import load_calendars, load_rates
from settlement.models import Allocation
from settlement.settle import settle
from tests import factories
from tests.desk.world import children, fill, says
from tests.factories import TODAY, Floor
from tests.limiting import limit
from tests.settlement.recon.world import a_day_with_breaks

# The settlement stage reads only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)

ROOT, CHILD = "parent_id IS NULL", "parent_id IS NOT NULL"
JOURNAL = "UPDATE orders_executionreport SET {} WHERE exec_type = 'trade' AND is_root"

FORGERIES = [
    ("a fill that nobody executed", f"UPDATE orders_order SET cum_qty = cum_qty + 1 WHERE {ROOT} AND cum_qty = 40", "I4 I10 I14 I30"),
    ("a better average price", f"UPDATE orders_order SET gross_trade_amt = gross_trade_amt + 1 WHERE {CHILD} AND cum_qty = 40", "I5 I10 I14"),
    ("an event taken away", "DELETE FROM orders_executionreport WHERE exec_type = 'new' AND NOT is_root", "I8 I9"),
    ("a version that never was", f"UPDATE orders_order SET version = version + 1 WHERE {ROOT}", "I8"),
    ("a word changed in the journal", JOURNAL.format("text = 'never'"), "I9"),
    ("a price changed in the journal", JOURNAL.format("last_px = last_px + 1"), "I9 I5 I21"),
    ("a quantity below what is filled", JOURNAL.format("order_qty = 1"), "I9 I12"),
    ("a life after death", "UPDATE orders_executionreport SET exec_type = 'new' WHERE exec_type = 'canceled' AND is_root", "I9"),
    ("two requests of one name in a chain", "UPDATE orders_orderrequest SET orig_cl_ord_id = 'nobody' WHERE kind = 'cancel'", "I13"),
    ("an order sent without a check", "DELETE FROM risk_decision", "I15"),
    ("an order sent while trading was stopped", "INSERT INTO risk_killswitch (scope, scope_id, reason, engaged_by_id, engaged_at) SELECT 'firm', '', 'x', id, now() - interval '1 day' FROM orders_user LIMIT 1", "I16"),
    ("an order that was never sent", "DELETE FROM routing_outbox WHERE msg_type = 'D'", "I17"),
    ("an order without a request", "DELETE FROM orders_orderrequest WHERE kind = 'new'", "I18 I13"),
    ("a breach that has no story", "INSERT INTO risk_breach (kind, control, about, origin, cause, outcome, reason_code, text, measured, \"limit\", state, action, opened_at, seen_at, version) VALUES ('in_trade', 'PT-01', 'x', 'passive', '', 'hard', 'x', 'x', '', '', 'open', 'alert', now(), now(), 1)", "I70"),
    ("a position out of nothing", "UPDATE orders_position SET qty = qty + 5, bought_qty = bought_qty + 5", "I24 I28"),
    ("an adjustment that moved nothing", "INSERT INTO orders_positionadjustment (source, account_id, instrument_id, kind, qty, px, money, trade_date, after_event, actor, recorded_at) SELECT 'x', account_id, instrument_id, 'transfer', 5, 1, 0, now(), 0, 'x', now() FROM orders_position LIMIT 1", "I24"),
    ("a result that nobody made", "UPDATE orders_position SET realised = realised + 1", "I26 I71"),
    ("a cost that nobody paid", "UPDATE orders_position SET avg_cost = avg_cost + 1 WHERE qty <> 0", "I26 I71"),
    ("units that came from nowhere to the custodian", "UPDATE settlement_balance b SET posted = posted + 1 FROM settlement_ledgeraccount l JOIN settlement_asset a ON a.id = l.asset_id WHERE l.id = b.ledger_account_id AND l.owner = 'account' AND a.instrument_id IS NOT NULL", "I27"),
    ("a day that made more", "UPDATE orders_dayresult SET fifo_realised = fifo_realised + 1", "I26 I72"),
    ("a day valued at another price", "UPDATE orders_dayresult SET price = price + 1", "I72"),
    ("room that nobody reserved", "UPDATE risk_usage SET open_buy_qty = open_buy_qty + 1", "I28 I48"),
    ("a reservation let go", "UPDATE risk_reservation SET qty = 0", "I28 I30 I48 I50"),
    ("use of a limit that nobody made", "UPDATE risk_usage SET open_buy_value = open_buy_value + 1 WHERE kind = 'limit'", "I48"),
    ("an execution that counts in no limit", "UPDATE risk_usage SET executed_value = 0 WHERE kind = 'limit'", "I48"),
    ("an order that left its limits", "UPDATE risk_reservation SET limits = '[]'", "I48"),
    ("an order that counts in no limit there is", "UPDATE risk_reservation SET limits = '[[0, \"1\"]]'", "I48 I49"),
    ("a level that was never above the use", "UPDATE risk_historicallimit SET hard = 1", "I52"),
    ("an acceptance beyond a limit", "UPDATE risk_decision SET findings = '[{\"row\": 1, \"measured\": \"2\", \"limit\": \"1\"}]'", "I51"),
    ("a message numbered and never sent", "UPDATE routing_outbox SET msg_seq_num = 5", "I42"),
    ("an execution that settles nowhere", "DELETE FROM settlement_ledgerentry; DELETE FROM settlement_ledgertransaction; DELETE FROM settlement_instructionevent; DELETE FROM settlement_instructionobligation; DELETE FROM settlement_instruction; DELETE FROM settlement_obligation", "I32 I39"),
    ("an account given more than its share", "UPDATE settlement_allocationshare SET alloc_qty = alloc_qty + 1 WHERE id = (SELECT min(id) FROM settlement_allocationshare WHERE alloc_qty > 0)", "I22"),
    ("a better price for one of a block", "UPDATE settlement_allocationshare SET avg_px = avg_px - 1 WHERE id = (SELECT min(id) FROM settlement_allocationshare WHERE alloc_qty > 0)", "I22"),
    ("a cent of commission lost", "UPDATE settlement_allocation SET commission = commission + 0.01 WHERE state = 'booked'", "I22"),
    ("more allocated than executed", "UPDATE settlement_allocation SET qty = qty + 1 WHERE state = 'booked'", "I22"),
    ("a share that nobody owes", "DELETE FROM settlement_tradeconfirmationevent; DELETE FROM settlement_tradeconfirmation; UPDATE settlement_obligation SET allocation_id = NULL, execution_id = (SELECT min(id) FROM orders_executionreport WHERE NOT is_root) WHERE id = (SELECT min(id) FROM settlement_obligation WHERE allocation_id IS NOT NULL)", "I22"),
    ("a confirmation of another price", "UPDATE settlement_tradeconfirmation SET avg_px = avg_px + 1", "I22"),
    ("money out of nothing", "UPDATE settlement_balance SET pending_in = pending_in + 1", "I39 I40"),
]  # fmt: skip


# Falsified statements, breaks and signatures of a day that was closed.
OF_THE_DAY = [
    ("an entry made smaller", "UPDATE settlement_ledgerentry SET amount = amount * 2 WHERE phase = 'posted'", "I39 I41"),
    ("a transaction of another day", "UPDATE settlement_ledgertransaction SET value_date = value_date + 1", "I41"),
    ("a root made anew", "UPDATE settlement_ledgerroot SET root = repeat('0', 64)", "I41 I87"),
    ("securities that the custodian does not hold", "UPDATE settlement_statementline SET qty = qty - 1 WHERE isin <> '' AND reference = ''", "I80"),
    ("a break about securities hidden", "DELETE FROM settlement_breakevent; DELETE FROM settlement_break WHERE kind = 'holdings'", "I80 I83"),
    ("money that the custodian does not hold", "UPDATE settlement_statement SET opening = opening + 1, closing = closing + 1 WHERE kind = 'cash' AND account_id = (SELECT max(account_id) FROM settlement_statement)", "I81"),
    ("a statement that does not add up", "UPDATE settlement_statement SET opening = opening + 1 WHERE kind = 'cash'", "I82"),
    ("a break closed by nobody", "UPDATE settlement_break SET state = 'auto_closed', closed_at = now() WHERE state <> 'auto_closed'", "I83"),
    ("a signature of who resolved", "UPDATE settlement_signoff SET signed_by_id = (SELECT resolved_by_id FROM settlement_break WHERE resolved_by_id IS NOT NULL LIMIT 1)", "I84"),
    ("money given up and never posted", "UPDATE settlement_break SET entry_id = (SELECT min(id) FROM settlement_ledgertransaction) WHERE reason = 'written_off'", "I85"),
    ("a day closed before it was signed", "DELETE FROM settlement_signoff", "I86"),
]  # fmt: skip


@pytest.fixture
def desk(transactional_db: None) -> Floor:
    load_calendars(2026, 2027)
    load_rates()
    return factories.floor()


@pytest.fixture
def traded(desk: Floor) -> Floor:
    """An order partly filled on two venues, one canceled after a part fill; settled as far as it goes."""
    limit("gross_notional", 1_000_000)
    Rule.objects.update(best=False, split=[["XNAS", "0.5"], ["XNYS", "0.5"]])
    first, second = enter([desk.draft(qty=100), desk.draft(qty=100, symbol="MSFT")], desk.actor)
    route()
    for answer in (first, second):
        one, two = children(answer.order_id)  # type: ignore[arg-type]
        record([says(one, "new"), says(two, "new"), fill(one, 40, "99.5")])
    cancel([Cancellation(second.order_id)], desk.actor)  # type: ignore[arg-type]
    record([says(child, "canceled", f"{child.id}.{child.version}") for child in children(second.order_id)])  # type: ignore[arg-type]
    _allocated(desk)
    # Two of the orders, two of the shares, and the allocation account, which gave all it had.
    assert results.write(TODAY) == {"rows": 5, "incomplete": 0}
    return desk


def _allocated(desk: Floor) -> None:
    """An order of an allocation account, filled and booked for two accounts."""
    Account.objects.create(code="AVG", name="Allocation", desk=desk.desk, average_price=True)
    (answer,) = enter([desk.draft(qty=100, symbol="IBM", account="AVG")], desk.actor)
    shares = tuple(Share(one.code, percent=Decimal(50)) for one in desk.accounts[:2])
    (told,) = allocate([Wish((answer.order_id,), "percent", shares)], desk.actor)  # type: ignore[arg-type]
    assert not told.refusals
    route()
    for child in children(answer.order_id):  # type: ignore[arg-type]
        assert not any(record([says(child, "new"), fill(child, child.order_qty, "99.5")]))
    assert (settle(), followed.follow(), followed.book_due()) >= (1, 1, 1)
    assert Allocation.objects.get().state == "booked"


def broken() -> set[str]:
    return {outcome.name.partition(":")[0] for outcome in check() if outcome.broken}


def test_true_books_hold(traded: Floor, books: Callable[[], None]) -> None:
    assert Order.objects.filter(parent__isnull=True, ord_status="canceled", cum_qty=40).exists()
    books()
    call_command("check_books")
    call_command("replay")


@pytest.mark.parametrize(("forgery", "noticed"), [f[1:] for f in FORGERIES], ids=[f[0] for f in FORGERIES])
def test_a_forgery_is_noticed(traded: Floor, forgery: str, noticed: str) -> None:
    forged(forgery, noticed)


@pytest.mark.parametrize(("forgery", "noticed"), [f[1:] for f in OF_THE_DAY], ids=[f[0] for f in OF_THE_DAY])
def test_a_forged_day_is_noticed(closed_day: None, forgery: str, noticed: str) -> None:
    forged(forgery, noticed)


@pytest.fixture
def closed_day(desk: Floor, settings: Any, tmp_path: Path) -> None:
    """Two accounts settled; of one the custodian said too much, which was resolved and written off; signed, closed."""
    settings.OMS_HOME = tmp_path
    a_day_with_breaks(desk)
    # Its fills are written by the book alone: without requests and positions.
    assert broken() <= {"I18", "I24", "I27", "I73"}


def forged(forgery: str, noticed: str) -> None:
    """Falsify, look, and take it back."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Whoever forges books can also switch off triggers and constraints: the checker must not rely on them.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT DISTINCT tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal")
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for name in ("order_not_overfilled", "position_adds_up"):
            cursor.execute("SELECT conrelid::regclass FROM pg_constraint WHERE conname = %s", [name])
            cursor.execute(f"ALTER TABLE {cursor.fetchone()[0]} DROP CONSTRAINT {name}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("ALTER TABLE settlement_signoff DROP CONSTRAINT sign_off_by_another")
        cursor.execute(forgery)
        assert cursor.rowcount != 0, "the forgery changed nothing"
        assert set(noticed.split()) <= broken()
        with pytest.raises(CommandError):
            call_command("check_books")
        transaction.set_rollback(True)


def test_a_changed_row_is_not_what_the_journal_gives(traded: Floor) -> None:
    Order.objects.filter(parent__isnull=True).update(price=1)
    assert any("price" in difference.what for difference in differences())


def test_the_checker_has_the_first_twenty_invariants_and_more() -> None:
    numbers = {int(name[1:].partition(":")[0]) for name, _ in checks()} | {9}
    assert set(range(1, 21)) <= numbers
    assert len(numbers) > 30
