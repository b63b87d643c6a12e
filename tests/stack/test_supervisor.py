"""The supervisor: order, restart, naming names, and leaving nothing behind."""

from __future__ import annotations

import os
import signal

import psutil
import pytest

from oms.stack.home import Home
from oms.stack.process import is_alive
from tests.stack.conftest import until
from tests.stack.console import Console


def little(home: Home, which: str = "usual") -> Console:
    return Console(["-m", "tests.stack.little", str(home.path), which])


def family(console: Console) -> list[psutil.Process]:
    return psutil.Process(console.child.pid).children(recursive=True)


def position(console: Console, text: str) -> int:
    return next(number for number, line in enumerate(console.lines) if text in line)


def test_it_starts_in_order_and_stops_in_reverse_order(home: Home) -> None:
    with little(home) as console:
        console.until("UP")
        assert console.end() == 0
    starts = [position(console, f"{name} started") for name in ("base", "tables", "web", "worker")]
    assert starts == sorted(starts)
    assert max(position(console, f"{name} ends") for name in ("web", "worker")) < position(console, "base ends")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_leaves_nothing_behind(home: Home, number: int) -> None:
    with little(home) as console:
        console.until("UP")
        everybody = family(console)
        assert len(everybody) == 6  # three servers, each with a child of its own
        assert console.end(number) == 0
    until(lambda: not any(map(is_alive, everybody)))
    assert list(home.run.glob("*.pid")) == []


def test_a_killed_process_is_named_and_started_again(home: Home) -> None:
    with little(home) as console:
        console.until("UP")
        for _ in range(2):
            before = home.pid("worker")
            children = psutil.Process(before).children()
            os.kill(before, signal.SIGKILL)
            console.until(r"worker ended \(signal 9 \(SIGKILL\)\); starting it again in")
            pid = int(console.until(r"worker started \(pid (\d+)\)")[1])
            console.until("UP")
            assert home.pid("worker") == pid != before
            until(lambda children=children: not any(map(is_alive, children)))  # what the killed one left of its group
        assert console.end() == 0


def test_whoever_needs_a_killed_server_is_left_alone(home: Home) -> None:
    with little(home) as console:
        console.until("UP")
        web = home.pid("web")
        os.kill(home.pid("base"), signal.SIGKILL)
        console.until("base started")
        console.until("UP")
        assert home.pid("web") == web
        assert console.end() == 0


def test_a_failed_step_is_named_with_the_end_of_its_log(home: Home) -> None:
    with little(home, "bad-step") as console:
        assert console.end(None) == 1
    said = "\n".join(console.lines)
    assert "FAILED: tables failed (exit code 3)" in said
    assert said.count("no such column") == 2  # as it happened, and at the end
    assert "web started" not in said


def test_a_process_that_never_stays_up_fails_the_start(home: Home) -> None:
    with little(home, "never-up") as console:
        assert console.end(None) == 1
    said = "\n".join(console.lines)
    assert said.count("web started") == 5
    assert "FAILED: web ended (exit code 1)" in said


def test_a_program_that_does_not_exist_fails_the_start(home: Home) -> None:
    with little(home, "missing") as console:
        assert console.end(None) == 1
    assert any("/nonexistent/program" in line for line in console.lines)


def test_a_process_that_does_not_end_is_killed_after_its_grace(home: Home) -> None:
    with little(home, "stubborn") as console:
        console.until("UP")
        everybody = family(console)
        assert console.end() == 0
    assert any("web did not stop in 0 s" in line or "and is killed" in line for line in console.lines)
    until(lambda: not any(map(is_alive, everybody)))


def test_a_killed_supervisor_takes_its_processes_along(home: Home) -> None:
    with little(home) as console:
        console.until("UP")
        everybody = family(console)
        assert console.end(signal.SIGKILL) == -signal.SIGKILL
    until(lambda: not any(map(is_alive, everybody)))


def test_every_line_reaches_the_log_and_the_console_under_its_name(home: Home) -> None:
    with little(home, "chatty") as console:
        console.until("web is here")
        assert console.end() == 0
    logged = (home.log / "web.log").read_text().splitlines()
    assert [line for line in logged if line.startswith("line")] == [f"line {number}" for number in range(20_000)]
    shown = [line for line in console.lines if "| line" in line]
    assert len(shown) == 20_000
    assert all(" web " in line for line in shown)
