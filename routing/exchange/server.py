"""The process of the simulated venues: one thread owns books, journal and feed; the FIX engine has its own."""

import itertools
import logging
import queue
import random
import signal
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from routing.exchange import commands
from routing.exchange.actions import Refused
from routing.exchange.delivery import Delivery
from routing.exchange.entry import REQUESTS, Entry
from routing.exchange.faults import FaultFile
from routing.exchange.hall import Hall
from routing.exchange.journal import Done, Journal, Read, at_large
from routing.exchange.orderly import CommandFiles
from routing.exchange.orders import Fields
from routing.exchange.sessions import Sessions
from routing.exchange.state import Outgoing
from routing.exchange.universe import Universe
from routing.fix import codec
from routing.fix.codec import Malformed, Received
from routing.fix.engine import Engine, Link
from routing.fix.parts import FIX44

log = logging.getLogger(__name__)
VENUES, FEED, CLIENT = ("XNAS", "XNYS", "BATS"), "FEED", "OMS"
# Market data is told, participants move, and eaten liquidity returns, four times a second.
TICK_S = 0.25
# With nothing to animate we still look for a new universe file.
IDLE_S = 1.0
# Requests and reports that wait for their moment are looked at so often.
SOON_S = 0.01
MOST_IN_A_BATCH = 500
# How many closed orders the venues still know when the journal is rewritten.
KEEP_CLOSED = 50_000
LOGON, COMMANDS = "logon", "commands"
Event = tuple[str, str]  # session and raw message or LOGON; COMMANDS and nothing


@dataclass(frozen=True, slots=True)
class Config:
    """How to run. ``rate`` is moves a second over all symbols; 0 freezes the quotes. ``versions`` are the FIX versions
    of venues that do not speak 4.4."""

    home: Path
    port: int
    host: str = "127.0.0.1"
    universe: Path | None = None
    rate: float = 20.0
    seed: int = 1
    tapes: dict[str, Path] = field(default_factory=dict)
    tape_speed: float = 5.0
    heartbeat_s: int = 30
    versions: Mapping[str, str] = field(default_factory=dict)


class Exchange:
    """The venues. ``run`` returns after ``stop`` or SIGTERM."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.universe = Universe(config.universe or config.home / "universe.csv")
        self.universe.refresh()
        self.hall = Hall(self.universe, config.rate, config.seed, config.tapes, config.tape_speed)
        self.feed = self.hall.feed
        self.faults = FaultFile(config.home / "faults.json")
        self.journal = Journal(config.home / "journal.jsonl")
        chance = random.Random(config.seed).random  # noqa: S311 - misbehaviour, not a secret
        self.entry = Entry(self.hall.market, self.journal.ids(), chance)
        self.entry.habits = lambda session: self.faults.faults.habits(session)
        self.delivery = Delivery(self.entry.habits, chance)
        self.read: Read = dict(self.journal.remembered.read)
        self.incarnations: dict[str, str] = {}
        self.events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self.held: deque[tuple[float, Event]] = deque()
        self.files = CommandFiles(config.home, self.journal.remembered.done)
        self.done: Done = {}
        self.engine = self._engine()
        self.sessions = Sessions(self.engine, self.journal, self.delivery, self.faults, self._send)
        self._stopping = False

    def run(self) -> None:
        """Recover, listen, and serve until told to stop."""
        self._recover()
        self._look_at_faults()
        self.engine.start()
        self.files.watch(lambda: self.events.put((COMMANDS, "")))
        last = time.monotonic()
        while not self._stopping:
            self._handle(self._wait(last))
            elapsed = time.monotonic() - last
            if elapsed >= TICK_S:
                last += elapsed
                self._tick(elapsed)
        self.files.stop()
        self.engine.stop()
        self.journal.close()

    def stop(self, *_: Any) -> None:
        """End ``run``; may be called from a signal handler or another thread."""
        self._stopping = True
        self.events.put(None)

    # Requests.

    def _wait(self, last_tick: float) -> list[Event]:
        """The events that are there, or the first to come before the next tick is due."""
        period = TICK_S if self.hall.is_lively or self.held else IDLE_S
        timeout = max(0.0, last_tick + period - time.monotonic())
        if self.delivery.is_waiting or self.entry.waiting:
            timeout = min(timeout, SOON_S)
        batch: list[Event | None] = []
        try:
            batch.append(self.events.get(timeout=timeout))
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
        self.entry.clock = time.monotonic()
        if not events and not self.entry.waiting and not self.delivery.is_waiting:
            return
        at = _now()
        for session, raw in events:
            if raw == LOGON:
                self._logged_on(session)
            elif session == FEED:
                self._market_data(raw)
            elif session == COMMANDS:
                self._commands(at)
            else:
                self._request(session, raw, at)
        if self.entry.waiting:
            self.entry.pass_time(self.entry.clock, at)
        self._publish_reports()

    def _logged_on(self, session: str) -> None:
        self.incarnations[session] = self.engine.incarnation(session)
        if session == FEED:
            self.feed.forget()

    def _request(self, session: str, raw: str, at: str) -> None:
        try:
            message = codec.decode(raw, self.engine.links[session].version)
        except Malformed as error:
            tags = codec.header(raw)
            message = Received(tags["35"], int(tags["34"]), "", {"cl_ord_id": tags.get("11"), "malformed": str(error)})
        self.read[session] = (self.incarnations.get(session, ""), message.msg_seq_num)
        if message.msg_type == "3":
            log.error("%s: our message was rejected: %s", session, message.fields)
        elif message.msg_type in REQUESTS and "malformed" not in message.fields:
            self._take(session, message, at)
        else:
            self._business_reject(session, message, 0 if "malformed" in message.fields else 3)

    def _take(self, session: str, message: Received, at: str) -> None:
        """A field that the message does not need by the dictionary and this venue cannot do without: reason 5."""
        if message.msg_type == "Q":
            log.warning("%s: the client does not know a trade: %s", session, message.fields)
        try:
            self.entry.take(session, message.msg_type, message.fields, at)
        except KeyError as missing:
            log.warning("%s: a message lacks %s", session, missing, exc_info=True)
            self._business_reject(session, message, 5, f"{missing.args[0]} is missing")

    def _business_reject(self, session: str, message: Received, reason: int, text: str = "") -> None:
        text = text or message.fields.get("malformed", f"message type {message.msg_type} is not supported")
        fields = {
            "ref_seq_num": message.msg_seq_num, "ref_msg_type": message.msg_type,
            "business_reject_ref_id": message.fields.get("cl_ord_id"), "business_reject_reason": reason,
            "text": text[:200],
        }  # fmt: skip
        self.entry.outgoing.append((session, "j", fields))

    def _market_data(self, raw: str) -> None:
        if codec.header(raw)["35"] == "V":
            for body in self.feed.request(raw):
                self.engine.send_body(FEED, body)

    # Commands.

    def _commands(self, at: str) -> None:
        for told in self.files.new():
            outcome: Fields = {"id": told["id"], "venue": told["venue"], "command": told["command"], "at": at}
            try:
                outcome |= {"ok": True, "result": self._command(told["venue"], told["command"], told["args"], at)}
            except (Refused, Malformed) as error:
                outcome |= {"ok": False, "error": str(error)}
            except (ValueError, TypeError, KeyError) as error:
                log.warning("command %s", told, exc_info=True)
                outcome |= {"ok": False, "error": f"{type(error).__name__}: {error}"}
            self.done[told["id"]] = outcome

    def _command(self, mic: str, command: str, args: Fields, at: str) -> Fields:
        commands.check(command, args)
        if command == "faults":
            self._look_at_faults()
            if self.faults.error:
                raise Refused(self.faults.error)
            return {}
        if mic not in VENUES:
            raise Refused(f"{mic} is no venue here; there are {', '.join(VENUES)}")
        if command in self.sessions.commands:
            return self.sessions.run(mic, command, args)
        result = commands.run(self.entry, mic, command, args, at)
        self.entry.follow(at)
        self.feed.dirty.update(self.hall.markets)
        return result

    # Reports.

    def _publish_reports(self) -> None:
        """Write the batch down, send its reports, and note what traded for the feed and the participants."""
        entry, said = self.entry, self.entry.outgoing
        if said or entry.changed or self.done or entry.touched:
            more = at_large(entry) if entry.changed else {}
            if self.done:
                more["done"] = self.done
            self.journal.write(entry.touched.values(), entry.burnt, self.read, said, entry.executed, more)
        self._deliver(self.delivery.send(said, self.entry.clock))
        if self.delivery.is_waiting:
            self._deliver(self.delivery.due(self.entry.clock))
        if said and self.delivery.is_empty:
            self.journal.sent()
        self.sessions.misbehave()
        for outcome in self.done.values():
            self.files.answer(outcome)
        self.done = {}
        self.feed.dirty.update(order.symbol for order in entry.touched.values())
        for mic, symbol, fill in entry.prints:
            self.hall.printed(mic, symbol, fill)
        entry.spoken()

    def _deliver(self, reports: Iterable[Outgoing]) -> None:
        for session, msg_type, fields in reports:
            self._send(session, msg_type, fields)

    def _send(self, session: str, msg_type: str, fields: Fields) -> None:
        """One message to the engine. What the session's version of FIX cannot say is not said."""
        try:
            self.engine.send(session, msg_type, fields)
        except Malformed as error:
            log.error("%s: %s cannot be said: %s", session, msg_type, error)

    # What the venues do by themselves.

    def _tick(self, elapsed: float) -> None:
        self.universe.refresh()
        if self.journal.is_large() and self.delivery.is_empty:
            self.entry.forget_closed(KEEP_CLOSED)
            self.journal.rewrite(self.entry, self.read, self.files.done)
        self._look_at_faults()
        at = _now()
        self.entry.pass_time(time.monotonic(), at)
        self._commands(at)
        self.hall.pass_time(elapsed, lambda mic, symbol, fills: self.entry.traded(mic, symbol, fills, at))
        self._publish_reports()
        self.sessions.tick()
        if self.engine.is_logged_on(FEED):
            for body in self.feed.changed():
                self.engine.send_body(FEED, body)

    def _look_at_faults(self) -> None:
        if self.faults.changed():
            self.entry.rejected_symbols = self.faults.faults.reject
            for session in self.faults.faults.drop:
                self.engine.disconnect(session)

    # Start.

    def _recover(self) -> None:
        """Orders return to their books; reports that may not have left go out again, marked PossResend."""
        remembered, at = self.journal.remembered, _now()
        for session, name, fields in remembered.burnt:
            self.entry.names[session, name] = fields
        self.entry.shut(remembered.shut)
        self.entry.arrivals = itertools.count(1 + max((order.arrival for order in remembered.orders), default=0))
        for order in sorted(remembered.orders, key=lambda order: order.arrival):
            self.entry.restore(order, at)
        self.entry.wait_again(remembered.waiting)
        self.entry.follow(at)
        for session, msg_type, fields in remembered.unsent:
            self._send(session, msg_type, fields | {"poss_resend": True})
        self._publish_reports()
        self.journal.sent()

    def _engine(self) -> Engine:
        config = self.config
        links = [
            Link(
                name, name, CLIENT, config.host, config.port, durable=name != FEED, heartbeat_s=config.heartbeat_s,
                version=config.versions.get(name, FIX44),
            )
            for name in (*VENUES, FEED)
        ]  # fmt: skip
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
