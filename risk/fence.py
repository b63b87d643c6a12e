"""The fence that every order passes: held shared by whoever enters, sends or moves orders, alone by whoever changes
what they must all have seen, a kill switch or a limit. So what is changed behind it no order slips past.
"""

from django.db import connection

_FENCE = 0x6B696C6C
"""Advisory lock number: "kill" in ASCII."""


def stay() -> None:
    """Hold the fence shared until the transaction ends. Call before looking at what it guards, and before any lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_FENCE])


def alone() -> None:
    """Wait for all who hold it, and keep out the others, until the transaction ends. Call before any lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FENCE])
