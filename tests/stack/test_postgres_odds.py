"""Our own PostgreSQL in odd circumstances: homes that were cut off, copied, shared, or that somebody else seems to run."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from oms.stack import account, binaries
from oms.stack.home import BusyError, Home, StackError
from oms.stack.postgres import SOCKET, Postgres, running
from oms.stack.process import end_with_parent, is_alive
from tests.stack.asking import ask, cursor, data_of
from tests.stack.conftest import until

pytestmark = pytest.mark.usefixtures("some_kind")


@contextlib.contextmanager
def somebody_else() -> Iterator[int]:
    """A process of the very user that PostgreSQL runs as: the one case that PostgreSQL itself takes for its own."""
    user = account.unprivileged()
    who = user.popen_arguments() if user else {}
    command = ["/bin/cat"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd="/", preexec_fn=end_with_parent(15), **who) as child:
        yield child.pid


def pid_file_naming(home: Home, pid: int, server: Postgres) -> None:
    """What a killed server leaves, with the process id that somebody else got after the reboot."""
    place = (home.path / "postgres").resolve()
    sockets = Path((place / "socket_directory").read_text().strip())
    lines = (place / "data" / "postmaster.pid").read_text().splitlines()
    os.kill(server.pid, signal.SIGKILL)
    server._child.wait()
    server.lock.release()
    (place / "data" / "postmaster.pid").write_text("\n".join([str(pid), *lines[1:]]) + "\n")
    (sockets / f"{SOCKET}.lock").write_text("\n".join([str(pid), *lines[1:5]]) + "\n")


def test_a_pid_file_that_names_somebody_else_fools_nobody(home: Home) -> None:
    with somebody_else() as stranger:
        for pid in (stranger, os.getpid(), 1):
            server = Postgres(home)
            server.start()
            pid_file_naming(home, pid, server)
            with running(home) as url:
                assert ask(url, "SELECT 1") == 1
            assert psutil.pid_exists(pid)


def test_a_pid_file_that_names_the_server_of_another_home_fools_nobody(homes: Callable[..., Home]) -> None:
    with running(homes()) as other:
        server = Postgres(homes())
        server.start()
        pid_file_naming(server.home, int(ask(other, "SELECT pg_backend_pid()")), server)
        with running(server.home) as url:
            assert ask(url, "SELECT 1") == ask(other, "SELECT 1") == 1


def test_a_pid_file_that_was_cut_off_is_no_obstacle(home: Home) -> None:
    for text in ("", "12x"):
        with running(home):
            pass
        (data_of(home) / "postmaster.pid").write_text(text)
        with running(home) as url:
            assert ask(url, "SELECT 1") == 1


def test_two_homes_run_side_by_side(homes: Callable[..., Home]) -> None:
    with running(homes()) as one, running(homes()) as two:
        with cursor(one) as found:
            found.execute("CREATE TABLE mine (n int)")
        assert ask(two, "SELECT to_regclass('mine')") is None


def test_one_home_has_one_keeper(server: Postgres, home: Home) -> None:
    with pytest.raises(BusyError, match=f"looked after by process {os.getpid()}"):
        Postgres(home).start()
    assert ask(server.url, "SELECT 1") == 1


def test_a_creation_that_was_cut_off_is_done_again(home: Home) -> None:
    with running(home):
        pass
    data_of(home).rename(data_of(home).with_name("data.new"))
    with running(home) as url:
        assert ask(url, "SELECT 1") == 1


def test_a_path_too_long_for_a_socket_is_no_obstacle(homes: Callable[..., Home]) -> None:
    home = homes(name="a-directory-with-a-long-name-" * 4)
    with running(home) as url:
        assert ask(url, "SELECT 1") == 1
        sockets = Path((home.path / "postgres" / "socket_directory").read_text().strip())
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    with running(home) as again:
        assert again == url


def test_a_server_that_cannot_start_says_why(home: Home) -> None:
    with running(home):
        pass
    (data_of(home) / "postgresql.conf").write_text("nonsense = here\n")
    with pytest.raises(StackError, match=r"(?s)ended while starting.*nonsense"):
        Postgres(home).start()


def test_a_kind_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMS_POSTGRES", "cloud")
    with pytest.raises(StackError, match="OMS_POSTGRES is 'cloud'"):
        binaries.postgres()


def test_a_backend_that_outlives_its_postmaster_is_waited_for(server: Postgres, home: Home) -> None:
    with cursor(server.url) as found:
        backend = psutil.Process(found.connection.get_backend_pid())
        found.execute("CREATE TABLE t AS SELECT 1 AS n")
        os.kill(server.pid, signal.SIGKILL)
        server._child.wait()
        server.lock.release()
        with running(home) as url:
            assert ask(url, "SELECT n FROM t") == 1
        until(lambda: not is_alive(backend))
