"""What the venues do on a business date: which have closed and when, which are open, which were shut."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Count, Q

from oms.base.refusal import Refusal
from orders import sessions
from orders.models import Order
from orders.trading_hours import Hours, Unknown
from routing.models import Venue

ALWAYS, CLOSED, OPEN, BEFORE, SHUT, UNKNOWN = "around the clock", "closed", "open", "not yet open", "shut", "unknown"


class VenueDay(NamedTuple):
    """One venue on one business date. ``open_orders`` is how many of ours it works."""

    mic: str
    calendar: str
    state: str
    opens_at: datetime | None
    closes_at: datetime | None
    is_half_day: bool
    open_orders: int

    def told(self) -> dict[str, Any]:
        """As the checklist keeps it."""
        opens_at, closes_at = (at and at.isoformat() for at in (self.opens_at, self.closes_at))
        return {**self._asdict(), "opens_at": opens_at, "closes_at": closes_at}


def venue_days(day: date, at: datetime) -> list[VenueDay]:
    """Every venue that is in use, or still has orders of ours. Five SELECTs at most."""
    working = Order.objects.filter(parent__isnull=False, leaves_qty__gt=0).order_by()
    counts = dict(working.values_list("venue").annotate(Count("pk")))
    calendars = dict(
        Venue.objects.filter(Q(active=True) | Q(mic__in=list(counts))).order_by("mic").values_list("mic", "calendar_id")
    )
    hours = sessions.of_venues(calendars, day)
    return [_on(mic, calendars[mic] or "", hours.get(mic), day, at, counts.get(mic, 0)) for mic in calendars]


def _on(mic: str, calendar: str, hours: Hours | None, day: date, at: datetime, count: int) -> VenueDay:
    try:
        session = hours.on(day) if hours else None
    except Unknown:
        hours = None
    if hours is None:
        return VenueDay(mic, calendar, UNKNOWN, None, None, False, count)
    if hours.around_the_clock or session is None:
        return VenueDay(mic, calendar, ALWAYS if hours.around_the_clock else SHUT, None, None, False, count)
    state = CLOSED if at >= session.closes_at else OPEN if at >= session.opens_at else BEFORE
    return VenueDay(mic, calendar, state, session.opens_at, session.closes_at, session.is_half_day, count)


def objections(day: date, venues: Sequence[VenueDay]) -> list[Refusal]:
    """Why the day cannot end yet: a venue that works orders of ours has not closed, or nobody knows when it does."""
    found = []
    for venue in venues:
        orders = f"{venue.open_orders} open order{'s' if venue.open_orders != 1 else ''}"
        if venue.open_orders and venue.state in (OPEN, BEFORE):
            text = f"{venue.mic} has {orders} and closes at {venue.closes_at:%Y-%m-%d %H:%M} UTC"
            found.append(Refusal("VENUE_OPEN", "", text))
        elif venue.open_orders and venue.state == UNKNOWN:
            what = f"calendar {venue.calendar} does not reach {day}" if venue.calendar else "it has no calendar"
            found.append(Refusal("HOURS_UNKNOWN", "", f"{venue.mic} has {orders}, and {what}"))
    return found


class MarketDay:
    """A business date as its run sees it: what the checklist says each venue did, and the hours orders live by."""

    def __init__(self, day: date, venues: Sequence[Mapping[str, Any]]) -> None:
        self.day = day
        self.states = {venue["mic"]: venue["state"] for venue in venues}
        self.hours = sessions.of_venues(self.states, day)

    def trades(self, mic: str) -> bool:
        """Whether the venue has a session on the day. One we know nothing of is taken to."""
        return self.states.get(mic) != SHUT

    def had(self, mic: str, time_in_force: str, entered_at: datetime) -> bool:
        """Whether the order's session at the venue was on this day or before: it has lived, so it can end or rest.

        An order entered while the venue is shut, or after it closed, is for its next session.
        """
        hours = self.hours.get(mic)
        if hours is None or hours.around_the_clock or entered_at.date() < hours.first:
            return True
        try:
            return hours.entered_for(entered_at, time_in_force).date <= self.day
        except Unknown:
            return True

    def lived(self, mic: str, time_in_force: str, entered_at: datetime) -> bool:
        """Whether the day was one of the order's: the venue traded, and it was entered for that session or before."""
        return self.trades(mic) and self.had(mic, time_in_force, entered_at)

    def is_over(self, mic: str, expire_time: datetime, at: datetime) -> bool:
        """Whether an order good till ``expire_time`` has no session of the venue left after this day."""
        if expire_time <= at:
            return True
        hours = self.hours.get(mic)
        try:
            return hours is not None and not hours.around_the_clock and not hours.trades_between(self.day, expire_time)
        except Unknown:
            return False
