"""Who is entitled: positions of an instrument as they were at the close before an ex-date, on trade date.

Bonds are entitled as they settle: whoever buys to settle after the record date pays no accrued interest for the
coupon, or is paid for being without it, so the seller keeps it.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import F, Sum

from orders.models import Position
from settlement.actions.asof import held_at_close
from settlement.actions.effects import Held
from settlement.models import Balance, LedgerEntry
from settlement.net import BONDS
from settlement.rounding import ZERO


class Holder(NamedTuple):
    """An account, what it was entitled by at what cost, and how much of that had not settled."""

    held: Held
    unsettled_qty: Decimal


def holders(instrument_id: int, asset_class: str, ex_date: date, record_date: date) -> list[Holder]:
    """The accounts that are entitled, in order. At most eight SELECTs."""
    waiting = _unsettled(instrument_id)
    entitled = _settled(instrument_id, record_date) if asset_class in BONDS else _traded(instrument_id, ex_date)
    return [Holder(one, waiting.get(one.account_id, ZERO)) for one in entitled if one.qty]


def _traded(instrument_id: int, ex_date: date) -> list[Held]:
    held = held_at_close([instrument_id], ex_date - timedelta(days=1))
    return [Held(account, one.qty, one.avg_cost) for (account, _), one in sorted(held.items())]


def _settled(instrument_id: int, record_date: date) -> list[Held]:
    rows = Position.objects.filter(instrument_id=instrument_id).order_by("account_id")
    held = {row[0]: Held(*row) for row in rows.values_list("account_id", "qty", "avg_cost")}
    for account, late in _settling_after(instrument_id, record_date):
        held[account] = held[account]._replace(qty=held[account].qty - late)
    return list(held.values())


def _settling_after(instrument_id: int, record_date: date) -> list[tuple[int, Decimal]]:
    """What accounts bought, less what they sold, to settle after ``record_date``. Two SELECTs."""
    moved = LedgerEntry.objects.filter(
        asset__instrument_id=instrument_id, phase="pending", transaction__kind__in=["trade", "reversal"],
        transaction__value_date__gt=record_date,
    ).exclude(resolved_by__phase="void").order_by()  # fmt: skip
    came = moved.filter(debit_account__owner="account").values_list("debit_account__account_id")
    went = moved.filter(credit_account__owner="account").values_list("credit_account__account_id")
    return [*came.annotate(Sum("amount")), *((account, -qty) for account, qty in went.annotate(Sum("amount")))]


def _unsettled(instrument_id: int) -> dict[int, Decimal]:
    """What is still to come less what is still to go, by account."""
    rows = Balance.objects.filter(ledger_account__owner="account", ledger_account__asset__instrument_id=instrument_id)
    sums = rows.order_by().values_list("ledger_account__account_id")
    return dict(sums.annotate(waiting=Sum(F("pending_in") - F("pending_out"))))
