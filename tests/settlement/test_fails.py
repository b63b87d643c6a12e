"""Fails: how old, what they cost by the day, when they must be closed out; and that a day is charged once."""

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.management.books.checker import check
from orders.models import BusinessDate, Instrument
from settlement.answers import Answer, apply
from settlement.calendars import Calendar
from settlement.failing import accrue, correct, fails
from settlement.instruct import send
from settlement.models import (
    Balance,
    CustodyMovement,
    Instruction,
    LedgerTransaction,
    Penalty,
    PenaltyCorrection,
    PenaltyDay,
    PenaltyRate,
)
from settlement.penalty import Failed, charge, close_out, collected_on
from settlement.penalty import PenaltyRate as Rate
from settlement.settle import settle
from settlement.standard_rates import PENALTIES
from tests.factories import Floor
from tests.settlement.checks import broken
from tests.settlement.world import MONDAY, fill, instrument

RATES = [Rate(*row) for row in PENALTIES]
WEEKDAYS = Calendar("X", frozenset({date(2026, 11, 26)}), date(2026, 1, 1), date(2027, 12, 31))
WEDNESDAY = date(2026, 11, 25)
FAILED = Failed("EU", "liquid_share", "deliver", "LACK", D(1_000_000), D(990_000), "EUR")


@pytest.mark.parametrize(
    ("category", "amount"),
    [
        ("liquid_share", "100.00"), ("illiquid_share", "50.00"), ("sme_growth_market", "25.00"),
        ("sovereign_debt", "10.00"), ("other_debt", "20.00"), ("sme_debt", "15.00"), ("other", "50.00"),
    ],
)  # fmt: skip
def test_a_day_costs_the_rates_of_the_annex(category: str, amount: str) -> None:
    made = charge(FAILED._replace(category=category), MONDAY, RATES)
    assert made is not None
    assert (made.amount, made.is_ours) == (D(amount), True)


def test_lack_of_cash_costs_the_overnight_rate_and_never_less_than_nothing() -> None:
    lacks = FAILED._replace(direction="receive", reason_code="MONY")
    rates = [Rate("EU", "lack_of_cash", date(2026, 1, 1), D("3.6")), Rate("EU", "lack_of_cash", MONDAY, D("-0.5"))]
    made = charge(lacks, date(2026, 11, 20), rates)
    assert made is not None
    assert (made.amount, made.is_ours) == (D("99.00"), True)
    assert (after := charge(lacks, MONDAY, rates))
    assert after.amount == 0


@pytest.mark.parametrize(
    ("direction", "reason", "ours"),
    [("deliver", "LACK", True), ("receive", "CLAC", False), ("deliver", "CMON", False), ("receive", "", False),
     ("deliver", "", True), ("receive", "MONY", True)],
)  # fmt: skip
def test_whoever_lacks_pays(direction: str, reason: str, ours: bool) -> None:
    made = charge(FAILED._replace(direction=direction, reason_code=reason), MONDAY, RATES)
    assert made is not None
    assert made.is_ours is ours


def test_markets_without_rates_charge_nothing() -> None:
    assert charge(FAILED._replace(market="US"), MONDAY, RATES) is None
    assert charge(FAILED, date(2021, 1, 4), RATES) is None


def test_a_short_sale_is_closed_out_a_settlement_day_after_it_was_due_a_long_one_three() -> None:
    assert close_out(WEDNESDAY, True, WEEKDAYS) == date(2026, 11, 27)  # over the holiday
    assert close_out(WEDNESDAY, False, WEEKDAYS) == date(2026, 12, 1)
    assert collected_on(date(2026, 11, 30), WEEKDAYS) == date(2026, 12, 24)
    assert collected_on(date(2026, 12, 31), WEEKDAYS) == date(2027, 1, 26)


@pytest.fixture
def share(floor: Floor) -> Instrument:
    return instrument("SAP", settl_market="DE", currency="EUR", reference_price=D(200), isin="DE0007164600")


def failing(floor: Floor, share: Instrument, *fills: tuple[str, Any, Any]) -> list[Instruction]:
    """Instructions of Monday, due on Wednesday, that fail."""
    fill(floor, fills or [("sell", 100, "198")], of=share)
    while settle():
        pass
    send()
    held = list(Instruction.objects.filter(state="sent").order_by("id"))
    apply([Answer(one.reference, "failing", "CU", WEDNESDAY, reason_code="LACK") for one in held])
    return held


def today(day: date) -> None:
    BusinessDate.objects.update(today=day)


def test_each_business_day_that_it_fails_is_charged_once(floor: Floor, share: Instrument) -> None:
    (held,) = failing(floor, share)
    assert held.settl_date == WEDNESDAY
    for day in (date(2026, 11, 24), WEDNESDAY):
        today(day)
        accrue()
    assert Penalty.objects.count() == 0
    today(date(2026, 11, 26))
    assert (accrue(), accrue()) == (1, 0)
    made = Penalty.objects.get()
    assert (made.day, made.category, made.reason_code) == (WEDNESDAY, "liquid_share", "LACK")
    assert (made.failed_qty, made.reference_price, made.amount, made.is_ours) == (100, 200, 2, True)
    part = Answer(held.reference, "partial", "CU", date(2026, 11, 26), D(40), D(7920), message_id="M1")
    assert apply([part]) == [None]
    today(date(2026, 11, 30))
    assert accrue() == 4
    assert list(Penalty.objects.order_by("day").values_list("day", "failed_qty", "amount")) == [
        (WEDNESDAY, 100, D(2)), (date(2026, 11, 26), 60, D("1.2")), (date(2026, 11, 27), 60, D("1.2")),
    ]  # fmt: skip
    (fail,) = fails([floor.accounts[0].pk])
    assert (fail.age_days, fail.penalties, fail.close_out_by) == (3, D("4.4"), None)
    assert broken("I34") == {}


def test_what_settled_meanwhile_is_charged_for_the_days_before(floor: Floor, share: Instrument) -> None:
    (held,) = failing(floor, share)
    today(date(2026, 11, 24))
    accrue()
    today(date(2026, 11, 30))
    late = Answer(held.reference, "settled", "CU", date(2026, 11, 27), D(100), held.net_money, message_id="M1")
    assert apply([late]) == [None]
    assert accrue() == 6
    assert list(Penalty.objects.values_list("day", flat=True)) == [WEDNESDAY, date(2026, 11, 26)]
    assert fails([floor.accounts[0].pk]) == []


def test_what_the_custodian_says_fails_is_a_fail_on_its_day(floor: Floor, share: Instrument) -> None:
    (held,) = failing(floor, share)
    today(WEDNESDAY)
    (fail,) = fails([floor.accounts[0].pk])
    assert (fail.instruction.pk, fail.age_days, fail.penalties) == (held.pk, 0, 0)
    Instruction.objects.filter(pk=held.pk).update(state="matched")
    assert fails([floor.accounts[0].pk]) == []


def test_penalties_are_pending_until_the_month_is_collected(floor: Floor, share: Instrument) -> None:
    failing(floor, share)
    today(WEDNESDAY)
    accrue()
    today(date(2026, 11, 26))
    accrue()
    owed = Balance.objects.get(ledger_account__owner="custodian")
    assert (owed.posted, owed.pending_in) == (0, 2)
    assert LedgerTransaction.objects.get(kind="penalty").value_date == date(2026, 12, 24)
    Instruction.objects.update(settl_date=date(2027, 3, 1))  # nothing fails any more
    today(date(2026, 12, 25))
    accrue()
    owed.refresh_from_db()
    assert (owed.posted, owed.pending_in) == (2, 0)
    assert broken("I27", "an instruction's") == {}


def test_a_day_on_which_it_had_settled_after_all_is_given_back(floor: Floor, share: Instrument) -> None:
    (held,) = failing(floor, share)
    for day in (WEDNESDAY, date(2026, 11, 26), date(2026, 11, 27)):
        today(day)
        accrue()
    assert [one.stands.amount for one in Penalty.objects.order_by("day")] == [D(2), D(2)]
    # Of Thursday a part, told on Friday, when the day had been charged.
    part = Answer(held.reference, "partial", "CU", date(2026, 11, 26), D(40), D(7920), message_id="M1")
    assert apply([part]) == [None]
    assert (correct(), correct()) == (1, 0)
    assert [one.stands.amount for one in Penalty.objects.order_by("day")] == [D(2), D("1.2")]
    assert [one.penalties for one in fails([floor.accounts[0].pk])] == [D("3.2")]
    rest = Answer(held.reference, "settled", "CU", date(2026, 11, 26), D(60), held.net_money - 7920, message_id="M2")
    assert apply([rest]) == [None]
    today(date(2026, 12, 25))
    accrue()
    assert list(PenaltyCorrection.objects.values_list("seq", "failed_qty", "amount")) == [(1, 60, D("1.2")), (2, 0, 0)]
    owed = Balance.objects.get(ledger_account__owner="custodian")
    assert (owed.posted, owed.pending_in, owed.pending_out) == (2, 0, 0)
    # The custodian is told of what was paid, so that its statement agrees.
    assert CustodyMovement.objects.count() == 4
    assert broken("I27", "an instruction's") == {}
    assert [one for one in check() if one.broken and "penalty" in one.name] == []


def test_a_short_sale_in_the_us_says_when_it_must_be_closed_out(floor: Floor) -> None:
    fill(floor, [("sell_short", 10, "10"), ("sell", 10, "10")])
    while settle():
        pass
    send()
    apply([Answer(one.reference, "accepted") for one in Instruction.objects.all()])
    today(WEDNESDAY)
    short, long = fails([floor.accounts[0].pk])
    assert (short.close_out_by, long.close_out_by) == (WEDNESDAY, date(2026, 11, 30))
    assert fails([floor.accounts[1].pk]) == []


def test_accruing_costs_as_many_statements_for_many_fails(floor: Floor, share: Instrument) -> None:
    PenaltyRate.objects.filter(category="other").delete()
    failing(floor, share, ("sell", 1, "198"))
    today(date(2026, 11, 24))
    accrue()
    counts = []
    for day, size in ((date(2026, 11, 26), 1), (date(2026, 11, 27), 200)):
        if size > 1:
            failing(floor, share, *[("sell", 1, "198")] * (size - 1))
        today(day)
        with CaptureQueriesContext(connection) as queries:
            accrue()
        counts.append(len(queries))
    assert counts[0] >= counts[1]  # the first opens the ledger's accounts
    assert Penalty.objects.filter(day=date(2026, 11, 26)).count() == 200
    assert PenaltyDay.objects.count() == 4
    assert broken("I27") == {}
