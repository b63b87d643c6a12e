"""What is known of instruments: analytics, ratings, the short sale price test, venues, options."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from orders.models import Instrument
from orders.reference import issuer_of
from risk.context import ShortSale
from risk.models import InstrumentAnalytics, Usage
from risk.parts import Analytics, Line, Option
from risk.supply.batch import Batch, Parts

FIELDS = (
    "parent", "country", "sector", "adv", "shares_outstanding", "duration", "liquidity", "only_qib",
    "retail", "evaluated_price", "initial_margin",
)  # fmt: skip


def analytics(batch: Batch) -> Parts:
    """Analytics, ratings and the price test. One statement."""
    known: dict[int, Analytics] = {}
    rows = InstrumentAnalytics.objects.filter(pk__in=batch.instruments).values_list(
        "pk", issuer_of("instrument__"), "ratings", "ssr_until", "ssr_checked", "as_of", *FIELDS
    )
    ratings: dict[int, tuple[str, ...]] = {}
    tests: dict[int, ShortSale] = {}
    for pk, issuer, graded, ssr_until, ssr_checked, as_of, *values in rows:
        known[pk] = Analytics(issuer=issuer, **dict(zip(FIELDS, values, strict=True)), as_of=as_of)
        if graded is not None:
            ratings[pk] = tuple(str(graded[agency]) for agency in sorted(graded))
        if ssr_checked is not None and ssr_checked >= batch.at.date():
            tests[pk] = _price_test(ssr_until, batch, pk)
    return {
        "analytics": batch.by_instrument(known),
        "ratings": batch.by_instrument(ratings),
        "short_sale": batch.by_instrument(tests),
    }


def _price_test(ssr_until: date | None, batch: Batch, instrument_id: int) -> ShortSale:
    quote = batch.quotes.get(instrument_id)
    return ShortSale(ssr_until is not None and batch.at.date() <= ssr_until, quote.bid if quote else None)


def takes(batch: Batch) -> Parts:
    """What the venues of each instrument take, where the desk says so."""
    supplier = batch.given.get("takes")
    return {"takes": batch.by_instrument(supplier(batch.instruments)) if supplier else {}}


def hours(batch: Batch) -> Parts:
    """When each instrument trades, where the desk says so."""
    supplier = batch.given.get("hours")
    return {"hours": batch.by_instrument(supplier(batch.instruments)) if supplier else {}}


def lines(batch: Batch) -> Parts:
    """Whether a session is up that leads to a venue of the instrument, where the desk says so."""
    supplier = batch.given.get("lines")
    known = {pk: Line(up) for pk, up in supplier(batch.instruments).items()} if supplier else {}
    return {"line": batch.by_instrument(known)}


def instructed(batch: Batch) -> Parts:
    """Whether the account has standing settlement instructions for the instrument, where the desk says so."""
    supplier = batch.given.get("ssi")
    accounts = supplier(batch.instruments) if supplier else {}
    return {
        "ssi": {
            t.order_id: bool({None, t.account_id} & accounts[t.instrument_id or 0])
            for t in batch.terms
            if t.instrument_id in accounts
        }
    }


def options(batch: Batch) -> Parts:
    """For each option its right, the account's free underlying, and the calls written on it. Two statements."""
    rights: dict[int, tuple[str, int]] = {}
    rows = Instrument.objects.filter(pk__in=batch.instruments, underlying__isnull=False)
    for pk, right, underlying_id in rows.values_list("pk", "put_or_call", "underlying_id"):
        rights[pk] = right, underlying_id
    underlyings = {underlying for _, underlying in rights.values()}
    held: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    written: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    usages = Usage.objects.filter(
        Q(instrument_id__in=underlyings)
        | Q(instrument__underlying_id__in=underlyings, instrument__put_or_call="call"),
        scope_id__in=batch.accounts, kind=Usage.Kind.ACCOUNT,
    )  # fmt: skip
    columns = ("scope_id", "instrument_id", "instrument__underlying_id", "position_qty", "open_sell_qty")
    for account, instrument, underlying, position, selling in usages.values_list(*columns):
        if instrument in underlyings:
            held[account, instrument] += position - selling
        else:
            written[account, underlying] += max(selling - position, Decimal(0))
    known: dict[int, Any] = {}
    for t in batch.terms:
        if t.instrument_id in rights and t.account_id is not None:
            right, underlying = rights[t.instrument_id]
            key = (t.account_id, underlying)
            known[t.order_id] = Option(right, held[key], written[key])
    return {"option": known}
