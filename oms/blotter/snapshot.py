"""A whole table of a desk as the database has it, with the place in the stream from which a reader goes on.

The head of the streams is read *before* the rows. Everything the head counts was committed before it was counted, so
the rows hold at least that much: a page that applies this and then every frame with q > seq misses nothing, and the
frames it applies twice are ignored by their revisions.
"""

import logging
from typing import Any, NamedTuple

import redis
from django.conf import settings
from django.db.models import QuerySet

from oms.blotter import quotes, stream, tables
from orders.models import Alert, ExecutionReport, Order, Position
from routing.models import Quote

log = logging.getLogger(__name__)

NEWEST_ORDERS = 10_000
NEWEST_EXECUTIONS = 2_000
NEWEST_EVENTS = 300

_valkey = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=0.5)


class Snapshot(NamedTuple):
    """Columns and rows, and the epoch and number of the desk's stream they stand for ('' and 0: no stream now)."""

    epoch: str
    seq: int
    cols: list[str]
    rows: list[tables.Row]


def take(table: str, desk: str) -> Snapshot:
    """The rows of ``table`` that belong to ``desk``."""
    head = _head()
    rows = _READERS[table](desk)
    epoch, seq = (head.epoch, head.counts.get(desk, 0)) if head else ("", 0)
    return Snapshot(epoch, seq, tables.COLUMNS[table], rows)


def _head() -> stream.Head | None:
    try:
        stored: Any = _valkey.get(stream.head_key())
        return stream.head(stored)
    except redis.RedisError as error:
        log.warning("snapshot without a place in the stream: %s", error)
        return None


def _orders(desk: str) -> list[tables.Row]:
    """The newest orders, and older ones that still work."""
    mine = Order.objects.filter(desk__code=desk).order_by("-id").values_list(*tables.ORDERS.values())
    rows = tables.orders(mine[:NEWEST_ORDERS])
    if len(rows) == NEWEST_ORDERS:
        rows += tables.orders(mine.filter(leaves_qty__gt=0, id__lt=rows[-1][0]))
    return rows


def _executions(desk: str) -> list[tables.Row]:
    mine = _journal(desk).filter(tables.IS_TRADE)
    return tables.executions(mine.order_by("-id")[:NEWEST_EXECUTIONS])


def _events(desk: str) -> list[tables.Row]:
    told = tables.notices(_journal(desk).filter(tables.IS_NOTICE).order_by("-id")[:NEWEST_EVENTS])
    mine: QuerySet[Alert] = Alert.objects.filter(desk__code=desk) | Alert.objects.filter(order__desk__code=desk)
    return told + tables.alerts(mine.select_related("order").order_by("-id")[:NEWEST_EVENTS])


def _positions(desk: str) -> list[tables.Row]:
    return tables.positions(Position.objects.filter(account__desk__code=desk).values_list(*tables.POSITIONS.values()))


def _quotes(_desk: str) -> list[tables.Row]:
    return quotes.latest(Quote.objects.all())


def _journal(desk: str) -> QuerySet[ExecutionReport]:
    return ExecutionReport.objects.filter(order__desk__code=desk)


_READERS = {
    "orders": _orders,
    "executions": _executions,
    "positions": _positions,
    "events": _events,
    "quotes": _quotes,
}
