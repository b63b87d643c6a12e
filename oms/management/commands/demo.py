"""The whole system in the foreground: the same as ``make demo`` and ``python -m oms.stack demo``."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from oms.stack import demo


class Command(BaseCommand):
    help = "Run the whole system (database, broker, web, workers, gateways, simulated venues) until Ctrl-C."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(demo.reporting(demo.main))
