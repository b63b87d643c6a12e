"""One process a session: an advisory lock on a connection of its own, and a fencing number in the session's row.

Two processes with one FIX store would interleave sequence numbers. The lock keeps a second one waiting; the number
(``epoch``) keeps a first one out that was paused and has been replaced without noticing.
"""

import threading
from typing import Any

import psycopg2
from django.db import connection, transaction

from routing.models import VenueSession

RETRY_S = 1.0


class FencedError(Exception):
    """Another process has taken the session over."""


class Leadership:
    """The hold of this process on one session. Made once, before the FIX store is opened."""

    def __init__(self, session: str, stop: threading.Event) -> None:
        self.session = session
        # Django's connections belong to a thread each and may be closed and opened again; the lock must outlive that.
        self._connection: Any = psycopg2.connect(**connection.get_connection_params())
        self._connection.autocommit = True
        self.epoch = 0
        while not self._try() and not stop.wait(RETRY_S):
            pass

    def _try(self) -> bool:
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", [f"gateway:{self.session}"])
            if not cursor.fetchone()[0]:
                return False
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {VenueSession._meta.db_table} SET epoch = epoch + 1 WHERE code = %s RETURNING epoch",
                [self.session],
            )
            self.epoch = cursor.fetchone()[0]
        return True

    def check(self) -> None:
        """Raise FencedError if the lock or the session is no longer ours. Called every other second.

        What must not happen even in between, a send by two, is fenced in the statement that claims (send.CLAIM).
        """
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(f"SELECT epoch FROM {VenueSession._meta.db_table} WHERE code = %s", [self.session])
                (epoch,) = cursor.fetchone()
        except psycopg2.Error as error:
            raise FencedError("the connection that holds the session's lock is gone") from error
        if epoch != self.epoch:
            raise FencedError(f"session {self.session} was taken over; our epoch is {self.epoch}")
