"""OMS_HOME: the one directory where a copy of the system keeps everything that is its own.

``run/`` pid files, locks and sockets, ``log/`` one file a process, ``postgres/`` and ``valkey/`` the data,
``secret_key`` and ``demo.json`` (both readable by their owner alone). Two copies with two homes share nothing
but the machine.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# sockaddr_un.sun_path holds 108 bytes on Linux and 104 on macOS, the closing NUL included.
SOCKET_PATH_BYTES = 103
SHORT = "oms-"


class StackError(Exception):
    """Something a person has to put right. The text says what happened and what to do about it."""


class BusyError(StackError):
    """Another process already looks after this home."""


class Home:
    """The directories and small files of one copy. ``path`` defaults to OMS_HOME, else ``.oms`` here."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = Path(path or os.environ.get("OMS_HOME") or ".oms").resolve()
        self.run = self.path / "run"
        self.log = self.path / "log"
        self.demo_json = self.path / "demo.json"
        self.seed_json = self.path / "seed.json"

    def prepare(self) -> Home:
        """Make the directories. An existing one is left exactly as it is, its permissions included.

        For root the home may be entered, but not listed, by others: the user that PostgreSQL runs as has to
        get through. Every file of ours that holds a secret is 0600.
        """
        if not self.path.exists():
            self.path.mkdir(parents=True)
            self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for directory in (self.run, self.log):
            directory.mkdir(mode=0o700, exist_ok=True)
        return self

    def secret(self, name: str) -> str:
        """A random text kept in the file ``name``, made at the first call (0600)."""
        path = self.path / name
        if not path.exists():
            write_private(path, secrets.token_urlsafe(48))
        return path.read_text(encoding="ascii").strip()

    def pid(self, name: str) -> int | None:
        """The process id that ``name`` was last started with, or None. It may have ended since."""
        try:
            return int((self.run / f"{name}.pid").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None

    def write_pid(self, name: str, pid: int | None) -> None:
        """Record the process id of ``name``; None removes the record."""
        path = self.run / f"{name}.pid"
        if pid is None:
            path.unlink(missing_ok=True)
        else:
            replace(path, f"{pid}\n", 0o644)


class Lock:
    """Who looks after ``name`` in this home: an flock, which the kernel drops with its holder, however that
    ends.
    """

    def __init__(self, home: Home, name: str) -> None:
        self.path = home.run / f"{name}.lock"
        self._file: int | None = None

    def take(self) -> bool:
        """True when the lock is ours now; False when another process holds it."""
        # Not inheritable (PEP 446): a child that outlives us must not keep the lock.
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        self._file = file
        return True

    def holder(self) -> str:
        """The process id its holder wrote down, for messages only."""
        try:
            return self.path.read_text(encoding="ascii").strip() or "unknown"
        except FileNotFoundError:
            return "unknown"

    def release(self) -> None:
        """Give it back. Harmless when not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


@contextlib.contextmanager
def using(home: Home) -> Iterator[None]:
    """For the length of the block this process uses servers of this home, whoever started them."""
    with _users(home, fcntl.LOCK_SH):
        yield


@contextlib.contextmanager
def alone(home: Home) -> Iterator[None]:
    """Wait until nobody is ``using`` the servers of this home; while the block lasts, nobody begins to."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(_users(home, fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            print(f"Others still use the servers of {home.path}: waiting for them.", file=sys.stderr, flush=True)
            stack.enter_context(_users(home, fcntl.LOCK_EX))
        yield


@contextlib.contextmanager
def _users(home: Home, how: int) -> Iterator[None]:
    file = os.open(home.run / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, how)
        yield
    finally:
        os.close(file)


def replace(path: Path, text: str, mode: int = 0o600) -> None:
    """Write the file in one step, so that no reader ever sees half of it."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    replace(path, text, 0o600)


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as JSON, readable by its owner alone."""
    write_private(path, json.dumps(value, indent=2) + "\n")


def socket_directory(place: Path, record: Path, longest_name: str, owner: int) -> Path:
    """A directory (0700, of user ``owner``) whose path leaves room for the socket ``longest_name``.

    ``place`` where it is short enough. Otherwise a random one in the temporary directory, remembered in the
    file ``record`` and used again only while it is still that user's alone: anybody may have made something
    of that name after a reboot.
    """
    if len(os.fsencode(place / longest_name)) <= SOCKET_PATH_BYTES:
        if not place.exists():
            place.mkdir(mode=0o700)
            os.chown(place, owner, -1)
        return place
    if record.exists():
        old = Path(record.read_text(encoding="utf-8").strip())
        if _is_private(old, owner):
            return old
    made = Path(tempfile.mkdtemp(prefix=SHORT))
    os.chown(made, owner, -1)
    replace(record, f"{made}\n", 0o644)
    return made


def remove_recorded(record: Path) -> None:
    """Delete the directory that ``socket_directory`` made and wrote down, where it did."""
    with contextlib.suppress(FileNotFoundError):
        directory = Path(record.read_text(encoding="utf-8").strip())
        if directory.name.startswith(SHORT):
            shutil.rmtree(directory, ignore_errors=True)
        record.unlink()


def _is_private(path: Path, owner: int) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and stat.S_IMODE(found.st_mode) == 0o700


def last_lines(path: Path, count: int = 20) -> str:
    """The end of a log file, for the message of something that failed."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 64 * 1024))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(lines[-count:])
