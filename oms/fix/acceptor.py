"""The acceptor: one process for all sessions of clients, a thread for each direction around the engine.

Like a gateway it holds a lock, so that one process alone owns the FIX store. What arrives is kept in memory until a
batch of it is committed; at start the engine is told to expect what comes after the last message committed, so what
was received and not committed comes again, and nothing is applied twice.
"""

import logging
import queue
import shutil
import tempfile
import threading
from collections import defaultdict
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import Error, close_old_connections

from oms.base import bell
from oms.base.clock import now
from oms.base.heartbeat import beat
from oms.desk import Actor, Cancellation, cancel
from oms.fix import booked, dropcopy, rows
from oms.fix.deliver import BATCH, deliver
from oms.fix.inbound import Inbound
from oms.fix.logon import not_admitted, refusal
from oms.fix.owner import Owner
from oms.fix.publish import BATCH as FULL
from oms.fix.publish import publish, readers
from oms.fix.trading import Party
from orders.models import Order
from orders.vocabulary import Hold
from routing import wishes
from routing.fix.engine import Engine
from routing.fix.front import Front
from routing.fix.link import Link, Schedule, Tls
from routing.models import ClientMessage, ClientSession, SessionOrder

log = logging.getLogger("oms.fix")
BELL = "clients"
MOST = 500
BEAT_S = 1.0
IDLE_S = 0.25
TRY_AGAIN_S = 0.5
# After each batch we let a few more messages gather: a batch of five costs hardly more than a batch of one.
PACE_S = 0.01


class Acceptor:
    """Runs until ``stop`` is set. ``failed`` says that it must not go on: the supervisor starts it anew."""

    def __init__(self, port: int, stop: threading.Event, host: str = "127.0.0.1", tls: Tls | None = None) -> None:
        self.stop, self.failed = stop, False
        self.owner = Owner("clients", stop)
        # Taken before the rows are read: what changes in between is seen as a change.
        self.shapes = rows.shapes()
        self.sessions = rows.runnable(secure=tls is not None)
        self.arrived: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self.gone: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.awake = threading.Event()
        self.up_since: dict[str, datetime] = {}
        self.readers = readers()
        self.inbound = {code: self._inbound(one) for code, one in self.sessions.items()}
        self.engines: dict[str, Engine] = {}
        self.fronts: list[Front] = []
        # Behind the front of TLS: short, because the path of a socket is, and open to nobody else.
        self.behind = tempfile.mkdtemp(prefix="oms-fix-")
        self.running = [self._engine(False, host, port)] if self._of(tls=False) else []
        if tls is not None and self._of(tls=True):
            inside = f"{self.behind}/tls"
            self.running.append(self._engine(True, inside, 0))
            secure = self._of(tls=True)
            self.fronts = [Front(host, port + 1, tls, inside, lambda logon, who: not_admitted(secure, logon, who))]

    def _of(self, *, tls: bool) -> list[ClientSession]:
        return [one for one in self.sessions.values() if one.tls == tls]

    def _inbound(self, one: ClientSession) -> Inbound:
        actor = Actor.of(one.user)._replace(session=one.code)
        reader = next((reader for reader in self.readers if reader.code == one.code and not reader.copies), None)
        return Inbound(Party(one.code, actor, one.account_map), one.purpose, one.throttle, reader, one.transforms)

    def _engine(self, secure: bool, host: str, port: int) -> Engine:
        """The engine of the sessions with, or without, TLS."""
        mine = self._of(tls=secure)
        links = [
            Link(
                one.code, one.sender_comp_id, one.target_comp_id, host, port, version=one.version,
                schedule=Schedule(one.start, one.end, one.start_day, one.end_day),
                addresses=() if secure else tuple(one.addresses), transforms=one.transforms,
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
        for front in self.fronts:
            front.start()
        for thread in threads:
            thread.start()
        self.stop.wait()
        for engine in self.running:
            engine.stop()
        for front in self.fronts:
            front.stop()
        shutil.rmtree(self.behind, ignore_errors=True)
        self.awake.set()
        for thread in threads:
            thread.join(5)

    def _up(self, code: str) -> None:
        log.info("%s logged on", code)
        self.up_since[code] = now()
        self.awake.set()

    def _down(self, code: str) -> None:
        log.info("%s is gone", code)
        self.up_since.pop(code, None)
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
            self.stop.wait(PACE_S)
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
        read = publish(self.readers) + booked.tell(self.readers)
        up = [code for code, engine in self.engines.items() if engine.is_logged_on(code)]
        sent = deliver(self.engines, up) if up else 0
        if not up and read < FULL:
            # Reports wait for their clients: who comes finds those of the last moment.
            self.awake.wait(IDLE_S)
            self.awake.clear()
        elif not read and sent < BATCH:
            bell.wait(BELL, IDLE_S)
        else:
            self.stop.wait(PACE_S)

    def _beat(self) -> None:
        """Show how the sessions stand, do what somebody wants done to them, and match drop copies."""
        self.owner.check()
        beat("clients")
        at = now()
        for code, engine in self.engines.items():
            out, in_ = engine.sequence_numbers(code)
            since = self.up_since.get(code)
            seen = {"seen_at": at} if since else {}
            ClientSession.objects.filter(pk=code).update(next_out=out, next_in=in_, logged_on_at=since, **seen)
        wishes.fulfil(SessionOrder.objects.filter(session__isnull=False), self.engines.get)
        dropcopy.match()
        if rows.shapes() != self.shapes:
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
