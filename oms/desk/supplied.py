"""What other departments know that risk asks for: marks of any instrument, what its venues take and when they trade."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q

from oms.base.clock import now
from orders import trading_hours
from orders.models import Instrument
from orders.reference import business_date
from orders.sessions import of_venues
from risk import facts
from risk.context import Quoted
from risk.known import Facts
from risk.parts import Hours, Takes
from risk.supply.batch import Given
from risk.terms import Terms
from routing import market, rules
from routing.capabilities import PLAIN
from routing.models import Venue, VenueSession
from settlement import ladder
from settlement.models import StandingInstruction

# A gateway says every few seconds that its session is up.
HEARD = timedelta(seconds=15)


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


def lines(instrument_ids: Iterable[int]) -> dict[int, bool]:
    """Whether any venue that lists the instrument has a session that is up. Two SELECTs."""
    heard = VenueSession.objects.filter(enabled=True, logged_on_at__isnull=False, seen_at__gt=now() - HEARD)
    up = set(Venue.objects.filter(session__in=heard).values_list("mic", flat=True))
    return {instrument_id: bool(up & venues) for instrument_id, venues in rules.listings(instrument_ids).items()}


def instructed(instrument_ids: Iterable[int]) -> dict[int, frozenset[int | None]]:
    """The accounts with standing settlement instructions for the instrument; None stands for all. Two SELECTs.

    In force are those a second person has checked, not superseded, on the present business date.
    """
    today = business_date()
    ours = StandingInstruction.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=today), party="", checked_by__isnull=False, superseded_by=None,
        valid_from__lte=today,
    )  # fmt: skip
    rows = list(ours.values_list("account_id", "market", "currency", "asset_class"))
    instruments = Instrument.objects.filter(pk__in=set(instrument_ids))
    return {
        pk: frozenset(
            account for account, market_, currency_, kind_ in rows
            if market_ in ("", place) and currency_ in ("", currency) and kind_ in ("", kind)
        )
        for pk, place, currency, kind in instruments.values_list("pk", "settl_market", "currency", "asset_class")
    }  # fmt: skip


SUPPLIED: Given = {
    "marks": market.references, "takes": takes, "hours": hours, "lines": lines, "ssi": instructed,
    "funds": ladder.funds,
}  # fmt: skip


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
