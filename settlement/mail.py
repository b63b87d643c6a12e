"""Exchanging messages through folders: one file a batch, JSON lines, put in place by an atomic rename.

A file that has its name is complete and on disk; whoever takes it moves it away when it is done with it. Both ends may
stop at any moment: at worst a file is taken twice, so what is in it must be idempotent. No Django.
"""

import json
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Message = dict[str, Any]


def put(folder: Path, messages: Iterable[Mapping[str, Any]], prefix: str = "") -> Path:
    """Write ``messages`` as one file of ``folder``; its name sorts after those put before."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{prefix}{time.time_ns():020d}-{os.getpid()}.jsonl"
    return replace(path, "".join(json.dumps(message, separators=(",", ":")) + "\n" for message in messages))


def replace(path: Path, text: str) -> Path:
    """Put ``text`` in place of the file ``path``, so that readers see the old or the new whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
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
    return sorted(path for path in folder.glob("*.jsonl") if not path.name.startswith("."))


def read(path: Path) -> list[Message]:
    """The messages of a file; none if somebody else has taken it meanwhile."""
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    except FileNotFoundError:
        return []


def archive(path: Path, folder: Path) -> None:
    """Move a file that is done with away; whoever comes second finds it gone."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        path.replace(folder / path.name)
    except FileNotFoundError:
        return
