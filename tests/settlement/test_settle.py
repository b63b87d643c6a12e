"""Executions become obligations, instructions and pending transfers: exactly once, in a fixed number of statements."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from orders import feed
from orders.lifecycle import Report
from orders.models import Alert, ExecutionReport
from orders.vocabulary import ExecType
from settlement.models import (
    Balance,
    CommissionRate,
    Instruction,
    LedgerEntry,
    LedgerTransaction,
    Obligation,
    SettlementCycle,
)
from settlement.settle import settle, settle_again
from tests.factories import Floor
from tests.settlement.checks import broken
from tests.settlement.world import MONDAY, fill, instrument, undo

TUESDAY = date(2026, 11, 24)


def settle_all() -> None:
    while settle():
        pass


def everything() -> list[list[tuple[object, ...]]]:
    return [list(model.objects.order_by("pk").values_list()) for model in (Obligation, LedgerEntry, Balance)]


def test_a_buy_becomes_an_obligation_an_instruction_and_pending_transfers(floor: Floor) -> None:
    (order,) = fill(floor, [("buy", 100, "100.05")])
    assert settle() == 2  # accepted, filled
    owed = Obligation.objects.get()
    assert (owed.order_id, owed.side, owed.qty, owed.price) == (order.id, "buy", 100, D("100.05"))
    assert (owed.trade_date, owed.settl_date, owed.currency) == (MONDAY, TUESDAY, "USD")
    assert (owed.gross_trade_amt, owed.net_money) == (D(10_005), D(10_005))
    assert (owed.accrued, owed.commission, owed.fees) == (0, 0, 0)
    held = owed.instructions.get()
    assert (held.direction, held.state, held.qty, held.net_money) == ("receive", "ready", 100, D(10_005))
    assert (held.place_of_settlement, held.counterparty) == ("DTCYUS33", "NSCC")
    moves = LedgerEntry.objects.order_by("id").values_list(
        "debit_account__owner", "credit_account__owner", "asset__currency", "amount", "phase"
    )
    assert list(moves) == [
        ("account", "street", None, D(100), "pending"),
        ("street", "account", "USD", D(10_005), "pending"),
    ]
    assert broken() == {}


def test_a_sale_pays_fees_and_commission_out_of_its_proceeds(floor: Floor) -> None:
    CommissionRate.objects.create(valid_from=date(2026, 1, 1), basis="basis_points", rate=D(2))
    fill(floor, [("sell", 1000, "100")], trade_date=date(2026, 4, 6))
    settle_all()
    owed = Obligation.objects.get()
    assert (owed.fees, owed.commission, owed.net_money) == (D("2.26"), D("20.00"), D("99977.74"))
    paid = LedgerEntry.objects.filter(debit_account__owner__in=["fee", "commission"])
    assert dict(paid.values_list("debit_account__party", "amount")) == {"": D(20), "SEC31": D("2.06"), "TAF": D("0.20")}
    cash = Balance.objects.get(ledger_account__owner="account", ledger_account__asset__currency="USD")
    assert (cash.posted, cash.pending_in, cash.pending_out) == (0, D(100_000), D("22.26"))
    assert broken() == {}


def test_settling_again_changes_nothing(floor: Floor) -> None:
    fill(floor, [("buy", 100, "10"), ("sell", 50, "11")])
    settle_all()
    before = everything()
    assert settle() == 0
    assert settle_again(ExecutionReport.objects.values_list("pk", flat=True)) == 0
    assert everything() == before


def test_the_number_of_statements_does_not_depend_on_the_number_of_executions(floor: Floor) -> None:
    fill(floor, [("buy", 1, "10")])
    settle_all()
    counts = []
    for size in (1, 500):
        fill(floor, [("buy" if n % 2 else "sell", 10, "10.01") for n in range(size)], prefix=f"N{size}")
        with CaptureQueriesContext(connection) as queries:
            assert settle(2_000) == 2 * size
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 30
    assert Obligation.objects.count() == 502
    assert broken() == {}


def test_a_crash_before_commit_leaves_nothing_and_loses_nothing(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(floor, [("buy", 100, "10")])

    class Killed(Exception):
        pass

    def crash(*args: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(feed, "advance", crash)
        with pytest.raises(Killed):
            settle()
    assert (Obligation.objects.count(), LedgerTransaction.objects.count()) == (0, 0)
    settle_all()
    assert Obligation.objects.count() == 1
    assert broken() == {}


def test_the_database_itself_refuses_a_second_obligation_for_an_execution(floor: Floor) -> None:
    fill(floor, [("buy", 100, "10")])
    settle_all()
    again = Obligation.objects.get()
    again.pk = None
    with pytest.raises(IntegrityError, match="obligation_execution_once"), transaction.atomic():
        Obligation.objects.bulk_create([again])


def test_many_fills_of_one_order_pay_the_orders_minimum_once(floor: Floor) -> None:
    CommissionRate.objects.create(valid_from=date(2026, 1, 1), basis="per_unit", rate=D("0.01"), minimum=D(5), cap=D(8))
    fill(floor, [("buy", 100, "10")] * 9, one_order=True)
    while settle(3):
        pass
    charged = list(Obligation.objects.order_by("id").values_list("commission", flat=True))
    assert charged == [5, 0, 0, 0, 0, 1, 1, 1, 0]
    assert broken() == {}


def test_a_bond_pays_accrued_interest_on_its_clean_price(floor: Floor) -> None:
    bond = instrument(
        "UST 4.625 02/35", asset_class="government_bond", coupon_rate=D("4.625"), coupon_frequency=2,
        maturity_date=date(2035, 2, 15), issue_date=date(2025, 2, 15), day_count="ACT/ACT ICMA",
    )  # fmt: skip
    fill(floor, [("buy", 1_000_000, "99.5")], of=bond, trade_date=date(2026, 6, 9))
    settle_all()
    owed = Obligation.objects.get()
    assert owed.settl_date == date(2026, 6, 10)
    assert (owed.gross_trade_amt, owed.accrued, owed.net_money) == (D(995_000), D("14692.68"), D("1009692.68"))
    assert owed.instructions.get().place_of_settlement == "FRNYUS33"
    assert broken() == {}


def test_a_future_moves_no_principal_and_spot_fx_delivers_a_currency(floor: Floor) -> None:
    future = instrument("ESZ6", asset_class="future", multiplier=D(50), maturity_date=date(2026, 12, 18))
    euro = instrument("EUR/USD", asset_class="fx_spot", settl_market="FX")
    fill(floor, [("buy", 2, "5000.25")], of=future, prefix="F")
    fill(floor, [("sell", 1_000_000, "1.0842")], of=euro, prefix="E")
    settle_all()
    es, eurusd = Obligation.objects.order_by("id")
    assert (es.gross_trade_amt, es.principal, es.net_money) == (D(500_025), 0, 0)
    assert (eurusd.net_money, eurusd.currency, eurusd.settl_date) == (D(1_084_200), "USD", date(2026, 11, 25))
    assert LedgerEntry.objects.filter(asset__currency="EUR", amount=1_000_000).count() == 1
    assert broken("I27") == {}


def test_what_cannot_be_settled_is_put_aside_and_settled_when_the_table_says_how(floor: Floor) -> None:
    odd = instrument("NOKIA", settl_market="FI", currency="EUR", asset_class="option", maturity_date=date(2027, 1, 15),
                     strike_price=D(5), put_or_call="call")  # fmt: skip
    fill(floor, [("buy", 1, "5")], of=odd, prefix="O")
    fill(floor, [("buy", 100, "10")])
    settle_all()
    assert Obligation.objects.count() == 1
    alert = Alert.objects.get(kind="settlement")
    assert "no settlement cycle for option in market EU" in alert.text
    SettlementCycle.objects.create(
        market="EU", asset_class="option", valid_from=date(2020, 1, 1), days=1, calendar_id="T2"
    )
    assert settle_again([alert.payload["execution"]]) == 1
    late = Obligation.objects.get(instrument=odd)
    assert late.settl_date == TUESDAY
    assert late.instructions.get().state == "draft"  # no place of settlement is known
    assert settle_again([alert.payload["execution"]]) == 0
    assert broken() == {}


def test_a_bust_before_the_instruction_left_calls_it_off(floor: Floor) -> None:
    (order,) = fill(floor, [("buy", 100, "10"), ("buy", 50, "10")], one_order=True)
    settle_all()
    undo(order, f"X{order.id}-0", Report(ExecType.TRADE_CANCEL, D(100), D(10)))
    settle_all()
    assert list(Instruction.objects.order_by("id").values_list("state", flat=True)) == ["cancelled", "ready"]
    assert LedgerEntry.objects.filter(phase="void").count() == 2
    cash = Balance.objects.get(ledger_account__owner="account", ledger_account__asset__currency="USD")
    assert (cash.posted, cash.pending_in, cash.pending_out) == (0, 0, D(500))
    assert broken() == {}


def test_a_bust_after_it_left_is_reversed_by_an_obligation_of_its_own(floor: Floor) -> None:
    CommissionRate.objects.create(valid_from=date(2026, 1, 1), basis="basis_points", rate=D(10))
    (order,) = fill(floor, [("sell", 100, "10")])
    settle_all()
    Instruction.objects.update(state="sent")
    undo(order, f"X{order.id}-0", Report(ExecType.TRADE_CANCEL, D(100), D(10)), trade_date=date(2026, 11, 25))
    settle_all()
    first, back = Obligation.objects.order_by("id")
    assert (back.reverses, back.side, back.qty, back.commission, back.fees) == (first, "buy", 100, D(-1), -first.fees)
    assert back.net_money == first.net_money
    assert back.settl_date == date(2026, 11, 27)  # over Thanksgiving
    assert back.instructions.get().direction == "receive"
    assert list(LedgerTransaction.objects.filter(kind="reversal").values_list("reverses__source", flat=True)) == [
        f"trade:{first.pk}"
    ]
    sums = Balance.objects.filter(ledger_account__owner="account").values_list("pending_in", "pending_out")
    assert all(into == out for into, out in sums)
    assert broken("an instruction's", "I34") == {}


def test_a_fill_and_its_bust_in_one_batch_are_taken_one_after_the_other(floor: Floor) -> None:
    (order,) = fill(floor, [("buy", 100, "10")])
    undo(order, f"X{order.id}-0", Report(ExecType.TRADE_CANCEL, D(100), D(10)))
    settle_all()
    assert Instruction.objects.get().state == "cancelled"
    assert all(b.pending_in == b.pending_out == 0 for b in Balance.objects.all())
    assert broken() == {}


def test_a_correction_is_a_bust_and_a_fill(floor: Floor) -> None:
    (order,) = fill(floor, [("buy", 100, "10")])
    undo(order, f"X{order.id}-0", Report(ExecType.TRADE_CORRECT, D(100), D("10.5"), ref_qty=D(100), ref_px=D(10)))
    settle_all()
    assert list(Obligation.objects.order_by("id").values_list("instructions__state", "net_money")) == [
        ("cancelled", D(1000)), ("ready", D(1050)),
    ]  # fmt: skip
    assert broken("I27") == {}


def test_a_bust_of_something_unknown_is_told_to_operations(floor: Floor) -> None:
    (order,) = fill(floor, [("buy", 100, "10")])
    undo(order, "never", Report(ExecType.TRADE_CANCEL, D(100), D(10)))
    settle_all()
    assert "execution never" in Alert.objects.get(kind="settlement").text
    assert Instruction.objects.get().state == "ready"


def test_what_was_written_stays(floor: Floor) -> None:
    fill(floor, [("buy", 100, "10")])
    settle_all()
    for name in ("obligation", "instructionobligation", "instructionevent", "ledgertransaction", "ledgerentry"):
        for sql in ("UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"):
            with transaction.atomic(), connection.cursor() as cursor:
                with pytest.raises(IntegrityError, match=f"settlement_{name} is append-only"):
                    cursor.execute(sql.format(f"settlement_{name}"))
                transaction.set_rollback(True)


def test_the_checks_notice_a_balance_that_is_off(floor: Floor) -> None:
    fill(floor, [("buy", 100, "10")])
    settle_all()
    Balance.objects.filter(ledger_account__owner="street", ledger_account__asset__currency="USD").update(posted=1)
    assert [name[:3] for name in broken()] == ["I39", "I40"]


def test_a_transfer_between_two_assets_cannot_be_written(floor: Floor) -> None:
    fill(floor, [("buy", 100, "10")])
    settle_all()
    shares, cash = LedgerEntry.objects.order_by("id")
    wrong = LedgerEntry(
        transaction=cash.transaction, debit_account=shares.debit_account, credit_account=cash.credit_account,
        asset=cash.asset, amount=1, phase="posted",
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="ledger_entry_debit_same_asset"), transaction.atomic():
        LedgerEntry.objects.bulk_create([wrong])
