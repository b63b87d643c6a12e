"""Runs every check in one snapshot of the database, so that work going on meanwhile is no fault."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction

from oms.management.books import chains, exported, profits

SHOWN = 5
# Every check reads whole tables, so joining them row by row is never right; the planner would choose it for tables that
# grew since their statistics were taken. A long check of large books is not a statement that hangs.
_WHOLE_TABLES = """
SELECT set_config('enable_nestloop', 'off', true), set_config('statement_timeout', '0', true)
"""
_NAME = re.compile(r"^-- (I[0-9]+: .+)$", re.MULTILINE)


class Outcome(NamedTuple):
    """A check, how many rows break it, and the first of them."""

    name: str
    broken: int
    examples: list[str]


def checks() -> Iterator[tuple[str, str]]:
    """Name and SQL of each check in the files beside this one."""
    for path in sorted(Path(__file__).parent.glob("*.sql")):
        parts = _NAME.split(path.read_text())[1:]
        yield from ((name, sql.strip().rstrip(";")) for name, sql in zip(parts[::2], parts[1::2], strict=True))


def check() -> list[Outcome]:
    """The outcome of every check."""
    outcomes = []
    alone = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if alone:  # inside a caller's transaction its own snapshot must do
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute(_WHOLE_TABLES)
        for name, sql in checks():
            cursor.execute(sql)
            rows = cursor.fetchall()
            outcomes.append(Outcome(name, len(rows), [str(row[0]) for row in rows[:SHOWN]]))
        cursor.execute(chains.SQL)
        wrong = list(chains.broken(iter(cursor.fetchone, None)))
        cursor.execute(profits.STORED)
        stored = cursor.fetchall()
        cursor.execute(profits.MOVES)
        astray = list(profits.broken(iter(cursor.fetchone, None), stored))
    lost = list(exported.broken(Path(settings.OMS_HOME)))
    outcomes.append(Outcome("I26: profit and loss follows from what was traded", len(astray), astray[:SHOWN]))
    outcomes.append(Outcome("I9: the hash chain of every order holds", len(wrong), wrong[:SHOWN]))
    outcomes.append(Outcome("I87: the ledger's roots are as they were exported", len(lost), lost[:SHOWN]))
    return outcomes
