"""manage.py bench: measure, and print one JSON object a line."""

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from oms.management.bench import checks, verbs
from oms.management.bench.adversary.figures import adversary
from oms.management.bench.end_of_day import end_of_day
from oms.management.bench.on_system import FIGURES, on_system

ON_THE_DATABASE = {
    "record": verbs.record_against_floor,
    "statements": verbs.statements,
    "checks": checks.checks,
    "written": checks.written,
    "end_of_day": end_of_day,
    "adversary": adversary,
}


class Command(BaseCommand):
    help = f"Measure. Figures: {', '.join([*ON_THE_DATABASE, *FIGURES])}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", default="", help="names of figures, separated by commas")

    def handle(self, *args: Any, **options: Any) -> None:
        only = {name for name in options["only"].split(",") if name}
        for name, measure in ON_THE_DATABASE.items():
            if not only or name in only:
                self._print(measure())
        if not only or only & FIGURES.keys():
            home = Path(settings.OMS_HOME) / "system"
            shutil.rmtree(home, ignore_errors=True)
            self._print(on_system(home, only))

    def _print(self, figures: Any) -> None:
        for figure in figures:
            self.stdout.write(figure.line())
            self.stdout.flush()
