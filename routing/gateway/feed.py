"""The gateway of the market data session: subscribe to what is listed, conflate, keep the latest quote of each venue.

Quotes are no books: they are replaced, not journaled, and written without waiting for the disk. The session starts anew
with each logon, so there is no gap to fill: the venue sends a snapshot of everything.
"""

import logging
import queue
import threading
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import redis
from django.conf import settings
from django.db import Error, close_old_connections, connection, transaction

from oms.base import bell, sets
from oms.base.clock import now
from routing.fix import marketdata
from routing.fix.codec import Malformed
from routing.fix.engine import Engine, Link
from routing.gateway import receive
from routing.gateway.leader import Leadership
from routing.models import Listing, Quote, VenueSession

log = logging.getLogger("oms.feed")
FLUSH_S = 0.25
BEAT_S = 2.0
LOOK_S = 3.0
SYMBOLS_A_REQUEST = 100
STREAM, STREAM_LENGTH = "bl:quotes", 2_000
COLUMNS = ("bid_px", "bid_size", "offer_px", "offer_size", "last_px", "last_size", "quoted_at")
_SIDE = {marketdata.BID: ("bid_px", "bid_size"), marketdata.OFFER: ("offer_px", "offer_size"),
         marketdata.TRADE: ("last_px", "last_size")}  # fmt: skip


@dataclass(slots=True)
class Top:
    """What one venue quotes for one instrument; None where a side is empty."""

    bid_px: Decimal | None = None
    bid_size: Decimal | None = None
    offer_px: Decimal | None = None
    offer_size: Decimal | None = None
    last_px: Decimal | None = None
    last_size: Decimal | None = None

    def take(self, entry: marketdata.MdEntry) -> None:
        """Put the entry in its place."""
        px_name, size_name = _SIDE[entry.kind]
        setattr(self, px_name, None if entry.px is None else Decimal(entry.px))
        setattr(self, size_name, None if entry.size is None else Decimal(entry.size))


class Feed:
    """Runs until ``stop`` is set."""

    def __init__(self, code: str, stop: threading.Event) -> None:
        self.code, self.stop = code, stop
        self.failed = False
        row = VenueSession.objects.get(pk=code)
        self.leader = Leadership(code, stop)
        self.arrived: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.logged_on = threading.Event()
        self.tops: dict[tuple[str, str], Top] = {}
        self.instruments: dict[str, int] = {}
        self.subscribed: set[str] = set()
        self.requests = 0
        link = Link(code, row.sender_comp_id, row.target_comp_id, row.host, row.port, durable=False)
        self.engine = Engine(
            [link],
            "initiator",
            Path(settings.OMS_HOME) / "fix" / code,
            on_message=lambda name, raw: self.arrived.put(raw),
            on_logon=self._up,
            on_logout=lambda name: self.logged_on.clear(),
        )

    def run(self) -> None:
        """Take what arrives, four times a second at most; look for new instruments now and then."""
        looking = threading.Thread(target=self._look, name="look")
        self.engine.start()
        looking.start()
        while not self.stop.is_set():
            messages = receive.take(self.arrived, 1.0)
            if messages:
                self._guarded(lambda messages=messages: self._flush(messages))
                self.stop.wait(FLUSH_S)
        self.engine.stop()
        looking.join(5)

    def _up(self, name: str) -> None:
        self.subscribed = set()
        self.logged_on.set()

    def _look(self) -> None:
        """Subscribe to what is new, and show that the session is up."""
        while not self.stop.wait(0 if not self.instruments else BEAT_S):
            if self.logged_on.wait(1.0):
                self._guarded(self._subscribe)
                self._guarded(self._beat)

    def _subscribe(self) -> None:
        listed = dict(Listing.objects.values_list("instrument__symbol", "instrument_id").distinct())
        self.instruments = listed
        fresh = sorted(listed.keys() - self.subscribed)
        for start in range(0, len(fresh), SYMBOLS_A_REQUEST):
            self.requests += 1
            symbols = fresh[start : start + SYMBOLS_A_REQUEST]
            self.engine.send_body(self.code, marketdata.encode_request(f"{self.code}-{self.requests}", symbols))
            self.subscribed.update(symbols)

    def _beat(self) -> None:
        VenueSession.objects.filter(pk=self.code, epoch=self.leader.epoch).update(seen_at=now())

    def _flush(self, messages: list[str]) -> None:
        """Fold the messages into the tops and write those that changed."""
        changed: dict[tuple[str, str], None] = {}
        for raw in messages:
            if "\x0135=W\x01" not in raw and "\x0135=X\x01" not in raw:
                log.warning("market data: %s", raw.replace("\x01", "|")[:300])
                continue
            try:
                for entry in marketdata.decode_entries(raw):
                    key = (entry.symbol, entry.mic)
                    self.tops.setdefault(key, Top()).take(entry)
                    changed[key] = None
            except Malformed as fault:
                log.warning("%s", fault)
        at = now()
        rows = [row for key in sorted(changed) if (row := self._row(key, at)) is not None]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            sets.put(Quote, ("instrument_id", "venue_id"), COLUMNS, rows)
        self._publish(rows, at)

    def _row(self, key: tuple[str, str], at: Any) -> tuple[Any, ...] | None:
        symbol, mic = key
        top, instrument_id = self.tops[key], self.instruments.get(symbol)
        if instrument_id is None:
            return None
        return (instrument_id, mic, *(getattr(top, name) for name in COLUMNS[:-1]), at)

    def _publish(self, rows: list[tuple[Any, ...]], at: Any) -> None:
        """Hand the quotes to the blotters; without Valkey they see them with their next snapshot."""
        stamp = int(at.timestamp() * 1000)
        image = [[i, mic, *(None if n is None else str(n) for n in numbers), stamp] for i, mic, *numbers, _ in rows]
        try:
            bell.client().xadd(STREAM, {"d": orjson.dumps(image)}, maxlen=STREAM_LENGTH, approximate=True)
        except (redis.RedisError, OSError):
            return

    def _guarded(self, work: Any) -> None:
        """A database that is away comes back; the next quotes replace those that were lost."""
        try:
            work()
        except Error as error:
            log.warning("feed: %s", str(error).strip())
            close_old_connections()
            self.stop.wait(0.5)
