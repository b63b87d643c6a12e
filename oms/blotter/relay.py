"""From the journal to the streams: one process, `manage.py live`.

Two looks at the journal. The *quick* look takes every event with a higher id than the last one seen: it is immediate,
but an event that committed after one with a higher id stays hidden from it. The *sure* look (orders.feed) follows
commit order and misses nothing, but waits for the oldest running write transaction. What the quick look has shown the
sure look skips. Images carry revisions, so showing one twice or in the wrong order would be harmless too.
"""

import logging
import secrets
import threading
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson
import redis
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from oms.base import bell, heartbeat
from oms.base.prepared import Prepared, single
from oms.blotter import bars, quotes, stream, tables
from orders import feed
from orders.models import Alert, ExecutionReport, Order, Position

log = logging.getLogger(__name__)

BATCH = 1_000
BUSY_WAIT_S = 0.1
IDLE_WAIT_S = 0.25
BUSY_FOR_S = 1.0
AWAY_S = 1.0
# After a step that found something it rests: what happens to an order comes in a few looks, and costs less each.
REST_S = 0.1
ROUND_S = 0.25
OVERLAP = 500
# Any number that nobody else uses: one relay at a time.
LOCK = 7_210_451


def run(stop: threading.Event) -> None:
    """Until ``stop``: relay, rest, survive the absence of Valkey or PostgreSQL. Only one process relays at a time."""
    relay, busy_until, mine = Relay(), 0.0, False
    while not stop.is_set():
        try:
            mine = mine or only_one()
            if mine and relay.step():
                busy_until = time.monotonic() + BUSY_FOR_S
                stop.wait(REST_S)
                continue
            wait_s = BUSY_WAIT_S if time.monotonic() < busy_until else IDLE_WAIT_S
        except (redis.RedisError, OperationalError, InterfaceError) as error:
            log.warning("live: %s", error)
            relay, mine, wait_s = Relay(), False, AWAY_S
            connection.close()
        bell.wait("live", wait_s if mine else AWAY_S)


class Event(NamedTuple):
    """What the relay must know of a journal event to find the rows it touched."""

    id: int
    tx: int
    order_id: int
    account_id: int
    instrument_id: int
    exec_type: str
    is_root: bool
    recorded_at: Any


class Relay:
    """Follows the journal and writes what changed to the desks' streams."""

    def __init__(self) -> None:
        self.valkey: Any = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
        self.head: stream.Head | None = None
        self.place = feed.Place()
        self.highest = 0
        self.shown: set[int] = set()
        self.alerts: set[int] = set()
        self.quotes = quotes.Watcher()
        self.bars = bars.Maker()
        self.round_due = 0.0

    def step(self) -> int:
        """Relay what is new; answer how many events there were. At most ten statements whatever the number.

        Only the quick look is taken every time: the sure look, alerts and quotes a few times a second.
        """
        if self.head is None:
            self._begin()
        events, alerts, moved = self._quick(), [], []
        if time.monotonic() >= self.round_due:
            self.round_due = time.monotonic() + ROUND_S
            events, alerts, moved = events + self._sure(), self._new_alerts(), self.quotes.moved()
            heartbeat.beat("live")
        fresh = {event.id: event for event in events if event.id not in self.shown}
        self._write(list(fresh.values()), alerts, moved)
        self.shown.update(fresh)
        if self.place.id - OVERLAP > min(self.shown, default=0):
            self.shown = {key for key in self.shown if key > self.place.id - OVERLAP}
        return len(fresh)

    def _begin(self) -> None:
        """Go on where the streams say we stopped. Without their word begin anew, from now: pages read a snapshot."""
        known = stream.head(self.valkey.get(stream.head_key()))
        newest = feed.latest()
        if known and feed.Place(*known.place) <= newest:
            self.place, self.head = feed.Place(*known.place), known
        else:
            self.place, self.head = newest, stream.Head(secrets.token_hex(4), {}, newest)
        self.highest = self.place.id
        self.shown = set()
        self.alerts = set(self._alert_ids())

    def _quick(self) -> list[Event]:
        found = [Event(*row) for row in _QUICK(self.highest)]
        self.highest = max([self.highest, *(event.id for event in found)])
        return found

    def _sure(self) -> list[Event]:
        found = [Event(*row) for row in feed.after(self.place, BATCH).values_list(*Event._fields)]
        if found:
            self.place = feed.Place(found[-1].tx, found[-1].id)
        return found

    def _alert_ids(self) -> Iterable[int]:
        return _NEWEST_ALERTS.column()

    def _new_alerts(self) -> list[Alert]:
        """Alerts have no commit order: look at the last few hundred and take those not seen before."""
        recent = set(self._alert_ids())
        fresh, self.alerts = recent - self.alerts, recent
        return list(Alert.objects.filter(id__in=fresh).select_related("desk", "order__desk")) if fresh else []

    def _write(self, events: list[Event], alerts: list[Alert], moved: list[tables.Row]) -> None:
        """One MULTI: the entries, how far they go, and that we are alive."""
        assert self.head is not None
        ts = min((tables.milliseconds(event.recorded_at) for event in events), default=_now_ms())
        counts = dict(self.head.counts)
        with self.valkey.pipeline(transaction=True) as pipe:
            for desk, changed in changed_rows(events, alerts).items() if events or alerts else ():
                for part in parts(changed, stream.ROWS_AN_ENTRY):
                    counts[desk] = counts.get(desk, 0) + 1
                    entry = stream.Entry(self.head.epoch, counts[desk], ts, part)
                    pipe.xadd(stream.of_desk(desk), stream.pack(entry), maxlen=stream.LONGEST)
            if moved:
                pipe.xadd(stream.quotes_key(), {"u": orjson.dumps(moved)}, maxlen=stream.LONGEST_QUOTES)
                self.bars.take(moved, pipe)
            head = stream.Head(self.head.epoch, counts, self.place)
            pipe.set(stream.head_key(), head.dump())
            pipe.set(stream.beat_key(), _now_ms())
            pipe.execute()
        self.head = head


def changed_rows(events: list[Event], alerts: list[Alert]) -> dict[str, dict[str, list[tables.Row]]]:
    """The present images of everything the events touched, by desk and table. At most three SELECTs."""
    desks: dict[str, dict[str, list[tables.Row]]] = {}

    def put(table: str, desk: str, row: tables.Row) -> None:
        desks.setdefault(desk, {}).setdefault(table, []).append(row)

    desk_of: dict[int, str] = {}
    for *row, desk in tables.orders(_ORDERS({event.order_id for event in events})):
        desk_of[row[0]] = desk
        put("orders", desk, row)
    told = [event.id for event in events if event.exec_type in tables.NOTICES]
    executions, notices = tables.journal(_JOURNAL(told))
    for row in executions:
        put("executions", desk_of[row[_ORDER_OF_EXECUTION]], row)
    for row in notices:
        put("events", desk_of[row[_ORDER_OF_EVENT]], row)
    for *row, desk in _positions(events):
        put("positions", desk, row)
    for alert, row in zip(alerts, tables.alerts(alerts), strict=True):
        if found := alert.desk or (alert.order and alert.order.desk):
            put("events", found.code, row)
    return desks


_ORDER_OF_EXECUTION = tables.COLUMNS["executions"].index("order_id")
_ORDER_OF_EVENT = tables.COLUMNS["events"].index("order_id")


def _positions(events: list[Event]) -> list[tables.Row]:
    """Positions that the trades among the events moved, with the codes of their desks."""
    trades = [event for event in events if event.is_root and event.exec_type in tables.TRADES]
    return tables.positions(_POSITIONS({one.account_id for one in trades}, {one.instrument_id for one in trades}))


_QUICK = Prepared(
    lambda last: ExecutionReport.objects.filter(id__gt=single(last)).order_by("id").values_list(*Event._fields)[:BATCH]
)
_NEWEST_ALERTS = Prepared(lambda: Alert.objects.order_by("-id").values_list("id")[:OVERLAP])
_ORDERS = Prepared(
    lambda orders: Order.objects.filter(id__among=orders).values_list(*tables.ORDERS.values(), "desk__code")
)
_JOURNAL = Prepared(
    lambda events: ExecutionReport.objects.filter(tables.IS_NOTICE, id__among=events).values_list(*tables.JOURNAL)
)
_POSITIONS = Prepared(
    lambda accounts, instruments: Position.objects.filter(
        account_id__among=accounts, instrument_id__among=instruments
    ).values_list(*tables.POSITIONS.values(), "account__desk__code")
)


def parts(changed: dict[str, list[tables.Row]], most: int) -> list[dict[str, list[tables.Row]]]:
    """Cut one desk's rows into entries of at most ``most`` rows of a table, so that no frame grows without bound."""
    longest = max(len(rows) for rows in changed.values())
    cuts = range(0, longest, most)
    return [{name: rows[at : at + most] for name, rows in changed.items() if rows[at:]} for at in cuts]


def _now_ms() -> int:
    return int(time.time() * 1000)


def only_one() -> bool:
    """Take the relay's lock for the life of this database session. False when another process has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])
