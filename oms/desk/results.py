"""Writing down what a business date has made of every position: set-wise, once, from what is booked."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction

from oms.base import sets
from oms.base.clock import now
from orders import lots
from orders.fx import Rates
from orders.holdings import Holdings
from orders.models import Account, DayResult, Instrument
from orders.moves import Key
from orders.results import Before, Price, result
from routing import market
from settlement.charges import Charged, charged

BITE = 2_000
# Positions that are open, or have moved since their last row; a flat one that has not moved makes nothing.
_DUE = """
SELECT p.account_id, p.instrument_id FROM orders_position p
LEFT JOIN LATERAL (SELECT r.day, r.version, r.fees, r.accrued FROM orders_dayresult r
    WHERE r.account_id = p.account_id AND r.instrument_id = p.instrument_id ORDER BY r.day DESC LIMIT 1) r ON true
WHERE (p.qty <> 0 OR p.version IS DISTINCT FROM r.version) AND p.version > 0 AND r.day IS DISTINCT FROM %(day)s
ORDER BY 1, 2
"""
_WRITTEN = (
    "account", "instrument", "day", "qty", "avg_cost", "price", "price_at", "price_source", "base", "fx_rate", "fx_at",
    "net_cash", "realised", "fifo_realised", "dividends", "fees", "accrued", "unrealised", "day_realised",
    "day_fifo_realised", "day_unrealised", "day_dividends", "day_fees", "day_accrued", "day_base", "day_fx_cash",
    "day_fx_position", "missing", "version", "through_event", "through_adjustment", "written_at",
)  # fmt: skip


def write(day: date) -> dict[str, int]:
    """A row of every position that has one for ``day``; what was written before stays. A fixed number of statements
    a bite; how many rows were written, and how many of them lack a price or a rate."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"day": day})
        due: list[Key] = cursor.fetchall()
    rates = market.rates()
    counts = {"rows": 0, "incomplete": 0}
    for at in range(0, len(due), BITE):
        with transaction.atomic():
            rows = _rows(due[at : at + BITE], day, rates)
            sets.insert(DayResult, _WRITTEN, rows, skip_duplicates=True)
        counts["rows"] += len(rows)
        counts["incomplete"] += sum(1 for row in rows if row[_MISSING])
    return counts


_MISSING = _WRITTEN.index("missing")


def _rows(keys: Sequence[Key], day: date, rates: Rates) -> list[tuple[Any, ...]]:
    """The rows of some positions, which stay locked: nothing moves them while they are read."""
    written, holdings = now(), Holdings(keys)
    kept = lots.keep(keys, written)
    before, costs = _before(keys, day), charged(keys)
    worth = prices(instrument for _, instrument in keys)
    currencies = dict(Instrument.objects.filter(pk__in={i for _, i in keys}).values_list("pk", "currency"))
    bases = dict(Account.objects.filter(pk__in={account for account, _ in keys}).values_list("pk", "base_currency"))
    rows = []
    for key in keys:
        account, instrument = key
        held, line, cost = holdings.held[key], kept[key].line, costs.get(key, Charged())
        price, rate = worth.get(instrument), rates.between(currencies[instrument], bases[account])
        made = result(
            held, line.realised, cost.fees, cost.accrued, holdings.units[instrument], price, rate,
            before.get(key, Before()),
        )  # fmt: skip
        valued = (price.price, price.at, price.source) if price else (None, None, "")
        rated = (rate.rate, rate.at) if rate else (None, None)
        rows.append((
            *key, day, held.qty, held.avg_cost, *valued, bases[account], *rated, held.net_cash, held.realised,
            line.realised, held.dividends, *cost, *made, holdings.versions[key], *kept[key].through, written,
        ))  # fmt: skip
    return rows


def _before(keys: Sequence[Key], day: date) -> dict[Key, Before]:
    """The last row before ``day`` of each position. One SELECT."""
    rows = DayResult.objects.filter(
        account_id__in={account for account, _ in keys}, instrument_id__in={i for _, i in keys}, day__lt=day
    )
    latest = rows.order_by("account_id", "instrument_id", "-day").distinct("account_id", "instrument_id")
    return {
        (account, instrument): Before(*columns)
        for account, instrument, *columns in latest.values_list("account_id", "instrument_id", *Before._fields)
    }


def prices(instruments: Iterable[int]) -> dict[int, Price]:
    """What each instrument is worth: the market's price, or the last one on file. Three SELECTs."""
    wanted = set(instruments)
    quotes = market.references(wanted)
    on_file = Instrument.objects.filter(pk__in=wanted, reference_price__isnull=False)
    found = {pk: Price(px, None, "reference") for pk, px in on_file.values_list("pk", "reference_price") if px}
    return found | {pk: Price(one.price, one.at, "market") for pk, one in quotes.items() if one.price is not None}
