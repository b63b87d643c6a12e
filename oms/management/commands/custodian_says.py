"""Tell the simulated custodian how to misbehave: fail, settle in part, reject, answer late, state what is wrong."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from settlement.custody import says


class Command(BaseCommand):
    """``manage.py custodian_says fail US0378331005``; without a saying, print what stands."""

    help = "Tell the simulated custodian how to misbehave, until it is cleared, and print what stands."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("saying", nargs="?", default="", help=f"clear, {', '.join(says.EVERY)}")
        parser.add_argument(
            "key", nargs="?", default="", help="ISIN, symbol, account, reference, * for all, or a count"
        )
        parser.add_argument("value", nargs="?", default="", help="see docs/operations.md")
        parser.add_argument("--folder", type=Path, default=None, help="another folder than OMS_HOME/custodian")

    def handle(self, *args: Any, saying: str, key: str, value: str, folder: Path | None, **options: Any) -> None:
        home = folder or Path(settings.OMS_HOME) / "custodian"
        refusal = None
        if saying == "clear":
            refusal = says.clear(home, key, value)
        elif saying:
            refusal = says.say(home, saying, key, value)
        if refusal:
            raise CommandError(refusal.text)
        told = says.read(home)
        self.stdout.write(json.dumps({**told.keys, **told.counts}, indent=1))
