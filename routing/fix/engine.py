"""The port to the FIX engine: sessions by name, messages as text. Nothing of QuickFIX is seen outside this module.

QuickFIX calls back on a thread of its own while it holds the session's mutex. So the callbacks given here must only
put what they get into a queue: a callback that waits for a lock which a sender holds would deadlock both.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from routing.fix import codec
from routing.fix.binding import quickfix
from routing.fix.listener import free_port, listen_instead

log = logging.getLogger(__name__)
DICTIONARY = Path(__file__).with_name("FIX44.xml")
# What surrounds a body for QuickFIX to parse it; the session puts the true length, sequence number and sum there.
_HEAD, _TAIL = "8=FIX.4.4\x019=0\x01", "10=000\x01"
_POSS_DUP, _MSG_TYPE, _SEQ, _SENDING_TIME = 43, 35, 34, 122


@dataclass(frozen=True, slots=True)
class Link:
    """One FIX session as we see it. ``name`` is ours; a link that is not durable starts at 1 with each logon."""

    name: str
    sender_comp_id: str
    target_comp_id: str
    host: str = "127.0.0.1"
    port: int = 9870
    durable: bool = True
    heartbeat_s: int = 30


Resume = Callable[[Link, str], int | None]


class Engine:
    """An initiator or an acceptor for some links.

    ``on_message(name, raw)`` gets every application message and session Reject (3) once, in sequence. QuickFIX counts
    a message as received as soon as it returns. A user that commits later gives ``resume(link, incarnation)``: it
    answers the next incoming sequence number to ask for at start, so that whatever was not committed is sent again.
    An incarnation is the creation time of the session's store: sequence numbers are unique within it.
    """

    def __init__(
        self,
        links: Sequence[Link],
        role: str,
        home: Path,
        *,
        on_message: Callable[[str, str], None],
        on_logon: Callable[[str], None] = lambda name: None,
        on_logout: Callable[[str], None] = lambda name: None,
        resume: Resume = lambda link, incarnation: None,
        reset: bool = False,
        stale_order_s: float = 60,
    ) -> None:
        if role not in ("initiator", "acceptor"):
            raise ValueError(f"role {role!r}")
        self.links = {link.name: link for link in links}
        self.role = role
        self.home = home
        self.on_message, self.on_logon, self.on_logout = on_message, on_logon, on_logout
        self.resume = resume
        self.reset = reset
        self.stale_order = timedelta(seconds=stale_order_s)
        self.logged_on: set[str] = set()
        self._heard: dict[str, float] = {}
        self._dictionary = quickfix.DataDictionary(str(DICTIONARY))
        self._session_ids = {
            link.name: quickfix.SessionID("FIX.4.4", link.sender_comp_id, link.target_comp_id) for link in links
        }
        self._names = {session_id.toString(): name for name, session_id in self._session_ids.items()}
        self._application = _Application(self)
        self._placeholder_port = free_port() if role == "acceptor" else 0
        self._settings = self._write_settings()
        self._stores = quickfix.FileStoreFactory(self._settings)
        # QuickFIX's own log writes whole messages; our Logon carries no password, so there is no secret in it.
        self._logs = quickfix.FileLogFactory(self._settings)
        kind = quickfix.SocketInitiator if role == "initiator" else quickfix.SocketAcceptor
        self._runner = kind(self._application, self._stores, self._settings, self._logs)

    def start(self) -> None:
        """Start connecting or listening, on the engine's own thread."""
        if self.role == "initiator":
            self._runner.start()
            return
        # One address for all links of an acceptor.
        ((host, port),) = {(link.host, link.port) for link in self.links.values()}
        listen_instead(host, port, self._runner.start)

    def stop(self) -> None:
        """Log out and close. The caller leaves with os._exit: QuickFIX's destructors race at interpreter exit."""
        self._runner.stop(not self.logged_on)

    def send(self, name: str, msg_type: str, fields: Mapping[str, Any]) -> int:
        """Send one message; answer its MsgSeqNum. Raises codec.Malformed, and then nothing was sent.

        While the link is logged out the message is stored, and goes out when the counterparty asks for the gap.
        """
        return self.send_body(name, codec.encode(msg_type, fields))

    def send_body(self, name: str, body: str) -> int:
        """Send what codec.encode or routing.fix.marketdata made."""
        # One call that parses the text in C++ costs a fifth of a setField call for each field.
        message = quickfix.Message(_HEAD + body + _TAIL, self._dictionary, False)
        quickfix.Session.sendToTarget(message, self._session_ids[name])
        return int(message.getHeader().getField(_SEQ))

    def is_logged_on(self, name: str) -> bool:
        """Whether the link is up, to our latest knowledge."""
        return name in self.logged_on

    def silent_s(self, name: str) -> float:
        """Seconds since anything, a heartbeat included, came over the link; the link may be dead before we know."""
        return time.monotonic() - self._heard.get(name, float("-inf"))

    def disconnect(self, name: str) -> None:
        """Drop the connection without a Logout, as a failing network would."""
        quickfix.Session.lookupSession(self._session_ids[name]).disconnect()

    def incarnation(self, name: str) -> str:
        """The creation time of the link's store, as QuickFIX wrote it; '' before the first start."""
        link = self.links[name]
        path = self.home / "store" / f"FIX.4.4-{link.sender_comp_id}-{link.target_comp_id}.session"
        return path.read_text().strip() if path.exists() else ""

    def _write_settings(self) -> Any:
        settings = quickfix.SessionSettings()
        (self.home / "store").mkdir(parents=True, exist_ok=True)
        common = {
            "ConnectionType": self.role,
            "FileStorePath": str(self.home / "store"),
            "FileLogPath": str(self.home / "log"),
            "DataDictionary": str(DICTIONARY),
            "UseDataDictionary": "Y",
            "StartTime": "00:00:00",
            "EndTime": "00:00:00",
            "SocketNodelay": "Y",
            "SocketReuseAddress": "Y",
            "ReconnectInterval": "1",
            "TimestampPrecision": "6",
            "LogonTimeout": "5",
            "LogoutTimeout": "2",
        }
        settings.set(_dictionary(common))
        for link in self.links.values():
            settings.set(self._session_ids[link.name], _dictionary(self._link_settings(link)))
        return settings

    def _link_settings(self, link: Link) -> dict[str, str]:
        own = {"HeartBtInt": str(link.heartbeat_s)}
        if not link.durable:
            own |= {"ResetOnLogon": "Y", "PersistMessages": "N"}
        # For a durable link ResetOnLogon (default N) is not named: it would undo what `created` sets.
        if self.role == "initiator":
            return own | {"SocketConnectHost": link.host, "SocketConnectPort": str(link.port)}
        return own | {"SocketAcceptPort": str(self._placeholder_port)}

    # What QuickFIX's thread tells us.

    def created(self, session_id: Any) -> None:
        """A session object exists, with its store, and has not connected yet."""
        link = self.links[self._names[session_id.toString()]]
        session = quickfix.Session.lookupSession(session_id)
        if not link.durable:
            return
        fresh = session.getExpectedSenderNum() == 1 and session.getExpectedTargetNum() == 1
        if self.role == "initiator" and (fresh or self.reset):
            # A new or lost store must not meet the counterparty's old numbers: agree on 1 by ResetSeqNumFlag, once.
            session.setResetOnLogon(True)
            return
        expected = self.resume(link, self.incarnation(link.name))
        if expected is not None:
            session.setNextTargetMsgSeqNum(expected)

    def came_up(self, session_id: Any) -> None:
        """Logon is complete in both directions."""
        name = self._names[session_id.toString()]
        if self.links[name].durable and self.role == "initiator":
            quickfix.Session.lookupSession(session_id).setResetOnLogon(False)
        self.logged_on.add(name)
        self.on_logon(name)

    def went_down(self, session_id: Any) -> None:
        """The session logged out or lost its connection."""
        name = self._names[session_id.toString()]
        if name in self.logged_on:
            self.logged_on.discard(name)
            self.on_logout(name)

    def received(self, message: Any, session_id: Any) -> None:
        """An application message or a Reject, in sequence."""
        name = self._names[session_id.toString()]
        self._heard[name] = time.monotonic()
        self.on_message(name, message.toString())

    def received_admin(self, message: Any, session_id: Any) -> None:
        """A session message: a sign of life, and if it is a Reject (3) our user's business."""
        if message.getHeader().getField(_MSG_TYPE) == "3":
            self.received(message, session_id)
        self._heard[self._names[session_id.toString()]] = time.monotonic()

    def is_stale(self, header: Any) -> bool:
        """Whether this resend is of a new order so old that the market it was meant for has gone."""
        if header.getField(_MSG_TYPE) != "D":
            return False
        sent = datetime.strptime(header.getField(_SENDING_TIME)[:17], "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC)
        return datetime.now(UTC) - sent > self.stale_order


class _Application(quickfix.Application):
    """QuickFIX's callbacks. An exception must not pass into C++ from here, except those QuickFIX defines."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine

    def onCreate(self, session_id: Any) -> None:
        self._guarded(self.engine.created, session_id)

    def onLogon(self, session_id: Any) -> None:
        self._guarded(self.engine.came_up, session_id)

    def onLogout(self, session_id: Any) -> None:
        self._guarded(self.engine.went_down, session_id)

    def toAdmin(self, message: Any, session_id: Any) -> None:
        pass

    def fromAdmin(self, message: Any, session_id: Any) -> None:
        self._guarded(self.engine.received_admin, message, session_id)

    def toApp(self, message: Any, session_id: Any) -> None:
        header = message.getHeader()
        if header.isSetField(_POSS_DUP) and self.engine.is_stale(header):
            raise quickfix.DoNotSend

    def fromApp(self, message: Any, session_id: Any) -> None:
        self._guarded(self.engine.received, message, session_id)

    def _guarded(self, callback: Callable[..., None], *arguments: Any) -> None:
        try:
            callback(*arguments)
        except Exception:
            # To go on would count a message as received that nobody has. The supervisor starts us again,
            # and the counterparty sends it again.
            log.critical("a FIX callback failed; leaving", exc_info=True)
            logging.shutdown()
            os._exit(70)


def _dictionary(values: Mapping[str, str]) -> Any:
    dictionary = quickfix.Dictionary()
    for key, value in values.items():
        dictionary.setString(key, value)
    return dictionary


def wait_for(predicate: Callable[[], bool], timeout_s: float) -> bool:
    """Ask ``predicate`` until it is true or the time is up; for starts and tests, where there is no event."""
    pause = threading.Event()
    for _ in range(int(timeout_s / 0.01)):
        if predicate():
            return True
        pause.wait(0.01)
    return predicate()
