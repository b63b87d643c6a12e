"""The checker must be able to fail: each row names a way to falsify the books and the invariants that notice."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from oms.desk import Cancellation, cancel, enter, followed, record, results, route
from oms.desk.allocable import Share
from oms.desk.allocating import Wish, allocate
from oms.management.books.checker import checks
from orders.models import Account, Order
from orders.replay import differences
from routing.models import Rule
from settlement.load import load_calendars, load_rates
from settlement.models import Allocation
from settlement.settle import settle
from tests import factories
from tests.desk.world import children, fill, says
from tests.factories import TODAY, Floor
from tests.forging import forged
from tests.limiting import limit

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


@pytest.fixture(scope="module")
def traded(lasting: None) -> Floor:
    """An order partly filled on two venues, one canceled after a part fill; settled as far as it goes."""
    load_calendars(2026, 2027)
    load_rates()
    desk = factories.floor()
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


def test_true_books_hold(traded: Floor, books: Callable[[], None]) -> None:
    assert Order.objects.filter(parent__isnull=True, ord_status="canceled", cum_qty=40).exists()
    books()
    call_command("check_books")
    call_command("replay")


@pytest.mark.parametrize(("forgery", "noticed"), [f[1:] for f in FORGERIES], ids=[f[0] for f in FORGERIES])
def test_a_forgery_is_noticed(traded: Floor, forgery: str, noticed: str) -> None:
    forged(forgery, noticed)


def test_a_changed_row_is_not_what_the_journal_gives(traded: Floor) -> None:
    with transaction.atomic():
        Order.objects.filter(parent__isnull=True).update(price=1)
        assert any("price" in difference.what for difference in differences())
        transaction.set_rollback(True)


def test_the_command_fails_for_forged_books(traded: Floor) -> None:
    with transaction.atomic():
        Order.objects.filter(parent__isnull=True).update(version=99)
        for command in ("check_books", "replay"):
            with pytest.raises(CommandError):
                call_command(command)
        transaction.set_rollback(True)


def test_the_checker_has_the_first_twenty_invariants_and_more() -> None:
    numbers = {int(name[1:].partition(":")[0]) for name, _ in checks()} | {9}
    assert set(range(1, 21)) <= numbers
    assert len(numbers) > 30
