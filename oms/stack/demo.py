"""``make demo``: the whole system in the foreground, from an empty directory to a tradable order."""

from __future__ import annotations

import json
import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from oms.stack.home import BusyError, Home, Lock, StackError, write_json
from oms.stack.postgres import Postgres
from oms.stack.process import Process
from oms.stack.processes import FEED, OUR_COMP_ID, VENUES, programs
from oms.stack.servers import ROOT, environment
from oms.stack.service import Service
from oms.stack.supervisor import Supervisor
from oms.stack.valkey import Valkey

# From the start of the web process until every component has reported, on a slow machine.
HEALTHY_S = 180.0


class Demo:
    """One run of the demo: where it listens, and what it tells when it is up."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.host = os.environ.get("HOST") or "127.0.0.1"
        self.port = int(os.environ.get("PORT") or 8000)
        self.fix_port = int(os.environ.get("FIX_PORT") or 9870)
        self.urls: dict[str, str] = {}
        self.health = "no answer"
        self._told = False

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://{host}:{self.port}"

    def run(self) -> int:
        """Until Ctrl-C or SIGTERM; the exit code."""
        lock = Lock(self.home, "demo")
        if not lock.take():
            raise BusyError(f"A demo runs on {self.home.path} already (process {lock.holder()}).")
        self.home.demo_json.unlink(missing_ok=True)
        require_free(self.host, self.port, "PORT")
        for port in (self.fix_port, self.fix_port + 1):
            require_free("127.0.0.1", port, "FIX_PORT")
        self.home.write_pid("demo", os.getpid())
        services: list[Service] = []
        try:
            supervisor = Supervisor(self.home, self._processes(services), self._environment(), self.tell)
            code = supervisor.run()
            if supervisor.failure:
                self._explain(supervisor)
            return code
        finally:
            self.home.demo_json.unlink(missing_ok=True)
            self.home.write_pid("demo", None)
            for service in services:
                service.stop()
            lock.release()

    def _processes(self, services: list[Service]) -> list[Process]:
        """The servers that are not given from outside, then the programs."""
        found = []
        for variable, service in (("DATABASE_URL", Postgres(self.home)), ("REDIS_URL", Valkey(self.home))):
            given = os.environ.get(variable)
            if not given:
                service.take()
                services.append(service)
                found.append(service.process())
            self.urls[variable] = given or service.url
        own = {process.name for process in found}
        beat_file = str(self.home.run / "beat")
        for program in programs(self.host, self.port, beat_file):
            if program.name == "flow" and os.environ.get("FLOW") == "0":
                continue
            after = tuple(name for name in program.after if name in own)
            found.append(
                Process(
                    name=program.name,
                    argv=[sys.executable, *program.argv[1:]],
                    # The servers outlive everybody who uses them, also when the whole is stopped.
                    after=tuple(dict.fromkeys((*after, *(own & {"postgres", "valkey"})))),
                    once=program.once,
                    cwd=str(ROOT),
                    **self._web() if program.name == "web" else {},
                )
            )
            own.add(program.name)
        return found

    def _web(self) -> dict[str, Any]:
        return {"ready": self.healthy, "ready_s": HEALTHY_S, "poll_s": 0.5}

    def _environment(self) -> dict[str, str]:
        ports = {"HOST": self.host, "PORT": str(self.port), "FIX_PORT": str(self.fix_port)}
        return {**environment(self.home, self.urls), **ports}

    def healthy(self) -> bool:
        """True when /healthz answers 200: every component works and an order can be traded."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:  # noqa: S310 - our own URL
                return int(answer.status) == 200
        except urllib.error.HTTPError as error:
            self.health = f"{error.code} {error.read(2000).decode('utf-8', 'replace')}"
        except OSError as error:
            self.health = str(error)
        return False

    def tell(self, pids: dict[str, int]) -> None:
        """Write demo.json; the first time, also say where it is and who may log in."""
        facts = self.facts(pids)
        write_json(self.home.demo_json, facts)
        if self._told:
            return
        self._told = True
        users = [f"    {each['username']:<16} {each['password']:<28} {each['role']}" for each in facts["users"]]
        lines = [
            "",
            f"  Ready: {self.url}, and for FIX clients on 127.0.0.1:{self.fix_port + 1}",
            "",
            *users,
            "",
            f"  Also in {self.home.demo_json}. Ctrl-C stops everything.",
        ]
        print("\n".join([*lines, ""]), flush=True)

    def facts(self, pids: dict[str, int]) -> dict[str, Any]:
        """What a script has to know to use this copy."""
        seed: dict[str, Any] = {}
        if self.home.seed_json.exists():
            seed = json.loads(self.home.seed_json.read_text(encoding="utf-8"))
        sessions = [
            {"comp_id": OUR_COMP_ID, "target_comp_id": code, "host": "127.0.0.1", "port": self.fix_port}
            for code in (*VENUES, FEED)
        ]
        return {
            "url": self.url,
            "port": self.port,
            "users": [],
            "fix": sessions,
            **seed,
            "fix_clients": [
                {**one, "host": "127.0.0.1", "port": self.fix_port + 1} for one in seed.get("fix_clients", [])
            ],
            "database_url": self.urls["DATABASE_URL"],
            "redis_url": self.urls["REDIS_URL"],
            "pids": pids,
        }

    def _explain(self, supervisor: Supervisor) -> None:
        print(f"\nThe demo did not start: {supervisor.failure}.", file=sys.stderr)
        if str(supervisor.failure).startswith("web was not ready"):
            print(f"The last answer of {self.url}/healthz: {self.health}", file=sys.stderr)
        print(f"All logs: {self.home.log}", file=sys.stderr)


def require_free(host: str, port: int, variable: str) -> None:
    """Raise StackError when somebody listens there already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StackError(
                f"{host}:{port} cannot be used ({error.strerror}). Set {variable} to another port."
            ) from None


def main(home: Home | None = None) -> int:
    """The exit code of a whole run."""
    return Demo((home or Home()).prepare()).run()


def reporting(step: Callable[[], int]) -> int:
    """Run it, and turn what a person has to put right into a message and exit code 1."""
    try:
        return step()
    except StackError as error:
        print(f"oms: {error}", file=sys.stderr)
        return 1
