"""What the venues quote now."""

from collections import defaultdict
from collections.abc import Iterable

from routing.models import Quote
from routing.quotes import Reference, Top, reference


def tops(instrument_ids: Iterable[int]) -> dict[int, list[Top]]:
    """The quotes of each instrument, one a venue. One SELECT."""
    found: dict[int, list[Top]] = defaultdict(list)
    rows = Quote.objects.filter(instrument_id__in=set(instrument_ids)).order_by("instrument_id", "venue_id")
    for instrument_id, *top in rows.values_list(
        "instrument_id", "venue_id", "bid_px", "bid_size", "offer_px", "offer_size", "last_px", "quoted_at"
    ):
        found[instrument_id].append(Top(*top))
    return found


def references(instrument_ids: Iterable[int]) -> dict[int, Reference]:
    """One reference price an instrument; an instrument that nobody quotes is missing from the answer."""
    return {instrument_id: reference(quotes) for instrument_id, quotes in tops(instrument_ids).items()}
