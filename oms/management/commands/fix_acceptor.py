"""manage.py fix_acceptor: the sessions of clients that speak FIX to us, for as long as the process lives."""

import os
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from routing.fix.link import Tls


class Command(BaseCommand):
    help = "Accept the FIX sessions of clients."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        default = int(os.environ.get("FIX_PORT") or 9870) + 1
        parser.add_argument("--port", type=int, default=default, help="plain; TLS is on the next one")
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")

    def handle(self, *args: Any, **options: Any) -> None:
        from oms.fix.acceptor import Acceptor

        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        acceptor = Acceptor(options["port"], stop, options["host"], tls=_tls())
        acceptor.run()
        # QuickFIX's destructors race with the interpreter's own end.
        self.stdout.flush()
        os._exit(1 if acceptor.failed else 0)


def _tls() -> Tls | None:
    """Our certificate and key, and the authorities of clients' certificates, if they lie in OMS_HOME/fix/tls."""
    home = Path(settings.OMS_HOME) / "fix" / "tls"
    certificate, key, authorities = home / "server.pem", home / "server.key", home / "clients.pem"
    if not (certificate.exists() and key.exists()):
        return None
    return Tls(str(certificate), str(key), str(authorities) if authorities.exists() else "")
