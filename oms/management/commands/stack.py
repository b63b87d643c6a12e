"""One command with our own PostgreSQL and Valkey up: the same as ``python -m oms.stack run``."""

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from oms.stack import demo, servers
from oms.stack.home import Home


class Command(BaseCommand):
    help = (
        "Run one command with PostgreSQL and Valkey up, started here where they are not running: stack -- COMMAND ..."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--migrate", action="store_true", help="bring the tables up to date before")
        parser.add_argument("words", nargs=argparse.REMAINDER, metavar="command")

    def handle(self, *args: Any, **options: Any) -> None:
        words = [word for word in options["words"][:1] if word != "--"] + options["words"][1:]
        sys.exit(demo.reporting(lambda: servers.run(Home(), words, options["migrate"])))
