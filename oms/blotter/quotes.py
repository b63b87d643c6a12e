"""The quote of each instrument: the best bid and offer over its venues, the latest trade, and what each venue says."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from oms.base.prepared import Prepared, single
from oms.blotter.tables import Row, plain
from routing.models import Quote

_FIELDS = ("instrument_id", "bid_px", "bid_size", "offer_px", "offer_size", "last_px", "venue__mic", "quoted_at")


_ALL = Prepared(lambda: Quote.objects.values_list(*_FIELDS))
_NEWER = Prepared(
    lambda since: Quote.objects.filter(
        instrument_id__in=Quote.objects.filter(quoted_at__gte=single(since)).values("instrument_id")
    ).values_list(*_FIELDS)
)


class Watcher:
    """Finds out which instruments have moved since it last looked. Two small SELECTs."""

    def __init__(self) -> None:
        self.seen: datetime | None = None
        self.shown: dict[int, Row] = {}

    def moved(self) -> list[Row]:
        """Rows of the instruments whose consolidated quote is not what it was."""
        found = _ALL() if self.seen is None else _NEWER(self.seen)
        self.seen = max([self.seen or found[0][-1], *(row[-1] for row in found)]) if found else self.seen
        fresh = [row for row in consolidated(found) if self.shown.get(row[0]) != row]
        self.shown.update({row[0]: row for row in fresh})
        return fresh


def latest(rows: QuerySet[Quote]) -> list[Row]:
    """Consolidated rows of these quotes. One SELECT."""
    return consolidated(rows.values_list(*_FIELDS))


def consolidated(found: Iterable[tuple[Any, ...]]) -> list[Row]:
    """One row an instrument, columns as in tables.QUOTE_COLUMNS. Sizes are summed at the best price.

    ``venues`` lists [MIC, bid, its size, offer, its size, when] of each: all that we are told of its book.
    """
    venues: dict[int, list[tuple[Any, ...]]] = {}
    for row in found:
        venues.setdefault(row[0], []).append(row)
    return [_row(instrument, quotes) for instrument, quotes in venues.items()]


def _row(instrument: int, quotes: list[tuple[Any, ...]]) -> Row:
    bid = _best([(bid, size) for _, bid, size, *_ in quotes], max)
    offer = _best([(offer, size) for _, _, _, offer, size, *_ in quotes], min)
    trades = [(at, last) for *_, last, _, at in quotes if last is not None]
    last = max(trades)[1] if trades else None
    at = max(row[-1] for row in quotes)
    venues = sorted([mic, *map(plain, (*tops, at))] for _, *tops, _, mic, at in quotes)
    return [instrument, *map(plain, (last, bid[0], offer[0], bid[1], offer[1], at)), venues]


def _best(side: list[tuple[Decimal | None, Decimal | None]], choose: Any) -> tuple[Any, Any]:
    prices = [price for price, _ in side if price is not None]
    if not prices:
        return None, None
    best = choose(prices)
    return best, sum(size or Decimal(0) for price, size in side if price == best)
