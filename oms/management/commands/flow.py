"""``manage.py flow``: about one order every two or three seconds, so that a demonstration has something to show.

It stops at SIGTERM, does nothing with FLOW=0, and rests while operations has switched it off (``PUT /api/v1/flow/``, or
the switch in the admin).
"""

import http.client
import json
import logging
import os
import random
import signal
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from oms.management.flow import Flow

log = logging.getLogger(__name__)

USER = "api"
RETRY_S = 2.0


class Command(BaseCommand):
    """Send orders through the REST door as the user ``api``, whose token stands in seed.json."""

    help = "Send a gentle stream of orders to the running system."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """How fast, and how long."""
        parser.add_argument("--pause", type=int, default=2500, help="milliseconds between two orders (default 2500)")
        parser.add_argument("--count", type=int, default=0, help="stop after so many (default: never)")

    def handle(self, *_args: Any, pause: int, count: int, **_options: Any) -> None:
        """Until SIGTERM."""
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        if os.environ.get("FLOW") == "0":
            log.info("the flow is switched off by FLOW=0")
            ended.wait()
            return
        dice = random.SystemRandom()
        port = int(os.environ.get("PORT") or 8000)
        flow = Flow(host(), port, token(settings.OMS_HOME / "seed.json"), USER, dice)
        self.stdout.write(f"Sending orders to {host()}:{port}")
        self.stdout.flush()
        done = 0
        while not ended.is_set() and (not count or done < count):
            seconds = dice.uniform(0.8, 1.2) * pause / 1000
            try:
                done += flow.act() is not None
            except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
                log.info("the door does not answer: %s", error)
                seconds = RETRY_S
            ended.wait(seconds)


def host() -> str:
    """Where the web process can be reached from this machine."""
    given = os.environ.get("HOST") or "127.0.0.1"
    return "127.0.0.1" if given in ("0.0.0.0", "::") else given  # noqa: S104 - not bound, only recognised


def token(path: Path) -> str:
    """The token of USER in the file that the seed wrote."""
    try:
        users = json.loads(path.read_text(encoding="utf-8"))["users"]
    except FileNotFoundError:
        raise CommandError(f"{path} is missing: run manage.py seed first") from None
    return str(next(user["token"] for user in users if user["username"] == USER))
