"""The command files: ``commands.jsonl``, which anybody appends to, and ``outcomes.jsonl``, which has the answers.

A command is a line ``{"id": "...", "venue": "XNAS", "command": "fill", "args": {"order": "A1", "qty": "10"}}``. Its
id makes it happen once: an id that was there before is skipped, also after a restart, because the journal keeps the ids
of the commands that are done in the line that keeps what they did.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import watchfiles

from routing.exchange.orders import Fields

log = logging.getLogger(__name__)
# It logs every change it sees.
logging.getLogger("watchfiles").setLevel(logging.WARNING)
COMMANDS, OUTCOMES = "commands.jsonl", "outcomes.jsonl"
# How long changes of the file are gathered; the answer to a command waits for no more than this.
GATHER_MS, STEP_MS = 20, 5


class CommandFiles:
    """Both files in ``home``. ``done``: earlier runs' commands by id, with their outcomes as the journal has them."""

    def __init__(self, home: Path, done: Mapping[str, Fields]) -> None:
        self.commands, self.outcomes = home / COMMANDS, home / OUTCOMES
        for path in (self.commands, self.outcomes):
            path.touch()
        self.done = set(done)
        self._offset = 0
        self._stop = threading.Event()
        answered = {line.get("id") for line in read_lines(self.outcomes)}
        for name, outcome in done.items():
            if outcome and name not in answered:
                self.answer(outcome)

    def new(self) -> Iterator[Fields]:
        """The commands that came since the last call, each id once. A line that is no command is skipped, and said so.

        A last line without its end is still being written; it comes with the next call.
        """
        with self.commands.open("rb") as file:
            file.seek(self._offset)
            content = file.read()
        end = content.rfind(b"\n") + 1
        self._offset += end
        for line in content[:end].splitlines():
            told = _parsed(line)
            if told is None:
                log.warning("not a command: %r", line[:200])
            elif told["id"] not in self.done:
                self.done.add(told["id"])
                yield told

    def answer(self, outcome: Fields) -> None:
        """Append an outcome."""
        with self.outcomes.open("a") as file:
            file.write(json.dumps(outcome) + "\n")

    def watch(self, ring: Callable[[], None]) -> None:
        """Call ``ring`` from a thread of its own whenever somebody wrote a command."""
        threading.Thread(target=self._watch, args=(ring,), name="commands", daemon=True).start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()

    def _watch(self, ring: Callable[[], None]) -> None:
        changes = watchfiles.watch(
            self.commands, debounce=GATHER_MS, step=STEP_MS, stop_event=self._stop, raise_interrupt=False
        )  # fmt: skip
        for _ in changes:
            ring()


def read_lines(path: Path) -> Iterator[Fields]:
    """The whole lines of a file of JSON objects."""
    with path.open("rb") as file:
        yield from (json.loads(line) for line in file if line.endswith(b"\n"))


def _parsed(line: bytes) -> Fields | None:
    try:
        told: Any = json.loads(line)
    except ValueError:
        return None
    if not isinstance(told, dict) or not isinstance(told.get("args", {}), dict):
        return None
    whole = all(isinstance(told.get(name), str) and told[name] for name in ("id", "venue", "command"))
    return told | {"args": told.get("args", {})} if whole else None
