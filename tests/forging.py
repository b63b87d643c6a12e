"""Falsify the books as somebody would who may do anything in the database, and see what the checker notices."""

from django.db import connection, transaction

from oms.management.books.checker import check


def broken() -> set[str]:
    """The numbers of the invariants that do not hold."""
    return {outcome.name.partition(":")[0] for outcome in check() if outcome.broken}


def forged(forgery: str, noticed: str) -> None:
    """Falsify, look, and take it back."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Whoever forges books can also switch off triggers and constraints: the checker must not rely on them.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT DISTINCT tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal")
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for name in ("order_not_overfilled", "position_adds_up"):
            cursor.execute("SELECT conrelid::regclass FROM pg_constraint WHERE conname = %s", [name])
            cursor.execute(f"ALTER TABLE {cursor.fetchone()[0]} DROP CONSTRAINT {name}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("ALTER TABLE settlement_signoff DROP CONSTRAINT sign_off_by_another")
        cursor.execute(forgery)
        assert cursor.rowcount != 0, "the forgery changed nothing"
        assert set(noticed.split()) <= broken()
        transaction.set_rollback(True)
