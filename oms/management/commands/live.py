"""``manage.py live``: the relay from the journal to the blotter's streams, until it is told to stop."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from oms.blotter import relay


class Command(BaseCommand):
    help = "Relay every change of the book to the live blotter."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Stop cleanly on SIGTERM and SIGINT."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        relay.run(stop)
