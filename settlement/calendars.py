"""Business days: arithmetic over sets of holidays given as input. No clock, no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
SATURDAY = 5


class Unsupported(Exception):
    """What is asked is not in the tables. It is an answer, never replaced by a guess."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which a market or a currency does not settle, and the span of days they are known for.

    Holidays are decided and published a few years ahead at most (lunar feasts, elections), so a calendar
    has an end: asking beyond ``valid_to`` is unsupported, not "no holiday".
    """

    code: str
    holidays: frozenset[date]
    valid_from: date
    valid_to: date

    def is_business_day(self, day: date) -> bool:
        """Whether ``day`` is neither a weekend nor a holiday. Raises Unsupported outside the known span."""
        if not self.valid_from <= day <= self.valid_to:
            raise Unsupported(f"calendar {self.code} is known from {self.valid_from} to {self.valid_to}, not on {day}")
        return day.weekday() < SATURDAY and day not in self.holidays

    def add(self, day: date, business_days: int) -> date:
        """The n-th business day after ``day``, or before it for a negative n; ``day`` itself is not counted.

        With n = 0: ``day`` if it is a business day, else the next one.
        """
        if business_days == 0:
            return self.roll(day)
        step = ONE_DAY if business_days > 0 else -ONE_DAY
        left = abs(business_days)
        while left:
            day += step
            left -= self.is_business_day(day)
        return day

    def roll(self, day: date) -> date:
        """``day`` if it is a business day, else the next business day (ISDA: Following)."""
        while not self.is_business_day(day):
            day += ONE_DAY
        return day

    def between(self, start: date, end: date) -> int:
        """How many business days lie after ``start`` up to and including ``end``; 0 if it is not later."""
        count, day = 0, start
        while day < end:
            day += ONE_DAY
            count += self.is_business_day(day)
        return count


def weekdays(day: date, count: int) -> date:
    """The ``count``-th weekday after ``day``, whatever the holidays."""
    while count:
        day += ONE_DAY
        count -= day.weekday() < SATURDAY
    return day


def build(
    spans: Iterable[tuple[str, date, date]],
    holidays: Iterable[tuple[str, date]],
    overrides: Iterable[tuple[str, date, bool]] = (),
) -> Mapping[str, Calendar]:
    """Calendars by code from rows: (code, valid from, valid to), (code, holiday) and (code, day, is it open).

    An override wins over a holiday row: it closes a day that is in no list, or opens one that is.
    """
    days: dict[str, set[date]] = {}
    for code, day in holidays:
        days.setdefault(code, set()).add(day)
    for code, day, is_open in overrides:
        (days.setdefault(code, set()).discard if is_open else days.setdefault(code, set()).add)(day)
    return {code: Calendar(code, frozenset(days.get(code, ())), start, end) for code, start, end in spans}
