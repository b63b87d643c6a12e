"""manage.py close_day [DATE]: work through the checklist of a day that is over, and close it. Safe to repeat."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oms.base.refusal import Refusal
from oms.desk.dayclose import COMMAND, Closing, Person, close, closing
from orders.reference import business_date
from settlement.advance import HOME_CALENDAR
from settlement.standing import standing


class Command(BaseCommand):
    help = "Close a business date that is over: do what is left of its checklist, and print it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("date", nargs="?", type=date.fromisoformat, help="the business day before, if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["date"] or standing().calendars[HOME_CALENDAR].add(business_date(), -1)
        outcome = close(day, Person(0, COMMAND))
        self._print(closing(day))
        if isinstance(outcome, Refusal):
            raise CommandError(outcome.text)

    def _print(self, found: Closing) -> None:
        for step in found.steps:
            counts = ", ".join(f"{name} {count}" for name, count in step.counts.items())
            told = "; ".join(part for part in (counts, step.blocks) if part)
            self.stdout.write(f"{found.date} {step.state:<5} {step.name:<20} {told}".rstrip())
        self.stdout.write(f"{found.date} {'closed' if found.is_closed else 'open'}")
