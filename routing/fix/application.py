"""QuickFIX's callbacks, handed on to the engine; what goes wrong in one of ours ends the process."""

import logging
import os
from collections.abc import Callable
from typing import Any, Protocol

from routing.fix.binding import quickfix

log = logging.getLogger(__name__)
_POSS_DUP, _MSG_TYPE = 43, 35


class Refused(Exception):
    """A Logon that is not taken; the text goes back in a Logout."""


class Unsupported(Exception):
    """A message type nobody here acts on: BusinessMessageReject, reason 3."""


class Callbacks(Protocol):
    """What the engine does when QuickFIX calls."""

    def created(self, session_id: Any) -> None: ...
    def came_up(self, session_id: Any) -> None: ...
    def went_down(self, session_id: Any) -> None: ...
    def sends_logon(self, message: Any, session_id: Any) -> None: ...
    def received(self, message: Any, session_id: Any) -> None: ...
    def received_admin(self, message: Any, session_id: Any) -> None: ...
    def is_stale(self, header: Any) -> bool: ...
    def is_withdrawn(self, message: Any, session_id: Any) -> bool: ...


class Application(quickfix.Application):  # type: ignore[misc]
    """An exception must not pass into C++ from here, except those QuickFIX defines."""

    def __init__(self, engine: Callbacks) -> None:
        super().__init__()
        self.engine = engine

    def onCreate(self, session_id: Any) -> None:
        _guarded(self.engine.created, session_id)

    def onLogon(self, session_id: Any) -> None:
        _guarded(self.engine.came_up, session_id)

    def onLogout(self, session_id: Any) -> None:
        _guarded(self.engine.went_down, session_id)

    def toAdmin(self, message: Any, session_id: Any) -> None:
        if message.getHeader().getField(_MSG_TYPE) == "A":
            _guarded(self.engine.sends_logon, message, session_id)

    def fromAdmin(self, message: Any, session_id: Any) -> None:
        try:
            _guarded(self.engine.received_admin, message, session_id)
        except Refused as refusal:
            raise quickfix.RejectLogon(str(refusal)) from None

    def toApp(self, message: Any, session_id: Any) -> None:
        header = message.getHeader()
        if header.isSetField(_POSS_DUP) and (
            self.engine.is_stale(header) or self.engine.is_withdrawn(message, session_id)
        ):
            raise quickfix.DoNotSend

    def fromApp(self, message: Any, session_id: Any) -> None:
        try:
            _guarded(self.engine.received, message, session_id)
        except Unsupported:
            raise quickfix.UnsupportedMessageType from None


def _guarded(callback: Callable[..., None], *arguments: Any) -> None:
    try:
        callback(*arguments)
    except (Refused, Unsupported):
        raise
    except Exception:
        # To go on would count a message as received that nobody has. The supervisor starts us again,
        # and the counterparty sends it again.
        log.critical("a FIX callback failed; leaving", exc_info=True)
        logging.shutdown()
        os._exit(70)
