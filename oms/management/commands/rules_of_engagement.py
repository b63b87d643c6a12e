"""Write what is made from the table of FIX messages: the engine's dictionaries and the pages of docs/fix."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from routing.fix import dictionary, engagement


class Command(BaseCommand):
    """``manage.py rules_of_engagement``: write them; with ``--check`` only say which are stale, and fail if any is."""

    help = "Write the FIX dictionaries and the rules of engagement."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing, fail when something is stale")

    def handle(self, *args: Any, **options: Any) -> None:
        docs = Path(settings.BASE_DIR) / "docs" / "fix"
        wanted = dictionary.files() | engagement.pages(docs)
        stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
        extra = [path for path in docs.glob("*.md") if path not in wanted]
        if options["check"] and (stale or extra):
            raise CommandError("stale: " + ", ".join(path.name for path in stale + extra))
        docs.mkdir(exist_ok=True)
        for path in stale:
            path.write_text(wanted[path])
        for path in extra:
            path.unlink()
        self.stdout.write(f"{len(stale)} of {len(wanted)} files written")
