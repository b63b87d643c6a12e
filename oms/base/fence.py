"""The fences that every order passes: held by whoever enters, routes or sends, alone by whoever stops them.

There is one for what happens in the database, and one for each wire to a venue. Whoever has held them alone knows that
no order which did not see what he did is still under way, not even between the outbox and the wire.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

_FENCE, _WIRE = 0x6B696C6C, 0x77697265
"""Advisory lock numbers: "kill" and "wire" in ASCII."""
# Whoever stops trading waits for those under way longer than for any other lock: to give up would be worse.
_PATIENCE_S = 25
_LOCK_NOT_AVAILABLE = "55P03"


def stay() -> None:
    """Hold the fence shared until the transaction ends. Call before looking at what it guards, and before any lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_FENCE])


def alone() -> None:
    """Wait for all who hold it, and keep out the others, until the transaction ends. Call before any lock.

    PostgreSQL serves in order: nobody who comes later gets in before.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{_PATIENCE_S}s"])
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FENCE])


@contextmanager
def wire(name: str) -> Iterator[None]:
    """Hold the wire ``name`` for a block that is no transaction: nothing may leave the process inside of one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [_WIRE, name])
    try:
        yield
    finally:
        # If the connection is lost, so is the lock, and this raises as any statement would.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [_WIRE, name])


def hold_wires(names: Iterable[str], patience_s: float) -> list[str]:
    """Keep the wires still until the transaction ends; answer those that could not be had in time."""
    deadline = time.monotonic() + patience_s
    return [name for name in sorted(names) if not _hold(name, deadline - time.monotonic())]


def _hold(name: str, patience_s: float) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # 0 would mean for ever.
            timeout_ms = max(int(patience_s * 1000), 1)
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{timeout_ms}ms"])
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_WIRE, name])
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != _LOCK_NOT_AVAILABLE:
            raise
        return False
    return True
