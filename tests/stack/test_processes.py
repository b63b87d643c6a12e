"""One table of processes: docker-compose.yml repeats it, and every command in it exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from oms.stack.processes import programs

ROOT = Path(__file__).resolve().parent.parent.parent
TABLE = {program.name: program for program in programs("0.0.0.0", 8000, "/var/lib/oms/beat")}


@pytest.fixture(scope="module")
def services() -> dict[str, dict]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def test_compose_runs_the_same_processes(services: dict[str, dict]) -> None:
    assert set(services) == {*TABLE, "db", "broker"}
    assert {name: tuple(services[name]["command"]) for name in TABLE} == {
        name: each.argv for name, each in TABLE.items()
    }


def test_compose_starts_them_in_the_same_order(services: dict[str, dict]) -> None:
    alias = {"postgres": "db", "valkey": "broker"}
    for name, program in TABLE.items():
        needed = {alias.get(other, other) for other in program.after}
        assert needed <= set(services[name]["depends_on"]), name
        for other in needed:
            once = other in TABLE and TABLE[other].once
            done = "service_completed_successfully" if once else "service_healthy"
            assert services[name]["depends_on"][other]["condition"] == done
        assert (services[name]["restart"] == "no") == program.once


def test_compose_holds_no_secret_and_publishes_on_loopback_only(services: dict[str, dict]) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for variable in ("POSTGRES_PASSWORD", "SECRET_KEY"):
        for use in re.findall(rf"\$\{{{variable}[^}}]*\}}", text):
            assert ":?" in use  # refuses to start without, and has no default
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert sorted(ports) == ["127.0.0.1:${CLIENT_PORT:-9871}:9871", "127.0.0.1:${PORT:-8000}:8000"]


def test_every_command_exists() -> None:
    commands = {program.argv[2] for program in TABLE.values() if program.argv[1] == "manage.py"}
    there = {path.stem for path in (ROOT / "oms" / "management" / "commands").glob("[a-z]*.py")}
    assert commands <= there
