"""Standing misbehaviour: a JSON file that a test, a page or an operator writes while the venues run. docs/venues.md.

``{"reject": ["AAPL"], "ack_delay_s": 0.5, "drop": ["XNAS"]}`` at the top: refuse new orders for these symbols, hold
every request back for so long, cut these sessions' connections (once, when the file changes). Beside them
``"sessions"`` says by session (``"*"``: every one) how its reports go wrong and how it behaves:
``{"sessions": {"XNAS": {"duplicate": 0.01, "drop": {"percentage": 5, "count": 10, "symbols": ["AAPL"]}}}}``.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)
# What may happen to a report on its way, or to a new order; each with a chance.
CHANCES = frozenset({
    "drop", "delay", "duplicate", "reorder", "fill_before_ack", "ack_after_fill", "lag_ord_status", "reject", "silent",
    "disconnect", "expire_gtc",
})  # fmt: skip
DAY_ENDS = ("expired", "done_for_day")
MOST = 1_000_000_000


@dataclass(slots=True)
class Chance:
    """How likely something is. ``left`` is how often it may still happen, None without end; ``symbols`` None is all.

    ``seconds`` is how long (delay, reorder), ``every`` how many messages go by (disconnect).
    """

    probability: float = 1.0
    left: int | None = None
    symbols: frozenset[str] | None = None
    seconds: float = 1.0
    every: int = 1

    def happens(self, symbol: str | None, draw: Callable[[], float]) -> bool:
        """Whether it happens now; counts it if so. ``draw`` gives a number from 0 to 1."""
        if self.left == 0 or (self.symbols is not None and symbol not in self.symbols):
            return False
        if self.probability < 1 and draw() >= self.probability:
            return False
        if self.left is not None:
            self.left -= 1
        return True


@dataclass(frozen=True, slots=True)
class Habits:
    """How one session behaves. ``chances`` by name; the rest are choices that real venues make differently.

    ``pending_*``: whether Pending New, Cancel, Replace are reported first. ``pending_for_s``: how long a request that
    is reported pending then waits for its answer. ``one_at_a_time``: a second request meanwhile is refused
    (CxlRejReason 3). ``manual``: every request waits for a command. ``revive_filled``: a replace may revive a filled
    order (C.1.c). ``day_end``: what DAY orders become at the close; ``gt_done_for_day``: whether GTC and GTD orders are
    reported Done for Day then.
    """

    chances: Mapping[str, Chance] = field(default_factory=dict)
    pending_new: bool = False
    pending_cancel: bool = False
    pending_replace: bool = False
    pending_for_s: float = 0.0
    one_at_a_time: bool = False
    manual: bool = False
    revive_filled: bool = False
    day_end: str = "expired"
    gt_done_for_day: bool = True

    def happens(self, name: str, symbol: str | None, draw: Callable[[], float]) -> bool:
        """Whether the misbehaviour ``name`` happens now."""
        chance = self.chances.get(name)
        return chance is not None and chance.happens(symbol, draw)


USUAL = Habits()


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong at present; nothing, unless told."""

    reject: frozenset[str] = frozenset()
    ack_delay_s: float = 0.0
    drop: frozenset[str] = frozenset()
    sessions: Mapping[str, Habits] = field(default_factory=dict)

    def habits(self, session: str) -> Habits:
        """How ``session`` behaves."""
        return self.sessions.get(session) or self.sessions.get("*") or USUAL


def parse(told: Mapping[str, Any]) -> Faults:
    """The content of the file. ValueError for a name or a value that has no meaning."""
    unknown = told.keys() - {"reject", "ack_delay_s", "drop", "sessions"}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    everywhere = told.get("sessions", {}).get("*", {})
    sessions = {name: habits(everywhere | one) for name, one in told.get("sessions", {}).items()}
    return Faults(
        frozenset(told.get("reject", ())), float(told.get("ack_delay_s", 0)), frozenset(told.get("drop", ())), sessions
    )


def habits(told: Mapping[str, Any]) -> Habits:
    """One session's part of the file."""
    chances = {name: _chance(name, said) for name, said in told.items() if name in CHANCES and said is not False}
    plain = {one.name for one in fields(Habits)} - {"chances"}
    unknown = told.keys() - CHANCES - plain - {"pending", "no_pending"}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    known = Habits(chances, **{name: _plain(name, said) for name, said in told.items() if name in plain})
    if known.day_end not in DAY_ENDS:
        raise ValueError(f"day_end is one of {', '.join(DAY_ENDS)}")
    if told.get("no_pending") or told.get("pending") is False:
        return replace(known, pending_new=False, pending_cancel=False, pending_replace=False)
    return _pending(known, told["pending"]) if "pending" in told else known


def _plain(name: str, said: Any) -> Any:
    """A choice as it is kept: yes or no, seconds, or a word."""
    if name == "day_end":
        return said
    if name == "pending_for_s":
        return _number(name, said)
    if not isinstance(said, bool):
        raise ValueError(f"{name} is true or false")
    return said


def _number(name: str, said: Any, least: float = 0) -> float:
    """A number that is one; in JSON true is none, and there is no end of time."""
    if isinstance(said, bool) or not isinstance(said, int | float) or not least <= said <= MOST:
        raise ValueError(f"{name} is a number from {least:g} to {MOST:g}")
    return float(said)


def _pending(known: Habits, said: Any) -> Habits:
    """``true`` is all three reports; an object names them, and ``for_s`` and ``one_at_a_time``."""
    named = said if isinstance(said, dict) else {}
    kinds = {"new", "cancel", "replace"}
    if named.keys() - kinds - {"for_s", "one_at_a_time"}:
        raise ValueError("pending takes new, cancel, replace, for_s and one_at_a_time")
    every = not named.keys() & kinds
    return replace(
        known, pending_new=bool(named.get("new", every)), pending_cancel=bool(named.get("cancel", every)),
        pending_replace=bool(named.get("replace", every)),
        pending_for_s=_number("for_s", named.get("for_s", known.pending_for_s)),
        one_at_a_time=bool(named.get("one_at_a_time", known.one_at_a_time)),
    )  # fmt: skip


def _chance(name: str, said: Any) -> Chance:
    """``true``, a probability (0.01 or "1%"), a list of symbols, or an object that says it at length."""
    try:
        if said is True:
            return Chance()
        if isinstance(said, list):
            return Chance(symbols=frozenset(said))
        if not isinstance(said, dict):
            return Chance(_probability(said))
        share = said["percentage"] / 100 if "percentage" in said else said.get("probability", 1)
        if said.keys() - {"probability", "percentage", "count", "symbols", "seconds", "every"}:
            raise ValueError("takes probability or percentage, count, symbols, seconds, every")
        symbols, left = said.get("symbols"), said.get("count")
        return Chance(
            _probability(share), None if left is None else int(_number("count", left)),
            None if symbols is None else frozenset(symbols), _number("seconds", said.get("seconds", 1)),
            int(_number("every", said.get("every", 1), 1)),
        )  # fmt: skip
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from error


def _probability(said: Any) -> float:
    share = float(said.removesuffix("%")) / 100 if isinstance(said, str) and said.endswith("%") else float(said)
    if not 0 <= share <= 1:
        raise ValueError("a probability is from 0 to 1")
    return share


@dataclass(slots=True)
class FaultFile:
    """The file, read again when it changes. ``error`` says what is wrong with it; then nothing else is."""

    path: Path
    faults: Faults = field(default_factory=Faults)
    error: str = ""
    _stamp: tuple[int, int, int] | None = None

    def changed(self) -> bool:
        """Look at the file; answer whether it says something new. A missing or bad file is no fault."""
        try:
            status = self.path.stat()
            stamp = status.st_mtime_ns, status.st_size, status.st_ino
        except FileNotFoundError:
            stamp = None
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        self.error = ""
        self.faults = self._read() if stamp else Faults()
        return True

    def _read(self) -> Faults:
        try:
            return parse(json.loads(self.path.read_text()))
        except (ValueError, AttributeError, TypeError) as error:
            log.warning("%s: %s", self.path, error)
            self.error = str(error)
            return Faults()
