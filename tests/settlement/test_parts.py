"""Settlement in parts, on the database: securities and money of each part in one transaction, the rest pending."""

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Alert
from settlement.answers import Answer, apply
from settlement.instruct import send
from settlement.ladder import ladders
from settlement.models import (
    Balance,
    CommissionRate,
    Confirmation,
    CustodyException,
    Instruction,
    LedgerEntry,
    LedgerTransaction,
)
from settlement.settle import settle
from tests.factories import Floor
from tests.settlement.checks import broken
from tests.settlement.world import fill

TUESDAY = date(2026, 11, 24)


def sent(floor: Floor, *fills: tuple[str, Any, Any]) -> list[Instruction]:
    fill(floor, fills)
    while settle():
        pass
    send()
    return list(Instruction.objects.order_by("id"))


def part(held: Instruction, qty: Any, money: Any, message: str, status: str = "partial", **more: Any) -> Answer:
    return Answer(held.reference, status, "CU", TUESDAY, D(qty), D(money), message_id=message, **more)


def own() -> dict[str, Any]:
    """Our account's balances: posted, still to come, still to go."""
    rows = Balance.objects.filter(ledger_account__owner="account")
    columns = ("ledger_account__asset__currency", "posted", "pending_in", "pending_out")
    return {row[0] or "securities": row[1:] for row in rows.values_list(*columns)}


def test_each_part_posts_securities_and_money_and_the_rest_stays_pending(floor: Floor) -> None:
    CommissionRate.objects.create(valid_from=date(2026, 1, 1), basis="basis_points", rate=D(10))
    (held,) = sent(floor, ("buy", 100, "10"))
    assert held.net_money == 1001
    assert apply([part(held, 40, "400.40", "M1")]) == [None]
    held.refresh_from_db()
    assert (held.state, held.settled_qty, held.settled_money) == ("partial", 40, D("400.40"))
    assert own() == {"securities": (40, 60, 0), "USD": (D("-400.40"), 0, D("600.60"))}
    assert broken() == {}
    (money,) = ladders([floor.accounts[0].pk], TUESDAY)
    assert [tuple(rung)[2:] for rung in money.rungs] == [(0, D("600.60"), D("-600.60"), D(-1001))]
    assert apply([part(held, 60, "600.60", "M2", "settled")]) == [None]
    held.refresh_from_db()
    assert (held.state, held.settled_on) == ("settled", TUESDAY)
    assert own() == {"securities": (100, 0, 0), "USD": (-1001, 0, 0)}
    posted = LedgerTransaction.objects.filter(kind="settlement")
    assert sorted(posted.values_list("source", flat=True)) == sorted(
        f"settlement:{one.pk}" for one in Confirmation.objects.all()
    )
    assert broken() == {}


def test_two_parts_and_the_rest_may_come_at_once(floor: Floor) -> None:
    (held,) = sent(floor, ("sell", 100, "10"))
    money = held.net_money
    answers = [
        part(held, 30, 300, "M1"),
        part(held, 30, 300, "M2"),
        part(held, 40, money - 600, "M3", "settled"),
    ]
    assert apply(answers) == [None, None, None]
    assert own()["securities"] == (-100, 0, 0)
    assert Confirmation.objects.count() == 3
    assert broken() == {}


def test_a_message_counts_once_and_is_noticed_if_it_changes(floor: Floor) -> None:
    (held,) = sent(floor, ("buy", 100, "10"))
    first = part(held, 40, 400, "M1")
    assert [one and one.code for one in apply([first, first])] == [None, "DUPLICATE_EXEC_ID"]
    assert [one and one.code for one in apply([first])] == ["DUPLICATE_EXEC_ID"]
    assert not Alert.objects.filter(code="BAD_REPORT").exists()
    before = own()
    refusals = apply([part(held, 50, 500, "M1"), part(held, 10, 100, ""), part(held, 61, 610, "M2", "settled")])
    assert [one and (one.code, one.field) for one in refusals] == [
        ("BAD_REPORT", "message_id"), ("BAD_REPORT", "message_id"), ("BAD_REPORT", "net_money"),
    ]  # fmt: skip
    assert CustodyException.objects.filter(code="BAD_REPORT").count() == 3
    assert own() == before
    assert broken() == {}


def test_cancelled_on_request_what_is_left_stays_owed(floor: Floor) -> None:
    (held,) = sent(floor, ("buy", 100, "10"))
    apply([part(held, 40, 400, "M1"), Answer(held.reference, "cancelled", business_date=TUESDAY)])
    held.refresh_from_db()
    assert (held.state, held.settled_qty) == ("cancelled", 40)
    assert own() == {"securities": (40, 60, 0), "USD": (-400, 0, 600)}
    assert broken() == {}


def test_parts_of_many_cost_as_many_statements_as_of_one(floor: Floor) -> None:
    counts = []
    for size in (1, 200):
        fill(floor, [("buy", 10, "10.01")] * size, prefix=f"N{size}")
        while settle():
            pass
        send()
        answers = [part(one, 4, "40.04", f"P{one.pk}") for one in Instruction.objects.filter(state="sent")]
        with CaptureQueriesContext(connection) as queries:
            assert apply(answers) == [None] * size
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 20
    assert LedgerEntry.objects.filter(phase="pending", resolved_by=None).count() == 2 * 201
    assert broken() == {}


@pytest.mark.parametrize("status", ["matched", "unmatched", "pending", "rejected", "cancelled", "cancel_denied"])
def test_a_status_moves_no_money(floor: Floor, status: str) -> None:
    (held,) = sent(floor, ("buy", 100, "10"))
    before = own()
    apply([Answer(held.reference, status, business_date=TUESDAY, reason_code="CMIS", reason="differs")])
    assert own() == before
    assert broken() == {}
