"""Databases with the tables in them already: what every test database and every system of a test begins with.

To bring an empty database up to date takes Django a quarter of a minute, and a run of the tests starts a dozen. It is
done once for each state of the migrations; the others are copies of that. A test of its own starts from nothing.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

from oms.stack.account import place_for, unprivileged
from oms.stack.home import Home
from oms.stack.postgres import Postgres

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "tables_"


def digest() -> str:
    """Of everything that migrations are made from."""
    sources = [*ROOT.glob("*/migrations/*.py"), ROOT / "oms/base/appendonly.py", ROOT / "requirements-dev.lock"]
    text = b"".join(str(path.relative_to(ROOT)).encode() + path.read_bytes() for path in sorted(sources))
    return hashlib.sha256(text).hexdigest()[:16]


def template() -> str:
    """The name of a database of the tests' own server that has the tables. Made where it is missing."""
    url, name = os.environ["DATABASE_URL"], PREFIX + digest()
    with _alone("template"), _connected(url) as server, server.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{PREFIX}%"])
        known = {row[0] for row in cursor.fetchall()}
        if name not in known:
            for old in known:
                cursor.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(old)))
            fresh = f"{PREFIX}new"
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(fresh)))
            _migrate({"DATABASE_URL": urlunsplit(urlsplit(url)._replace(path=f"/{fresh}"))})
            cursor.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(fresh), sql.Identifier(name))
            )
    return name


def lay(home: Path) -> Path:
    """Put a server's files, stopped and with the tables, into a home that has none yet; answer the home."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711 if os.geteuid() == 0 else 0o700)
    where = Path(os.environ.get("OMS_HOME", ROOT / ".oms-test")) / "prepared"
    made = where / digest()
    with _alone("prepared"):
        if not (made / "done").exists():
            for old in where.glob("*") if where.exists() else ():
                Postgres(Home(old)).remove()
                shutil.rmtree(old)
            made.mkdir(parents=True)
            for above in (where, made):
                above.chmod(0o711)
            _stack(made)
            (made / "done").touch()
        source, place = (made / "postgres").resolve(), place_for(unprivileged(), home / "postgres")
        subprocess.run(["cp", "-a", str(source / "data"), str(source / "password"), str(place)], check=True)
    return home


def _stack(home: Path) -> None:
    command = [sys.executable, "-m", "oms.stack", "run", "--migrate", "--", "true"]
    kept = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    }
    subprocess.run(command, cwd=ROOT, env=kept | {"OMS_HOME": str(home)}, check=True, capture_output=True)


def _migrate(env: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=os.environ | env, check=True, capture_output=True)


@contextmanager
def _connected(url: str) -> Iterator[psycopg2.extensions.connection]:
    server = psycopg2.connect(url)
    server.autocommit = True
    try:
        yield server
    finally:
        server.close()


@contextmanager
def _alone(name: str) -> Iterator[None]:
    home = Path(os.environ.get("OMS_HOME", ROOT / ".oms-test"))
    with (home / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
