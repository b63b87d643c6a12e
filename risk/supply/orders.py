"""What the book itself knows: own orders and executions, of an account, a group, a sender, a strategy."""

from collections import defaultdict
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, F, Max, Q, Sum, Value
from django.db.models.functions import Coalesce, NullIf

from oms.base import sets
from orders.models import ExecutionReport, Order, OrderRequest
from orders.reference import price_factor
from orders.vocabulary import ExecType, Phase
from risk import strategies
from risk.context import Resting
from risk.models import AccountProfile, Arming
from risk.parts import Rollout, Sent, Traded, Working
from risk.supply.batch import ROOTS, Batch, Parts, strategy_of

_EXECUTED = """
SELECT s.name, count(DISTINCT e.id)
FROM unnest(%(names)s::text[], %(senders)s::text[], %(since)s::timestamptz[]) AS s (name, sender, since)
JOIN orders_order o ON (o.strategy = s.name OR o.strategy = '' AND o.sender_comp_id = s.sender)
    AND o.parent_id IS NULL AND o.composition = ''
JOIN orders_executionreport e ON e.order_id = o.id AND e.exec_type = 'trade' AND e.recorded_at >= %(first)s
WHERE e.recorded_at > s.since GROUP BY s.name
"""


def working(batch: Batch) -> Parts:
    """Open orders of each instrument: of the account's own self-trade group, and of clients. Two statements."""
    profiles = {
        pk: (group or f"account {pk}", barrier)
        for pk, group, barrier in AccountProfile.objects.filter(pk__in=batch.accounts).values_list(
            "pk", "self_trade_group", "barrier"
        )
    }
    rows = Order.objects.filter(instrument_id__in=batch.instruments, leaves_qty__gt=0, **ROOTS)
    columns = (
        "pk", "instrument_id", "account_id", "side", "price", "leaves_qty", "account__profile__self_trade_group",
        "account__profile__proprietary", "account__profile__barrier",
    )  # fmt: skip
    own: dict[tuple[int, str], list[Resting]] = defaultdict(list)
    clients: dict[int, list[tuple[int, str, Working]]] = defaultdict(list)
    for pk, instrument, account, side, price, leaves, group, proprietary, barrier in rows.values_list(*columns):
        own[instrument, group or f"account {account}"].append(Resting(side, price, pk))
        if proprietary is False:
            clients[instrument].append((pk, barrier or "", Working(side, price, leaves)))
    resting, groups, customers = {}, {}, {}
    for t in batch.terms:
        group, barrier = profiles.get(t.account_id or 0, (f"account {t.account_id}", ""))
        groups[t.order_id] = group
        resting[t.order_id] = tuple(one for one in own[t.instrument_id or 0, group] if one.order_id != t.order_id)
        customers[t.order_id] = tuple(
            order._replace(same_side=side == barrier)
            for pk, side, order in clients[t.instrument_id or 0]
            if pk != t.order_id
        )
    return {"resting": resting, "stp_group": groups, "client_orders": customers}


def recent(batch: Batch) -> Parts:
    """The account's orders within the longest window that a rule looks back over. One statement."""
    rows = Order.objects.filter(
        account_id__in=batch.accounts, created_at__gt=batch.since("PT-09", "PT-32"), **ROOTS
    ).exclude(phase=Phase.REJECTED)
    columns = (
        "pk", "account_id", "instrument_id", "side", "order_qty", "price", "created_at", "instrument__multiplier",
        "instrument__asset_class",
    )  # fmt: skip
    found: dict[int, list[tuple[int, Sent]]] = defaultdict(list)
    for pk, account, instrument, side, qty, price, created_at, multiplier, kind in rows.values_list(*columns):
        quote = batch.quotes.get(instrument)
        worth = price if price is not None else quote and quote.price
        value = None if worth is None else qty * worth * multiplier * price_factor(kind)
        found[account].append((pk, Sent(account, instrument, side, qty, price, batch.age_s(created_at), value)))
    return {
        "recent": {
            t.order_id: tuple(sent for pk, sent in found[t.account_id or 0] if pk != t.order_id) for t in batch.terms
        }
    }


def owner_fills(batch: Batch) -> Parts:
    """Fills of the same beneficial owner in the same instrument within the window. Two statements."""
    owners: dict[int, str] = {}
    together: dict[str, set[int]] = defaultdict(set)
    named = AccountProfile.objects.filter(pk__in=batch.accounts).exclude(owner="").values("owner")
    for pk, owner in AccountProfile.objects.filter(owner__in=named).values_list("pk", "owner"):
        owners[pk] = owner
        together[owner].add(pk)
    rows = ExecutionReport.objects.filter(
        is_root=True, order__composition="", exec_type=ExecType.TRADE, recorded_at__gt=batch.since("PT-26"),
        account_id__in=owners, instrument_id__in=batch.instruments,
    )  # fmt: skip
    found: dict[tuple[str, int], list[tuple[int, Traded]]] = defaultdict(list)
    columns = ("order_id", "account_id", "instrument_id", "side", "last_px", "recorded_at")
    for order_id, account, instrument, side, price, at in rows.values_list(*columns):
        found[owners[account], instrument].append((order_id, Traded(side, price, batch.age_s(at))))
    known = {}
    for t in batch.terms:
        if t.account_id in owners:
            mine = found[owners[t.account_id], t.instrument_id or 0]
            known[t.order_id] = tuple(fill for order_id, fill in mine if order_id != t.order_id)
    return {"owner_fills": known}


def sent(batch: Batch) -> Parts:
    """Ages of the messages of each sender and strategy in the window: new and replaced orders, never cancels.

    Two statements.
    """
    together = strategies.senders({strategy_of(t) for t in batch.terms if t.sender})
    senders = {t.sender for t in batch.terms if t.sender} | {name for some in together.values() for name in some}
    rows = OrderRequest.objects.filter(
        sender_comp_id__in=senders, created_at__gt=batch.since("PT-29"), kind__in=("new", "replace")
    )
    ages: dict[str, list[Decimal]] = defaultdict(list)
    for sender, created_at in rows.values_list("sender_comp_id", "created_at"):
        ages[sender].append(batch.age_s(created_at))
    known = {name: tuple(age for sender in some for age in ages[sender]) for name, some in together.items()}
    return {
        "sent_ages_s": {t.order_id: tuple(ages[t.sender]) for t in batch.terms if t.sender},
        "strategy_ages_s": {t.order_id: known[strategy_of(t)] for t in batch.terms if t.sender},
    }


def modifies(batch: Batch) -> Parts:
    """How often each order was asked to change, this time included. One statement. A new order has no count."""
    rows = OrderRequest.objects.filter(order_id__in=batch.orders, kind="replace").values("order_id")
    counts = dict(rows.annotate(n=Count("pk")).values_list("order_id", "n"))
    new = set(batch.orders) - set(
        OrderRequest.objects.filter(order_id__in=batch.orders, kind="new").values_list("order_id", flat=True)
    )
    return {
        "modifies": {order_id: Decimal(counts.get(order_id, 0) + 1) for order_id in batch.orders if order_id not in new}
    }


def executions(batch: Batch) -> Parts:
    """Executions of each strategy since it was last armed, or since the day began (UTC). Three statements."""
    names = sorted({name for t in batch.terms if (name := strategy_of(t))})
    day = datetime.combine(batch.at.astimezone(UTC).date(), time(), UTC)
    armed = dict(
        Arming.objects.filter(strategy__in=names, at__gt=day).values("strategy").annotate(last=Max("at"))
        .values_list("strategy", "last")
    )  # fmt: skip
    rows = [(name, sender, armed.get(name, day)) for name, some in strategies.senders(names).items() for sender in some]
    with connection.cursor() as cursor:
        columns = (sets.literal(column) for column in zip(*rows, strict=True)) if rows else ("{}", "{}", "{}")
        asked: dict[str, Any] = dict(zip(("names", "senders", "since"), columns, strict=True)) | {"first": day}
        cursor.execute(_EXECUTED, asked)
        counts = dict(cursor.fetchall())
    return {"executions": {t.order_id: Decimal(counts.get(strategy_of(t), 0)) for t in batch.terms if strategy_of(t)}}


def rollout(batch: Batch) -> Parts:
    """Instruments and value of each strategy's orders today (UTC). Two statements."""
    together = strategies.senders({name for t in batch.terms if (name := strategy_of(t))})
    strategy = {sender: name for name, some in together.items() for sender in some}
    day = datetime.combine(batch.at.astimezone(UTC).date(), time(), UTC)
    rows = (
        Order.objects.annotate(of=Coalesce(NullIf("strategy", Value("")), "sender_comp_id"))
        .filter(~Q(phase=Phase.REJECTED), of__in=list(strategy), created_at__gte=day, **ROOTS)
        .exclude(pk__in=batch.orders)
    )
    columns = ("of", "instrument_id", "instrument__asset_class", "instrument__multiplier")
    worth = Sum(F("order_qty") * F("price"), filter=Q(price__isnull=False))
    unpriced = Sum("order_qty", filter=Q(price__isnull=True))
    instruments: dict[str, set[object]] = defaultdict(set)
    values: dict[str, Decimal] = defaultdict(Decimal)
    for name, instrument, kind, multiplier, priced, rest in rows.values_list(*columns).annotate(
        worth=worth, unpriced=unpriced
    ):
        quote = batch.quotes.get(instrument)
        instruments[strategy[name]].add(instrument)
        money = (priced or Decimal(0)) + (rest or Decimal(0)) * ((quote and quote.price) or Decimal(0))
        values[strategy[name]] += money * multiplier * price_factor(kind)
    return {
        "rollout": {
            t.order_id: Rollout(frozenset(instruments[strategy_of(t)]), values[strategy_of(t)])
            for t in batch.terms
            if strategy_of(t)
        }
    }
