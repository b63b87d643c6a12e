"""The checker must be able to fail where instructions, netting, parts and penalties are concerned, too."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.db import connection, transaction

from oms.desk.transferring import transferring
from oms.management.books.checker import check as check_books
from orders.lifecycle import Report
from orders.models import BusinessDate
from orders.vocabulary import ExecType
from settlement import free, repair
from settlement.answers import Answer, apply
from settlement.failing import accrue
from settlement.instruct import send
from settlement.models import Instruction, NettingSwitch
from settlement.netrun import net
from settlement.settle import settle
from tests.factories import Floor, user
from tests.settlement.world import MONDAY, fill, instrument, undo

TUESDAY, WEDNESDAY, THURSDAY = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 26)

FORGERIES = [
    ("settled more than confirmed", "UPDATE settlement_instruction SET settled_qty = settled_qty + 1 WHERE state = 'partial'", "I33"),
    ("a confirmation nobody gave", "DELETE FROM settlement_confirmation WHERE qty = 40", "I33"),
    ("a confirmation posted twice", "INSERT INTO settlement_ledgertransaction (source, input_hash, kind, effective_date, value_date, inserted_at) VALUES ('settlement:0', '', 'settlement', now(), now(), now())", "I33"),
    ("a part that was larger", "UPDATE settlement_confirmation SET qty = qty + 1 WHERE qty = 40", "I33 I34"),
    ("securities without their money", "DELETE FROM settlement_ledgerentry e USING settlement_asset a WHERE a.id = e.asset_id AND a.currency = 'USD' AND e.phase = 'posted'", "I34 I39"),
    ("settled and still pending", "DELETE FROM settlement_ledgerentry WHERE phase = 'posted' AND amount = 30", "I33 I39"),
    ("called off and still pending", "DELETE FROM settlement_ledgerentry WHERE phase = 'void'", "I33 I39"),
    ("called off and waiting to be netted", "INSERT INTO settlement_awaitingnetting (obligation_id, trade_date) SELECT obligation_id, now() FROM settlement_obligationcancellation", "I32"),
    ("two instructions for one obligation", "INSERT INTO settlement_instructionobligation (instruction_id, obligation_id, seq) SELECT (SELECT min(id) FROM settlement_instruction WHERE state = 'settled'), obligation_id, 9 FROM settlement_instructionobligation m JOIN settlement_instruction i ON i.id = m.instruction_id WHERE i.state = 'partial' LIMIT 1", "I32"),
    ("an obligation nobody instructed", "DELETE FROM settlement_awaitingnetting", "I32"),
    ("a net that lost an obligation", "DELETE FROM settlement_instructionobligation WHERE id = (SELECT max(m.id) FROM settlement_instructionobligation m JOIN settlement_instruction i ON i.id = m.instruction_id WHERE i.is_net)", "I32"),
    ("a net for other money", "UPDATE settlement_instruction SET net_money = net_money + 1 WHERE is_net", "I32"),
    ("free of payment by one person", "UPDATE settlement_instruction SET checked_by_id = made_by_id WHERE payment = 'free'", "I34"),
    ("free of payment for money", "UPDATE settlement_instruction SET net_money = 5 WHERE payment = 'free'", "I34"),
    ("a reversal of less", "UPDATE settlement_obligation SET qty = qty - 1 WHERE reverses_id IS NOT NULL", "I37"),
    ("a reversal that moves less", "UPDATE settlement_ledgerentry e SET amount = amount - 1 FROM settlement_ledgertransaction t WHERE t.id = e.transaction_id AND t.kind = 'reversal'", "I37 I39"),
    ("a state without a story", "UPDATE settlement_instruction SET state = 'accepted' WHERE state = 'failing'", "I37"),
    ("a penalty forgotten", "DELETE FROM settlement_ledgerentry e USING settlement_ledgertransaction t WHERE t.id = e.transaction_id AND t.kind = 'penalty'", "I38 I39"),
    ("a penalty made smaller", "UPDATE settlement_penalty SET amount = amount / 2", "I38"),
    ("net amount that does not add up", "UPDATE settlement_obligation SET net_money = net_money + 1", "I35"),
    ("settled at the weekend", "UPDATE settlement_obligation SET settl_date = '2026-11-28'", "I36"),
]  # fmt: skip


@pytest.fixture
def lived(floor: Floor) -> Floor:
    """Trades net and gross, in parts, failing, busted before and after, units moved free, one more waiting."""
    sap = instrument("SAP", settl_market="DE", currency="EUR", reference_price=D(200))
    fill(floor, [("buy", 100, "10"), ("sell", 30, "11"), ("buy", 50, "10")], prefix="N")
    (failing,) = fill(floor, [("sell", 100, "198")], of=sap, prefix="F")
    gone, back = fill(floor, [("buy", 10, "10"), ("buy", 20, "10")], of=floor.instruments["MSFT"], prefix="B")
    NettingSwitch.objects.create(place_of_settlement="DTCYUS33", valid_from=date(2026, 1, 1), nets=True)
    drain()
    undo(gone, f"B{gone.id}-0", Report(ExecType.TRADE_CANCEL, D(10), D(10)))
    drain()
    net(MONDAY)
    made = free.propose(
        [free.Transfer(floor.accounts[0].pk, sap.pk, "receive", D(500), THURSDAY, "moved")],
        user("mary", role="operations"), MONDAY,
    )  # fmt: skip
    free.check([made[0].id or 0], user("carl", role="operations"))
    send()
    undo(back, f"B{back.id}-1", Report(ExecType.TRADE_CANCEL, D(20), D(10)))
    drain()
    netted = Instruction.objects.get(is_net=True)
    moved = Instruction.objects.get(payment="free")
    late = Instruction.objects.get(instrument=sap, payment="against_payment")
    apply(
        [
            Answer(netted.reference, "settled", "CU", TUESDAY, netted.qty, netted.net_money),
            Answer(late.reference, "failing", "CU", WEDNESDAY, reason_code="LACK"),
            Answer(moved.reference, "settled", "CU", THURSDAY, moved.qty, D(0)),
        ]
    )
    for day in (WEDNESDAY, THURSDAY):
        BusinessDate.objects.update(today=day)
        accrue()
    part = Answer(late.reference, "partial", "CU", THURSDAY, D(40), D(7920), message_id="M1")
    assert apply([part, Answer(late.reference, "failing", "CU", THURSDAY, reason_code="LACK")]) == [None, None]
    (other,) = fill(floor, [("sell", 60, "198")], of=sap, prefix="P")
    drain()
    send()
    partly = Instruction.objects.latest("id")
    apply([Answer(partly.reference, "partial", "CU", THURSDAY, D(20), D(3960), message_id="M2")])
    fill(floor, [("buy", 7, "10")], prefix="W", trade_date=THURSDAY)
    drain()
    assert transferring() == 1
    assert failing.id != other.id
    assert repair.hold([partly.pk], "olga", "x") != [None]
    return floor


def drain() -> None:
    while settle():
        pass


def broken() -> set[str]:
    return {outcome.name.partition(":")[0] for outcome in check_books() if outcome.broken}


def test_true_books_hold(lived: Floor) -> None:
    # Trades of this world are written without risk and routing, which other checks want.
    ours = {f"I{number}" for number in range(32, 42)}
    assert broken() & ours == set()


@pytest.mark.parametrize(("forgery", "noticed"), [f[1:] for f in FORGERIES], ids=[f[0] for f in FORGERIES])
def test_a_forgery_is_noticed(lived: Floor, forgery: str, noticed: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT DISTINCT tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal")
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        # Whoever forges books drops what stands in the way.
        cursor.execute(
            "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype IN ('c', 'f')"
            " AND conrelid::regclass::text LIKE 'settlement\\_%'"
        )
        for table, name in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(forgery)
        assert cursor.rowcount != 0, "the forgery changed nothing"
        assert set(noticed.split()) <= broken()
        transaction.set_rollback(True)
