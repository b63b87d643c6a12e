"""``manage.py import_instruments FILE``: instruments from a CSV, a verdict on every row."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders import identifiers, importing
from orders.instrument_rows import Action
from routing import universe


class Command(BaseCommand):
    """Import, or with --dry-run only say what would become of each row."""

    help = "Import instruments from a CSV whose header names their fields. Good rows go in, bad ones are named."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file and how to read it."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="write nothing")
        parser.add_argument("--mic", default="XNAS", help="market of rows that name none (default XNAS)")

    def handle(self, *_args: Any, file: Path, dry_run: bool, mic: str, **_options: Any) -> None:
        """Print refused rows and the count of each fate; fail if a row was refused."""
        if not identifiers.mic(mic):
            raise CommandError(f"{mic} is no MIC")
        try:
            data = file.read_bytes()
        except OSError as error:
            raise CommandError(f"cannot read {file}: {error.strerror}") from None
        outcome = importing.run(data, mic=mic, dry_run=dry_run)
        if outcome.refusals:
            raise CommandError("; ".join(refusal.text for refusal in outcome.refusals))
        for verdict in outcome.verdicts:
            for refusal in verdict.refusals:
                self.stdout.write(f"row {verdict.row} {verdict.symbol or '?'}: {refusal.code}: {refusal.text}")
        if not dry_run:
            universe.publish()
        counts = ", ".join(f"{count} {action}" for action, count in outcome.counts().items())
        self.stdout.write(f"{'would be: ' if dry_run else ''}{counts}")
        if outcome.count(Action.REFUSED):
            raise CommandError(f"{outcome.count(Action.REFUSED)} rows were refused; the others stand", returncode=2)
