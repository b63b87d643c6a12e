"""Fails by the day: who still owes what was due, how old it is, what it costs; penalties accrued once a day, set-wise.

A fail is an instruction the custodian holds whose settlement date has passed, or of which it says on that date that it
fails. It stays in the custodian's queue and settles when it can, under the same reference; nothing of ours sends it
again. Penalties accrue when the business date has moved past a day: pending in the ledger, and posted when the month is
collected. What the custodian tells later of that day corrects them (settlement/recharging.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import lane
from orders.reference import business_date
from settlement import ledger, penalty, recharging
from settlement.actions import tell
from settlement.calendars import Calendar, Unsupported
from settlement.instruction import OPEN
from settlement.models import (
    Confirmation,
    Instruction,
    InstructionObligation,
    LedgerEntry,
    Penalty,
    PenaltyCategory,
    PenaltyDay,
    PenaltyRate,
)
from settlement.net import gross_trade_amt
from settlement.obligations import AccountKey, Terms
from settlement.rounding import ZERO
from settlement.standing import Standing, standing

HOME_CALENDAR = "US"
# What the custodian has not taken on yet cannot fail there.
FAILING = [state for state in OPEN if state != "sent"]
SAID_TO_FAIL = ["failing", "partial"]
_TERMS = [f"instrument__{name}" for name in Terms._fields]


class Fail(NamedTuple):
    """An open fail as it is told: ``age_days`` are business days since it was due."""

    instruction: Instruction
    age_days: int
    close_out_by: date | None
    penalties: Decimal


class _Due(NamedTuple):
    """An instruction that was not settled on its day; ``settled_on``: when it was, if it has been since."""

    id: int
    account_id: int
    direction: str
    reason_code: str
    settl_date: date
    settled_on: date | None
    qty: Decimal
    net_money: Decimal
    currency: str
    price: Decimal | None
    reference_price: Decimal | None
    terms: Terms


def accrue(today: date | None = None) -> int:
    """Accrue the penalties of the days before the business date that have none yet; how many days.

    A fixed number of statements, however many fail. Each day is written once (its row's key is the day).
    """
    today = today or business_date()
    last = PenaltyDay.objects.order_by("-day").values_list("day", flat=True).first()
    days = _days(last or today - timedelta(days=1), today) if last else [today - timedelta(days=1)]
    if not days or last == today - timedelta(days=1):
        return 0
    with transaction.atomic():
        if not lane("penalties") or PenaltyDay.objects.filter(day__gte=days[0]).exists():
            return 0
        at, tables = now(), standing()
        rates = [
            penalty.PenaltyRate(*row)
            for row in PenaltyRate.objects.values_list("market", "category", "valid_from", "rate")
        ]
        found = _charged(days, _due(days[0], days[-1]), rates, tables) if rates else []
        sets.insert(Penalty, _PENALTY, [row for row, _ in found])
        _post(found, at)
        recharging.recharge(today, at)
        _collect(today, at)
        counts = {day: sum(row[1] == day for row, _ in found) for day in days}
        sets.insert(PenaltyDay, ("day", "accrued_at", "penalties"), [(day, at, counts[day]) for day in days])
        return len(days)


def failing(today: date) -> Q:
    """Which instructions fail: past their day with the custodian, or said by it to fail on the day."""
    return Q(state__in=FAILING, settl_date__lt=today) | Q(state__in=SAID_TO_FAIL, settl_date=today)


def correct() -> int:
    """Correct penalties by what the custodian has told since they were accrued; how many."""
    with transaction.atomic():
        return recharging.recharge(business_date(), now()) if lane("penalties") else 0


def fails(account_ids: Iterable[int], today: date | None = None) -> list[Fail]:
    """The open fails of the accounts, the oldest first. Four SELECTs."""
    today, tables = today or business_date(), standing()
    rows = Instruction.objects.filter(failing(today), account_id__in=list(account_ids))
    shorts = InstructionObligation.objects.filter(instruction=OuterRef("pk"), obligation__side="sell_short")
    held = list(
        rows.annotate(is_short=Exists(shorts))
        .select_related("account", "instrument")
        .prefetch_related("penalties__corrections")
        .order_by("settl_date", "pk")
    )
    return [_told(one, today, tables) for one in held]


def _told(one: Any, today: date, tables: Standing) -> Fail:
    terms = Terms(*(getattr(one.instrument, name) for name in Terms._fields))
    calendar = calendar_of(terms, tables)
    signed = [row.stands.amount if row.is_ours else -row.stands.amount for row in one.penalties.all()]
    try:
        age = calendar.between(one.settl_date, today)
        closes = penalty.close_out(one.settl_date, one.is_short, calendar) if _reg_sho(one, terms) else None
    except Unsupported:
        age, closes = (today - one.settl_date).days, None
    return Fail(one, age, closes, sum(signed, ZERO))


def _reg_sho(one: Instruction, terms: Terms) -> bool:
    """Rule 204 is about deliveries of US equity securities."""
    return one.direction == "deliver" and terms.market == "US" and terms.asset_class in ("equity", "etf")


def calendar_of(terms: Terms, tables: Standing) -> Calendar:
    """The calendar by which trades of an instrument settle."""
    of = [one for one in tables.cycles if (one.market, one.asset) == (terms.market, terms.asset_class) and one.calendar]
    code = max(of, key=lambda one: one.valid_from).calendar if of else HOME_CALENDAR
    return tables.calendars.get(code) or tables.calendars[HOME_CALENDAR]


def _days(last: date, today: date) -> list[date]:
    return [last + timedelta(days=n) for n in range(1, (today - last).days)]


def _due(first: date, last: date) -> list[_Due]:
    """What was not settled on its day and is due by ``last``: still open, or settled after ``first``. One SELECT."""
    late = Q(state__in=FAILING) | Q(state="settled", settled_on__gt=F("settl_date")) & Q(settled_on__gt=first)
    columns = [name for name in _Due._fields if name not in ("terms", "reference_price")]
    rows = Instruction.objects.filter(late, settl_date__lte=last, payment="against_payment").order_by("id")
    columns.append("instrument__reference_price")
    count = len(columns)
    return [_Due._make((*row[:count], Terms(*row[count:]))) for row in rows.values_list(*columns, *_TERMS)]


Row = tuple[tuple[Any, ...], tuple[_Due, penalty.Charge, date]]
_PENALTY = (
    "instruction", "day", "category", "reason_code", "failed_qty", "reference_price", "rate", "amount", "currency",
    "is_ours",
)  # fmt: skip


def _charged(
    days: Sequence[date], due: Sequence[_Due], rates: Sequence[penalty.PenaltyRate], tables: Standing
) -> list[Row]:
    """The penalty rows of each day, and what their ledger entries need."""
    own: Mapping[int, str] = dict(PenaltyCategory.objects.values_list("instrument_id", "category"))
    parts = _parts({one.id for one in due})
    found: list[Row] = []
    for one in due:
        calendar = calendar_of(one.terms, tables)
        for day in days:
            if day < one.settl_date or (one.settled_on and one.settled_on <= day) or not _is_open(calendar, day):
                continue
            before = [part for part in parts.get(one.id, ()) if part[0] <= day]
            left = one.qty - sum((part[1] for part in before), ZERO)
            money = one.net_money - sum((part[2] for part in before), ZERO)
            price = one.reference_price or one.price or ZERO
            asset = one.terms.asset_class
            value = gross_trade_amt(asset, left, price, one.terms.multiplier)
            category = own.get(one.terms.id) or penalty.USUAL.get(asset, "other")
            failed = penalty.Failed(
                one.terms.market, category, one.direction, one.reason_code, value, money, one.currency
            )
            made = penalty.charge(failed, day, rates)
            if made is not None:
                row = (
                    one.id, day, made.category, one.reason_code, left, price, made.rate, made.amount, one.currency,
                    made.is_ours,
                )  # fmt: skip
                found.append((row, (one, made, _collected(day, calendar))))
    return found


def _parts(instruction_ids: set[int]) -> dict[int, list[tuple[date, Decimal, Decimal]]]:
    """What has settled of each, and when: the penalty of a day is on what was left at its end. One SELECT."""
    found: dict[int, list[tuple[date, Decimal, Decimal]]] = {}
    rows = Confirmation.objects.filter(instruction_id__in=instruction_ids)
    for id_, *part in rows.values_list("instruction_id", "business_date", "qty", "net_money"):
        found.setdefault(id_, []).append((part[0], part[1], part[2]))
    return found


def _is_open(calendar: Calendar, day: date) -> bool:
    try:
        return calendar.is_business_day(day)
    except Unsupported:
        return day.weekday() < 5


def _collected(day: date, calendar: Calendar) -> date:
    try:
        return penalty.collected_on(day, calendar)
    except Unsupported:
        return day + timedelta(days=45)


def _post(found: Sequence[Row], at: datetime) -> None:
    """Each penalty is a pending transfer between the account and the custodian, until the month is collected."""
    keys = {
        (one.account_id, one.currency): (
            AccountKey("account", one.account_id, "", one.currency, ""),
            AccountKey("custodian", None, recharging.PARTY, one.currency, ""),
        )
        for _, (one, made, _) in found
        if made.amount
    }
    opened = ledger.accounts(key for pair in keys.values() for key in pair)
    postings = []
    for row, (one, made, collected) in found:
        if not made.amount:
            continue
        ours, theirs = (opened[key] for key in keys[one.account_id, one.currency])
        debit, credit = (theirs, ours) if made.is_ours else (ours, theirs)
        line = ledger.Line(debit.id, credit.id, debit.asset_id, made.amount, ledger.PENDING)
        postings.append(ledger.Posting(f"penalty:{one.id}:{row[1]}", "penalty", row[1], collected, [line]))
    ledger.post(postings, at)


def _collect(today: date, at: datetime) -> None:
    """Post the penalties whose day of collection has come; the custodian pays or is paid. Few statements for none."""
    due = LedgerEntry.objects.filter(
        transaction__kind="penalty", transaction__value_date__lte=today, phase="pending", resolved_by=None
    ).values_list("transaction__source", flat=True)
    held = ledger.pending(due)
    paid = ledger.post(
        [
            ledger.Posting(f"paid:{source}", "penalty", today, today, ledger.resolved(entries, ledger.POSTED))
            for source, (_, entries) in sorted(held.items())
        ],
        at,
    )
    if paid:
        tell.note(paid)
        bell.ring_on_commit("actions")
