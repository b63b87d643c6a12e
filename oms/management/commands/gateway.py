"""manage.py gateway CODE: one FIX session, for as long as the process lives."""

import os
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from routing.models import VenueSession


class Command(BaseCommand):
    help = "Run the gateway of one FIX session."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("session", help="the session's code, such as XNAS or FEED")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        code = options["session"]
        if VenueSession.objects.get(pk=code).purpose == VenueSession.Purpose.ORDER:
            from routing.gateway.session import Gateway as Kind
        else:
            from routing.gateway.feed import Feed as Kind  # type: ignore[assignment]
        from routing.gateway.link import UnfitError

        try:
            gateway = Kind(code, stop)
        except UnfitError as error:
            raise CommandError(str(error)) from error
        gateway.run()
        # QuickFIX's destructors race with the interpreter's own end.
        self.stdout.flush()
        os._exit(1 if gateway.failed else 0)
