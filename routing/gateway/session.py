"""The gateway of one order session: two threads around the engine, one for each direction."""

import logging
import queue
import threading
from pathlib import Path

from django.conf import settings
from django.db import Error, close_old_connections

from oms.base import bell
from oms.base.clock import now
from routing.fix.engine import Engine, Link
from routing.gateway import receive, recover, send
from routing.gateway.leader import FencedError, Leadership
from routing.gateway.sent import Sent
from routing.models import VenueSession

log = logging.getLogger("oms.gateway")
BEAT_S = 2.0
IDLE_S = 1.0
TRY_AGAIN_S = 0.5
# A venue that has not acknowledged an order for so long is asked what became of it.
PATIENCE_S = 30.0
# After each batch we let a few more messages gather: a batch of five costs hardly more than a batch of one.
PACE_S = 0.01


class Gateway:
    """Runs until ``stop`` is set. ``failed`` says that it must not go on: the supervisor starts it anew."""

    def __init__(self, code: str, stop: threading.Event) -> None:
        self.code, self.stop = code, stop
        self.failed = False
        self.row = VenueSession.objects.get(pk=code)
        self.leader = Leadership(code, stop)
        self.arrived: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.logged_on = threading.Event()
        self.ask_due = threading.Event()
        self.sent = Sent()
        link = Link(code, self.row.sender_comp_id, self.row.target_comp_id, self.row.host, self.row.port)
        self.engine = Engine(
            [link],
            "initiator",
            Path(settings.OMS_HOME) / "fix" / code,
            on_message=lambda name, raw: self.arrived.put(raw),
            on_logon=self._up,
            on_logout=lambda name: self.logged_on.clear(),
            resume=lambda link, incarnation: receive.expected(code, incarnation),
        )

    def run(self) -> None:
        """Work in both directions until told to stop."""
        threads = [
            threading.Thread(target=self._forever, args=(work,), name=work.__name__)
            for work in (self._receive, self._send, self._beat)
        ]
        self.engine.start()
        for thread in threads:
            thread.start()
        self.stop.wait()
        self.engine.stop()
        for thread in threads:
            thread.join(5)
        self._store(receive.take(self.arrived, 0))

    def _up(self, name: str) -> None:
        self.ask_due.set()
        self.logged_on.set()

    def _receive(self) -> None:
        messages = receive.take(self.arrived, IDLE_S)
        if messages:
            self._store(messages)
            self.stop.wait(PACE_S)

    def _store(self, messages: list[str]) -> None:
        while messages:
            try:
                receive.store(self.code, self.engine.incarnation(self.code), messages, self.sent)
                return
            except Error as error:
                # The batch stays in memory; if we die meanwhile the venue sends it again.
                log.warning("inbox: %s", str(error).strip())
                close_old_connections()
                if self.stop.wait(TRY_AGAIN_S):
                    return

    def _send(self) -> None:
        if not self.logged_on.wait(IDLE_S):
            return
        if self.ask_due.is_set():
            recover.ask(self.code)
            self.ask_due.clear()
        if send.send_waiting(self.engine, self.leader, self.sent) < send.BATCH:
            # What comes after the look rings, and the bell keeps ringing until it is heard.
            self.stop.wait(PACE_S)
            bell.wait(f"outbox:{self.code}", IDLE_S)

    def _beat(self) -> None:
        """Show that the session is up, as long as it is."""
        if self.logged_on.wait(BEAT_S) and not self.stop.is_set():
            VenueSession.objects.filter(pk=self.code, epoch=self.leader.epoch).update(seen_at=now())
            overdue = self.sent.overdue(PATIENCE_S)
            if overdue and recover.ask(self.code, overdue):
                bell.ring(f"outbox:{self.code}")
        self.leader.check()
        self.stop.wait(BEAT_S)

    def _forever(self, work: "threading.Thread | object") -> None:
        """Repeat ``work``; a database that is away comes back, a session that was taken over does not."""
        while not self.stop.is_set():
            try:
                work()  # type: ignore[operator]
            except FencedError as error:
                log.error("%s", error)
                self.failed = True
                self.stop.set()
            except Error as error:
                log.warning("%s: %s", getattr(work, "__name__", work), str(error).strip())
                close_old_connections()
                self.stop.wait(TRY_AGAIN_S)
            except Exception:
                # A thread that ends alone would leave a session that looks well and does half its work.
                log.exception("the gateway of %s cannot go on", self.code)
                self.failed = True
                self.stop.set()
