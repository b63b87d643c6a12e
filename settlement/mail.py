"""Exchanging messages through folders: one file a batch, put in place by an atomic rename.

A file that has its name is complete and on disk; whoever takes it moves it away when it is done with it. Both ends may
stop at any moment: at worst a file is taken twice, so what is in it must be idempotent. No Django.
"""

import os
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

SUFFIX = ".xml"
_NUMBERS = count(1)


def put(folder: Path, data: bytes, prefix: str = "") -> Path:
    """Write ``data`` as one file of ``folder``; its name sorts after those put before."""
    # A clock may stand still between two files; the number keeps the second from taking the place of the first.
    name = f"{prefix}{time.time_ns():020d}-{os.getpid()}-{next(_NUMBERS):06d}{SUFFIX}"
    return replace(folder / name, data)


def replace(path: Path, data: bytes) -> Path:
    """Put ``data`` in place of the file ``path``, so that readers see the old or the new whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path


def waiting(folder: Path) -> list[Path]:
    """The complete files of ``folder``, oldest first."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))


def read(path: Path, most: int) -> bytes | None:
    """What is in a file, of a huge one ``most`` bytes and one more; None if somebody else has taken it meanwhile."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except FileNotFoundError:
        return None


def archive(path: Path, folder: Path) -> None:
    """Move a file that is done with away; whoever comes second finds it gone."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        path.replace(folder / path.name)
    except FileNotFoundError:
        return


def change(path: Path, edit: Callable[[bytes], bytes]) -> None:
    """Replace a small file by what ``edit`` makes of it, one writer at a time. A file that is not there is empty."""
    import fcntl

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            before = path.read_bytes()
        except FileNotFoundError:
            before = b""
        replace(path, edit(before))
