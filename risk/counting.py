"""Counting what is open already into limits that were just set, behind the fence: who counts in what, then the sums."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q

from oms.base import sets
from oms.base.refusal import Refusal
from orders.fx import Rates
from orders.reference import business_date, issuer_of
from risk import index
from risk.limits import Limit
from risk.models import Reservation, Usage
from risk.room import POSITIONS, Bound, place, select
from risk.terms import Terms

_ORDER = (
    "order_id", "order__account_id", "order__desk_id", "order__instrument_id", "order__instrument__asset_class",
    "order__entered_by_id", "order__strategy", "order__account__client", "order__account__portfolio",
    "order__instrument__primary_mic", "order__instrument__currency",
)  # fmt: skip
# The use of each limit as the sum of what its orders hold and have done. Rounded as ``risk.room.worth`` does.
_SUMS = """
UPDATE risk_usage u SET position_qty = s.position, open_buy_qty = s.buys, open_sell_qty = s.sells,
    open_buy_value = s.buy_value, open_sell_value = s.sell_value, open_orders = s.orders,
    executed_value = s.executed, executed_on = %(today)s
FROM (
    SELECT w.id,
        coalesce(sum(CASE c.side WHEN 'buy' THEN c.cum_qty ELSE -c.cum_qty END), 0) AS position,
        coalesce(sum(c.qty) FILTER (WHERE c.side = 'buy'), 0) AS buys,
        coalesce(sum(c.qty) FILTER (WHERE c.side <> 'buy'), 0) AS sells,
        coalesce(sum(round(c.qty * c.unit * c.rate, 8)) FILTER (WHERE c.side = 'buy'), 0) AS buy_value,
        coalesce(sum(round(c.qty * c.unit * c.rate, 8)) FILTER (WHERE c.side <> 'buy'), 0) AS sell_value,
        count(*) FILTER (WHERE c.qty > 0) AS orders,
        coalesce(sum(round(c.traded * c.rate, 8)) FILTER (WHERE c.traded_on = %(today)s), 0) AS executed
    FROM unnest(%(usages)s::bigint[]) AS w (id)
    LEFT JOIN (
        SELECT (e->>0)::bigint AS usage_id, (e->>1)::numeric AS rate, r.side, r.qty, r.unit, r.traded, r.traded_on,
            o.cum_qty
        FROM risk_reservation r JOIN orders_order o ON o.id = r.order_id, jsonb_array_elements(r.limits) e
    ) c ON c.usage_id = w.id
    GROUP BY w.id
) s WHERE s.id = u.id
"""


def count(limit_ids: Iterable[int], fx: Rates, at: datetime) -> list[Refusal]:
    """Have every order that is open, or was filled today, count in those of the limits that it is covered by.

    For positions also every order of before. Where the most specific row wins, all rows of the measure are counted
    anew. Refused where the value of an order cannot be turned into a limit's currency.
    """
    limits = list(Limit.objects.filter(pk__in=list(limit_ids)))
    book = index.current()
    contested = {limit.measure for limit in limits} & book.most_specific
    limits += Limit.objects.filter(measure__in=contested).exclude(pk__in=[limit.pk for limit in limits])
    if not limits:
        return []
    usages = dict(
        Usage.objects.filter(kind=Usage.Kind.LIMIT, scope_id__in=[limit.pk for limit in limits]).values_list(
            "pk", "scope_id"
        )
    )
    rows, missing = [], set()
    for pk, terms, before in _living(limits):
        kept = [entry for entry in before if entry[0] not in usages]
        old = {usage_id: rate for usage_id, rate in before if usage_id in usages}
        bounds = [b for b in select(book.limits.find(place(terms)), book.most_specific, at) if b.usage_id in usages]
        for bound in bounds:
            rate = old.get(bound.usage_id) or _rate(bound, terms, fx)
            if rate is None:
                missing.add((terms.currency, bound.currency))
            kept.append([bound.usage_id, rate])
        if kept != before:
            rows.append((pk, kept))
    if missing:
        pairs = ", ".join(f"{base} to {into}" for base, into in sorted(missing))
        return [Refusal("DATA_MISSING", "currency", f"open orders cannot be valued: no exchange rate from {pairs}")]
    sets.update(Reservation, ["id"], ["limits"], rows)
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, {"today": business_date(), "usages": sets.literal(sorted(usages))})
    return []


def _rate(bound: Bound, terms: Terms, fx: Rates) -> str | None:
    if not bound.currency or bound.currency == terms.currency:
        return "1"
    rate = fx.between(terms.currency, bound.currency)
    return f"{rate.rate:f}" if rate else None


def _living(limits: Iterable[Limit]) -> Iterator[tuple[int, Terms, list[Any]]]:
    """Reservations that may count, with the terms of their orders as far as a scope can ask. One SELECT, a stream."""
    positions = {limit.instrument_id for limit in limits if limit.measure in POSITIONS}
    which = Q(qty__gt=0) | Q(traded_on=business_date()) | Q(order__instrument_id__in=positions, order__cum_qty__gt=0)
    rows = Reservation.objects.filter(which, order__parent__isnull=True).order_by("pk")
    for (
        pk,
        held,
        issuer,
        order_id,
        account,
        desk,
        instrument,
        kind,
        trader,
        strategy,
        client,
        portfolio,
        mic,
        ccy,
    ) in rows.values_list("pk", "limits", issuer_of("order__instrument__"), *_ORDER).iterator(chunk_size=5_000):
        yield pk, Terms(
            order_id=order_id, account_id=account, desk_id=desk, instrument_id=instrument, symbol="", asset_class=kind,
            side="buy", ord_type="", order_qty=Decimal(1), entered_by_id=trader, strategy=strategy, client=client,
            portfolio=portfolio, market=mic, issuer=issuer, currency=ccy,
        ), held  # fmt: skip
