"""What other departments know that risk asks for: marks of any instrument, what its venues take and when they trade."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time

from oms.base.clock import now
from orders import trading_hours
from orders.sessions import of_venues
from risk import facts
from risk.context import Quoted
from risk.known import Facts
from risk.parts import Hours, Takes
from risk.supply.batch import Given
from risk.terms import Terms
from routing import market, rules
from routing.capabilities import PLAIN


def takes(instrument_ids: Iterable[int]) -> dict[int, tuple[Takes, ...]]:
    """The venues that list each instrument, and what they take natively. Two SELECTs."""
    able = rules.capabilities()
    found: dict[int, tuple[Takes, ...]] = {}
    for instrument_id, venues in rules.listings(instrument_ids).items():
        cans = [(mic, able.get(mic, PLAIN)) for mic in sorted(venues)]
        found[instrument_id] = tuple(
            Takes(mic, can.ord_types, can.times_in_force, can.peg_price_types) for mic, can in cans
        )
    return found


def hours(instrument_ids: Iterable[int]) -> dict[int, Hours]:
    """When any venue that lists the instrument trades. Four SELECTs. Where none has a calendar, nobody knows."""
    listings, today = rules.listings(instrument_ids), now().date()
    known = of_venues({mic for venues in listings.values() for mic in venues}, today)
    spans = {mic: _spans(one) for mic, one in known.items() if one.first <= today <= one.last}
    return {
        instrument_id: Hours(tuple(sorted({span for mic in venues & spans.keys() for span in spans[mic]})))
        for instrument_id, venues in listings.items()
        if venues & spans.keys()
    }


def _spans(venue: trading_hours.Hours) -> list[tuple[datetime, datetime]]:
    """Sessions from opening to closing, in two where they rest between."""
    if venue.around_the_clock:
        return [(datetime.combine(venue.first, time(), UTC), datetime.combine(venue.last, time(), UTC))]
    spans = []
    for one in venue.sessions:
        if one.break_starts_at and one.break_ends_at:
            spans += [(one.opens_at, one.break_starts_at), (one.break_ends_at, one.closes_at)]
        else:
            spans.append((one.opens_at, one.closes_at))
    return spans


SUPPLIED: Given = {"marks": market.references, "takes": takes, "hours": hours}


def known(
    terms: Sequence[Terms],
    at: datetime,
    quotes: Mapping[int, Quoted],
    today: date,
    *,
    standing: Collection[int] = (),
    lock: bool = True,
) -> Facts:
    """What risk decides ``terms`` by, with all that other departments know. ``standing`` are orders of the book."""
    return facts.load(
        terms, at, quotes, market.rates(), SUPPLIED,
        today=today, quote=market.references, standing=standing, lock=lock,
    )  # fmt: skip
