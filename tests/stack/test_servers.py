"""``python -m oms.stack run``: the servers for one command, shared by those who come meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg2
import pytest

from oms.stack.home import Home
from oms.stack.postgres import Postgres
from oms.stack.process import is_alive
from tests.stack.console import Console

RUN = ["-m", "oms.stack", "run", "--"]
# Says where the database is, then waits for a line on a pipe that a test holds, or for a signal.
SAY_AND_WAIT = "import os, signal; print('URL', os.environ['DATABASE_URL'], flush=True); signal.pause()"


@pytest.fixture
def env(home: Home) -> dict[str, str]:
    given = ("DATABASE_URL", "REDIS_URL", "OMS_HOME", "SECRET_KEY")
    return {**{name: text for name, text in os.environ.items() if name not in given}, "OMS_HOME": str(home.path)}


def servers_of(home: Home) -> list[psutil.Process]:
    return [psutil.Process(home.pid(name)) for name in ("postgres", "valkey")]


def test_the_command_gets_the_servers_and_its_exit_code_is_ours(home: Home, env: dict[str, str]) -> None:
    script = (
        "import os, sys, psycopg2, redis; psycopg2.connect(os.environ['DATABASE_URL']); "
        "redis.Redis.from_url(os.environ['REDIS_URL']).ping(); print('KEY', os.environ['SECRET_KEY']); sys.exit(7)"
    )
    keys = set()
    for _ in range(2):
        with Console([*RUN, "python", "-c", script], env) as console:
            keys.add(console.until("KEY (.+)")[1])
            assert console.end(None) == 7
    assert len(keys) == 1
    assert len(keys.pop()) >= 50
    assert home.pid("postgres") is home.pid("valkey") is None


def test_a_second_command_uses_the_running_servers_and_the_first_waits_for_it(home: Home, env: dict[str, str]) -> None:
    with Console([*RUN, "python", "-c", SAY_AND_WAIT], env) as first:
        url = first.until("URL (.+)")[1]
        servers = servers_of(home)
        with Console([*RUN, "python", "-c", SAY_AND_WAIT], env) as second:
            assert second.until("URL (.+)")[1] == url
            assert servers_of(home) == servers
            (command,) = set(psutil.Process(first.child.pid).children()) - set(servers)
            first.child.send_signal(signal.SIGTERM)
            first.until("waiting for them")
            assert not is_alive(command)
            psycopg2.connect(url).close()  # the first one's command is over, the servers are still there
            assert second.end() == 128 + signal.SIGTERM
            assert first.end(None) == 128 + signal.SIGTERM
    assert not any(map(is_alive, servers))


def test_a_second_command_outlives_a_killed_first_one(home: Home, env: dict[str, str]) -> None:
    with Console([*RUN, "python", "-c", SAY_AND_WAIT], env) as first:
        first.until("URL")
        first.end(signal.SIGKILL)
    with Console([*RUN, "python", "-c", "print('again')"], env) as second:
        second.until("again")
        assert second.end(None) == 0


def test_a_given_database_is_used_and_none_is_started(home: Home, env: dict[str, str]) -> None:
    env |= {"DATABASE_URL": "postgresql://somewhere/else", "REDIS_URL": "redis://somewhere"}
    with Console([*RUN, "python", "-c", "import os; print('URL', os.environ['DATABASE_URL'])"], env) as console:
        assert console.until("URL (.+)")[1] == "postgresql://somewhere/else"
        assert console.end(None) == 0
    assert not (home.path / "postgres").exists()


def test_clean_deletes_a_home_but_nothing_that_is_in_use_or_not_ours(
    home: Home, env: dict[str, str], tmp_path: Path
) -> None:
    clean = [sys.executable, "-m", "oms.stack", "clean"]
    server = Postgres(home)
    server.start()
    place = (home.path / "postgres").resolve()
    refused = subprocess.run(clean, env=env, capture_output=True, text=True, check=False)
    server.stop()
    assert (refused.returncode, f"in use by process {os.getpid()}" in refused.stderr) == (1, True)
    assert subprocess.run(clean, env=env, check=False).returncode == 0
    assert not home.path.exists()
    assert not place.exists()
    (tmp_path / "letter").touch()
    stranger = subprocess.run(clean, env=env | {"OMS_HOME": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert (stranger.returncode, "nothing is deleted" in stranger.stderr) == (1, True)
    assert (tmp_path / "letter").exists()
