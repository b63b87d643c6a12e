"""``manage.py conformance FILE``: run a case file through the real code."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """Order state changes need the database, other cases none.

    The exit code is 1 if a case failed; cases not yet supported count as neither.
    """

    help = "Run every case of a case file, print each failure, and last the line 'N passed, N failed'."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, in the format of controls.json or matrices.json."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Run and print."""
        from oms.management.conformance.run import run

        try:
            tallies = run(file)
        except (OSError, ValueError) as error:
            raise CommandError(f"{file}: {error}") from error
        if not tallies:
            raise CommandError(f"{file}: no list of cases in it")
        for kind, tally in tallies.items():
            for failure in tally.failures:
                self.stdout.write(f"FAILED {kind} {failure}")
        for kind, tally in tallies.items():
            counts = tally.passed, len(tally.failures), len(tally.unsupported)
            self.stdout.write("{}: {} passed, {} failed, {} not yet supported".format(kind, *counts))
        passed = sum(tally.passed for tally in tallies.values())
        failed = sum(len(tally.failures) for tally in tallies.values())
        skipped = [f"{kind} {case}" for kind, tally in tallies.items() for case in tally.unsupported]
        if options["verbosity"] > 1:
            self.stdout.write("\n".join(f"not yet supported: {case}" for case in skipped))
        self.stdout.write(f"{len(skipped)} not yet supported, counted as neither passed nor failed")
        self.stdout.write(f"{passed} passed, {failed} failed")
        if failed:
            raise SystemExit(1)
