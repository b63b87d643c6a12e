"""The gateway of the market data session: subscribe to what is listed, conflate, keep the latest quote of each venue.

Quotes are no books: they are replaced, not journaled, and written without waiting for the disk. The session starts anew
with each logon, so there is no gap to fill: the venue sends a snapshot of everything.
"""

import itertools
import logging
import queue
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, close_old_connections, connection, transaction
from django.db.models import Count, Max

from oms.base import sets
from oms.base.clock import now
from routing import wishes
from routing.fix import marketdata
from routing.fix.codec import Malformed, header
from routing.fix.engine import Engine
from routing.gateway import receive
from routing.gateway.leader import FencedError, Leadership
from routing.gateway.link import link, shape
from routing.gateway.session import show
from routing.models import Listing, Quote, SessionOrder, VenueSession

log = logging.getLogger("oms.feed")
FLUSH_S = 0.25
BEAT_S = 2.0
# The feed proves that unchanged quotes still stand, so it must not be silent for long.
HEARTBEAT_S = 5
SILENT_S = 2.5 * HEARTBEAT_S
SYMBOLS_A_REQUEST = 100
ASK_AGAIN_S = 6.0
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
        self.shape = shape(code)
        terms = link(VenueSession.objects.get(pk=code), durable=False, heartbeat_s=HEARTBEAT_S)
        self.leader = Leadership(code, stop)
        self.arrived: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.logged_on = threading.Event()
        self.up_since: datetime | None = None
        self.tops: dict[tuple[str, str], Top] = {}
        self.instruments: dict[str, int] = {}
        self.listings: tuple[int | None, ...] = ()
        self.subscribed: set[str] = set()
        self.requests: dict[str, list[str]] = {}
        self.refused: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.asked = itertools.count(1)
        self.ask_again_at = 0.0
        self.engine = Engine(
            [terms],
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
        self.subscribed, self.requests = set(), {}
        self.up_since = now()
        self.logged_on.set()

    def _look(self) -> None:
        """Subscribe to what is new, and show that the session is up."""
        while not self.stop.is_set():
            if self.logged_on.wait(BEAT_S):
                self._guarded(self._subscribe)
            self._guarded(self._beat)
            try:
                self.leader.check()
            except FencedError as error:
                log.error("%s", error)
                self.failed = True
                self.stop.set()
            self.stop.wait(BEAT_S)

    def _subscribe(self) -> None:
        # Counted each time, read when the count or the newest is another: a quiet market costs next to nothing.
        listings = tuple(Listing.objects.aggregate(Count("id"), Max("id")).values())
        if listings != self.listings:
            self.instruments = dict(Listing.objects.values_list("instrument__symbol", "instrument_id").distinct())
            self.listings = listings
        self._ask_again()
        fresh = sorted(self.instruments.keys() - self.subscribed)
        for start in range(0, len(fresh), SYMBOLS_A_REQUEST):
            symbols, md_req_id = fresh[start : start + SYMBOLS_A_REQUEST], str(next(self.asked))
            self.requests[md_req_id] = symbols
            self.engine.send_body(self.code, marketdata.encode_request(md_req_id, symbols))
            self.subscribed.update(symbols)

    def _ask_again(self) -> None:
        """A venue that did not know a symbol may since have been told of it: ask for what got no snapshot."""
        if time.monotonic() < self.ask_again_at:
            return
        self.ask_again_at = time.monotonic() + ASK_AGAIN_S
        quoted = {symbol for symbol, _ in list(self.tops)}
        for md_req_id in receive.take(self.refused, 0):
            self.subscribed.difference_update(set(self.requests.pop(md_req_id, ())) - quoted)

    def _beat(self) -> None:
        heard = self.logged_on.is_set() and self.engine.silent_s(self.code) < SILENT_S
        show(self.engine, self.code, self.leader.epoch, self.up_since if heard else None)
        wishes.fulfil(SessionOrder.objects.filter(venue_session_id=self.code), lambda code: self.engine)
        if shape(self.code) != self.shape:
            log.warning("the terms of %s have changed: starting anew", self.code)
            self.failed = True
            self.stop.set()

    def _flush(self, messages: list[str]) -> None:
        """Fold the messages into the tops and write those that changed."""
        changed: dict[tuple[str, str], None] = {}
        for raw in messages:
            if "\x0135=W\x01" not in raw and "\x0135=X\x01" not in raw:
                self._refused(raw)
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

    def _refused(self, raw: str) -> None:
        tags = header(raw)
        if tags["35"] == "Y":
            self.refused.put(tags["262"])
        log.info("market data: %s", raw.replace("\x01", "|")[:300])

    def _row(self, key: tuple[str, str], at: Any) -> tuple[Any, ...] | None:
        symbol, mic = key
        top, instrument_id = self.tops[key], self.instruments.get(symbol)
        if instrument_id is None:
            return None
        return (instrument_id, mic, *(getattr(top, name) for name in COLUMNS[:-1]), at)

    def _guarded(self, work: Any) -> None:
        """A database that is away comes back; the next quotes replace those that were lost."""
        try:
            work()
        except Error as error:
            log.warning("feed: %s", str(error).strip())
            close_old_connections()
            self.stop.wait(0.5)
