"""``manage.py import_reference KIND FILE``: what controls need to know, from a CSV, a verdict on every row."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from risk import importing


class Command(BaseCommand):
    """Import, or with --dry-run only say what would become of each row."""

    help = "Import analytics, accounts, lists, locates or permissions. Good rows go in, bad ones are named."

    def add_arguments(self, parser: CommandParser) -> None:
        """What the file is about, the file, and how to read it."""
        parser.add_argument("kind", choices=sorted(importing.KINDS))
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="write nothing")

    def handle(self, *_args: Any, kind: str, file: Path, dry_run: bool, **_options: Any) -> None:
        """Print refused rows and how many went in; fail if a row was refused."""
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"cannot read {file}: {error}") from None
        outcome = importing.run(kind, text, dry_run=dry_run)
        if outcome.refusals:
            raise CommandError("; ".join(refusal.text for refusal in outcome.refusals))
        for verdict in outcome.refused:
            for refusal in verdict.refusals:
                self.stdout.write(f"row {verdict.row}: {refusal.code}: {refusal.text}")
        good = len(outcome.verdicts) - len(outcome.refused)
        self.stdout.write(f"{'would be: ' if dry_run else ''}{good} imported, {len(outcome.refused)} refused")
        if outcome.refused:
            raise CommandError(f"{len(outcome.refused)} rows were refused; the others stand", returncode=2)
