"""Penalties corrected: of a day that was charged the custodian told later what had settled by then.

Accruing does not wait for the last answer of a day, and answers may be kept back. What has settled by a day costs
nothing on it: the difference is given back, pending until the month is collected, or at once where it has been.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from oms.base import sets
from orders.models import Instrument
from settlement import ledger, penalty
from settlement.models import PenaltyCorrection
from settlement.net import gross_trade_amt
from settlement.obligations import AccountKey, Terms

PARTY = "CSDR"
# A penalty is paid in the month after it accrued; what is told later than this is between people.
LATEST = timedelta(days=120)
# Penalties on more than what is known by now to have been left at the end of their day.
_LATE = """
SELECT p.id, p.instruction_id, p.day, p.category, p.rate, p.reference_price, p.currency, p.is_ours,
    coalesce(s.seq, 0), coalesce(s.failed_qty, p.failed_qty), coalesce(s.amount, p.amount), i.account_id,
    i.instrument_id, i.qty - c.qty, i.net_money - c.net_money, t.value_date
FROM settlement_penaltyday d
JOIN settlement_penalty p ON p.day = d.day
JOIN settlement_instruction i ON i.id = p.instruction_id
CROSS JOIN LATERAL (
    SELECT sum(c.qty) AS qty, sum(c.net_money) AS net_money FROM settlement_confirmation c
    WHERE c.instruction_id = p.instruction_id AND c.business_date <= p.day) c
LEFT JOIN LATERAL (
    SELECT s.seq, s.failed_qty, s.amount FROM settlement_penaltycorrection s WHERE s.penalty_id = p.id
    ORDER BY s.seq DESC LIMIT 1) s ON true
LEFT JOIN settlement_ledgertransaction t ON t.source = 'penalty:' || p.instruction_id || ':' || p.day
WHERE d.day >= %s AND i.qty - c.qty <> coalesce(s.failed_qty, p.failed_qty)
ORDER BY p.id
"""


class _Late(NamedTuple):
    """A penalty as it stands, and what was left of its instruction at the end of its day as is known by now."""

    id: int
    instruction_id: int
    day: date
    category: str
    rate: Decimal
    reference_price: Decimal
    currency: str
    is_ours: bool
    seq: int
    failed_qty: Decimal
    amount: Decimal
    account_id: int
    instrument_id: int
    left_qty: Decimal
    left_money: Decimal
    collected_on: date | None


def recharge(today: date, at: datetime) -> int:
    """Correct what was charged too much, in the caller's transaction; how many. One SELECT where there is nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_LATE, [today - LATEST])
        late = [_Late(*row) for row in cursor.fetchall()]
    if late:
        amounts = _amounts(late)
        rows = [(one.id, one.seq + 1, one.left_qty, amount, at) for one, amount in zip(late, amounts, strict=True)]
        sets.insert(PenaltyCorrection, ("penalty", "seq", "failed_qty", "amount", "corrected_at"), rows)
        _post(late, amounts, today, at)
    return len(late)


def _amounts(late: Sequence[_Late]) -> list[Decimal]:
    """What each penalty comes to now."""
    ids = {one.instrument_id for one in late}
    terms = {row[0]: Terms(*row) for row in Instrument.objects.filter(pk__in=ids).values_list(*Terms._fields)}
    found = []
    for one in late:
        of = terms[one.instrument_id]
        value = gross_trade_amt(of.asset_class, one.left_qty, one.reference_price, of.multiplier)
        found.append(penalty.amount(one.category, one.rate, value, one.left_money, one.currency))
    return found


def _post(late: Sequence[_Late], amounts: Sequence[Decimal], today: date, at: datetime) -> None:
    """The difference goes back the way it came, and is collected like it."""
    changed = [(one, one.amount - amount) for one, amount in zip(late, amounts, strict=True) if one.amount != amount]
    keys = {
        (one.account_id, one.currency): (
            AccountKey("account", one.account_id, "", one.currency, ""),
            AccountKey("custodian", None, PARTY, one.currency, ""),
        )
        for one, _ in changed
    }
    opened = ledger.accounts(key for pair in keys.values() for key in pair)
    postings = []
    for one, back in changed:
        ours, theirs = (opened[key] for key in keys[one.account_id, one.currency])
        debit, credit = (ours, theirs) if one.is_ours is (back > 0) else (theirs, ours)
        line = ledger.Line(debit.id, credit.id, debit.asset_id, abs(back), ledger.PENDING)
        source = f"penalty:{one.instruction_id}:{one.day}:{one.seq + 1}"
        postings.append(ledger.Posting(source, "penalty", today, max(one.collected_on or today, today), [line]))
    ledger.post(postings, at)
