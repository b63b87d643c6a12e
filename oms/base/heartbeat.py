"""Proof of life by work done: every standing process writes a row now and then, and health is judged by the rows.

Asking a process whether it is well proves that it can answer, not that it works: a Celery worker may answer a ping and
take no task. So a beat is written where the work is done.
"""

import os
import time

from django.db import connection, models, transaction

from oms.base.clock import now

EVERY_S = 2.0
FRESH_S = 10.0
_last: dict[str, float] = {}


class Heartbeat(models.Model):
    """When the process ``name`` last did its work, and which one it was."""

    name = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField()
    pid = models.IntegerField()

    class Meta:
        app_label = "oms"

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"


def beat(name: str) -> None:
    """Say that ``name`` works, at most every two seconds. Losing the last beats in a crash is no loss."""
    if time.monotonic() - _last.get(name, -EVERY_S) < EVERY_S:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        row = Heartbeat(name=name, at=now(), pid=os.getpid())
        Heartbeat.objects.bulk_create([row], update_conflicts=True, unique_fields=["name"], update_fields=["at", "pid"])
    _last[name] = time.monotonic()
