"""The journal as a stream: every event once, in commit order, from where the reader stopped.

A reader keeps a cursor (tx, id). Rows of transactions that are still running, or younger than one that is, are not
shown yet, so nothing can appear behind the cursor later. A reader is therefore at most as late as the longest
running write transaction; settings bound that. A cluster restored from a dump counts transactions from the start: its
counter must be raised past the journal's first (docs/administrator.md). Readers pass over what they did before.
"""

from typing import NamedTuple

from django.db import connection, models
from django.db.models import Q

from oms.base.locks import locked
from oms.base.prepared import Prepared
from orders.report import ExecutionReport

# The first transaction id that may still write to this database. A snapshot's xmin would also do, but it waits for
# the transactions of every other database of the cluster. ``backend_xid`` has 32 bits and is brought near xmax's 64.
# Sessions of other roles hide theirs: then the xmin has to do. The list of activity is kept for a transaction unless
# cleared, and an old list beside a new xmax would miss who began in between. Vacuum writes no journal and takes its
# time.
_BOUND = """
SELECT pg_stat_clear_snapshot();
SELECT least(newest, (
    SELECT CASE WHEN bool_or(usename <> current_user) THEN oldest ELSE min(
        newest + mod(mod(backend_xid::text::bigint - newest + 2147483648, 4294967296) + 4294967296, 4294967296)
        - 2147483648) END
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type IS DISTINCT FROM 'autovacuum worker'))
FROM (SELECT pg_snapshot_xmin(now)::text::bigint AS oldest, pg_snapshot_xmax(now)::text::bigint AS newest
      FROM (SELECT pg_current_snapshot() AS now) taken) bounds
"""


def _bound() -> int:
    """Every transaction below this number has ended. Ask in a statement before the one that reads the journal.

    What was running when we ask is in the list of activity; what had ended by then is seen by every later statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BOUND)
        return int(cursor.fetchone()[0])


class Place(NamedTuple):
    """Where a reader stands: behind event ``id`` of transaction ``tx``."""

    tx: int = 0
    id: int = 0


class Cursor(models.Model):
    """Where a named reader stands. It advances in the transaction that writes the reader's own rows: exactly once."""

    name = models.CharField(max_length=40, primary_key=True)
    tx = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} at {self.tx}/{self.event_id}"


def after(place: Place, limit: int) -> models.QuerySet[ExecutionReport]:
    """At most ``limit`` events behind ``place``, in commit order."""
    rows = ExecutionReport.objects.filter(
        Q(tx__gt=place.tx) | Q(tx=place.tx, id__gt=place.id), tx__gte=place.tx, tx__lt=_bound()
    )
    return rows.order_by("tx", "id")[:limit]


def latest() -> Place:
    """Where a reader that cares only for what comes next begins."""
    row = ExecutionReport.objects.filter(tx__lt=_bound()).order_by("-tx", "-id").values_list("tx", "id").first()
    return Place(*row) if row else Place()


def hold(name: str) -> Place:
    """Lock the cursor ``name`` (made if missing) and answer where it stands. Call inside the reader's transaction."""
    found = _HELD([name])
    if not found:
        Cursor.objects.bulk_create([Cursor(name=name)], ignore_conflicts=True)
        found = _HELD([name])
    return Place(*found[0])


_HELD = Prepared(lambda names: locked(Cursor.objects.filter(name__among=names)).values_list("tx", "event_id"))


def advance(name: str, place: Place) -> None:
    """Move the held cursor ``name`` to ``place``."""
    Cursor.objects.filter(name=name).update(tx=place.tx, event_id=place.id)
