"""Tell running venues what to do: for tests, an admin page, benches, and ``manage.py venue``. docs/venues.md.

``Control(home).run("XNAS", "fill", order="A1", qty=100)`` writes the command, waits for its outcome and answers it;
``home`` is the venues' directory, ``$OMS_HOME/exchange``. Nothing but files is between the two processes.
"""

import json
import os
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import watchfiles

from routing.exchange import faults as faults_of
from routing.exchange.orderly import COMMANDS, GATHER_MS, OUTCOMES, STEP_MS

FAULTS = "faults.json"
Outcome = dict[str, Any]
# The file is looked at this often by itself: for what came before the watch began, and for file systems that tell
# nobody of changes.
LOOK_MS = 50


class CommandFailed(Exception):
    """The venue refused the command; the text says why."""


class Control:
    """A hand on the venues whose directory is ``home``."""

    def __init__(self, home: Path) -> None:
        self.home = Path(home)

    def run(self, mic: str, command: str, *, timeout_s: float = 10, **args: Any) -> Outcome:
        """Carry out a command and answer its outcome. Raises CommandFailed, or TimeoutError when no venue answers."""
        outcome = self.wait(self.tell(mic, command, **args), timeout_s=timeout_s)
        if not outcome["ok"]:
            raise CommandFailed(outcome["error"])
        return outcome

    def tell(self, mic: str, command: str, **args: Any) -> str:
        """Write a command and do not wait; answers its id. None as a value is as if it had not been given."""
        name = uuid.uuid4().hex
        said = {key: str(value) for key, value in args.items() if value is not None}
        line = json.dumps({"id": name, "venue": mic, "command": command, "args": said}) + "\n"
        self.home.mkdir(parents=True, exist_ok=True)
        # One write to a file opened for appending: lines of several writers do not mix.
        file = os.open(self.home / COMMANDS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)
        return name

    def wait(self, name: str, *, timeout_s: float = 10) -> Outcome:
        """The outcome of the command ``name``, as soon as it is there."""
        path = self.home / OUTCOMES
        path.touch()
        deadline = time.monotonic() + timeout_s
        with path.open("rb") as file:
            rest = b""
            changes = watchfiles.watch(
                path, debounce=GATHER_MS, step=STEP_MS, rust_timeout=LOOK_MS, yield_on_timeout=True,
                raise_interrupt=True,
            )  # fmt: skip
            while True:
                *lines, rest = (rest + file.read()).split(b"\n")
                for line in lines:
                    found: Outcome = json.loads(line)
                    if found.get("id") == name:
                        return found
                if time.monotonic() > deadline:
                    raise TimeoutError(f"no venue answered within {timeout_s} s; do they run in {self.home}?")
                next(changes)

    def faults(self) -> dict[str, Any]:
        """The standing faults as the file says them."""
        path = self.home / FAULTS
        told: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return told

    def set_faults(self, mic: str, faults: Mapping[str, Any], *, wait: bool = True, timeout_s: float = 10) -> None:
        """Replace the standing faults of one session (``*``: of all). ValueError for what has no meaning.

        With ``wait`` it returns when the venue has taken note. Other sessions' faults stay.
        """
        faults_of.habits(faults)
        told = self.faults()
        sessions = {**told.get("sessions", {}), mic: dict(faults)}
        told["sessions"] = {name: one for name, one in sessions.items() if one}
        self._write(told)
        if wait:
            self.run(mic, "faults", timeout_s=timeout_s)

    def clear(self, *, timeout_s: float = 10) -> None:
        """No fault of any session any more, whatever the file says; waits until the venues have taken note."""
        self._write({})
        self.run("*", "faults", timeout_s=timeout_s)

    def _write(self, told: Mapping[str, Any]) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        new = self.home / f"{FAULTS}.{uuid.uuid4().hex}"
        new.write_text(json.dumps(told))
        new.replace(self.home / FAULTS)
