"""The demo as a whole: up, killed piece by piece, down, up again."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psutil
import pytest

from oms.base.ports import free_port
from oms.stack.home import Home
from oms.stack.process import is_alive
from oms.stack.processes import programs
from tests.stack.conftest import until
from tests.stack.console import Console

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

START_S = 240
SERVICES = {program.name for program in programs("", 0, "") if not program.once} | {"postgres", "valkey"}


@dataclass
class Copy:
    """A home with ports of its own."""

    home: Home
    env: dict[str, str]
    url: str

    def start(self) -> Console:
        console = Console(["-m", "oms.stack", "demo"], self.env)
        console.until(r"Ready: ", START_S)
        return console

    def facts(self) -> dict[str, Any]:
        return json.loads(self.home.demo_json.read_text())

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False


@pytest.fixture
def copy(homes: Callable[..., Home]) -> Copy:
    home, port = homes(), free_port()
    given = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "HOST", "FLOW")
    env = {name: text for name, text in os.environ.items() if name not in given}
    env |= {"OMS_HOME": str(home.path), "PORT": str(port), "FIX_PORT": str(free_port()), "FLOW": "1"}
    return Copy(home, env, f"http://127.0.0.1:{port}")


@pytest.fixture
def running(copy: Copy) -> Iterator[Console]:
    with copy.start() as console:
        yield console
        console.end()


def test_it_comes_up_survives_the_kill_of_each_part_and_leaves_nothing_behind(copy: Copy, running: Console) -> None:
    facts = copy.facts()
    assert stat.S_IMODE(copy.home.demo_json.stat().st_mode) == 0o600
    assert (facts["url"], facts["port"]) == (copy.url, int(copy.env["PORT"]))
    assert set(facts["pids"]) == SERVICES
    assert {"username", "role", "password", "token"} <= set(facts["users"][0])
    assert {each["target_comp_id"] for each in facts["fix"]} == {"XNAS", "XNYS", "BATS", "FEED"}
    until(copy.healthy)

    listening = {each.laddr.ip for pid in facts["pids"].values() for each in inet(pid) if each.status == "LISTEN"}
    assert listening == {"127.0.0.1"}
    everybody = psutil.Process(running.child.pid).children(recursive=True)
    assert sum(private_bytes(process) for process in everybody) < 1.5e9

    refused = Console(["-m", "oms.stack", "demo"], copy.env)
    assert refused.end(None) == 1
    assert "runs on" in refused.lines[-1]

    for name in [*sorted(SERVICES - {"postgres", "valkey"}), "valkey", "postgres"]:
        os.kill(copy.home.pid(name), signal.SIGKILL)
        running.until(rf"{name} ended \(signal 9 \(SIGKILL\)\)")
        running.until(rf"{name} started")
    until(lambda: not copy.facts()["pids"].items() & facts["pids"].items() and copy.healthy(), 120)
    assert set(copy.facts()["pids"]) == SERVICES

    everybody = psutil.Process(running.child.pid).children(recursive=True)
    assert running.end(signal.SIGINT, 90) == 0
    assert [process for process in everybody if is_alive(process)] == []
    assert not copy.home.demo_json.exists()
    assert list(copy.home.run.glob("*.pid")) == []

    with copy.start() as again:  # on the same data, for the same people
        assert copy.facts()["users"] == facts["users"]
        assert again.end(signal.SIGTERM, 90) == 0


def inet(pid: int) -> list[Any]:
    return psutil.Process(pid).net_connections("inet")


def private_bytes(process: psutil.Process) -> int:
    """Its share of memory: pages that several processes hold are divided among them."""
    try:
        found = process.memory_full_info()
    except psutil.NoSuchProcess:
        return 0
    return getattr(found, "pss", found.uss)


def test_a_port_that_is_taken_is_named_at_once(copy: Copy) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", int(copy.env["PORT"])))
        holder.listen()
        refused = Console(["-m", "oms.stack", "demo"], copy.env)
        assert refused.end(None) == 1
    assert any("Set PORT to another port" in line for line in refused.lines)
    assert not (copy.home.path / "postgres").exists()
