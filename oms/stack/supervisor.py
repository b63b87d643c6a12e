"""The process supervisor of ``make demo``: starts in order, restarts what ends and says which, stops in
reverse order.

Console lines are honcho's (its ``Printer`` and colours). Its ``Manager`` is not used: it ends every process
as soon as one of them ends, knows no order and no readiness, and keeps one more Python process for each
child. What is needed instead fits one thread and one selector: the children's output, and SIGCHLD and the
stop signals by a wake-up socket. One thread also means that the kernel's "parent died" signal, which follows
the thread that started a child, follows us.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import logging.handlers
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType
from typing import TextIO

from honcho.colour import get_colours
from honcho.printer import Message, Printer

from oms.stack.home import Home, StackError, last_lines
from oms.stack.process import Process, ending, kill_group, spawn

SUPERVISOR = "supervisor"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
# Having run for this long, a process starts again with the first pause.
STEADY_S = 10.0
# Before everything was up once, a process may end this many times; afterwards, as often as it likes.
TRIES = 5
POLL_S = 0.1
READS = 16
LOG_BYTES = 5_000_000
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(slots=True)
class Task:
    """A process and where it stands."""

    process: Process
    log: logging.Handler
    colour: str | None
    child: subprocess.Popen[bytes] | None = None
    up: bool = False
    started: float = 0.0
    looked: float = 0.0  # whether it is ready, at this time
    due: float = 0.0  # not to be started before
    pause: float = FIRST_PAUSE_S
    deaths: int = 0
    asked: float | None = None  # to end, at this time
    rest: bytes = b""  # an unfinished line
    done: bool = field(default=False)  # a one-shot that ended with 0


class Supervisor:
    """Runs a list of processes until SIGTERM, SIGINT or SIGHUP, or until one fails before all were up.

    ``changed`` is called with the process ids when all are up, and again whenever all are up after a restart.
    """

    def __init__(
        self,
        home: Home,
        processes: Sequence[Process],
        env: Mapping[str, str],
        changed: Callable[[dict[str, int]], None] = lambda pids: None,
        output: TextIO | None = None,
    ) -> None:
        self.home = home
        self.env = env
        self.changed = changed
        self.failure: str | None = None
        colours = get_colours()
        self.tasks = {process.name: Task(process, self._log(process.name), next(colours)) for process in processes}
        self._own = Task(Process(SUPERVISOR, []), self._log(SUPERVISOR), None)
        width = max(map(len, [*self.tasks, SUPERVISOR]))
        self._printer: Printer | None = Printer(output or sys.stdout, width=width)
        self._selector = selectors.DefaultSelector()
        self._stopping = False
        self._was_up = False
        self._dirty = True

    def run(self) -> int:
        """The exit code: 0 after a stop that was asked for, 1 after a failure (``failure`` says which)."""
        with self._signals():
            try:
                while not self._stopping:
                    self._start_due()
                    self._turn(self._patience())
                    self._ask_ready()
                    self._announce()
            finally:
                self._stop_all()
        return 1 if self.failure else 0

    def say(self, text: str) -> None:
        """A line of the supervisor's own, on the console and in its log."""
        for line in text.splitlines():
            self._write(self._own, line.encode())

    def fail(self, name: str, what: str) -> None:
        """Give up: say why with the end of the log of ``name``, and stop everything."""
        self.failure = f"{name} {what}"
        end = last_lines(self.home.log / f"{name}.log")
        self.say(f"FAILED: {self.failure}")
        if end:
            self.say(f"The last lines of {self.home.log / name}.log:\n{end}")
        self._stopping = True

    # One turn of the loop

    def _start_due(self) -> None:
        now = time.monotonic()
        for task in self.tasks.values():
            if task.child or task.done or task.due > now or self._stopping:
                continue
            if all(self.tasks[name].up for name in task.process.after):
                self._start(task)

    def _start(self, task: Task) -> None:
        name = task.process.name
        try:
            task.process.prepare()
            task.child = spawn(task.process, self.env, subprocess.PIPE)
        except (StackError, OSError) as error:
            self._again_or_fail(task, f"could not be started: {error}")
            return
        assert task.child.stdout is not None
        os.set_blocking(task.child.stdout.fileno(), False)
        self._selector.register(task.child.stdout, selectors.EVENT_READ, task)
        task.started = time.monotonic()
        self.home.write_pid(name, task.child.pid)
        self.say(f"{name} started (pid {task.child.pid})")

    def _turn(self, patience: float | None) -> None:
        """Wait for output, for the end of a child or for a signal; then take all of it in."""
        for key, _ in self._selector.select(patience):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    key.fileobj.recv(4096)  # type: ignore[union-attr]
            else:
                self._read(key.data)
        for task in self.tasks.values():
            if task.child and task.child.poll() is not None:
                self._ended(task, task.child)

    def _patience(self) -> float | None:
        """Seconds until something has to be done without being told: None for never."""
        now = time.monotonic()
        if any(task.child and not task.up and not task.process.once for task in self.tasks.values()):
            return POLL_S
        due = [task.due - now for task in self.tasks.values() if not task.child and not task.done]
        waits = [wait for wait in due if wait > 0]
        return min(waits, default=None)

    def _ask_ready(self) -> None:
        for name, task in self.tasks.items():
            now = time.monotonic()
            if task.child is None or task.up or task.process.once or now - task.looked < task.process.poll_s:
                continue
            task.looked = now
            if task.process.ready():
                task.up = self._dirty = True
            elif not self._was_up and now - task.started > task.process.ready_s:
                self.fail(name, f"was not ready after {task.process.ready_s:.0f} s")
                return

    def _announce(self) -> None:
        if self._dirty and all(task.up for task in self.tasks.values()):
            self._dirty, self._was_up = False, True
            self.changed({name: task.child.pid for name, task in self.tasks.items() if task.child})

    # The end of a child

    def _ended(self, task: Task, child: subprocess.Popen[bytes]) -> None:
        self._read(task)
        if task.rest:
            self._write(task, task.rest)
        assert child.stdout is not None
        with contextlib.suppress(KeyError):
            self._selector.unregister(child.stdout)
        child.stdout.close()
        kill_group(child)
        self.home.write_pid(task.process.name, None)
        task.child, task.up, task.rest = None, False, b""
        self._dirty = True
        code = child.returncode
        if self._stopping:
            self.say(f"{task.process.name} stopped")
        elif task.process.once and code == 0:
            task.done = task.up = True
        elif task.process.once:
            self.fail(task.process.name, f"failed ({ending(code)})")
        else:
            if time.monotonic() - task.started > STEADY_S:
                task.pause = FIRST_PAUSE_S
            self._again_or_fail(task, f"ended ({ending(code)})")

    def _again_or_fail(self, task: Task, what: str) -> None:
        task.deaths += 1
        if task.process.once or (not self._was_up and task.deaths >= TRIES):
            self.fail(task.process.name, what)
            return
        self.say(f"{task.process.name} {what}; starting it again in {task.pause:g} s")
        task.due = time.monotonic() + task.pause
        task.pause = min(2 * task.pause, LONGEST_PAUSE_S)

    def _stop_all(self) -> None:
        """Dependents first; whoever does not end within his grace is killed with his process group."""
        self._stopping = True
        alive = {name: task for name, task in self.tasks.items() if task.child}
        if alive:
            self.say(f"stopping {', '.join(reversed(alive))}")
        while alive := {name: task for name, task in self.tasks.items() if task.child}:
            needed = set(itertools.chain.from_iterable(task.process.after for task in alive.values()))
            for name, task in alive.items():
                if name not in needed:
                    self._ask_to_end(task)
            self._turn(POLL_S)
        for task in (*self.tasks.values(), self._own):
            task.log.close()
        self._selector.close()

    def _ask_to_end(self, task: Task) -> None:
        assert task.child is not None
        now = time.monotonic()
        if task.asked is None:
            task.asked = now
            task.child.send_signal(task.process.stop_signal)
        elif now - task.asked > task.process.grace_s:
            self.say(f"{task.process.name} did not stop in {task.process.grace_s:.0f} s and is killed")
            kill_group(task.child)

    # Output and signals

    def _log(self, name: str) -> logging.Handler:
        return logging.handlers.RotatingFileHandler(
            self.home.log / f"{name}.log", maxBytes=LOG_BYTES, backupCount=1, delay=True
        )

    def _read(self, task: Task) -> None:
        """What is there now, line by line; no more than a pipe holds, so that one process cannot keep us."""
        assert task.child is not None
        assert task.child.stdout is not None
        with contextlib.suppress(BlockingIOError):
            for _ in range(READS):
                data = os.read(task.child.stdout.fileno(), 65536)
                if not data:  # it closed its output, or is ending: that comes by SIGCHLD
                    with contextlib.suppress(KeyError):
                        self._selector.unregister(task.child.stdout)
                    return
                *lines, task.rest = (task.rest + data).split(b"\n")
                for line in lines:
                    self._write(task, line)

    def _write(self, task: Task, line: bytes) -> None:
        task.log.emit(logging.makeLogRecord({"msg": line.decode("utf-8", "replace")}))
        if self._printer:
            try:
                self._printer.write(Message("line", line, datetime.now(), task.process.name, task.colour))
            except OSError:  # the terminal went away; the log files stay
                self._printer = None

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Have the stop signals and the end of a child wake the selector."""

        def stop(number: int, frame: FrameType | None) -> None:
            self._stopping = True

        ours, wakes = socket.socketpair()
        ours.setblocking(False)
        wakes.setblocking(False)
        self._selector.register(ours, selectors.EVENT_READ, None)
        # Under nohup the end of the terminal is ignored, and stays ignored.
        numbers = [
            number for number in STOP_SIGNALS if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
        ]
        former = {number: signal.signal(number, stop) for number in numbers}
        former[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda number, frame: None)
        descriptor = signal.set_wakeup_fd(wakes.fileno())
        try:
            yield
        finally:
            signal.set_wakeup_fd(descriptor)
            for number, handler in former.items():
                signal.signal(number, handler)
            ours.close()
            wakes.close()
