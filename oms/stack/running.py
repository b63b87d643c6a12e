"""A whole system of one's own, started as ``make demo`` starts it, for tests and benchmarks that need one."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from oms.base.ports import free_port
from oms.stack.home import Home
from oms.stack.postgres import Postgres
from oms.stack.process import end_with_parent

ROOT = Path(__file__).resolve().parent.parent.parent
START_S = 240.0
POLL_S = 0.05


class Reply(NamedTuple):
    """Status, headers in lower case, and the body as JSON (or text where it is none)."""

    status: int
    headers: dict[str, str]
    body: Any


def _is_closed(connection: http.client.HTTPConnection) -> bool:
    """Whether the server has closed a standing connection while it was idle: then it reads as ready, with nothing."""
    return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])


class Running:
    """A running demo: where it is, who may log in, and its processes."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self.home, self._environment = home, environment
        self.health: Any = None
        self._local = threading.local()
        self.start()

    def start(self) -> None:
        """Start it, anew after a crash; it is not ready yet when this returns."""
        (self.home / "demo.json").unlink(missing_ok=True)
        with (self.home / "console.log").open("ab") as console:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "oms.stack", "demo"],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                # Whoever started it may be killed: nothing must go on trading unseen. (Killed, or its thread ended.)
                preexec_fn=end_with_parent(signal.SIGTERM),
            )

    def is_ready(self) -> bool:
        """Whether it has said that it is up, and every component says it works."""
        return (self.home / "demo.json").exists() and self.healthy()

    def crash(self) -> None:
        """kill -9 of everything at once, the supervisor first, as if the machine had gone."""
        names = [path.stem for path in (self.home / "run").glob("*.pid") if path.stem != "demo"]
        pids = [self.pid(name) for name in names]
        self.process.kill()
        self.process.wait()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                # Each component leads a group of its own.
                os.killpg(pid, signal.SIGKILL)

    @property
    def facts(self) -> dict[str, Any]:
        """demo.json as it is now."""
        return json.loads((self.home / "demo.json").read_text(encoding="utf-8"))

    @property
    def url(self) -> str:
        return str(self.facts["url"])

    def user(self, username: str) -> dict[str, str]:
        """Name, role, password and token of a user."""
        return next(user for user in self.facts["users"] if user["username"] == username)

    def pid(self, name: str) -> int:
        """The process id of a component as of its last start."""
        return int((self.home / "run" / f"{name}.pid").read_text(encoding="ascii"))

    def kill(self, name: str) -> int:
        """kill -9 the component; answer the process id that it had."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def call(self, method: str, path: str, body: Any = None, *, user: str = "api", **headers: str) -> Reply:
        """One REST call under ``user``'s token. Header names with underscores: ``If_Match="3"``."""
        sent = {"Authorization": f"Token {self.user(user)['token']}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        payload = None if body is None else body if isinstance(body, str) else json.dumps(body)
        return self._exchange(method, path, payload, sent)

    def _exchange(self, method: str, path: str, payload: str | None, headers: dict[str, str]) -> Reply:
        """On this thread's standing connection; once more on a new one when the server has closed it."""
        for attempt in (1, 2):
            connection = getattr(self._local, "connection", None)
            if connection is None or _is_closed(connection):
                host, port = self.url.removeprefix("http://").split(":")
                connection = self._local.connection = http.client.HTTPConnection(host, int(port), timeout=120)
            try:
                connection.request(method, path, payload, headers)
                answer = connection.getresponse()
                raw = answer.read()
                break
            except (http.client.HTTPException, OSError):
                connection.close()
                self._local.connection = None
                if attempt == 2 or (method == "POST" and "Idempotency-Key" not in headers):
                    raise
        names = {name.lower(): value for name, value in answer.getheaders()}
        try:
            return Reply(answer.status, names, json.loads(raw) if raw else None)
        except ValueError:
            return Reply(answer.status, names, raw.decode("utf-8", "replace"))

    def enter(self, *orders: dict[str, Any], user: str = "api") -> list[Any]:
        """Enter orders as one list, safe to repeat; the results in order."""
        reply = self.call("POST", "/api/v1/orders/", list(orders), user=user, Idempotency_Key=str(uuid.uuid4()))
        assert reply.status == 200, reply
        return list(reply.body)

    def healthy(self) -> bool:
        """Whether every component says it works."""
        try:
            self.health = self._exchange("GET", "/healthz", None, {}).body
            return bool(self.health["status"] == "ok")
        except (OSError, http.client.HTTPException, TypeError):
            return False

    def until(self, what: str, condition: Callable[[], Any], within_s: float = 120.0) -> Any:
        """Wait until ``condition`` answers something true, and answer that. Fails with ``what`` when it does not."""
        deadline = time.monotonic() + within_s
        pause = threading.Event()
        while True:
            try:
                found = condition()
            except (OSError, http.client.HTTPException):
                found = None
            if found:
                return found
            if self.process.poll() is not None:
                raise AssertionError(f"the system has ended while waiting for: {what}\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {within_s:.0f} s: {what}\n{self.health}\n{self.log_tail()}")
            pause.wait(POLL_S)

    def log_tail(self, lines: int = 40) -> str:
        """The last lines that the system printed."""
        text = (self.home / "console.log").read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a management command on the system's database."""
        facts = self.facts
        secret = (self.home / "secret_key").read_text(encoding="ascii").strip()
        env = os.environ | {
            "DATABASE_URL": facts["database_url"],
            "REDIS_URL": facts["redis_url"],
            "OMS_HOME": str(self.home),
            "SECRET_KEY": secret,
            "DJANGO_SETTINGS_MODULE": "oms.settings",
        }
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(command, cwd=ROOT, env=env, text=True, capture_output=True, check=False)


@contextlib.contextmanager
def running(home: Path, **environment: str) -> Iterator[Running]:
    """The whole system in ``home`` on free ports, without the automatic flow unless ``FLOW="1"`` is given."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711 if os.geteuid() == 0 else 0o700)
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")}
    env |= {"OMS_HOME": str(home), "PORT": str(free_port()), "FIX_PORT": str(free_port()), "FLOW": "0"} | environment
    system = Running(home, env)
    try:
        system.until("the demo is ready", system.is_ready, START_S)
        yield system
    finally:
        system.process.send_signal(signal.SIGTERM)
        system.process.wait(timeout=180)
        # Its logs stay for whoever asks why; its database may lie elsewhere, where nobody would find and delete it.
        Postgres(Home(home)).remove()
