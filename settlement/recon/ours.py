"""What our books say a statement should say: holdings, movements, money and executions of a day, set-wise."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, Q

from orders.models import Account, ExecutionReport, OrderRequest
from orders.vocabulary import ExecType
from settlement.actions.tell import reference as told_as
from settlement.instruction import reference
from settlement.models import Confirmation, CustodyMovement
from settlement.recon.items import Item
from settlement.rounding import ZERO

Items = dict[Any, list[Item]]
# What an account held at the end of a day: its balance now less what was posted for later days.
# One statement, so that what is posted meanwhile is in both halves of it or in neither.
_HELD = """
WITH later AS (
    SELECT account, sum(amount) AS amount FROM (
        SELECT e.debit_account_id AS account, e.amount FROM settlement_ledgertransaction t
            JOIN settlement_ledgerentry e ON e.transaction_id = t.id
            WHERE t.effective_date > %(day)s AND e.phase = 'posted'
        UNION ALL
        SELECT e.credit_account_id, -e.amount FROM settlement_ledgertransaction t
            JOIN settlement_ledgerentry e ON e.transaction_id = t.id
            WHERE t.effective_date > %(day)s AND e.phase = 'posted') sides GROUP BY account)
SELECT a.account_id, coalesce(s.currency, nullif(i.isin, ''), i.symbol), sum(b.posted - coalesce(l.amount, 0))
FROM settlement_ledgeraccount a
JOIN settlement_asset s ON s.id = a.asset_id
LEFT JOIN orders_instrument i ON i.id = s.instrument_id
JOIN settlement_balance b ON b.ledger_account_id = a.id
LEFT JOIN later l ON l.account = a.id
WHERE a.owner = 'account' AND a.account_id = ANY(%(accounts)s) AND (s.currency IS NOT NULL) = %(money)s
GROUP BY 1, 2 HAVING sum(b.posted - coalesce(l.amount, 0)) <> 0
"""
# What each transaction of a day moved on an account in a currency: positive where it came in.
_PAID = """
SELECT account, currency, source, confirmation, value_date, sum(amount) FROM (
    SELECT a.account_id AS account, s.currency, t.source, t.value_date,
        CASE WHEN t.kind = 'settlement' THEN split_part(t.source, ':', 2)::bigint END AS confirmation,
        CASE WHEN e.debit_account_id = a.id THEN e.amount ELSE -e.amount END AS amount
    FROM settlement_ledgertransaction t
    JOIN settlement_ledgerentry e ON e.transaction_id = t.id AND e.phase = 'posted'
    JOIN settlement_ledgeraccount a ON a.id IN (e.debit_account_id, e.credit_account_id) AND a.owner = 'account'
    JOIN settlement_asset s ON s.id = a.asset_id AND s.currency IS NOT NULL
    -- What was written off is no movement of theirs: it brings our balance to theirs.
    WHERE t.effective_date = %(day)s AND t.source NOT LIKE 'write-off:%%' AND a.account_id = ANY(%(accounts)s)) moves
GROUP BY account, currency, source, confirmation, value_date HAVING sum(amount) <> 0
"""


def expected(day: date) -> set[tuple[str, int, str]]:
    """The statements that a custodian owes us for ``day`` as (kind, account, currency): for every account that held
    something settled at its end its securities and movements, and its money in each currency. Three SELECTs."""
    everybody = list(Account.objects.values_list("pk", flat=True))
    money = {(account, currency) for account, currency, _ in _held(everybody, day, money=True)}
    held = {row[0] for row in _held(everybody, day, money=False)} | {account for account, _ in money}
    return {("cash", account, currency) for account, currency in money} | {
        (kind, one, "") for one in held for kind in ("holdings", "movements")
    }


def holdings(accounts: Sequence[int], day: date) -> Items:
    """Settled securities at the end of ``day``, by account. One SELECT."""
    found: Items = defaultdict(list)
    for account, asset, qty in _held(accounts, day, money=False):
        found[account].append(Item(asset, asset, asset, qty=qty))
    return found


def movements(accounts: Sequence[int], day: date) -> Items:
    """What the custodian confirmed for ``day``, and what it was told of then, by account. Two SELECTs."""
    rows = Confirmation.objects.filter(business_date=day, instruction__account__in=accounts).annotate(
        account=F("instruction__account_id"), isin=F("instruction__instrument__isin"),
        symbol=F("instruction__instrument__symbol"), direction=F("instruction__direction"),
        currency=F("instruction__currency"), payment=F("instruction__payment"),
    )  # fmt: skip
    found: Items = defaultdict(list)
    for row in rows.values("pk", "instruction_id", "qty", "net_money", "account", "isin", "symbol", "direction",
                           "currency", "payment"):  # fmt: skip
        paid = row["payment"] == "against_payment"
        # The deliverer is paid: money comes in where securities go out.
        money = row["net_money"] if row["direction"] == "deliver" else -row["net_money"]
        found[row["account"]].append(
            Item(
                str(row["pk"]), reference(row["instruction_id"]), row["isin"] or row["symbol"], row["direction"],
                row["qty"], ZERO, money if paid else ZERO, row["currency"] if paid else "", day,
            )
        )  # fmt: skip
    for account, item in _told(accounts, day):
        found[account].append(item)
    return found


def _told(accounts: Sequence[int], day: date) -> Iterator[tuple[int, Item]]:
    """Securities that moved on ``day`` and no instruction asked for: the custodian knows them by our name for each."""
    ours = Q(entry__debit_account__account__in=accounts) | Q(entry__credit_account__account__in=accounts)
    rows = CustodyMovement.objects.filter(
        ours, entry__transaction__effective_date=day, entry__asset__instrument__isnull=False
    )
    columns = ("pk", "entry__amount", "entry__debit_account__account_id", "entry__credit_account__account_id",
               "entry__asset__instrument__isin", "entry__asset__instrument__symbol")  # fmt: skip
    for pk, qty, into, out_of, isin, symbol in rows.order_by("pk").values_list(*columns):
        direction = "receive" if into else "deliver"
        yield into or out_of, Item(f"m{pk}", told_as(pk), isin or symbol, direction, qty, day=day)


def payments(accounts: Sequence[int], day: date) -> Items:
    """What each ledger transaction of ``day`` moved, by account and currency. Two SELECTs.

    A settlement is named as its instruction is in messages, everything else by its source.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PAID, {"day": day, "accounts": list(accounts)})
        rows = cursor.fetchall()
    numbers = [row[3] for row in rows if row[3] is not None]
    names = dict(Confirmation.objects.filter(pk__in=numbers).values_list("pk", "instruction_id"))
    found: Items = defaultdict(list)
    for account, currency, source, confirmation, value_date, amount in rows:
        name = reference(names[confirmation]) if confirmation in names else source
        when = day if confirmation in names else value_date
        found[account, currency].append(Item(source, name, currency, money=amount, currency=currency, day=when))
    return found


def balances(accounts: Sequence[int], day: date) -> Mapping[tuple[int, str], Decimal]:
    """Booked money at the end of ``day``, by account and currency. One SELECT."""
    return {(account, currency): amount for account, currency, amount in _held(accounts, day, money=True)}


def executions(sources: Iterable[str], day: date) -> Items:
    """Venue executions of trade date ``day`` in their latest version, by venue (MIC). Two SELECTs.

    One that was corrected counts under the name of its correction, on the day of the correction; a bust as quantity 0.
    """
    fills = (ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL)
    rows = ExecutionReport.objects.filter(exec_type__in=fills, is_root=False, last_mkt__in=list(sources))
    of_day = rows.filter(trade_date=day)
    undone = set(rows.exclude(exec_type=ExecType.TRADE).filter(trade_date__gte=day).values_list("order_id", flat=True))
    columns = ("id", "order_id", "exec_type", "venue_exec_id", "exec_ref_id", "trade_date", "last_mkt", "side",
               "last_qty", "last_px", "order__instrument__isin", "order__instrument__symbol",
               "order__instrument__currency")  # fmt: skip
    chains = rows.filter(order_id__in=undone).order_by("id").values_list(*columns) if undone else []
    plain = of_day.exclude(order_id__in=undone) if undone else of_day
    found: Items = defaultdict(list)
    for row in (*plain.values_list(*columns), *_latest(chains)):
        id_, _, exec_type, exec_id, _, traded, mic, side, qty, px, isin, symbol, currency = row
        if traded == day:
            side = "buy" if side == "buy" else "sell"
            if exec_type == ExecType.TRADE_CANCEL:
                qty = px = ZERO
            found[mic].append(Item(str(id_), exec_id, isin or symbol, side, qty, px, ZERO, currency))
    return found


def executions_named(names: Iterable[str]) -> dict[str, Item]:
    """Fills of ours by the venue's ExecID: what a broker's copies can be of, who does not say which venue it used."""
    rows = ExecutionReport.objects.filter(venue_exec_id__in=list(names), exec_type=ExecType.TRADE, is_root=False)
    paper = ("order__instrument__isin", "order__instrument__symbol", "order__instrument__currency")
    columns = ("id", "venue_exec_id", "side", "last_qty", "last_px", *paper)
    return {
        exec_id: Item(str(id_), exec_id, isin or symbol, "buy" if side == "buy" else "sell", qty, px, currency=currency)
        for id_, exec_id, side, qty, px, isin, symbol, currency in rows.values_list(*columns)
    }


def accounts_of(reports: Iterable[int], names: Iterable[str]) -> tuple[dict[int, int], dict[str, int]]:
    """The accounts of executions by their id, and of requests by their ClOrdID. Two SELECTs."""
    made = ExecutionReport.objects.filter(pk__in=list(reports)).values_list("pk", "account_id")
    asked = OrderRequest.objects.filter(cl_ord_id__in=list(names)).values_list("cl_ord_id", "order__account_id")
    return dict(made), dict(asked)


def _latest(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The latest version of each execution: whatever name of it a correction or bust refers to."""
    first: dict[tuple[int, str], str] = {}
    latest: dict[tuple[int, str], tuple[Any, ...]] = {}
    for row in rows:
        order, exec_id, ref = row[1], row[3], row[4]
        name = first.get((order, ref), exec_id) if ref else exec_id
        first[order, exec_id] = name
        latest[order, name] = row
    return list(latest.values())


def _held(accounts: Sequence[int], day: date, *, money: bool) -> list[tuple[int, str, Decimal]]:
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"day": day, "accounts": list(accounts), "money": money})
        return cursor.fetchall()
