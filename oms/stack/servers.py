"""The two servers for one command: the running ones of this home, or our own for as long as the command
lasts.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from oms.stack.home import BusyError, Home, StackError, alone, using
from oms.stack.postgres import Postgres
from oms.stack.process import POLL_S, end_with_parent
from oms.stack.service import Service
from oms.stack.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent.parent


@contextlib.contextmanager
def servers(home: Home) -> Iterator[dict[str, str]]:
    """Yields DATABASE_URL and REDIS_URL. A URL that is set in the environment is taken, and nothing is
    started for it.

    A server that was started here is stopped at the end, after the others who have come to use it meanwhile.
    """
    urls, started = {}, []
    try:
        with using(home):
            for variable, service in (("DATABASE_URL", Postgres(home)), ("REDIS_URL", Valkey(home))):
                given = os.environ.get(variable)
                if not given and start_or_join(service):
                    started.append(service)
                urls[variable] = given or service.url
            yield urls
    finally:
        if started:
            with alone(home):
                for service in reversed(started):
                    service.stop()


def start_or_join(service: Service) -> bool:
    """True when the server was started here; False when it runs already. Returns when it answers."""
    deadline = time.monotonic() + 300
    pause = threading.Event()
    while True:
        try:
            service.start()
        except BusyError:
            if service.ready():
                return False
            if time.monotonic() > deadline:
                raise
            pause.wait(POLL_S)
        else:
            return True


def environment(home: Home, urls: dict[str, str]) -> dict[str, str]:
    """What every process of the project gets to see."""
    return {
        **os.environ,
        **urls,
        "OMS_HOME": str(home.path),
        "SECRET_KEY": os.environ.get("SECRET_KEY") or home.secret("secret_key"),
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "oms.settings"),
        "PYTHONUNBUFFERED": "1",
    }


def run(home: Home, command: Sequence[str], migrate: bool = False) -> int:
    """Run one command with the servers up; its exit code. ``migrate`` brings the tables up to date before."""
    if not command:
        raise StackError("No command was given: python -m oms.stack run -- command ...")
    words = [sys.executable if command[0] == "python" else command[0], *command[1:]]
    with servers(home.prepare()) as urls:
        env = environment(home, urls)
        if migrate:
            tables = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
            subprocess.run(tables, check=True, env=env, cwd=ROOT)  # noqa: S603
        return call(words, env)


def call(words: Sequence[str], env: dict[str, str]) -> int:
    """Run it in the foreground. SIGTERM is passed on; Ctrl-C reaches it from the terminal itself."""
    ask = end_with_parent(signal.SIGTERM)
    with _ignoring_ctrl_c(), subprocess.Popen(list(words), env=env, preexec_fn=ask) as child:  # noqa: S603
        former = signal.signal(signal.SIGTERM, lambda number, frame: child.send_signal(number))
        try:
            code = child.wait()
        finally:
            signal.signal(signal.SIGTERM, former)
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def _ignoring_ctrl_c() -> Iterator[None]:
    """A handler that does nothing, and not SIG_IGN, which the command would inherit."""
    former = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
