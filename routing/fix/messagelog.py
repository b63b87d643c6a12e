"""The log of a session: every message as it was on the wire but for passwords, in files that do not grow for ever.

QuickFIX's own log writes passwords, and writes on until the disk is full.
"""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from routing.fix.binding import quickfix

# Password (554), NewPassword (925), RawData (96), where older sessions put one.
_SECRET = re.compile(r"((?:^|\x01)(?:554|925|96)=)[^\x01]*")
LARGEST, KEPT = 10_000_000, 5
Incoming = Callable[[str], None]


_LOGON = "35=A\x01"


def masked(message: str) -> str:
    """The message without the values of its passwords. Only a Logon has any; a search costs what the write does."""
    return _SECRET.sub(r"\1***", message) if _LOGON in message else message


class RotatingFile:
    """A file that is renamed to .1, and .1 to .2 and so on, when it is full. A line is one write, and is then kept."""

    def __init__(self, path: Path, largest: int = LARGEST, kept: int = KEPT) -> None:
        self.path, self.largest, self.kept = path, largest, kept
        self._second, self._at = -1, ""
        self._open()

    def write(self, line: str) -> None:
        """Append a line with the time before it."""
        seconds, micros = divmod(time.time_ns() // 1000, 1_000_000)
        if seconds != self._second:
            self._second, self._at = seconds, time.strftime("%Y%m%d-%H:%M:%S", time.gmtime(seconds))
        data = f"{self._at}.{micros:06d} {line}\n".encode("utf-8", "backslashreplace")
        if self.size + len(data) > self.largest:
            self._turn()
        self.size += os.write(self.file, data)

    def close(self) -> None:
        """Close it; nothing may be written any more."""
        os.close(self.file)

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.size = os.fstat(self.file).st_size

    def _turn(self) -> None:
        os.close(self.file)
        for number in range(self.kept - 1, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            if older.exists():
                older.replace(self.path.with_name(f"{self.path.name}.{number + 1}"))
        self.path.replace(self.path.with_name(f"{self.path.name}.1"))
        self._open()


class MessageLog(quickfix.Log):  # type: ignore[misc]
    """One session's log. ``incoming`` sees each message that comes in before the session does."""

    def __init__(self, path: Path, incoming: Incoming | None = None) -> None:
        super().__init__()
        self.messages = RotatingFile(path.with_name(path.name + ".messages.log"))
        self.events = RotatingFile(path.with_name(path.name + ".events.log"))
        self.incoming = incoming

    def onIncoming(self, message: str) -> None:
        self.messages.write("< " + masked(message))
        if self.incoming:
            self.incoming(message)

    def onOutgoing(self, message: str) -> None:
        self.messages.write("> " + masked(message))

    def onEvent(self, text: str) -> None:
        self.events.write(masked(text))

    def clear(self) -> None:
        """QuickFIX asks for this when it resets a session; a log keeps what happened."""

    def backup(self) -> None:
        """As ``clear``."""


class LogFactory(quickfix.LogFactory):  # type: ignore[misc]
    """Makes the logs, and keeps them alive as long as QuickFIX has them."""

    def __init__(self, home: Path, incoming: Callable[[Any, str], None]) -> None:
        super().__init__()
        self.home, self.incoming = home, incoming
        self.logs: list[MessageLog] = []

    def create(self, session_id: Any = None) -> MessageLog:
        """The log of a session, or without one that of the engine."""
        if session_id is None:
            made = MessageLog(self.home / "engine")
        else:
            name = session_id.toString().replace(":", "-").replace("->", "-")
            known = quickfix.SessionID(
                session_id.getBeginString().getString(), session_id.getSenderCompID().getString(),
                session_id.getTargetCompID().getString(),
            )  # fmt: skip
            made = MessageLog(self.home / name, lambda message: self.incoming(known, message))
        # C++ holds it from now on and would free it with ours.
        made.__disown__()
        self.logs.append(made)
        return made

    def destroy(self, log: Any) -> None:
        """QuickFIX is done with it; Python frees it."""
