"""manage.py load_calendars: trading sessions from the library exchange_calendars into rows. Safe to repeat.

The library brings pandas, so it is imported here only, by the one command that needs it.
"""

import warnings
from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import date, datetime
from importlib.metadata import version
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from oms.base import sets
from oms.base.clock import now
from orders.models import TradingCalendar, TradingSession
from orders.sessions import AROUND_THE_CLOCK

USUAL = (
    "XNYS", "XTSE", "XLON", "XETR", "XPAR", "XAMS", "XBRU", "XMIL", "XMAD", "XSWX", "XSTO", "XTKS", "XHKG", "XASX",
    AROUND_THE_CLOCK,
)  # fmt: skip
COLUMNS = ("calendar_id", "date", "opens_at", "closes_at", "is_half_day", "break_starts_at", "break_ends_at")
Row = tuple[Any, ...]


class Command(BaseCommand):
    help = "Load trading calendars (days, hours, half days) into the database. Overrides of operations stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        year = now().year
        parser.add_argument("codes", nargs="*", help=f"ISO 10383 codes; if left out {' '.join(USUAL)}")
        parser.add_argument("--first", type=date.fromisoformat, default=date(year - 1, 1, 1))
        parser.add_argument("--last", type=date.fromisoformat, default=date(year + 2, 12, 31))

    def handle(self, *args: Any, **options: Any) -> None:
        for code in options["codes"] or USUAL:
            calendar, rows = read(code, options["first"], options["last"])
            keep(calendar, rows)
            span = "around the clock" if calendar.around_the_clock else f"{calendar.first_day} to {calendar.last_day}"
            self.stdout.write(f"{calendar.code:<6} {calendar.name:<20} {len(rows):>5} sessions, {span}")


def read(code: str, first: date, last: date) -> tuple[TradingCalendar, list[Row]]:
    """The calendar that ``code`` names (XNAS keeps that of XNYS) and its sessions as the library has them.

    Some calendars are known for fewer years than asked for; then the span ends with the last year that is.
    """
    # It uses what its own pandas calls deprecated; the lock keeps the two in step.
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="exchange_calendars|pandas")
    import exchange_calendars

    name = exchange_calendars.resolve_alias(code)
    if name == AROUND_THE_CLOCK:
        return TradingCalendar(code=name, name="around the clock", around_the_clock=True, loaded_at=now()), []
    for year in range(last.year, first.year - 1, -1):
        try:
            # Without an end the library stops a year from today.
            found = exchange_calendars.get_calendar(name, start=first, end=min(last, date(year, 12, 31)))
            break
        except exchange_calendars.errors.InvalidCalendarName as error:
            raise CommandError(f"there is no calendar {code}") from error
        except ValueError:
            continue
    else:
        raise CommandError(f"calendar {code} is not known between {first} and {last}")
    halves = {session.date() for session in found.early_closes}
    rows = [
        (name, session.date(), opens.to_pydatetime(), closes.to_pydatetime(), session.date() in halves,
         *(_moment(time) for time in pause))
        for session, opens, *pause, closes in _schedule(found)
    ]  # fmt: skip
    source = f"exchange_calendars {version('exchange_calendars')}"
    until = min(last, date(year, 12, 31))
    return (
        TradingCalendar(
            code=name, name=str(found.tz), first_day=first, last_day=until, source=source, loaded_at=now(),
        ),
        rows,
    )  # fmt: skip


def _schedule(found: Any) -> Iterable[Any]:
    """Date, open, start and end of the break, close of each session."""
    return found.schedule[["open", "break_start", "break_end", "close"]].itertuples(name=None)


def _moment(time: Any) -> datetime | None:
    """A time of the library's; its "not a time" differs from itself."""
    return None if time != time else time.to_pydatetime()


@transaction.atomic
def keep(calendar: TradingCalendar, rows: list[Row]) -> None:
    """Replace the sessions from the calendar's first day on; earlier ones stay if they join up."""
    known = TradingCalendar.objects.filter(pk=calendar.pk).first()
    old = TradingSession.objects.filter(calendar=calendar)
    joins = known and known.last_day and calendar.first_day and known.last_day >= calendar.first_day
    if joins and known and known.first_day and known.first_day < calendar.first_day:  # type: ignore[operator]
        old = old.filter(date__gte=calendar.first_day)
        calendar.first_day = known.first_day
    calendar.save()
    old.delete()
    sets.insert(TradingSession, COLUMNS, rows)
