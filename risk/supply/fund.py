"""Portfolios: what each account holds and has open to buy, at market, by what it counts as."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F, Sum

from orders.models import Instrument
from orders.reference import price_factor
from orders.vocabulary import AssetClass
from risk.context import Quoted
from risk.models import AccountProfile, Usage
from risk.parts import Fund
from risk.reference import ultimate_issuer_of
from risk.supply.batch import Batch, Parts

ZERO = Decimal(0)
BONDS = frozenset({AssetClass.GOVERNMENT_BOND, AssetClass.CORPORATE_BOND})


class Kind(NamedTuple):
    """What an instrument counts as. An empty word is not known."""

    issuer: str
    sector: str
    country: str
    currency: str
    liquidity: str
    duration: Decimal | None
    asset_class: str
    unit: Decimal
    close: Decimal | None


class Held(NamedTuple):
    """One holding, with what is open to buy; market value in its own currency, None where nobody knows a price."""

    instrument: int
    kind: Kind
    qty: Decimal
    value: Decimal | None


class Worth(NamedTuple):
    """What the profile says of the account."""

    currency: str
    nav: Decimal | None
    nav_at: datetime | None
    benchmark_duration: Decimal | None
    var_pct: Decimal | None
    benchmark_var_pct: Decimal | None


def funds(batch: Batch) -> Parts:
    """Four statements, and those of whoever supplies marks."""
    profiles = {
        pk: Worth(*rest)
        for pk, *rest in AccountProfile.objects.filter(pk__in=batch.accounts).values_list(
            "pk", "account__base_currency", "nav", "nav_as_of", "benchmark_duration", "var_pct", "benchmark_var_pct"
        )
    }
    rows = list(
        Usage.objects.filter(kind=Usage.Kind.ACCOUNT, scope_id__in=profiles)
        .exclude(position_qty=0, open_buy_qty=0)
        .values_list("scope_id", "instrument_id", "position_qty", "open_buy_qty")
    )
    kinds = _kinds({row[1] for row in rows} | set(batch.instruments))
    marks = _marks(batch, kinds)
    holdings: dict[int, list[Held]] = defaultdict(list)
    for account, instrument, position, buying in rows:
        kind, price = kinds[instrument], marks.get(instrument)
        qty = position - batch.without.get((account, instrument), ZERO) + (ZERO if batch.positions_only else buying)
        if not qty and batch.positions_only:
            continue
        value = ZERO if not qty else None if price is None else qty * price * kind.unit
        holdings[account].append(Held(instrument, kind, qty, value))
    counted = F("position_qty") if batch.positions_only else F("position_qty") + F("open_buy_qty")
    firm = dict(
        Usage.objects.filter(kind=Usage.Kind.ACCOUNT, instrument_id__in=batch.instruments)
        .values("instrument_id").annotate(qty=Sum(counted)).values_list("instrument_id", "qty")
    )  # fmt: skip
    for (_, instrument), traded in batch.without.items():
        firm[instrument] = firm.get(instrument, ZERO) - traded
    return {
        "fund": {
            t.order_id: _fund(
                batch, profiles[t.account_id], t.currency, t.instrument_id, kinds, holdings[t.account_id], firm
            )
            for t in batch.terms
            if t.account_id in profiles and t.instrument_id in kinds
        }
    }


def _kinds(instruments: Iterable[int]) -> dict[int, Kind]:
    rows = Instrument.objects.filter(pk__in=instruments).values_list(
        "pk", ultimate_issuer_of(), "analytics__sector", "sector", "analytics__country", "currency",
        "analytics__liquidity", "analytics__duration", "asset_class", "multiplier", "reference_price",
    )  # fmt: skip
    return {
        pk: Kind(
            issuer, own or sector or "", country or "", currency, liquidity or "", duration, kind,
            multiplier * price_factor(kind), close,
        )
        for pk, issuer, own, sector, country, currency, liquidity, duration, kind, multiplier, close in rows
    }  # fmt: skip


def _marks(batch: Batch, kinds: Mapping[int, Kind]) -> dict[int, Decimal]:
    """The market's price, or else the last close that is on file."""
    quotes: dict[int, Quoted] = dict(batch.quotes)
    supplier = batch.given.get("marks")
    missing = kinds.keys() - quotes.keys()
    if supplier and missing:
        quotes.update(supplier(sorted(missing)))
    prices = {pk: (pk in quotes and quotes[pk].price) or kind.close for pk, kind in kinds.items()}
    return {pk: price for pk, price in prices.items() if price is not None}


def _fund(
    batch: Batch,
    worth: Worth,
    currency: str,
    instrument: int,
    kinds: Mapping[int, Kind],
    holdings: list[Held],
    firm: Mapping[int, Decimal],
) -> Fund:
    """The account's portfolio seen from one instrument, in that instrument's currency."""
    me = kinds[instrument]
    rates = {held.kind.currency: batch.rate(held.kind.currency, currency) for held in holdings}
    own = [held for held in holdings if held.instrument == instrument]

    def sum_of(field: str, tag: str) -> Decimal | None:
        """What counts under ``tag``; not known where a holding might count and nobody knows whether."""
        if not tag or any(not getattr(held.kind, field) and held.qty for held in holdings):
            return None
        return _sum((held for held in holdings if getattr(held.kind, field) == tag), rates)

    base = batch.rate(worth.currency, currency)
    issuers = _issuers(holdings, rates)
    duration_mv, bonds_mv = _durations(holdings, rates)
    return Fund(
        nav=None if worth.nav is None or base is None else worth.nav * base,
        nav_at=worth.nav_at,
        issuer=me.issuer,
        sector=me.sector,
        country=me.country,
        currency=me.currency,
        liquidity=me.liquidity,
        duration=me.duration,
        issuers=issuers if me.issuer else None,
        issuer_mv=sum_of("issuer", me.issuer),
        sector_mv=sum_of("sector", me.sector),
        country_mv=sum_of("country", me.country),
        currency_mv=sum_of("currency", me.currency),
        illiquid_mv=sum_of("liquidity", "illiquid"),
        gross=_sum(holdings, rates, absolute=True),
        duration_mv=duration_mv,
        bonds_mv=bonds_mv,
        benchmark_duration=worth.benchmark_duration,
        shares_held=sum((held.qty for held in own), ZERO),
        firm_shares=firm.get(instrument, ZERO),
        var_pct=worth.var_pct,
        benchmark_var_pct=worth.benchmark_var_pct,
    )


def _sum(holdings: Iterable[Held], rates: Mapping[str, Decimal | None], *, absolute: bool = False) -> Decimal | None:
    total = ZERO
    for held in holdings:
        rate = rates[held.kind.currency]
        if held.value is None or rate is None:
            return None
        total += (abs(held.value) if absolute else held.value) * rate
    return total


def _issuers(holdings: Iterable[Held], rates: Mapping[str, Decimal | None]) -> dict[str, Decimal] | None:
    by_issuer: dict[str, list[Held]] = defaultdict(list)
    for held in holdings:
        by_issuer[held.kind.issuer].append(held)
    sums: dict[str, Any] = {issuer: _sum(some, rates) for issuer, some in by_issuer.items()}
    return None if "" in sums or None in sums.values() else sums


def _durations(holdings: Iterable[Held], rates: Mapping[str, Decimal | None]) -> tuple[Decimal | None, Decimal | None]:
    """Market value times duration, and market value, of what has a duration: bonds."""
    moved = weighed = ZERO
    for held in holdings:
        rate = rates[held.kind.currency]
        if held.kind.asset_class not in BONDS or not held.qty:
            continue
        if held.value is None or rate is None or held.kind.duration is None:
            return None, None
        moved += held.value * rate * held.kind.duration
        weighed += held.value * rate
    return moved, weighed
