"""What tests ask a server that really runs."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg2

from oms.stack.home import Home


@contextlib.contextmanager
def cursor(url: str) -> Iterator[psycopg2.extensions.cursor]:
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as found:
            yield found


def ask(url: str, sql: str) -> object:
    with cursor(url) as found:
        found.execute(sql)
        return found.fetchone()[0]


def data_of(home: Home) -> Path:
    return (home.path / "postgres").resolve() / "data"
