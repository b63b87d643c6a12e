"""The gateway of one order session: two threads around the engine, one for each direction."""

import logging
import queue
import threading
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import Error, close_old_connections

from oms.base import bell
from oms.base.clock import now
from routing import wishes
from routing.fix.engine import Engine
from routing.gateway import receive, recover, send
from routing.gateway.leader import FencedError, Leadership
from routing.gateway.link import link, shape
from routing.gateway.sent import Sent
from routing.gateway.stopped import stopped
from routing.models import SessionOrder, VenueSession

log = logging.getLogger("oms.gateway")
BEAT_S = 2.0
IDLE_S = 1.0
TRY_AGAIN_S = 0.5
# A venue that has not acknowledged an order for so long is asked what became of it.
PATIENCE_S = 30.0
# After each batch we let a few more messages gather: a batch of five costs hardly more than a batch of one.
PACE_S = 0.01


def show(engine: Engine, code: str, epoch: int, up_since: datetime | None) -> None:
    """Put into the row of the session how it stands, as long as it is ours. One UPDATE."""
    out, in_ = engine.sequence_numbers(code)
    seen = {"seen_at": now()} if up_since else {}
    row = VenueSession.objects.filter(pk=code, epoch=epoch)
    row.update(next_out=out, next_in=in_, logged_on_at=up_since, **seen)


class Gateway:
    """Runs until ``stop`` is set. ``failed`` says that it must not go on: the supervisor starts it anew."""

    def __init__(self, code: str, stop: threading.Event) -> None:
        self.code, self.stop = code, stop
        self.failed = False
        self.shape = shape(code)
        terms = link(VenueSession.objects.get(pk=code))
        self.leader = Leadership(code, stop)
        self.arrived: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.logged_on = threading.Event()
        self.ask_due = threading.Event()
        self.up_since: datetime | None = None
        self.sent = Sent()
        self.engine = Engine(
            [terms],
            "initiator",
            Path(settings.OMS_HOME) / "fix" / code,
            on_message=lambda name, raw: self.arrived.put(raw),
            on_logon=self._up,
            on_logout=self._down,
            resume=lambda link, incarnation: receive.expected(code, incarnation),
            withdrawn=stopped,
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
        self.up_since = now()
        self.ask_due.set()
        self.logged_on.set()

    def _down(self, name: str) -> None:
        self.up_since = None
        self.logged_on.clear()

    def _receive(self) -> None:
        messages = receive.take(self.arrived, IDLE_S)
        if messages:
            self._store(messages)
            self.stop.wait(PACE_S)

    def _store(self, messages: list[str]) -> None:
        while messages:
            try:
                receive.store(self.code, self.engine.incarnation(self.code), messages, self.sent, self._inward)
                return
            except Error as error:
                # The batch stays in memory; if we die meanwhile the venue sends it again.
                log.warning("inbox: %s", str(error).strip())
                close_old_connections()
                if self.stop.wait(TRY_AGAIN_S):
                    return

    def _inward(self, raw: str) -> str:
        return self.engine.inward(self.code, raw)

    def _send(self) -> None:
        if not self.logged_on.wait(IDLE_S):
            return
        if self.ask_due.is_set():
            self._ask()
        if send.send_waiting(self.engine, self.leader, self.sent, self._may_send) < send.BATCH:
            # What comes after the look rings, and the bell keeps ringing until it is heard.
            self.stop.wait(PACE_S)
            bell.wait(f"outbox:{self.code}", IDLE_S)

    def _ask(self) -> None:
        """Nothing new goes out before the venue has been asked about what is there."""
        # Cleared first: a logon that comes while we ask is one to ask after as well.
        self.ask_due.clear()
        try:
            recover.ask(self.code)
            asking = send.BATCH
            while asking == send.BATCH:
                asking = send.send_waiting(self.engine, self.leader, self.sent, self._may_ask, asking=True)
        except Error:
            self.ask_due.set()
            raise

    def _may_ask(self) -> bool:
        return self.engine.is_logged_on(self.code)

    def _may_send(self) -> bool:
        """A session that went and came again in the middle of a batch has questions first."""
        return self.engine.is_logged_on(self.code) and not self.ask_due.is_set()

    def _beat(self) -> None:
        """Show how the session stands, ask about what the venue is silent on, and do what operators want of it."""
        if self.logged_on.wait(BEAT_S) and not self.stop.is_set():
            overdue = self.sent.overdue(PATIENCE_S)
            if overdue and recover.ask(self.code, overdue):
                bell.ring(f"outbox:{self.code}")
        show(self.engine, self.code, self.leader.epoch, self.up_since)
        self.leader.check()
        wishes.fulfil(SessionOrder.objects.filter(venue_session_id=self.code), lambda code: self.engine)
        if shape(self.code) != self.shape:
            log.warning("the terms of %s have changed: starting anew", self.code)
            self.failed = True
            self.stop.set()
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
