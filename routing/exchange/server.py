"""The process of the simulated venues: one thread owns books, journal and feed; the FIX engine has its own."""

import itertools
import logging
import queue
import random
import signal
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from routing.exchange import flow, tape
from routing.exchange.book import Fill
from routing.exchange.entry import Entry
from routing.exchange.faults import FaultFile
from routing.exchange.feed import Feed
from routing.exchange.flow import Market
from routing.exchange.journal import Journal, Read
from routing.exchange.universe import Universe
from routing.fix import codec
from routing.fix.codec import Malformed, Received
from routing.fix.engine import Engine, Link

log = logging.getLogger(__name__)
VENUES, FEED, CLIENT = ("XNAS", "XNYS", "BATS"), "FEED", "OMS"
# Market data is told, participants move, and eaten liquidity returns, four times a second.
TICK_S = 0.25
# With nothing to animate we still look for a new universe file.
IDLE_S = 1.0
MOST_IN_A_BATCH = 500
# How many closed orders the venues still know when the journal is rewritten.
KEEP_CLOSED = 50_000
REQUESTS = frozenset("DFGH")
LOGON = "logon"
Event = tuple[str, str]  # session, raw message or LOGON


@dataclass(frozen=True, slots=True)
class Config:
    """How to run. ``rate`` is moves a second over all symbols; 0 freezes the quotes."""

    home: Path
    port: int
    host: str = "127.0.0.1"
    universe: Path | None = None
    rate: float = 20.0
    seed: int = 1
    tapes: dict[str, Path] = field(default_factory=dict)
    tape_speed: float = 5.0
    heartbeat_s: int = 30


class Exchange:
    """The venues. ``run`` returns after ``stop`` or SIGTERM."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.universe = Universe(config.universe or config.home / "universe.csv")
        self.universe.refresh()
        self.markets: dict[str, Market] = {}
        self.tapes = {symbol: tape.Tape(symbol, path, config.tape_speed) for symbol, path in config.tapes.items()}
        self.faults = FaultFile(config.home / "faults.json")
        self.rng = random.Random(config.seed)  # noqa: S311 - a market, not a secret
        self.wounded: set[tuple[str, str]] = set()
        self.journal = Journal(config.home / "journal.jsonl")
        self.entry = Entry(self.market, self.journal.ids())
        self.feed = Feed(self.market)
        self.read: Read = dict(self.journal.remembered.read)
        self.incarnations: dict[str, str] = {}
        self.events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self.held: deque[tuple[float, Event]] = deque()
        self.engine = self._engine()
        self._moves_due = 0.0
        self._stopping = False

    def market(self, symbol: str) -> Market | None:
        """The symbol's books, opened when somebody first asks; None if it is not listed."""
        found = self.markets.get(symbol)
        if found is None:
            listed = self.universe.listed.get(symbol)
            if listed is None:
                return None
            found = self.markets[symbol] = flow.open_market(listed, self.config.seed)
            self._play(found, 0.0)
        return found

    def run(self) -> None:
        """Recover, listen, and serve until told to stop."""
        self._recover()
        self.engine.start()
        last = time.monotonic()
        while not self._stopping:
            self._handle(self._wait(last))
            elapsed = time.monotonic() - last
            if elapsed >= TICK_S:
                last += elapsed
                self._tick(elapsed)
        self.engine.stop()
        self.journal.close()

    def stop(self, *_: Any) -> None:
        """End ``run``; may be called from a signal handler or another thread."""
        self._stopping = True
        self.events.put(None)

    # Requests.

    def _wait(self, last_tick: float) -> list[Event]:
        """The events that are there, or the first to come before the next tick is due."""
        period = TICK_S if self.feed.symbols or self.wounded or self.held else IDLE_S
        batch: list[Event | None] = []
        try:
            batch.append(self.events.get(timeout=max(0.0, last_tick + period - time.monotonic())))
            while len(batch) < MOST_IN_A_BATCH:
                batch.append(self.events.get_nowait())
        except queue.Empty:
            pass
        return self._released([event for event in batch if event is not None])

    def _released(self, events: list[Event]) -> list[Event]:
        """With a delay in force requests wait in a line of their own."""
        delay = self.faults.faults.ack_delay_s
        if not delay and not self.held:
            return events
        now = time.monotonic()
        self.held.extend((now + delay, event) for event in events)
        due = []
        while self.held and (not delay or self.held[0][0] <= now):
            due.append(self.held.popleft()[1])
        return due

    def _handle(self, events: Sequence[Event]) -> None:
        """Act on a batch: decide, keep it in the journal, and only then answer."""
        if not events:
            return
        at = _now()
        for session, raw in events:
            if raw == LOGON:
                self._logged_on(session)
            elif session == FEED:
                self._market_data(raw)
            else:
                self._request(session, raw, at)
        self._publish_reports()

    def _logged_on(self, session: str) -> None:
        self.incarnations[session] = self.engine.incarnation(session)
        if session == FEED:
            self.feed.forget()

    def _request(self, session: str, raw: str, at: str) -> None:
        try:
            message = codec.decode(raw)
        except Malformed as error:
            tags = codec.header(raw)
            message = Received(tags["35"], int(tags["34"]), "", {"cl_ord_id": tags.get("11"), "malformed": str(error)})
        self.read[session] = (self.incarnations.get(session, ""), message.msg_seq_num)
        if message.msg_type == "3":
            log.error("%s: our message was rejected: %s", session, message.fields)
        elif message.msg_type in REQUESTS and "malformed" not in message.fields:
            self.entry.take(session, message.msg_type, message.fields, at)
        else:
            self._business_reject(session, message)

    def _business_reject(self, session: str, message: Received) -> None:
        text = message.fields.get("malformed", f"message type {message.msg_type} is not supported")
        fields = {
            "ref_seq_num": message.msg_seq_num, "ref_msg_type": message.msg_type,
            "business_reject_ref_id": message.fields.get("cl_ord_id"),
            "business_reject_reason": 0 if "malformed" in message.fields else 3, "text": text[:200],
        }  # fmt: skip
        self.entry.outgoing.append((session, "j", fields))

    def _market_data(self, raw: str) -> None:
        if codec.header(raw)["35"] == "V":
            for body in self.feed.request(raw):
                self.engine.send_body(FEED, body)

    def _publish_reports(self) -> None:
        """Write the batch down, send its reports, and note what traded for the feed and the participants."""
        entry = self.entry
        if entry.outgoing:
            self.journal.write(entry.touched.values(), entry.burnt, self.read, entry.outgoing)
        for session, msg_type, fields in entry.outgoing:
            self.engine.send(session, msg_type, fields)
        if entry.outgoing:
            self.journal.sent()
        self.feed.dirty.update(order.symbol for order in entry.touched.values())
        for mic, symbol, fill in entry.prints:
            self.feed.printed(mic, symbol, fill)
            if symbol not in self.tapes:
                self.wounded.add((symbol, mic))
        entry.outgoing, entry.touched, entry.burnt, entry.prints = [], {}, [], []

    # What the venues do by themselves.

    def _tick(self, elapsed: float) -> None:
        self.universe.refresh()
        if self.journal.is_large():
            self.entry.forget_closed(KEEP_CLOSED)
            burnt = [(*key, known) for key, known in self.entry.names.items() if isinstance(known, dict)]
            self.journal.rewrite(self.entry.orders.values(), burnt, self.read, [])
        if self.faults.changed():
            self.entry.rejected_symbols = self.faults.faults.reject
            for session in self.faults.faults.drop:
                self.engine.disconnect(session)
        at = _now()
        wounded, self.wounded = self.wounded, set()
        for symbol, mic in wounded:
            self._traded(symbol, [(mic, flow.refill(self.markets[symbol], mic))], at)
        for symbol in self.tapes.keys() & self.markets.keys():
            self._traded(symbol, self._play(self.markets[symbol], elapsed), at)
        self._animate(elapsed, at)
        self._publish_reports()
        if self.engine.is_logged_on(FEED):
            for body in self.feed.changed():
                self.engine.send_body(FEED, body)

    def _animate(self, elapsed: float, at: str) -> None:
        """The seeded flow moves symbols that somebody watches or has an order in."""
        alive = [symbol for symbol in self.markets if symbol not in self.tapes]
        self._moves_due += elapsed * self.config.rate if alive else 0
        # After a pause there is no catching up: prices go on from where they are.
        moves, self._moves_due = int(min(self._moves_due, max(1, self.config.rate))), self._moves_due % 1
        for _ in range(moves):
            symbol = self.rng.choice(alive)
            self._traded(symbol, flow.move(self.markets[symbol]), at)

    def _play(self, market: Market, elapsed: float) -> list[tuple[str, list[Fill]]]:
        played = self.tapes.get(market.symbol)
        return [] if not played else [one for row in played.due(elapsed) for one in tape.quote(market, row)]

    def _traded(self, symbol: str, trades: Any, at: str) -> None:
        self.feed.dirty.add(symbol)
        for mic, fills in trades:
            self.entry.traded(mic, symbol, fills, at)

    # Start.

    def _recover(self) -> None:
        """Orders return to their books; reports that may not have left go out again, marked PossResend."""
        remembered, at = self.journal.remembered, _now()
        for session, name, fields in remembered.burnt:
            self.entry.names[session, name] = fields
        for order in sorted(remembered.orders, key=lambda order: order.arrival):
            self.entry.restore(order, at)
        self.entry.arrivals = itertools.count(1 + max((order.arrival for order in remembered.orders), default=0))
        for session, msg_type, fields in remembered.unsent:
            self.engine.send(session, msg_type, fields | {"poss_resend": True})
        self._publish_reports()
        self.journal.sent()

    def _engine(self) -> Engine:
        config = self.config
        links = [
            Link(name, name, CLIENT, config.host, config.port, durable=name != FEED, heartbeat_s=config.heartbeat_s)
            for name in (*VENUES, FEED)
        ]
        return Engine(
            links, "acceptor", config.home / "fix", resume=self._resume,
            on_message=lambda name, raw: self.events.put((name, raw)),
            on_logon=lambda name: self.events.put((name, LOGON)),
        )  # fmt: skip

    def _resume(self, link: Link, incarnation: str) -> int:
        """Ask again for everything after the last request in the journal."""
        self.incarnations[link.name] = incarnation
        known, number = self.read.get(link.name, ("", 0))
        return number + 1 if known == incarnation else 1


def serve(config: Config) -> None:
    """Run the venues until SIGTERM or SIGINT."""
    exchange = Exchange(config)
    signal.signal(signal.SIGTERM, exchange.stop)
    signal.signal(signal.SIGINT, exchange.stop)
    exchange.run()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
