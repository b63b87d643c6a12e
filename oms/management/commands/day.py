"""manage.py day end|start [DATE]: close or begin a business date. Safe to repeat."""

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
        parser.add_argument("date", nargs="?", type=date.fromisoformat, help="the business date if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["date"] or business_date()
        outcome = (days.end if options["run"] == "end" else days.start)(day, "operations")
        if isinstance(outcome, Refusal):
            raise CommandError(outcome.text)
        for step in outcome:
            self.stdout.write(f"{step.date} {step.run:<5} {step.name:<20} {step.counts} {step.done_at:%H:%M:%S}")
