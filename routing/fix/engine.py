"""The port to the FIX engine: sessions by name, messages as text. QuickFIX is not seen outside this package.

QuickFIX calls back on a thread of its own while it holds the session's mutex. So the callbacks given here must only
put what they get into a queue: a callback that waits for a lock which a sender holds would deadlock both.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from oms.base.ports import free_port
from routing.fix import codec, enginesettings, peers, transform
from routing.fix.application import Application, Refused, Unsupported
from routing.fix.binding import quickfix
from routing.fix.dictionary import FILES, HERE
from routing.fix.link import Link, Schedule, Tls
from routing.fix.listener import listen_instead, listen_nowhere
from routing.fix.messagelog import LogFactory
from routing.fix.messages import MESSAGES
from routing.fix.parts import FIX42, FIX50

__all__ = ["Engine", "Link", "Schedule", "Tls", "wait_for"]
log = logging.getLogger(__name__)
# What surrounds a body for QuickFIX to parse it; the session puts the true length, sequence number and sum there.
_HEAD, _TAIL = "8={}\x019=0\x01", "10=000\x01"
_MSG_TYPE, _SEQ, _SENDING_TIME = 35, 34, 122
_USERNAME, _PASSWORD, _CL_ORD_ID = 553, 554, 11
_ORDERS = frozenset({"D", "G", "AB", "AC"})
_RESET = "\x01141=Y\x01"

# QuickFIX's destructors race with its threads and with Python's collector: an engine lives as long as its process.
_ALIVE: list["Engine"] = []

Resume = Callable[[Link, str], int | None]
# Name of the link, fields of the Logon, address of the other end ("" when it cannot be told): a text refuses it.
LogonRequest = Callable[[str, Mapping[str, Any], str], str | None]


class Engine:
    """An initiator or an acceptor for some links.

    ``on_message(name, raw)`` gets every application message and session Reject (3) once, in sequence. QuickFIX counts
    a message as received as soon as it returns. A user that commits later gives ``resume(link, incarnation)``: it
    answers the next incoming sequence number to ask for at start, so that whatever was not committed is sent again.
    An incarnation is the creation time of the session's store: sequence numbers are unique within it.

    ``raw`` is what came, to the letter; ``inward`` is the same as the link's rules of transformation make it.

    ``withdrawn(name, cl_ord_id)`` says that an order is being taken back, and must not be sent again where a gap is
    filled; it may read, and must raise nothing.

    ``strict``: a message our codec cannot read is rejected (35=3 with tag and reason) instead of handed on. Types of
    message nobody acts on are answered by a BusinessMessageReject in any case.
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
        on_logon_request: LogonRequest = lambda name, fields, remote_ip: None,
        resume: Resume = lambda link, incarnation: None,
        reset: bool = False,
        strict: bool = False,
        stale_order_s: float = 60,
        withdrawn: Callable[[str, str], bool] = lambda name, cl_ord_id: False,
    ) -> None:
        if role not in ("initiator", "acceptor"):
            raise ValueError(f"role {role!r}")
        self.links = {link.name: link for link in links}
        self.role, self.home = role, home
        self.on_message, self.on_logon, self.on_logout = on_message, on_logon, on_logout
        self.on_logon_request = on_logon_request
        self.resume, self.reset, self.strict = resume, reset, strict
        self.stale_order, self.withdrawn = timedelta(seconds=stale_order_s), withdrawn
        self.logged_on: set[str] = set()
        self._heard: dict[str, float] = {}
        self._wire: dict[str, str] = {}
        # Descriptors of the connections of sessions that are up, and Logons with a reset that were allowed.
        self._descriptors: dict[str, int] = {}
        self._allowed: set[str] = set()
        self._shut: set[str] = set()
        self._reopened: set[str] = set()
        self._dictionaries = {link.version: _dictionaries(link.version) for link in links}
        self._session_ids = {
            link.name: quickfix.SessionID(link.begin_string, link.sender_comp_id, link.target_comp_id) for link in links
        }
        self._names = {session_id.toString(): name for name, session_id in self._session_ids.items()}
        self._application = Application(self)
        self._listener = -1
        self._settings = enginesettings.write(
            role, home / "store", links, self._session_ids, free_port() if role == "acceptor" else 0
        )
        self._stores = quickfix.FileStoreFactory(self._settings)
        self._logs = LogFactory(home / "log", self._incoming)
        runs = enginesettings.kind(role, enginesettings.tls_of(links))
        self._runner = runs(self._application, self._stores, self._settings, self._logs)
        _ALIVE.append(self)

    def start(self) -> None:
        """Start connecting or listening, on the engine's own thread."""
        if self.role == "initiator":
            self._runner.start()
            return
        # One address for all links of an acceptor.
        ((host, port),) = {(link.host, link.port) for link in self.links.values()}
        self._listener = listen_instead(host, port, self._runner.start)

    def stop(self) -> None:
        """Log out and close. The caller leaves with os._exit: QuickFIX's destructors race at interpreter exit."""
        if self.role == "initiator":
            self._runner.stop(not self.logged_on)
            return
        # An acceptor's own stop frees its sockets while its thread still walks over them, and now and then crashes.
        for name in self.links:
            self._session(name).logout()
        wait_for(lambda: not self.logged_on, enginesettings.LOGOUT_S + 1)
        if self._listener >= 0:
            listen_nowhere(self._listener)
            self._listener = -1

    def send(self, name: str, msg_type: str, fields: Mapping[str, Any]) -> int:
        """Send one message; answer its MsgSeqNum. Raises codec.Malformed, and then nothing was sent.

        While the link is logged out the message is stored, and goes out when the counterparty asks for the gap.
        """
        return self.send_body(name, codec.encode(msg_type, fields, self.links[name].version))

    def send_body(self, name: str, body: str) -> int:
        """Send what codec.encode or routing.fix.marketdata made."""
        link = self.links[name]
        if link.transforms:
            body = transform.apply(link.transforms, "out", body)
        # One call that parses the text in C++ costs a fifth of a setField call for each field.
        whole = _HEAD.format(link.begin_string) + body + _TAIL
        message = quickfix.Message(whole, *self._dictionaries[link.version], False)
        quickfix.Session.sendToTarget(message, self._session_ids[name])
        return int(message.getHeader().getField(_SEQ))

    def is_logged_on(self, name: str) -> bool:
        """Whether the link is up, to our latest knowledge."""
        return name in self.logged_on

    def silent_s(self, name: str) -> float:
        """Seconds since anything, a heartbeat included, came over the link; the link may be dead before we know."""
        return time.monotonic() - self._heard.get(name, float("-inf"))

    # What operators do.

    def disconnect(self, name: str) -> None:
        """Drop the connection without a Logout, as a failing network would."""
        self._session(name).disconnect()

    def logout(self, name: str, text: str = "") -> None:
        """End the session with a Logout that says why. It stays shut until ``open``."""
        self._session(name).logout(text)

    def turn_out(self, name: str, text: str = "") -> None:
        """End the session with a Logout that says why, and let it come up again at once.

        Raises ValueError when the session is not up.
        """
        if not self.is_logged_on(name):
            raise ValueError(f"{name} is not logged on")
        self._reopened.add(name)
        self.logout(name, text)

    def open(self, name: str) -> None:
        """Let a session that was logged out come up again."""
        self._session(name).logon()

    def sequence_numbers(self, name: str) -> tuple[int, int]:
        """The next MsgSeqNum we send, and the next we expect."""
        session = self._session(name)
        return session.getExpectedSenderNum(), session.getExpectedTargetNum()

    def set_sequence_numbers(self, name: str, out: int, in_: int) -> None:
        """Set both. A lower ``in_`` makes the counterparty send again from there, with its next message."""
        if out < 1 or in_ < 1:
            raise ValueError("sequence numbers begin at 1")
        session = self._session(name)
        session.setNextSenderMsgSeqNum(out)
        session.setNextTargetMsgSeqNum(in_)

    def reset_session(self, name: str) -> None:
        """Begin at 1 in both directions, in a new incarnation of the store; what was stored is gone. Logs out first.

        The counterparty must do the same, or send a Logon with ResetSeqNumFlag.
        """
        self._session(name).reset()
        if self.role == "initiator" and self.links[name].durable:
            # Our next Logon says so to the counterparty, once.
            self._session(name).setResetOnLogon(True)

    def resend(self, name: str, begin: int, end: int = 0) -> None:
        """Send stored messages again under their numbers, marked PossDup, as if they had been asked for; 0 means all.

        Raises ValueError when the session is not up.
        """
        if not self.is_logged_on(name):
            raise ValueError(f"{name} is not logged on")
        session, link = self._session(name), self.links[name]
        # A number that was had already: such a ResendRequest is answered and moves no counter.
        number = session.getExpectedTargetNum() - 1
        at = datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S.%f")
        head = f"35=2\x0134={number}\x0149={link.target_comp_id}\x0152={at}\x0156={link.sender_comp_id}\x01"
        text = f"{_HEAD.format(link.begin_string)}{head}7={begin}\x0116={end}\x01{_TAIL}"
        dictionaries = self._dictionaries[link.version]
        session.next(quickfix.Message(text, *dictionaries, False), quickfix.UtcTimeStamp.now(), False)

    def incarnation(self, name: str) -> str:
        """The creation time of the link's store, as QuickFIX wrote it; '' before the first start."""
        path = self.home / "store" / f"{self.links[name].file_name}.session"
        return path.read_text().strip() if path.exists() else ""

    def _session(self, name: str) -> Any:
        return quickfix.Session.lookupSession(self._session_ids[name])

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

    def sends_logon(self, message: Any, session_id: Any) -> None:
        """Our Logon is about to go: put the credentials in."""
        link = self.links[self._names[session_id.toString()]]
        if self.role == "initiator" and link.username:
            message.setField(_USERNAME, link.username)
            message.setField(_PASSWORD, link.password)

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
        self._descriptors.pop(name, None)
        if name in self._reopened:
            self._reopened.discard(name)
            self._session(name).logon()
        if name in self.logged_on:
            self.logged_on.discard(name)
            self.on_logout(name)

    def received(self, message: Any, session_id: Any) -> None:
        """An application message or a Reject, in sequence. Raises Unsupported."""
        name = self._names[session_id.toString()]
        self._heard[name] = time.monotonic()
        raw = self._as_it_came(name, message)
        if raw.split("\x0135=", 1)[1].split("\x01", 1)[0] not in MESSAGES:
            raise Unsupported
        if not self.strict or self._is_sound(self.links[name], raw):
            self.on_message(name, raw)

    def _as_it_came(self, name: str, message: Any) -> str:
        """The text from the wire. One that QuickFIX kept until a gap was filled is as QuickFIX writes it."""
        wire = self._wire.pop(name, "")
        number = message.getHeader().getField(_SEQ)
        return wire if f"\x01{_SEQ}={number}\x01" in wire else str(message.toString())

    def inward(self, name: str, raw: str) -> str:
        """What came, as the rules of the link make it."""
        rules = self.links[name].transforms
        return transform.apply(rules, "in", raw) if rules else raw

    def _is_sound(self, link: Link, raw: str) -> bool:
        """Whether our codec can read it; if not it is rejected. QuickFIX has no exception for most of the reasons."""
        raw = self.inward(link.name, raw)
        try:
            strange = codec.outlandish(raw)
            if strange:
                raise strange
            codec.decode(raw, link.version)
        except codec.Malformed as fault:
            tags = codec.header(raw)
            # FIX 4.2 ends with 11.
            reason = None if link.version == FIX42 and fault.reason > codec.Reason.INVALID_MSG_TYPE else fault.reason
            self.send(link.name, "3", {
                "ref_seq_num": tags["34"], "ref_msg_type": tags["35"], "text": str(fault)[:200],
                "ref_tag_id": fault.tag or None, "session_reject_reason": None if reason is None else int(reason),
            })  # fmt: skip
            return False
        return True

    def received_admin(self, message: Any, session_id: Any) -> None:
        """A session message: a sign of life; a Reject (3) is our user's business, and so is who may log on."""
        name = self._names[session_id.toString()]
        kind = message.getHeader().getField(_MSG_TYPE)
        if kind == "3":
            self.received(message, session_id)
        elif kind == "A" and self.role == "acceptor":
            refusal = None if name in self._allowed else self._ask(name, message.toString())
            self._allowed.discard(name)
            if refusal:
                raise Refused(refusal)
        self._heard[name] = time.monotonic()

    def _incoming(self, session_id: Any, message: str) -> None:
        """A message before the session sees it."""
        name = self._names[session_id.toString()]
        self._wire[name] = message
        if "\x0135=A\x01" in message:
            self._logon(name, message)

    def _logon(self, name: str, message: str) -> None:
        """Before the session sees it: QuickFIX resets the numbers for a Logon that asks for it, and asks us after.

        Somebody who may not log on must not be able to wipe a session's store, so we ask first, and shut the session.
        """
        if self.role != "acceptor":
            return
        if name in self._shut:
            self._shut.discard(name)
            self._session(name).logon()
        if _RESET not in message or name in self.logged_on:
            return
        if self._ask(name, message):
            self._shut.add(name)
            self._session(name).logout()
        else:
            self._allowed.add(name)

    def _ask(self, name: str, raw: str) -> str | None:
        descriptor, address = peers.caller(self.links[name].port, set(self._descriptors.values()))
        try:
            fields = codec.decode(raw, self.links[name].version).fields
        except codec.Malformed as fault:
            return f"the Logon cannot be read: {fault}"
        stranger = address not in ("", *(self.links[name].addresses or (address,)))
        refusal = "not authorized" if stranger else self.on_logon_request(name, fields, address)
        if not refusal and descriptor >= 0:
            self._descriptors[name] = descriptor
        return refusal

    def is_stale(self, header: Any) -> bool:
        """Whether this resend is of a new order so old that the market it was meant for has gone."""
        if header.getField(_MSG_TYPE) != "D":
            return False
        sent = datetime.strptime(header.getField(_SENDING_TIME)[:17], "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC)
        return datetime.now(UTC) - sent > self.stale_order

    def is_withdrawn(self, message: Any, session_id: Any) -> bool:
        """Whether this resend is of an order, or of new terms, that somebody stopped meanwhile."""
        if message.getHeader().getField(_MSG_TYPE) not in _ORDERS:
            return False
        return self.withdrawn(self._names[session_id.toString()], message.getField(_CL_ORD_ID))


def _dictionaries(version: str) -> tuple[Any, ...]:
    files = FILES[version] if version == FIX50 else FILES[version][:1]
    return tuple(quickfix.DataDictionary(str(HERE / name)) for name in files)


def wait_for(predicate: Callable[[], bool], timeout_s: float) -> bool:
    """Ask ``predicate`` until it is true or the time is up; for starts and tests, where there is no event."""
    pause = threading.Event()
    for _ in range(int(timeout_s / 0.01)):
        if predicate():
            return True
        pause.wait(0.01)
    return predicate()
