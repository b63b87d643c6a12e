"""Run the simulated custodian: a process of its own that talks through a folder and never to our database."""

import logging
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from watchfiles import watch

from settlement.custody.custodian import Custodian

# Files are taken when they arrive; a notification that was lost costs at most this long.
LOOK_AGAIN_MS = 1_000


class Command(BaseCommand):
    """``manage.py custodian``: settle what is sent to OMS_HOME/custodian, until interrupted."""

    help = "Run the simulated custodian on OMS_HOME/custodian (in, out, statements)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, default=None, help="another folder than OMS_HOME/custodian")
        parser.add_argument("--once", action="store_true", help="answer what is waiting and stop")

    def handle(self, *args: Any, folder: Path | None, once: bool, **options: Any) -> None:
        home = folder or Path(settings.OMS_HOME) / "custodian"
        logging.getLogger("watchfiles").setLevel(logging.WARNING)
        custodian = Custodian(home)
        custodian.turn()
        if once:
            return
        self.stdout.write(f"custodian: waiting for instructions in {home}")
        changes = watch(
            home / "in", home, recursive=False, debounce=50, step=10, rust_timeout=LOOK_AGAIN_MS, yield_on_timeout=True
        )
        for _ in changes:
            custodian.turn()
