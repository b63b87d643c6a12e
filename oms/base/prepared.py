"""Queries of the ORM that are put into SQL once and asked many times.

Building a queryset and turning it into SQL takes several times as long as the database takes to look a few rows up by
their key, and an order entered by itself asks a dozen such questions.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from oms.base import sets
from oms.base.sets import Mark


class Prepared:
    """``make`` is given a mark for each argument and answers ``values_list`` of columns that need no converting.

    Asking is one statement and takes the values of each argument; the answer are the rows as tuples. Where an argument
    has no value nothing is asked and nothing found, so ``make`` may put marks into conditions that all must hold alone.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Any]]) -> None:
        self._make = make
        self._sql = ""
        self._given: tuple[Any, ...] = ()

    def __call__(self, *values: Iterable[Any]) -> list[tuple[Any, ...]]:
        """The rows."""
        arrays = [sets.literal(each) for each in values]
        if "{}" in arrays:
            return []
        if not self._sql:
            marks = [Mark(place) for place in range(len(values))]
            sql, self._given = self._make(*marks).query.sql_with_params()
            self._sql = sql
        given = [arrays[one.place] if isinstance(one, Mark) else one for one in self._given]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, given)
            return cursor.fetchall()
