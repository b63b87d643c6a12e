"""Trading calendars as rows: which days a venue trades and from when to when, and what operations decided about them.

They come from ``manage.py load_calendars``; overrides win. A venue's row names its calendar. Business days of
settlement are another matter and stand in settlement's own calendars.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from orders.trading_hours import Hours, Session

AROUND_THE_CLOCK = "24/7"
# How many days before and after the day in question are read: longer than any market's holidays.
BEFORE, AFTER = timedelta(days=14), timedelta(days=45)
_TIMES = ("date", "opens_at", "closes_at", "is_half_day")


class TradingCalendar(models.Model):
    """A calendar of trading sessions, and the days it is known for. Around the clock it has no rows: it never shuts."""

    code = models.CharField(max_length=16, primary_key=True)
    name = models.CharField(max_length=80)
    around_the_clock = models.BooleanField(default=False)
    first_day = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=80, blank=True)
    loaded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(around_the_clock=True) | Q(first_day__isnull=False, last_day__gte=F("first_day")),
                name="trading_calendar_span_known",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class TradingSession(models.Model):
    """One trading day of a calendar, in UTC. A day of the span without a row is a holiday or a weekend."""

    calendar = models.ForeignKey(TradingCalendar, models.CASCADE, related_name="sessions", db_index=False)
    date = models.DateField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    is_half_day = models.BooleanField(default=False)
    break_starts_at = models.DateTimeField(null=True, blank=True)
    break_ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["calendar", "date"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "date"], name="trading_session_once_a_day"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="trading_session_lasts"),
            models.CheckConstraint(
                condition=Q(break_starts_at__isnull=True, break_ends_at__isnull=True)
                | Q(break_starts_at__gt=F("opens_at"), break_ends_at__lt=F("closes_at"),
                    break_ends_at__gt=F("break_starts_at")),
                name="trading_session_break_within",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.calendar_id} {self.date}"


class SessionOverride(models.Model):
    """What operations decided about one day: shut after all, or open at these times. It wins over what was loaded."""

    calendar = models.ForeignKey(TradingCalendar, models.CASCADE, related_name="overrides", db_index=False)
    date = models.DateField()
    is_open = models.BooleanField(default=False)
    opens_at = models.DateTimeField(null=True, blank=True, help_text="UTC; only if open")
    closes_at = models.DateTimeField(null=True, blank=True, help_text="UTC; only if open")
    is_half_day = models.BooleanField(default=False, help_text="closes early")
    reason = models.CharField(max_length=200)
    author = models.CharField(max_length=150, editable=False)
    decided_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["calendar", "date"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "date"], name="session_override_once_a_day"),
            models.CheckConstraint(
                condition=Q(is_open=False, opens_at__isnull=True, closes_at__isnull=True)
                | Q(is_open=True, closes_at__gt=F("opens_at")),
                name="session_override_times_iff_open",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="session_override_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.calendar_id} {self.date}: {'open' if self.is_open else 'shut'}"


def of_venues(mics: Iterable[str], about: date) -> dict[str, Hours]:
    """The hours of each venue that names a calendar, for some weeks about the day. Three SELECTs at most.

    A venue that is not in the answer has no calendar: nobody knows when it trades.
    """
    first, last = about - BEFORE, about + AFTER
    columns = ("venues__mic", "code", "around_the_clock", "first_day", "last_day")
    rows = list(TradingCalendar.objects.filter(venues__mic__in=set(mics)).values_list(*columns))
    sessions = _sessions({code for _, code, always, _, _ in rows if not always}, first, last)
    return {
        mic: Hours(code, first, last, around_the_clock=True)
        if always
        else Hours(code, max(first, starts), min(last, ends), sessions[code])
        for mic, code, always, starts, ends in rows
    }


def _sessions(codes: set[str], first: date, last: date) -> dict[str, tuple[Session, ...]]:
    found: dict[str, dict[date, Session]] = defaultdict(dict)
    if codes:
        span = {"calendar__in": codes, "date__range": (first, last)}
        times = (*_TIMES, "break_starts_at", "break_ends_at")
        for code, *values in TradingSession.objects.filter(**span).values_list("calendar_id", *times):
            found[code][values[0]] = Session(*values)
        for code, is_open, *values in SessionOverride.objects.filter(**span).values_list(
            "calendar_id", "is_open", *_TIMES
        ):
            found[code].pop(values[0], None)
            if is_open:
                found[code][values[0]] = Session(*values)
    return {code: tuple(sorted(found[code].values())) for code in codes}
