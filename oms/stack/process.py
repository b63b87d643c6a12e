"""What a process is, how it is started and how it is ended: the same for the supervisor, for ``running()``
and for tests.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

from oms.stack.account import Account
from oms.stack.home import StackError

# How long a server that lost its supervisor may take to end.
FORMER_S = 60.0
POLL_S = 0.05
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _nothing() -> None:
    """The default of ``prepare``."""


def _ready() -> bool:
    """The default of ``ready``: up as soon as it is started."""
    return True


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the system, as data.

    ``after``: the names that must be ready (a one-shot: ended with 0) before it is started, and that outlive
    it. ``prepare`` runs before each start; ``ready`` is asked every ``poll_s`` seconds until it says True,
    for at most ``ready_s`` seconds. ``stop_signal`` asks it to end; after ``grace_s`` seconds its whole
    process group is killed.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    inherit: bool = True  # the environment of the supervisor as well
    after: tuple[str, ...] = ()
    once: bool = False
    account: Account | None = None
    cwd: str | None = None
    prepare: Callable[[], None] = _nothing
    ready: Callable[[], bool] = _ready
    ready_s: float = 60.0
    poll_s: float = POLL_S
    stop_signal: int = signal.SIGTERM
    grace_s: float = 10.0


def spawn(process: Process, env: Mapping[str, str], output: IO[bytes] | int) -> subprocess.Popen[bytes]:
    """Start it in a session of its own, with both its outputs going to ``output`` and nothing on its input.

    A session of its own keeps the terminal's Ctrl-C away from it: whoever started it decides who ends, and in
    which order. Where the kernel can (Linux), it is sent its stop signal when the thread that called this
    ends without stopping it.
    """
    return subprocess.Popen(  # noqa: S603 - argv comes from our own tables
        list(process.argv),
        env={**(env if process.inherit else {}), **process.env},
        cwd=process.cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=end_with_parent(process.stop_signal),  # after the change of user, which would reset it
        **(process.account.popen_arguments() if process.account else {}),
    )


def end_with_parent(number: int) -> Callable[[], None] | None:
    """A ``preexec_fn`` that has the kernel send ``number`` to the child when its parent dies, a kill -9
    included.
    """
    if _libc is None:
        return None
    parent, prctl = os.getpid(), _libc.prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the child's process group: pool workers of a killed parent, for one."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def stop(child: subprocess.Popen[bytes], process: Process) -> int:
    """Ask it to end, wait for the grace, then kill. Answers its return code."""
    if child.poll() is None:
        child.send_signal(process.stop_signal)
        try:
            child.wait(process.grace_s)
        except subprocess.TimeoutExpired:
            child.kill()
    code = child.wait()
    kill_group(child)
    return code


def processes_in(directory: Path) -> list[psutil.Process]:
    """The live processes that work in this directory. PostgreSQL and Valkey each work in their data
    directory, which says whose they are; a process id in a file does not: it may be somebody else's by now.
    """
    return [process for process in psutil.process_iter() if _works_in(process, directory)]


def _works_in(process: psutil.Process, directory: Path) -> bool:
    with contextlib.suppress(psutil.Error, OSError):
        return bool(process.cwd() == str(directory)) and is_alive(process)
    return False


def is_alive(process: psutil.Process) -> bool:
    """False for a zombie too: in a container nobody may ever collect it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def end_former(processes: Sequence[psutil.Process], number: int | None) -> None:
    """Send them ``number`` (None: nothing), return when they are gone; StackError when they stay."""
    for process in processes:
        if number is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
    deadline, pause = time.monotonic() + FORMER_S, threading.Event()
    while alive := [process for process in processes if is_alive(process)]:
        if time.monotonic() > deadline:
            pids = ", ".join(str(process.pid) for process in alive)
            raise StackError(f"A former server still runs on this data and does not end: process {pids}.")
        pause.wait(POLL_S)


def ending(code: int) -> str:
    """In words how a process ended: a negative code is the signal that killed it."""
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return f"signal {-code} ({signal.Signals(-code).name})"
    return f"signal {-code}"
