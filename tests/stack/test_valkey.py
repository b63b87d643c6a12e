"""Our own Valkey: a socket only, and nothing that was acknowledged is gone after a kill."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis

from oms.stack import binaries
from oms.stack.home import BusyError, Home
from oms.stack.valkey import Valkey, running


@pytest.fixture(autouse=True, params=binaries.KINDS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMS_VALKEY", request.param)
    if binaries.valkey() is None:
        pytest.skip(f"no Valkey or Redis {binaries.VALKEY_OLDEST} or newer of the kind {request.param} is installed")


@pytest.fixture
def server(home: Home) -> Iterator[Valkey]:
    found = Valkey(home)
    found.start()
    yield found
    found.stop()


def test_it_appends_never_evicts_and_listens_on_a_private_socket_only(server: Valkey) -> None:
    with redis.Redis.from_url(server.url) as client:
        names = ("appendonly", "appendfsync", "maxmemory-policy", "port", "save")
        found = {name: client.config_get(name)[name] for name in names}
    assert found == {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "port": "0",
        "save": "",
    }
    assert psutil.Process(server.pid).net_connections("inet") == []
    assert stat.S_IMODE(Path(server.url.removeprefix("unix://")).stat().st_mode) == 0o700


def test_what_was_acknowledged_survives_a_kill(server: Valkey, home: Home) -> None:
    with redis.Redis.from_url(server.url) as client:
        for number in range(200):
            client.rpush("waiting", number)
    os.kill(server.pid, signal.SIGKILL)
    server.stop()
    with running(home) as url, redis.Redis.from_url(url) as client:
        assert client.llen("waiting") == 200


def test_two_homes_run_side_by_side_and_one_home_has_one_keeper(homes: Callable[..., Home]) -> None:
    one, two = homes(), homes(name="a-directory-with-a-long-name-" * 4)
    with running(one) as first, running(two) as second:
        with redis.Redis.from_url(first) as client:
            client.set("mine", 1)
        with redis.Redis.from_url(second) as client:
            assert client.get("mine") is None
        with pytest.raises(BusyError):
            Valkey(one).start()
