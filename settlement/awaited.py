"""Money of executions that owe nothing yet: not taken up by settlement, or waiting to be allocated. Reads only.

What owes has pending entries in the ledger, also while it waits to be netted or instructed, so nothing stands in both.
Amounts are before charges and accrued interest, which are known once it is owed.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef

from oms.base import sets
from orders.models import ExecutionReport, Instrument
from orders.vocabulary import ExecType
from settlement.allocation.executed import Executed, worth
from settlement.allocation.tables import WAITING, AllocationOrder, State
from settlement.calendars import Unsupported
from settlement.net import gross_trade_amt, principal
from settlement.obligations import SELL, Terms
from settlement.rounding import ZERO, minor_unit
from settlement.standing import Standing, standing

# What fills behind the settlement cursor have made of their orders: what each is worth now, less before the first.
_FRESH = """
WITH fresh AS (
    SELECT e.order_id, min(e.seq) AS seq, max(e.trade_date) AS trade_date FROM orders_executionreport e
    LEFT JOIN orders_cursor c ON c.name = 'settlement'
    WHERE (e.tx, e.id) > (coalesce(c.tx, 0), coalesce(c.event_id, 0)) AND e.is_root
      AND e.exec_type IN ('trade', 'trade_cancel', 'trade_correct') AND e.account_id = ANY(%(accounts)s::bigint[])
    GROUP BY e.order_id)
SELECT o.account_id, o.instrument_id, o.side, f.trade_date, o.settl_date,
    o.cum_qty - coalesce(b.cum_qty, 0), o.gross_trade_amt - coalesce(b.gross_trade_amt, 0)
FROM fresh f JOIN orders_order o ON o.id = f.order_id JOIN orders_account a ON a.id = o.account_id
LEFT JOIN orders_executionreport b ON b.order_id = f.order_id AND b.seq = f.seq - 1
WHERE NOT a.average_price
  AND NOT EXISTS (SELECT FROM settlement_allocationorder x WHERE x.order_id = o.id AND x.active)
ORDER BY f.order_id
"""


class Made(NamedTuple):
    """What executions of an order made: signed where a bust took more than was filled. ``gross`` is qty times price."""

    account_id: int
    instrument_id: int
    side: str
    trade_date: date
    agreed: date | None
    qty: Decimal
    gross: Decimal


class Coming(NamedTuple):
    """Money that will move: positive where it comes in."""

    account_id: int
    currency: str
    settl_date: date
    amount: Decimal


def awaited(account_ids: Sequence[int], today: date) -> list[Coming]:
    """The money of the accounts' executions that owe nothing yet, by currency and settlement date.

    What has no settlement date (no cycle, no calendar) counts today, as what should have moved by now does. At most
    seven SELECTs.
    """
    made = [*_fresh(account_ids), *_unallocated(account_ids)]
    rows = Instrument.objects.filter(pk__in={one.instrument_id for one in made})
    terms = {row[0]: Terms(*row) for row in rows.values_list(*Terms._fields)} if made else {}
    tables = standing()
    sums: dict[tuple[int, str, date], Decimal] = {}
    for one in made:
        for currency, amount in money(one, terms[one.instrument_id]):
            key = one.account_id, currency, max(_settles(one, terms[one.instrument_id], tables, today), today)
            sums[key] = sums.get(key, ZERO) + amount
    return [Coming(*key, amount) for key, amount in sorted(sums.items()) if amount]


def money(one: Made, terms: Terms) -> Iterator[tuple[str, Decimal]]:
    """What the executions pay, and bring: of a pair of currencies both legs. Pure."""
    out = 1 if one.side.startswith(SELL) else -1
    gross = gross_trade_amt(terms.asset_class, Decimal(1), one.gross, terms.multiplier)
    yield terms.currency, out * principal(terms.asset_class, gross, minor_unit(terms.currency))
    if terms.pair:
        yield str(terms.delivers), -out * one.qty


def _settles(one: Made, terms: Terms, tables: Standing, today: date) -> date:
    if one.agreed is not None and one.agreed >= one.trade_date:
        return one.agreed
    try:
        return tables.settl_date(terms.market, terms.asset_class, one.trade_date, terms.pair)
    except Unsupported:
        return today


def _fresh(account_ids: Iterable[int]) -> list[Made]:
    with connection.cursor() as cursor:
        cursor.execute(_FRESH, {"accounts": sets.literal(sorted(set(account_ids)))})
        return [Made(*row) for row in cursor.fetchall()]


def _unallocated(account_ids: Iterable[int]) -> list[Made]:
    """Executions of allocation accounts, and of orders with an allocation, that are not booked for anybody yet."""
    wanted = sorted(set(account_ids))
    booked = AllocationOrder.objects.filter(
        order=OuterRef("order_id"), trade_date=OuterRef("trade_date"), active=True, allocation__state=State.BOOKED
    )
    rows = ExecutionReport.objects.filter(
        ~Exists(booked), is_root=True, exec_type=ExecType.TRADE, order__account__in=wanted, order__cum_qty__gt=0
    ).order_by()
    named = AllocationOrder.objects.filter(active=True, allocation__state__in=WAITING).values("order_id")
    columns = (
        "order_id",
        "trade_date",
        "order__account_id",
        "order__instrument_id",
        "order__side",
        "order__settl_date",
    )
    found = {
        row
        for some in (rows.filter(order__account__average_price=True), rows.filter(order__in=named))
        for row in some.values_list(*columns).distinct()
    }
    executed = Executed(row[0] for row in found)
    made = []
    for order_id, day, account, instrument, side, agreed in sorted(found, key=lambda row: row[:2]):
        qty, gross = worth(executed.on([order_id], day))
        made.append(Made(account, instrument, side, day, agreed, qty, gross))
    return made
