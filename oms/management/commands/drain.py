"""The safety net under the bells: once a second, whatever is waiting is taken, also when Valkey or Celery are down."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections

from oms.desk import stages

log = logging.getLogger("oms.drain")


class Command(BaseCommand):
    help = "Take what is waiting in every stage once a second."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.wait(1.0):
            for name in stages.STAGES:
                try:
                    stages.drain(name)
                except Error as error:
                    log.warning("%s: %s", name, error)
                    close_old_connections()
