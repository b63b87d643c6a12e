"""The ledger's roots as they were written to a file, against those in the database."""

from collections.abc import Iterator
from pathlib import Path

from django.db import connection

FILE = "ledger-roots.txt"
SQL = "SELECT date::text, last_entry::text, entries::text, root FROM settlement_ledgerroot"


def broken(home: Path) -> Iterator[str]:
    """The lines of the file that are not in the database as they stand. No file, nothing to compare."""
    path = home / FILE
    if not path.exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(SQL)
        known = {" ".join(row) for row in cursor.fetchall()}
    yield from (line for line in path.read_text(encoding="utf-8").splitlines() if line not in known)
