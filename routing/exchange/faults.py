"""Misbehaviour on demand: a JSON file that a test or an operator writes while the venues run.

``{"reject": ["AAPL"], "ack_delay_s": 0.5, "drop": ["XNAS"]}``: refuse new orders for these symbols, hold every
request back for so long, cut these sessions' connections (once, when the file changes).
"""

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong at present; nothing, unless told."""

    reject: frozenset[str] = frozenset()
    ack_delay_s: float = 0.0
    drop: frozenset[str] = frozenset()


@dataclass(slots=True)
class FaultFile:
    """The file, read again when it changes."""

    path: Path
    faults: Faults = field(default_factory=Faults)
    _stamp: int = 0

    def changed(self) -> bool:
        """Look at the file; answer whether it says something new. A missing or bad file is no fault."""
        try:
            stamp = self.path.stat().st_mtime_ns
        except FileNotFoundError:
            stamp = 0
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        self.faults = self._read() if stamp else Faults()
        return True

    def _read(self) -> Faults:
        try:
            told = json.loads(self.path.read_text())
            return Faults(
                frozenset(told.get("reject", ())), float(told.get("ack_delay_s", 0)), frozenset(told.get("drop", ()))
            )
        except (ValueError, AttributeError, TypeError) as error:
            log.warning("%s: %s", self.path, error)
            return Faults()
