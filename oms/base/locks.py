"""The one place that locks rows, so that the order of locks is decided once.

Tables in this order: limits (risk usage), orders, positions, ledger, outbox; within a table by primary key.
Lock first, look for duplicates after: under READ COMMITTED each statement sees what committed before it began,
so a look after the lock is safe and a look before it is not.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet


def locked(rows: QuerySet[Any], *, skip_locked: bool = False) -> QuerySet[Any]:
    """``rows`` in primary key order, locked until the transaction ends.

    FOR NO KEY UPDATE: a plain FOR UPDATE would also block inserts of rows that refer to these.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a lock outside a transaction holds nothing")
    return rows.order_by("pk").select_for_update(no_key=True, of=("self",), skip_locked=skip_locked)


def still(*models: type[Model]) -> None:
    """Let nobody write to the tables until the transaction ends, once those who are writing have ended.

    What is numbered below the last row is then there to be seen. Reading goes on.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a lock outside a transaction holds nothing")
    names = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in models)
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")


def lane(name: str) -> bool:
    """Claim the named lane for this transaction, or answer False if another worker has it.

    Lanes rather than rows are claimed: skipping locked rows would let two messages of one order overtake each other.
    """
    return bool(lanes([name]))


def lanes(names: Iterable[str]) -> list[str]:
    """Claim those of the named lanes that nobody has, and answer which. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s) AS name WHERE pg_try_advisory_xact_lock(hashtextextended('lane:' || name, 0))",
            [list(names)],
        )
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def lane_of_session(name: str) -> Iterator[bool]:
    """Claim the lane for a block of several transactions; False if another worker has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 3))", [f"lane:{name}"])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 3))", [f"lane:{name}"])
