"""What a venue does to its FIX sessions, on command or by a fault: drop, log out, fall silent, say everything again."""

import logging
import time
from collections.abc import Callable, Mapping

from routing.exchange.actions import Args
from routing.exchange.delivery import Delivery
from routing.exchange.faults import FaultFile
from routing.exchange.journal import Journal
from routing.exchange.orders import Fields
from routing.exchange.state import Outgoing
from routing.fix.engine import Engine

log = logging.getLogger(__name__)


class Sessions:
    """The commands about sessions. Nothing is cut before the batch that asks for it is in the journal."""

    def __init__(
        self, engine: Engine, journal: Journal, delivery: Delivery, faults: FaultFile,
        send: Callable[[str, str, Fields], None],
    ) -> None:  # fmt: skip
        self.engine, self.journal, self.delivery, self.faults, self.send = engine, journal, delivery, faults, send
        self.commands: Mapping[str, Callable[[str, Args], Fields]] = {
            "disconnect": self._disconnect, "logout": self._logout, "replay": self._replay,
            "release": self._release, "discard": self._discard,
        }  # fmt: skip
        self._to_log_out: list[tuple[str, float]] = []
        self._to_send: list[Outgoing] = []
        self._shut: dict[str, float] = {}

    def run(self, mic: str, command: str, args: Args) -> Fields:
        """Carry out one of ``commands``."""
        return self.commands[command](mic, args)

    def misbehave(self) -> None:
        """After a batch was sent: say again, cut, log out what the batch asked for."""
        again, self._to_send = self._to_send, []
        for report in again:
            self.send(*report)
        gone, self.delivery.to_disconnect = self.delivery.to_disconnect, []
        for mic in dict.fromkeys(gone):
            self.engine.disconnect(mic)
        leaving, self._to_log_out = self._to_log_out, []
        for mic, seconds in leaving:
            self.engine.logout(mic, "logged out by the venue")
            self._shut[mic] = time.monotonic() + seconds

    def tick(self) -> None:
        """Let in again the sessions whose time outside is over."""
        for mic in [mic for mic, until in self._shut.items() if until <= time.monotonic()]:
            if not self.engine.is_logged_on(mic):
                del self._shut[mic]
                self.engine.open(mic)

    def _disconnect(self, mic: str, args: Args) -> Fields:
        self.delivery.to_disconnect.append(mic)
        return {}

    def _logout(self, mic: str, args: Args) -> Fields:
        """A Logout, and no Logon is taken for so many seconds."""
        self._to_log_out.append((mic, float(args.get("seconds", 0))))
        return {}

    def _replay(self, mic: str, args: Args) -> Fields:
        """Every report to the session that the journal still has, again, with PossResend and the same ExecID."""
        reports = [report for report in self.journal.reports(mic) if report[1] in ("8", "9")]
        self._to_send += [(session, msg_type, fields | {"poss_resend": True}) for session, msg_type, fields in reports]
        return {"reports": len(reports)}

    def _release(self, mic: str, args: Args) -> Fields:
        """What a silent session kept to itself goes out."""
        held = self.delivery.release(mic)
        self._to_send += held
        return {"reports": len(held)}

    def _discard(self, mic: str, args: Args) -> Fields:
        """What a silent session kept to itself is never said."""
        silent = len(self.delivery.silenced.get(mic, ()))
        self.delivery.release(mic, discard=True)
        return {"reports": silent}
