"""One process owns the clients' FIX store: an advisory lock on a connection of its own."""

import threading
from typing import Any

import psycopg2
from django.db import Error, connection

RETRY_S = 1.0


class Owner:
    """Waits for the lock, then holds it as long as its connection lives."""

    def __init__(self, name: str, stop: threading.Event) -> None:
        self.name = name
        # Django's connections belong to a thread each and may be closed and opened again; the lock must outlive that.
        self._connection: Any = psycopg2.connect(**connection.get_connection_params())
        self._connection.autocommit = True
        while not self._try() and not stop.wait(RETRY_S):
            pass

    def _try(self) -> bool:
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 2))", [f"acceptor:{self.name}"])
            return bool(cursor.fetchone()[0])

    def check(self) -> None:
        """Raise RuntimeError if the connection that holds the lock is gone: another process may have it now."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except (psycopg2.Error, Error) as error:
            raise RuntimeError("the connection that holds the lock is gone") from error
