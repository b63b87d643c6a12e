"""What operations does about instructions: hold, release, cancel, amend, send again; and what waits for the answer."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.lifecycle import Report
from orders.vocabulary import ExecType
from settlement.answers import Answer, apply
from settlement.instruct import send
from settlement.models import Balance, Instruction, InstructionObligation, LedgerEntry, Obligation
from settlement.repair import Amendment, amend, cancel, hold, release, resend
from settlement.settle import settle
from tests.factories import Floor
from tests.settlement.checks import broken
from tests.settlement.world import fill, undo

TUESDAY = date(2026, 11, 24)


def made(floor: Floor, *fills: tuple[str, Any, Any]) -> list[int]:
    fill(floor, fills or [("buy", 100, "10")])
    while settle():
        pass
    return list(Instruction.objects.order_by("id").values_list("id", flat=True))


def codes(answers: Any) -> list[str | None]:
    return [one and one.code for one in answers]


def states() -> list[str]:
    return list(Instruction.objects.order_by("id").values_list("state", flat=True))


def said(id_: int, status: str, **more: Any) -> Answer:
    held = Instruction.objects.get(pk=id_)
    if status == "settled":
        more = {"qty": held.qty - held.settled_qty, "net_money": held.net_money - held.settled_money} | more
    return Answer(held.reference, status, "CU", TUESDAY, **more)


def own() -> dict[str, Any]:
    rows = Balance.objects.filter(ledger_account__owner="account", ledger_account__account__code="ALPHA")
    columns = ("ledger_account__asset__currency", "posted", "pending_in", "pending_out")
    return {row[0] or "securities": row[1:] for row in rows.values_list(*columns)}


def test_what_is_held_is_not_sent_until_it_is_released(floor: Floor) -> None:
    one, two = made(floor, ("buy", 100, "10"), ("buy", 50, "10"))
    assert codes(hold([one, one, 0], "olga", "call the broker")) == [None, "BAD_VALUE", "MISSING"]
    assert send() == 1
    assert states() == ["ready", "sent"]
    assert codes(hold([two], "olga", "too late")) == ["BAD_VALUE"]
    assert codes(release([one], "olga", "")) == ["MISSING"]
    assert codes(release([one], "olga", "confirmed")) == [None]
    assert codes(release([one], "olga", "again")) == ["BAD_VALUE"]
    assert send() == 1
    said_ = Instruction.objects.get(pk=one).events.values_list("state", "actor", "text")
    assert list(said_)[1:3] == [("ready", "olga", "call the broker"), ("ready", "olga", "confirmed")]
    assert broken() == {}


def test_cancelled_here_it_stays_owed_and_can_be_instructed_again(floor: Floor) -> None:
    (one,) = made(floor)
    before = own()
    assert codes(cancel([one], "olga", "wrong broker")) == [None]
    assert codes(cancel([one], "olga", "wrong broker")) == ["BAD_VALUE"]
    assert (states(), own(), send()) == (["cancelled"], before, 0)
    assert codes(resend([one], "olga", "right broker")) == [None]
    assert codes(resend([one], "olga", "twice")) == ["BAD_VALUE"]
    assert states() == ["cancelled", "ready"]
    assert list(InstructionObligation.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2]
    assert send() == 1
    assert apply([said(Instruction.objects.latest("id").pk, "settled")]) == [None]
    assert own()["securities"] == (100, 0, 0)
    assert broken() == {}


def test_sent_it_is_cancelled_by_request_which_may_be_denied(floor: Floor) -> None:
    one, two = made(floor, ("buy", 100, "10"), ("buy", 50, "10"))
    send()
    assert codes(cancel([one, two], "olga", "wrong")) == [None, None]
    assert states() == ["cancel_requested"] * 2
    held = Instruction.objects.get(pk=one)
    assert held.cancel_requested_at is not None
    assert held.asked_at is not None
    assert held.cancel_requested_at > held.asked_at
    assert apply([said(one, "cancelled"), said(two, "cancel_denied")]) == [None, None]
    assert states() == ["cancelled", "pending"]
    assert apply([said(two, "settled")]) == [None]
    assert broken() == {}


def test_an_amendment_after_it_was_sent_is_a_cancellation_and_a_replacement(floor: Floor) -> None:
    (one,) = made(floor)
    send()
    assert codes(amend([Amendment(one, priority=9)], "olga", "x")) == ["BAD_VALUE"]
    assert codes(amend([Amendment(one, priority=3)], "olga", "x")) == ["NOTHING_CHANGES"]
    assert codes(amend([Amendment(one, settl_date=date(2026, 11, 25))], "olga", "a day later")) == [None]
    first, second = Instruction.objects.order_by("id")
    assert (first.state, second.state, second.on_hold) == ("cancel_requested", "ready", True)
    assert (second.linked_to, second.linkage, second.settl_date) == (first, "replaces", date(2026, 11, 25))
    assert (send(), codes(release([second.pk], "olga", "now"))) == (0, ["BAD_VALUE"])
    apply([said(one, "partial", qty=D(40), net_money=D(400), message_id="M1"), said(one, "cancelled")])
    second.refresh_from_db()
    assert (second.on_hold, second.qty, second.net_money) == (False, 60, 600)
    assert send() == 1
    answer = Answer(second.reference, "settled", "CU", date(2026, 11, 25), D(60), D(600))
    assert apply([answer]) == [None]
    assert own()["securities"] == (100, 0, 0)
    assert broken() == {}


def test_a_replacement_is_dropped_when_the_cancellation_is_denied(floor: Floor) -> None:
    (one,) = made(floor)
    send()
    amend([Amendment(one, partial="not_allowed")], "olga", "whole or nothing")
    apply([said(one, "cancel_denied"), said(one, "settled")])
    assert states() == ["settled", "cancelled"]
    assert own()["securities"] == (100, 0, 0)
    assert broken() == {}


def test_before_it_is_sent_an_amendment_just_changes_it(floor: Floor) -> None:
    (one,) = made(floor)
    assert codes(amend([Amendment(one, "not_allowed", 1, date(2026, 11, 25))], "olga", "as agreed")) == [None]
    held = Instruction.objects.get()
    assert (held.partial, held.priority, held.settl_date) == ("not_allowed", 1, date(2026, 11, 25))
    assert broken() == {}


@pytest.fixture
def busted(floor: Floor) -> tuple[int, int]:
    """A trade whose instruction was sent, and then the trade was busted."""
    (order,) = fill(floor, [("buy", 100, "10")])
    while settle():
        pass
    send()
    undo(order, f"X{order.id}-0", Report(ExecType.TRADE_CANCEL, D(100), D(10)))
    while settle():
        pass
    first, back = Instruction.objects.order_by("id")
    assert (first.state, back.state, back.on_hold, back.linkage) == ("cancel_requested", "ready", True, "reverses")
    assert send() == 0
    return first.pk, back.pk


def test_a_bust_whose_cancellation_is_granted_moves_nothing(busted: tuple[int, int]) -> None:
    assert apply([said(busted[0], "cancelled")]) == [None]
    assert states() == ["cancelled", "cancelled"]
    assert own() == {"securities": (0, 0, 0), "USD": (0, 0, 0)}
    assert Obligation.objects.filter(cancellation=None).count() == 0
    assert broken() == {}


@pytest.mark.parametrize("status", ["settled", "cancel_denied"])
def test_a_bust_whose_cancellation_came_too_late_is_reversed(busted: tuple[int, int], status: str) -> None:
    assert apply([said(busted[0], status)]) == [None]
    if status == "cancel_denied":
        assert apply([said(busted[0], "settled")]) == [None]
    assert send() == 1
    assert apply([said(busted[1], "settled")]) == [None]
    assert states() == ["settled", "settled"]
    assert own() == {"securities": (0, 0, 0), "USD": (0, 0, 0)}
    assert broken() == {}


def test_a_bust_of_what_settles_in_part_before_it_is_cancelled_reverses_it(busted: tuple[int, int]) -> None:
    part = said(busted[0], "partial", qty=D(40), net_money=D(400), message_id="M1")
    assert apply([part, said(busted[0], "cancelled")]) == [None, None]
    back = Instruction.objects.get(pk=busted[1])
    assert (back.state, back.on_hold) == ("ready", False)
    assert broken() == {}


def test_what_is_unanswered_is_asked_for_again(floor: Floor) -> None:
    (one,) = made(floor)
    send()
    before = Instruction.objects.get().asked_at
    assert codes(resend([one], "olga", "silence")) == [None]
    after = Instruction.objects.get()
    assert after.state == "sent"
    assert before is not None
    assert after.asked_at is not None
    assert after.asked_at < before
    assert broken() == {}


VERBS: list[Callable[..., Any]] = [hold, cancel]


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_costs_as_many_statements_for_many(floor: Floor, verb: Callable[..., Any]) -> None:
    counts = []
    for size in (1, 200):
        fill(floor, [("buy", 1, "10")] * size, prefix=f"N{size}")
        while settle():
            pass
        ids = list(Instruction.objects.filter(state="ready", on_hold=False).values_list("pk", flat=True))
        with CaptureQueriesContext(connection) as queries:
            assert verb(ids, "olga", "all of them") == [None] * size
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
    assert LedgerEntry.objects.filter(phase="void").count() == 0
