"""Positions as they are looked at: traded and settled, by both methods, valued in their own currency and the account's.

Of now, or of a past instant as it was known then: executions, adjustments and ledger entries up to it, valued at the
price and rate of the last end of day before it. What cannot be known is None; ``missing`` says DATA_MISSING of what.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Q, Sum

from oms.base import sets
from oms.base.money import scaled
from oms.desk.results import prices
from orders import history, lots
from orders.fx import Rate
from orders.lots import Line
from orders.models import Account, DayResult, Instrument
from orders.moves import Key
from orders.positions import ZERO, Holding, Unit, unrealised
from orders.results import Price
from routing import market
from settlement.charges import Charged, charged
from settlement.held import settled


class Valued(NamedTuple):
    """A position with all that is told of it; names as in REST. Money is in the instrument's currency, or in ``base``.

    ``realised_base`` is what each day realised at the rate of its end, today's at the rate of now.
    """

    held: Holding
    line: Line
    settled_qty: Decimal | None
    cost: Charged
    price: Price | None
    unrealised: Decimal | None
    market_value: Decimal | None
    base: str
    rate: Rate | None
    realised_base: Decimal | None
    unrealised_base: Decimal | None
    missing: str


class _Days(NamedTuple):
    """What the rows of days come to: realised so far, and the same in base; None where a rate was not known."""

    realised: Decimal = ZERO
    base: Decimal | None = ZERO


def valued(keys: Sequence[Key], at: datetime | None = None) -> dict[Key, Valued]:
    """The positions ``keys`` now, or as they were known at an instant. A fixed number of SELECTs."""
    if not keys:
        return {}
    held, lines = history.holdings(keys, at), lots.of(keys, at)
    there, costs, days = settled(keys, at), charged(keys, at), _days(keys, at)
    units = history.units(keys)
    currencies = dict(Instrument.objects.filter(pk__in=units).values_list("pk", "currency"))
    bases = dict(Account.objects.filter(pk__in={account for account, _ in keys}).values_list("pk", "base_currency"))
    marks = _then(keys, at) if at else _now(keys, currencies, bases)
    return {
        key: _one(
            held[key], lines[key], there.get(key), costs.get(key, Charged()), days.get(key, _Days()), units[key[1]],
            *marks.get(key, (None, None)), bases[key[0]],
        )
        for key in keys
    }  # fmt: skip


def _one(
    held: Holding, line: Line, there: Decimal | None, cost: Charged, days: _Days, unit: Unit, price: Price | None,
    rate: Rate | None, base: str,
) -> Valued:  # fmt: skip
    floating = scaled(unrealised(held.qty, held.avg_cost, price.price, unit.value)) if price else None
    floating = ZERO if not held.qty else floating
    worth = scaled(held.qty * price.price * unit.value) if price else None if held.qty else ZERO
    today = held.realised - days.realised
    realised_base = None
    if days.base is not None and (rate is not None or not today):
        realised_base = scaled(days.base + (today * rate.rate if rate else ZERO))
    floating_base = scaled(floating * rate.rate) if floating is not None and rate else ZERO if not held.qty else None
    lacks = [name for name, known in (("price", floating), ("fx_rate", realised_base), ("fx_rate", floating_base))
             if known is None and not (name == "fx_rate" and rate)]  # fmt: skip
    missing = f"DATA_MISSING: {', '.join(dict.fromkeys(lacks))}" if lacks else ""
    return Valued(held, line, there, cost, price, floating, worth, base, rate, realised_base, floating_base, missing)


def _now(
    keys: Sequence[Key], currencies: Mapping[int, str], bases: Mapping[int, str]
) -> dict[Key, tuple[Price | None, Rate | None]]:
    found, rates = prices(currencies), market.rates()
    return {key: (found.get(key[1]), rates.between(currencies[key[1]], bases[key[0]])) for key in keys}


def _then(keys: Sequence[Key], at: datetime) -> dict[Key, tuple[Price | None, Rate | None]]:
    """Price and rate of the last day that had ended by ``at``. One SELECT."""
    rows = _rows(keys).filter(written_at__lte=at).order_by("account_id", "instrument_id", "-day")
    columns = ("price", "price_at", "price_source", "fx_rate", "fx_at")
    found: Any = rows.distinct("account_id", "instrument_id").values_list("account_id", "instrument_id", *columns)
    return {
        (account, instrument): (
            None if price is None else Price(price, price_at, source), None if rate is None else Rate(rate, fx_at)
        )
        for account, instrument, price, price_at, source, rate, fx_at in found
    }  # fmt: skip


def _days(keys: Sequence[Key], at: datetime | None) -> dict[Key, _Days]:
    """One SELECT."""
    rows = _rows(keys) if at is None else _rows(keys).filter(written_at__lte=at)
    sums: Any = rows.order_by().values_list("account_id", "instrument_id").annotate(
        made=Sum("day_realised"), worth=Sum(F("day_realised") * F("fx_rate")),
        unknown=Sum("day_realised", filter=Q(fx_rate__isnull=True) & ~Q(day_realised=0)),
    )  # fmt: skip
    return {
        (account, instrument): _Days(realised, None if unknown is not None else base or ZERO)
        for account, instrument, realised, base, unknown in sums
    }


def _rows(keys: Sequence[Key]) -> Any:
    return DayResult.objects.filter(account_id__in={a for a, _ in keys}, instrument_id__in={i for _, i in keys})


def opening_rates(key: Key, line: Line) -> dict[Any, Rate]:
    """The rate into the account's currency at the end of each day on which a lot was opened, where it is known.

    Any row of that day for the same two currencies tells it. One SELECT.
    """
    sql = (
        "SELECT DISTINCT ON (r.day) r.day, r.fx_rate, r.fx_at FROM orders_dayresult r"
        " JOIN orders_instrument i ON i.id = r.instrument_id JOIN orders_instrument mine ON mine.id = %s"
        " JOIN orders_account a ON a.id = %s"
        " WHERE r.day = ANY(%s::date[]) AND i.currency = mine.currency AND r.base = a.base_currency"
        " AND r.fx_rate IS NOT NULL ORDER BY r.day, r.id"
    )
    opened = sorted({lot.opened_on for lot in line.lots if lot.opened_on})
    with connection.cursor() as cursor:
        cursor.execute(sql, [key[1], key[0], sets.literal(opened)])
        return {day: Rate(rate, at) for day, rate, at in cursor.fetchall()}
