"""The whole demo in processes, on a database of its own."""

from pathlib import Path
from typing import Any

import psycopg2
import pytest

from oms.stack.running import Running
from tests import sharing

SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.fixture(scope="module")
def system() -> Running:
    """The system that these modules share."""
    return sharing.system()


class Database:
    """The system's database, to look at from outside."""

    def __init__(self, system: Running) -> None:
        self.connection = psycopg2.connect(system.facts["database_url"])
        self.connection.autocommit = True

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall()

    def one(self, sql: str, *params: Any) -> Any:
        """The first column of the first row."""
        return self.rows(sql, *params)[0][0]


def quiet(database: Database) -> bool:
    """Nothing waits anywhere: every message is sent, recorded, settled and instructed."""
    return not database.one(
        """SELECT EXISTS (SELECT FROM orders_order WHERE to_route)
               OR EXISTS (SELECT FROM routing_outbox WHERE sent_at IS NULL)
               OR EXISTS (SELECT FROM routing_inbox WHERE done_at IS NULL)
               OR EXISTS (SELECT FROM orders_order WHERE phase = 'pending_new' OR cancels_pending + replaces_pending > 0)
               OR EXISTS (SELECT FROM orders_executionreport e WHERE is_root AND exec_type = 'trade' AND NOT EXISTS
                          (SELECT FROM settlement_obligation o WHERE o.execution_id = e.id))"""
    )


def books_hold(system: Running) -> None:
    """The checker and the replay find nothing."""
    for command in ("check_books", "replay"):
        done = system.manage(command)
        assert done.returncode == 0, done.stdout + done.stderr
