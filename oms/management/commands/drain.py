"""The safety net under the bells: what waits is taken within a second, also when Valkey or Celery are down.

What belongs to the end of a day (stages.PATIENT) is taken within five.
"""

import itertools
import logging
import signal
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections

from oms.base.heartbeat import beat
from oms.desk import stages

log = logging.getLogger("oms.drain")
# Rounds of a second from one look at the patient stages to the next.
PATIENCE = 5


class Command(BaseCommand):
    help = "Take what is waiting, once a second; every five seconds what belongs to the end of a day."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        for tick in itertools.count():
            if stop.wait(1.0):
                return
            for name in stages.STAGES:
                if tick % PATIENCE == 0 or name not in stages.PATIENT:
                    self._try(name, partial(stages.drain, name))
            self._try("heartbeat", lambda: beat("drain"))

    def _try(self, name: str, work: Callable[[], object]) -> None:
        """A database that is away comes back: say so and go on."""
        try:
            work()
        except Error as error:
            log.warning("%s: %s", name, str(error).strip())
            close_old_connections()
