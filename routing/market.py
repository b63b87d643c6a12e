"""What the venues quote now."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from oms.base.prepared import Prepared
from orders.fx import Rates
from routing.models import Quote, VenueSession
from routing.quotes import Reference, Top, reference
from routing.triggers import Market


def tops(instrument_ids: Iterable[int]) -> dict[int, list[Top]]:
    """The quotes of each instrument, one a venue. One SELECT."""
    found: dict[int, list[Top]] = defaultdict(list)
    for instrument_id, *top in _QUOTES(set(instrument_ids)):
        found[instrument_id].append(Top(*top))
    return found


_QUOTES = Prepared(
    lambda instruments: (
        Quote.objects.filter(instrument_id__among=instruments)
        .order_by("instrument_id", "venue_id")
        .values_list(
            "instrument_id", "venue_id", "bid_px", "bid_size", "offer_px", "offer_size", "last_px", "quoted_at"
        )
    )
)
_FEEDS = Prepared(
    lambda: (
        VenueSession.objects.filter(purpose=VenueSession.Purpose.MARKET_DATA.value, enabled=True, seen_at__isnull=False)
        .order_by("-seen_at")
        .values_list("seen_at")[:1]
    )
)


def _feed_seen_at() -> datetime | None:
    """When a market data session last proved to be up: until then nothing has changed that we were not told of."""
    return next((at for (at,) in _FEEDS()), None)


def markets(instrument_ids: Iterable[int]) -> dict[int, Market]:
    """Best bid and offer, the last trade and their age, for orders that wait for a price. Two SELECTs."""
    seen_at = _feed_seen_at()
    found = {}
    for instrument_id, quotes in tops(instrument_ids).items():
        best, newest = reference(quotes), max(quotes, key=lambda quote: quote.at)
        at = max(best.at, seen_at) if best.at and seen_at else best.at
        found[instrument_id] = Market(best.bid, best.offer, newest.last_px, at)
    return found


def references(instrument_ids: Iterable[int]) -> dict[int, Reference]:
    """One reference price an instrument; an instrument that nobody quotes is missing from the answer. Two SELECTs.

    A quote is as old as its last change, or as the last sign of life of the feed if that is younger: in a quiet market
    an unchanged quote still stands, and once the feed is down every quote ages.
    """
    seen_at = _feed_seen_at()
    found = {instrument_id: reference(quotes) for instrument_id, quotes in tops(instrument_ids).items()}
    return {key: one._replace(at=max(one.at, seen_at)) if one.at and seen_at else one for key, one in found.items()}


# Spot instruments are named by their two currencies: EURUSD is quoted in dollars for a euro.
_RATES = """
SELECT base, quote, rate, at FROM orders_fxrate
UNION ALL
SELECT left(i.symbol, 3), right(i.symbol, 3), coalesce((q.bid_px + q.offer_px) / 2, q.last_px),
       greatest(q.quoted_at, (SELECT max(seen_at) FROM routing_venuesession WHERE purpose = 'market_data' AND enabled))
FROM routing_quote q JOIN orders_instrument i ON i.id = q.instrument_id
WHERE i.asset_class = 'fx_spot' AND i.symbol ~ '^[A-Z]{6}$' AND right(i.symbol, 3) = i.currency
"""


def rates() -> Rates:
    """Exchange rates: what operations supplied, and what venues quote for currencies at spot. One SELECT."""
    with connection.cursor() as cursor:
        cursor.execute(_RATES)
        return Rates(cursor.fetchall())
