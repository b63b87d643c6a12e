"""A program that is watched through what it prints."""

from __future__ import annotations

import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class Console:
    """Runs ``argv`` (Python's own arguments) and hands out its lines as they come."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        self.child = subprocess.Popen(
            [sys.executable, *argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env=env
        )
        self.lines: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._pumping = threading.Thread(target=self._pump, daemon=True)
        self._pumping.start()

    def _pump(self) -> None:
        for line in self.child.stdout:
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    def until(self, pattern: str, seconds: float = 120.0) -> re.Match[str]:
        """The next line that matches. Fails with everything that was said when none comes."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            assert line is not None, f"no line like {pattern!r} in:\n" + "\n".join(self.lines)
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found

    def end(self, number: int | None = signal.SIGTERM, seconds: float = 120.0) -> int:
        """Send ``number`` (None: nothing) and wait for its end; its exit code. ``lines`` then has all it said."""
        if number is not None and self.child.poll() is None:
            self.child.send_signal(number)
        code = self.child.wait(seconds)
        self._pumping.join(seconds)
        while not self._queue.empty():
            if line := self._queue.get():
                self.lines.append(line)
        return code

    def __enter__(self) -> Console:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
