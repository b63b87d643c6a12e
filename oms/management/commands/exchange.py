"""Run the simulated venues: somebody else's system, which touches neither our models nor our database."""

import logging
import os
from argparse import ArgumentParser, Namespace
from typing import Any

from django.core.management.base import BaseCommand

from routing.exchange import __main__ as exchange
from routing.exchange.server import serve


class Command(BaseCommand):
    """``manage.py exchange``: XNAS, XNYS and BATS and their market data, by FIX 4.4, until SIGTERM."""

    help = "Run the simulated venues XNAS, XNYS and BATS on FIX_PORT."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        exchange.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        serve(exchange.config(Namespace(**options)))
        # QuickFIX's destructors race with the interpreter's end.
        logging.shutdown()
        os._exit(0)
