"""When a venue trades: pure questions to rows of sessions that are given as input. No clock, no database.

A session is a trading day of the venue; a holiday is a day of the known span without one. Sessions include their
opening and exclude their closing instant. What lies outside the span is Unknown, never "shut".
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from orders.vocabulary import TimeInForce

ONE_DAY = timedelta(days=1)
AT_ONCE = frozenset({TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL})


class Unknown(Exception):
    """What is asked lies outside the days the calendar is known for."""


class Session(NamedTuple):
    """One trading day: its date at the venue, UTC instants, whether it closes early, and its lunch if it has one."""

    date: date
    opens_at: datetime
    closes_at: datetime
    is_half_day: bool = False
    break_starts_at: datetime | None = None
    break_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """The sessions of one calendar from ``first`` to ``last``, in order; none are kept where it never shuts."""

    code: str
    first: date
    last: date
    sessions: tuple[Session, ...] = ()
    around_the_clock: bool = False

    def on(self, day: date) -> Session | None:
        """The session of ``day``; None on a day without one."""
        self._known(day)
        if self.around_the_clock:
            start = datetime.combine(day, time.min, UTC)
            return Session(day, start, start + ONE_DAY)
        at = bisect_left(self.sessions, day, key=lambda session: session.date)
        found = self.sessions[at] if at < len(self.sessions) else None
        return found if found and found.date == day else None

    def at(self, moment: datetime) -> Session | None:
        """The session that ``moment`` lies in, lunch included; None between sessions."""
        self._known(moment.date())
        if self.around_the_clock:
            return self.on(moment.date())
        at = bisect_right(self.sessions, moment, key=lambda session: session.opens_at) - 1
        found = self.sessions[at] if at >= 0 else None
        return found if found and moment < found.closes_at else None

    def is_open(self, moment: datetime) -> bool:
        """Whether it trades: in a session, and not at lunch."""
        session = self.at(moment)
        if session is None:
            return False
        resting = session.break_starts_at and session.break_ends_at
        return not (resting and session.break_starts_at <= moment < session.break_ends_at)  # type: ignore[operator]

    def next_open(self, moment: datetime) -> datetime:
        """The first opening after ``moment``."""
        return self._first(moment, opening=True).opens_at

    def entered_for(self, moment: datetime, time_in_force: str = TimeInForce.DAY) -> Session:
        """The session that an order entered at ``moment`` is for: the one that runs, else the next.

        An order at the opening is for the next opening: that of a session which runs has been.
        """
        return self._first(moment, opening=time_in_force == TimeInForce.AT_THE_OPENING)

    def ends_at(self, time_in_force: str, entered_at: datetime, expire_time: datetime | None = None) -> datetime | None:
        """When an order entered at ``entered_at`` ends by itself; None for one good till it is canceled.

        One good till a date ends there if the venue trades then, else with the last session before.
        """
        if time_in_force == TimeInForce.GOOD_TILL_CANCEL:
            return None
        if time_in_force in AT_ONCE:
            return entered_at
        if time_in_force == TimeInForce.GOOD_TILL_DATE:
            assert expire_time is not None
            return self._dated(entered_at, expire_time)
        session = self.entered_for(entered_at, time_in_force)
        return session.opens_at if time_in_force == TimeInForce.AT_THE_OPENING else session.closes_at

    def trades_between(self, day: date, moment: datetime) -> bool:
        """Whether a session later than that of ``day`` opens before ``moment``."""
        self._known(day)
        if self.around_the_clock:
            return moment > datetime.combine(day + ONE_DAY, time.min, UTC)
        at = bisect_right(self.sessions, day, key=lambda session: session.date)
        if at < len(self.sessions):
            return self.sessions[at].opens_at < moment
        self._known(moment.date())
        return False

    def cut_off(self, session: Session, regular: time) -> datetime:
        """When the closing auction of ``session`` takes no more orders; ``regular`` is the UTC time on a full day.

        On a half day it is as long before the close as on the full day nearest before it (else after it).
        """
        cut = datetime.combine(session.closes_at.date(), regular, UTC)
        full = [one for one in self.sessions if not one.is_half_day]
        if session.is_half_day and full:
            nearest = next((one for one in reversed(full) if one.date < session.date), full[0])
            lead = nearest.closes_at - datetime.combine(nearest.closes_at.date(), regular, UTC)
            cut = session.closes_at - max(lead, timedelta(0))
        return min(cut, session.closes_at)

    def _first(self, moment: datetime, *, opening: bool) -> Session:
        """The first session that opens after ``moment``, or that closes after it."""
        self._known(moment.date())
        if self.around_the_clock:
            found = self.on(moment.date() + ONE_DAY if opening else moment.date())
            assert found is not None
            return found
        at = bisect_right(self.sessions, moment, key=lambda one: one.opens_at if opening else one.closes_at)
        if at == len(self.sessions):
            raise Unknown(f"calendar {self.code} knows no session after {moment:%Y-%m-%d %H:%M} UTC")
        return self.sessions[at]

    def _dated(self, entered_at: datetime, expire_time: datetime) -> datetime:
        self._known(expire_time.date())
        if self.around_the_clock or self.at(expire_time):
            return expire_time
        at = bisect_right(self.sessions, expire_time, key=lambda session: session.closes_at) - 1
        last = self.sessions[at].closes_at if at >= 0 else entered_at
        return last if last > entered_at else expire_time

    def _known(self, day: date) -> None:
        if not (self.around_the_clock or self.first <= day <= self.last):
            raise Unknown(f"calendar {self.code} is known from {self.first} to {self.last}, not on {day}")


def last_close(day: date, venues: Iterable[Hours]) -> datetime | None:
    """When the last of the venues that ever shut has closed on ``day``; None if all trade around the clock.

    Where none of them has a session, the day is over with the date (UTC).
    """
    shutting = [hours for hours in venues if not hours.around_the_clock]
    if not shutting:
        return None
    closes = [session.closes_at for hours in shutting if (session := hours.on(day))]
    return max(closes, default=datetime.combine(day + ONE_DAY, time.min, UTC))
