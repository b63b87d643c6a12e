"""manage.py day end|start [DATE]: close or begin a business date. Safe to repeat; --force REASON if a venue is open."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oms.base.refusal import Refusal
from oms.desk import days
from orders.reference import business_date


class Command(BaseCommand):
    help = "Close (end) or begin (start) a business date, and print the checklist."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", choices=["end", "start"])
        parser.add_argument("--force", metavar="REASON", default="", help="end it though a venue has not closed")
        parser.add_argument("date", nargs="?", type=date.fromisoformat, help="the business date if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["date"] or business_date()
        if options["run"] == "end":
            outcome = days.end(day, "operations", forced=options["force"])
        else:
            outcome = days.start(day, "operations")
        if isinstance(outcome, Refusal):
            raise CommandError(outcome.text)
        for step in outcome:
            done = f"{step.counts} {step.done_at:%H:%M:%S} {step.reason}"
            self.stdout.write(f"{step.date} {step.run:<5} {step.name:<20} {done}".rstrip())
