"""What accounts hold and will hold: settled, unsettled and reserved money, and what it comes to by day. Reads only.

It is read from the ledger: what is posted has settled, what is pending moves on its value date, and what should have
moved by now moves today. Executions that are not in the ledger yet, because settlement has not taken them up or because
they wait to be allocated, are added (settlement/awaited.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from oms.base import sets
from settlement.awaited import awaited
from settlement.models import Balance

ZERO = Decimal(0)
# Pending transfers of accounts' money by value date: what a debit brings, a credit takes.
_DUE = """
SELECT l.account_id, a.currency, greatest(t.value_date, %(today)s), sum(m.coming), sum(m.going)
FROM settlement_ledgeraccount l JOIN settlement_asset a ON a.id = l.asset_id AND a.currency IS NOT NULL
JOIN settlement_balance b ON b.ledger_account_id = l.id AND (b.pending_in <> 0 OR b.pending_out <> 0)
CROSS JOIN LATERAL (
    SELECT transaction_id, amount AS coming, 0 AS going, id FROM settlement_ledgerentry
    WHERE debit_account_id = l.id AND phase = 'pending'
    UNION ALL
    SELECT transaction_id, 0, amount, id FROM settlement_ledgerentry
    WHERE credit_account_id = l.id AND phase = 'pending') m
JOIN settlement_ledgertransaction t ON t.id = m.transaction_id
WHERE l.owner = 'account' AND l.account_id = ANY(%(accounts)s::bigint[])
  AND NOT EXISTS (SELECT FROM settlement_ledgerentry r WHERE r.resolves_id = m.id)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
# What fills that settlement has not taken up will bring and take: an order's value, less what it was before them.
_UNSEEN = """
WITH fresh AS (
    SELECT e.order_id, min(e.seq) AS seq FROM orders_executionreport e
    LEFT JOIN orders_cursor c ON c.name = 'settlement'
    WHERE (e.tx, e.id) > (coalesce(c.tx, 0), coalesce(c.event_id, 0)) AND e.is_root
      AND e.exec_type IN ('trade', 'trade_cancel', 'trade_correct') AND e.account_id = ANY(%(accounts)s::bigint[])
    GROUP BY e.order_id)
SELECT o.account_id, i.currency, sum(
    CASE o.side WHEN 'buy' THEN -1 ELSE 1 END * (o.gross_trade_amt - coalesce(b.gross_trade_amt, 0)) * i.multiplier
    * CASE WHEN i.asset_class IN ('government_bond', 'corporate_bond') THEN 0.01 ELSE 1 END)
FROM fresh f JOIN orders_order o ON o.id = f.order_id JOIN orders_instrument i ON i.id = o.instrument_id
LEFT JOIN orders_executionreport b ON b.order_id = f.order_id AND b.seq = f.seq - 1
WHERE i.asset_class <> 'future' GROUP BY 1, 2
"""


class Rung(NamedTuple):
    """Money that will move on ``settl_date``: ``incoming`` less ``outgoing`` is ``net``; ``projected`` adds it up."""

    currency: str
    settl_date: date
    incoming: Decimal
    outgoing: Decimal
    net: Decimal
    projected: Decimal


class Ladder(NamedTuple):
    """An account's money in one currency: settled, what is still to come and to go, what open orders have set aside.

    ``projected`` is what is there when everything has moved, ``available`` what of it no order has set aside.
    ``awaited`` is what of ``incoming`` less ``outgoing`` is of executions that owe nothing yet.
    """

    account_id: int
    currency: str
    settled: Decimal
    incoming: Decimal
    outgoing: Decimal
    reserved: Decimal
    rungs: tuple[Rung, ...]
    awaited: Decimal = ZERO

    @property
    def projected(self) -> Decimal:
        """Settled, with all that will move."""
        return self.settled + self.incoming - self.outgoing

    @property
    def available(self) -> Decimal:
        """What could be spent once everything has moved."""
        return self.projected - self.reserved


class Held(NamedTuple):
    """A balance of an account: an asset's settled amount, and what is still to come and to go."""

    account_id: int
    currency: str
    instrument_id: int | None
    posted: Decimal
    pending_in: Decimal
    pending_out: Decimal


class Funds(NamedTuple):
    """An account's money in one currency, as orders are checked against it; ``unseen`` is of fills just made."""

    currency: str
    settled: Decimal
    incoming: Decimal
    outgoing: Decimal
    unseen: Decimal = ZERO


def holdings(account_ids: Iterable[int]) -> list[Held]:
    """Every balance of the accounts, money (currency set) and securities (instrument set). One SELECT."""
    rows = Balance.objects.filter(ledger_account__account_id__in=list(account_ids), ledger_account__owner="account")
    columns = rows.order_by("ledger_account__account_id", "ledger_account__asset_id").values_list(
        "ledger_account__account_id", "ledger_account__asset__currency", "ledger_account__asset__instrument_id",
        "posted", "pending_in", "pending_out",
    )  # fmt: skip
    return [Held(account, currency or "", *rest) for account, currency, *rest in columns]


def ladders(
    account_ids: Sequence[int], today: date, reserved: Mapping[tuple[int, str], Decimal] | None = None
) -> list[Ladder]:
    """The money of each account by currency, and by the day it moves. At most nine SELECTs. ``reserved`` is by
    (account, currency): what open purchases have set aside, which settlement does not know."""
    aside = reserved or {}
    held = {(one.account_id, one.currency): one for one in holdings(account_ids) if one.currency}
    due: dict[tuple[int, str], list[tuple[date, Decimal, Decimal]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"today": today, "accounts": sets.literal(sorted(set(account_ids)))})
        for account, currency, day, incoming, outgoing in cursor.fetchall():
            due.setdefault((account, currency), []).append((day, incoming, outgoing))
    waits: dict[tuple[int, str], list[Decimal]] = {}
    for one in awaited(account_ids, today):
        due.setdefault(one[:2], []).append((one.settl_date, max(one.amount, ZERO), max(-one.amount, ZERO)))
        waits.setdefault(one[:2], []).append(one.amount)
    return [
        _ladder(key, held.get(key, Held(*key, None, ZERO, ZERO, ZERO)), due.get(key, ()), aside, waits.get(key, ()))
        for key in sorted(held.keys() | aside.keys() | waits.keys())
    ]


def _ladder(
    key: tuple[int, str],
    held: Held,
    due: Iterable[tuple[date, Decimal, Decimal]],
    aside: Mapping[tuple[int, str], Decimal],
    waits: Iterable[Decimal],
) -> Ladder:
    amounts = list(waits)
    coming = held.pending_in + sum((one for one in amounts if one > 0), ZERO)
    going = held.pending_out - sum((one for one in amounts if one < 0), ZERO)
    rungs = _rungs(key[1], held.posted, due)
    return Ladder(*key, held.posted, coming, going, aside.get(key, ZERO), rungs, sum(amounts, ZERO))


def _rungs(currency: str, settled: Decimal, due: Iterable[tuple[date, Decimal, Decimal]]) -> tuple[Rung, ...]:
    days: dict[date, tuple[Decimal, Decimal]] = {}
    for day, incoming, outgoing in due:
        before = days.get(day, (ZERO, ZERO))
        days[day] = before[0] + incoming, before[1] + outgoing
    rungs, projected = [], settled
    for day, (incoming, outgoing) in sorted(days.items()):
        projected += incoming - outgoing
        rungs.append(Rung(currency, day, incoming, outgoing, incoming - outgoing, projected))
    return tuple(rungs)


def funds(account_ids: Iterable[int]) -> dict[int, list[Funds]]:
    """What orders are checked against: the money of each account the ledger knows, by currency. Two SELECTs."""
    wanted = sorted(set(account_ids))
    found: dict[int, dict[str, Funds]] = {}
    for held in holdings(wanted):
        if held.currency:
            mine = found.setdefault(held.account_id, {})
            mine[held.currency] = Funds(held.currency, held.posted, held.pending_in, held.pending_out)
    with connection.cursor() as cursor:
        cursor.execute(_UNSEEN, {"accounts": sets.literal(wanted)})
        for account, currency, unseen in cursor.fetchall():
            mine = found.setdefault(account, {})
            mine[currency] = mine.get(currency, Funds(currency, ZERO, ZERO, ZERO))._replace(unseen=unseen)
    return {account: list(mine.values()) for account, mine in found.items()}
