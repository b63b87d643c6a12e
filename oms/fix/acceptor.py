"""The acceptor: one process for all sessions of clients, a thread for each direction around the engine.

Like a gateway it holds a lock, so that one process alone owns the FIX store. What arrives is kept in memory until a
batch of it is committed; at start the engine is told to expect what comes after the last message committed, so what
was received and not committed comes again, and nothing is applied twice.
"""

import logging
import queue
import threading
from collections import defaultdict
from pathlib import Path

from django.conf import settings
from django.db import Error, close_old_connections

from oms.base import bell
from oms.base.clock import now
from oms.base.heartbeat import beat
from oms.desk import Actor, Cancellation, cancel
from oms.fix import dropcopy, wishes
from oms.fix.deliver import BATCH, deliver
from oms.fix.inbound import Inbound
from oms.fix.logon import refusal
from oms.fix.owner import Owner
from oms.fix.publish import publish, readers
from oms.fix.trading import Party
from orders.models import Order
from orders.vocabulary import Hold
from routing.fix.engine import Engine
from routing.fix.link import Link, Schedule, Tls
from routing.models import ClientMessage, ClientSession

log = logging.getLogger("oms.fix")
BELL = "clients"
MOST = 500
BEAT_S = 1.0
IDLE_S = 0.25
TRY_AGAIN_S = 0.5


class Acceptor:
    """Runs until ``stop`` is set. ``failed`` says that it must not go on: the supervisor starts it anew."""

    def __init__(self, port: int, stop: threading.Event, host: str = "127.0.0.1", tls: Tls | None = None) -> None:
        self.stop, self.failed = stop, False
        self.owner = Owner("clients", stop)
        self.sessions = {one.code: one for one in ClientSession.objects.filter(enabled=True).select_related("user")}
        self.arrived: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self.gone: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.awake = threading.Event()
        self.inbound = {code: self._inbound(one) for code, one in self.sessions.items()}
        self.readers = readers()
        self.engines: dict[str, Engine] = {}
        self.running = [
            engine
            for engine in (self._engine(False, host, port, None), self._engine(True, host, port + 1, tls))
            if engine is not None
        ]

    def _inbound(self, one: ClientSession) -> Inbound:
        actor = Actor.of(one.user)._replace(session=one.code)
        return Inbound(Party(one.code, actor, one.account_map), one.purpose, one.throttle)

    def _engine(self, secure: bool, host: str, port: int, tls: Tls | None) -> Engine | None:
        """The engine of the sessions with, or without, TLS; None if there are none."""
        mine = [one for one in self.sessions.values() if one.tls == secure]
        if not mine or (secure and tls is None):
            return None
        links = [
            Link(
                one.code, one.sender_comp_id, one.target_comp_id, host, port, version=one.version, tls=tls,
                schedule=Schedule(one.start, one.end, one.start_day, one.end_day), addresses=tuple(one.addresses),
                transforms=one.transforms,
            )
            for one in mine
        ]  # fmt: skip
        engine = Engine(
            links, "acceptor", Path(settings.OMS_HOME) / "fix" / ("clients-tls" if secure else "clients"),
            on_message=lambda code, raw: self.arrived.put((code, raw)), on_logon=self._up, on_logout=self._down,
            on_logon_request=lambda code, fields, address: refusal(self.sessions.get(code), fields, address),
            resume=lambda link, incarnation: expected(link.name, incarnation), strict=True,
        )  # fmt: skip
        self.engines |= {one.code: engine for one in mine}
        return engine

    def run(self) -> None:
        """Work in both directions until told to stop."""
        threads = [
            threading.Thread(target=self._forever, args=(work,), name=work.__name__)
            for work in (self._receive, self._send, self._beat)
        ]
        for engine in self.running:
            engine.start()
        for thread in threads:
            thread.start()
        self.stop.wait()
        for engine in self.running:
            engine.stop()
        self.awake.set()
        for thread in threads:
            thread.join(5)

    def _up(self, code: str) -> None:
        log.info("%s logged on", code)
        self.awake.set()

    def _down(self, code: str) -> None:
        log.info("%s is gone", code)
        self.gone.put(code)

    def _receive(self) -> None:
        """Apply what has arrived, a transaction a session, and have the answers sent."""
        batches: dict[str, list[str]] = defaultdict(list)
        try:
            code, raw = self.arrived.get(timeout=IDLE_S)
            batches[code].append(raw)
            for _ in range(MOST - 1):
                code, raw = self.arrived.get_nowait()
                batches[code].append(raw)
        except queue.Empty:
            pass
        for code, raws in batches.items():
            self.inbound[code].take(self.engines[code].incarnation(code), raws)
        if batches:
            self.awake.set()
            bell.ring(BELL)
        self._cancel_of_the_gone()

    def _cancel_of_the_gone(self) -> None:
        """What a session asked for that wants its orders out when it is gone."""
        while not self.gone.empty():
            code = self.gone.get()
            if not self.sessions[code].cancel_on_disconnect:
                continue
            open_orders = Order.objects.filter(sender_comp_id=code, parent__isnull=True, leaves_qty__gt=0)
            open_orders = open_orders.exclude(hold=Hold.LEG)
            wanted = [Cancellation(pk) for pk in open_orders.values_list("pk", flat=True)]
            if wanted:
                log.warning("%s is gone: %s orders are canceled", code, len(wanted))
                cancel(wanted, self.inbound[code].party.actor)

    def _send(self) -> None:
        """Turn events into reports, and send them to whoever is there."""
        read = publish(self.readers)
        up = [code for code, engine in self.engines.items() if engine.is_logged_on(code)]
        sent = deliver(self.engines, up) if up else 0
        if not read and sent < BATCH:
            bell.wait(BELL, IDLE_S)

    def _beat(self) -> None:
        """Show how the sessions stand, do what somebody wants done to them, and match drop copies."""
        self.owner.check()
        beat("clients")
        at = now()
        for code, engine in self.engines.items():
            out, in_ = engine.sequence_numbers(code)
            up = engine.is_logged_on(code)
            ClientSession.objects.filter(pk=code).update(
                next_out=out, next_in=in_, **({"seen_at": at} if up else {"logged_on_at": None})
            )
            if up:
                ClientSession.objects.filter(pk=code, logged_on_at=None).update(logged_on_at=at)
        wishes.fulfil(self.engines)
        dropcopy.match()
        if wishes.sessions_changed(self.sessions):
            # QuickFIX takes its sessions at start alone. Clients reconnect to the new process; nothing is lost.
            log.warning("the sessions have changed: starting anew")
            self.failed = True
            self.stop.set()
        self.stop.wait(BEAT_S)

    def _forever(self, work: object) -> None:
        """Repeat ``work``; a database that is away comes back, a lock that was taken over does not."""
        while not self.stop.is_set():
            try:
                work()  # type: ignore[operator]
            except Error as error:
                log.warning("%s: %s", getattr(work, "__name__", work), str(error).strip())
                close_old_connections()
                self.stop.wait(TRY_AGAIN_S)
            except Exception:
                # A thread that ends alone would leave an acceptor that looks well and does half its work.
                log.exception("the acceptor cannot go on")
                self.failed = True
                self.stop.set()


def expected(code: str, incarnation: str) -> int:
    """The next incoming MsgSeqNum to ask for: 1 in a new incarnation.

    Session messages take numbers, too, and are not stored; to ask for them again is answered by a gap fill.
    """
    rows = ClientMessage.objects.filter(session_id=code, incarnation=incarnation).order_by("-msg_seq_num")
    return (rows.values_list("msg_seq_num", flat=True).first() or 0) + 1
