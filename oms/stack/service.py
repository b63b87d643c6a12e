"""A server of ours that is run without the supervisor: ``make test``, one command, one test."""

from __future__ import annotations

import os
import subprocess
import threading
import time

from oms.stack.home import BusyError, Home, Lock, StackError, last_lines
from oms.stack.process import POLL_S, Process, ending, spawn, stop


class Service:
    """Start, wait until it answers, stop. Subclasses say what the process is, when it is ready, and its
    ``url``.
    """

    name = ""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.lock = Lock(home, self.name)
        self._child: subprocess.Popen[bytes] | None = None
        self._process: Process | None = None

    @property
    def url(self) -> str:
        """How to reach it."""
        raise NotImplementedError

    def process(self) -> Process:
        """Make its files where they are missing, and say how it is started."""
        raise NotImplementedError

    def ready(self) -> bool:
        """True when it answers a client."""
        raise NotImplementedError

    def remove(self) -> None:
        """Delete its files. It must not be running."""
        raise NotImplementedError

    @property
    def pid(self) -> int | None:
        """Its process id while it runs under this object."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def take(self) -> None:
        """Become the one who looks after it, or raise BusyError."""
        if not self.lock.take():
            raise BusyError(
                f"{self.name} of {self.home.path} is looked after by process {self.lock.holder()}. "
                "Stop that one, or set OMS_HOME to another directory."
            )

    def start(self) -> None:
        """Start it and return when it answers. Raises BusyError when another process has it."""
        self.take()
        try:
            self._process = self.process()
            self._process.prepare()
            with (self.home.log / f"{self.name}.log").open("ab") as log:
                self._child = spawn(self._process, os.environ, log)
            self.home.write_pid(self.name, self._child.pid)
            self._await_ready(self._process, self._child)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it cleanly and return when it is gone. Harmless when it does not run."""
        if self._child and self._process:
            stop(self._child, self._process)
            self.home.write_pid(self.name, None)
        self._child = None
        self.lock.release()

    def _await_ready(self, process: Process, child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + process.ready_s
        pause = threading.Event()  # nobody sets it: a socket that is not there yet cannot be waited on
        while not process.ready():
            if child.poll() is not None:
                how = ending(child.returncode)
                raise StackError(f"{self.name} ended while starting ({how}). Its log says:\n{self.log_end()}")
            if time.monotonic() > deadline:
                raise StackError(
                    f"{self.name} did not answer in {process.ready_s:.0f} s. Its log says:\n{self.log_end()}"
                )
            pause.wait(POLL_S)

    def log_end(self) -> str:
        """The last lines of its log."""
        return last_lines(self.home.log / f"{self.name}.log")
