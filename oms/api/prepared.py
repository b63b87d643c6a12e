"""Queries whose SQL is written once: the ORM takes longer to compile a statement than PostgreSQL to run it."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import QuerySet


class Prepared:
    """The statement of ``make()``, run with other parameters each time.

    ``make`` filters by stand-ins, one for each parameter in the order they appear. A list takes the place of the one
    stand-in of an ``__in``. Rows come as the driver gives them, so it is for columns without converters of their own.
    """

    def __init__(self, make: Callable[[], QuerySet[Any, Any]]) -> None:
        self.make = make
        self.sql = ""
        self.size = 0

    def rows(self, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows for these parameters."""
        if not self.sql:
            # psycopg2 writes a tuple with its parentheses.
            sql, stand_ins = self.make().query.sql_with_params()
            self.sql, self.size = sql.replace("IN (%s)", "IN %s"), len(stand_ins)
        assert len(parameters) == self.size, (parameters, self.sql)
        given = [tuple(one) if isinstance(one, list | set | frozenset) else one for one in parameters]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, given)
            return cursor.fetchall()
