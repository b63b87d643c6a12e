"""Write the page of reason codes, docs/reasons.md, from the catalogue."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from oms.api import urls  # noqa: F401 - loads every module that enters codes into the catalogue
from oms.base.refusal import REASONS
from oms.fix.codes import CXL_REJ_REASONS, ORD_REJ_REASONS, OTHER

HEAD = """<!-- Made by manage.py reason_codes from the catalogue; changes here are lost. -->

# Reason codes

One catalogue for every door: `code` in REST, the beginning of Text (58) in FIX, the line under an alert on the page,
the refusal in the admin. The codes are stable; the texts may be improved. OrdRejReason (103) and CxlRejReason (102)
are the numbers that FIX has for a code.

| code | meaning | what to do | 103 | 102 |
|---|---|---|---|---|
"""


def page() -> str:
    """The page as it should be."""
    return HEAD + "".join(
        f"| `{code}` | {reason.text} | {reason.remedy} | {ORD_REJ_REASONS.get(code, OTHER)} "
        f"| {CXL_REJ_REASONS.get(code, OTHER)} |\n"
        for code, reason in sorted(REASONS.items())
    )


class Command(BaseCommand):
    """``manage.py reason_codes``: write the page; with ``--check`` write nothing and fail if it is stale."""

    help = "Write docs/reasons.md from the catalogue of reason codes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing, fail when the page is stale")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "reasons.md"
        wanted = page()
        if path.exists() and path.read_text() == wanted:
            return
        if options["check"]:
            raise CommandError("docs/reasons.md is stale: run manage.py reason_codes")
        path.write_text(wanted)
