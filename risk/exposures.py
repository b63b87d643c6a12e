"""What the accounts in the scope of an exposure limit hold of each instrument, and what that is worth now."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from oms.base import sets
from orders.reference import price_factor
from risk.context import Quoted
from risk.controls.limits import MAX_PRICE_AGE_S, MAX_RATE_AGE_S
from risk.controls.price import seconds
from risk.known import Facts, Stake
from risk.room import EXPOSURES, Bound, Counted, Held
from risk.terms import Terms

# An order of the account holds the limit's usage, so nothing of this moves while it is locked.
_SQL = """
SELECT w.usage_id, u.instrument_id, i.currency, i.multiplier, i.asset_class,
       sum(u.position_qty), sum(u.open_buy_qty), sum(u.open_sell_qty)
FROM unnest(%s::bigint[], %s::bigint[]) AS w (usage_id, limit_id)
JOIN risk_limit l ON l.id = w.limit_id
JOIN orders_instrument i ON l.instrument_id IS NULL OR l.instrument_id = i.id
LEFT JOIN orders_instrument d ON d.id = i.underlying_id
JOIN risk_usage u ON u.kind = 'account' AND u.instrument_id = i.id
JOIN orders_account a ON a.id = u.scope_id
WHERE (l.issuer = '' OR l.issuer = coalesce(nullif(i.issuer, ''), d.issuer))
  AND (l.asset_class = '' OR l.asset_class = i.asset_class)
  AND (l.account_id IS NULL OR l.account_id = a.id) AND (l.desk_id IS NULL OR l.desk_id = a.desk_id)
  AND (l.client = '' OR l.client = a.client) AND (l.portfolio = '' OR l.portfolio = a.portfolio)
GROUP BY w.usage_id, u.instrument_id, i.currency, i.multiplier, i.asset_class
"""
Quote = Callable[[Iterable[int]], Mapping[int, Quoted]]


def load(bounds: Sequence[Bound], known: Facts, at: datetime, quote: Quote | None) -> dict[int, dict[int, Stake]]:
    """By usage id and instrument. One statement, and one look at further quotes; none without such limits."""
    if not bounds:
        return {}
    by_usage = {bound.usage_id: bound for bound in bounds}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [sets.literal(by_usage), sets.literal(bound.id for bound in by_usage.values())])
        rows = cursor.fetchall()
    more = {row[1] for row in rows} - known.quotes.keys()
    quotes = {**known.quotes, **(quote(more) if quote and more else {})}
    found: dict[int, dict[int, Stake]] = defaultdict(dict)
    for usage_id, instrument_id, currency, multiplier, asset_class, *held in rows:
        unit = _unit(quotes.get(instrument_id), currency, by_usage[usage_id].currency, known, at)
        if unit is not None:
            unit *= multiplier * price_factor(asset_class)
        found[usage_id][instrument_id] = Stake(Held(0, *held), unit)
    return dict(found)


def with_untouched(
    stakes: Mapping[int, Mapping[int, Stake]],
    counted: Mapping[int, Sequence[Counted]],
    terms: Iterable[Terms],
    known: Facts,
    at: datetime,
) -> dict[int, dict[int, Stake]]:
    """``stakes`` with those that the orders would begin: nobody holds anything of the instrument yet."""
    found = {usage_id: dict(of) for usage_id, of in stakes.items()}
    for each in terms:
        for bound in (one.bound for one in counted.get(each.order_id, ()) if one.bound.measure in EXPOSURES):
            mine, instrument_id = found.setdefault(bound.usage_id, {}), each.instrument_id or 0
            if instrument_id not in mine:
                unit = _unit(known.quotes.get(instrument_id), each.currency, bound.currency, known, at)
                mine[instrument_id] = Stake(
                    Held(0), None if unit is None else unit * each.multiplier * each.price_factor
                )
    return found


def _unit(quoted: Any, currency: str, into: str, known: Facts, at: datetime) -> Decimal | None:
    """The price in the limit's currency; None where price or rate is missing or too old."""
    rate = known.fx.between(currency, into)
    if quoted is None or quoted.price is None or rate is None or quoted.at is None:
        return None
    if seconds(at - quoted.at) > MAX_PRICE_AGE_S or (rate.at and seconds(at - rate.at) > MAX_RATE_AGE_S):
        return None
    return Decimal(quoted.price) * rate.rate
