"""Queries of the ORM that are put into SQL once and asked many times.

Building a queryset and turning it into SQL takes several times as long as the database takes to look a few rows up by
their key, and a look of a stage asks some twenty such questions, whether it takes one row or five hundred.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet, Value

from oms.base import sets
from oms.base.sets import Mark

Row = tuple[Any, ...]


class _One(NamedTuple):
    """Stands for a single value, where a Mark stands for many."""

    place: int


def single(mark: Mark) -> Value:
    """The argument of that mark as a single value, to compare a column with: ``id__gt=single(mark)``."""
    return Value(_One(mark.place))


class _Sql(NamedTuple):
    """What a query became: its text, what to put into it, how to read columns, whether it locks, where arrays go."""

    text: str
    given: Sequence[Any]
    convert: Callable[[list[Row]], list[Row]] | None
    locks: bool
    arrays: frozenset[int]


class Prepared:
    """``make`` is given a mark for each argument and answers ``values_list`` of columns.

    Asking is one statement. An argument is the values of an array (``column__among=mark``, or the ``%s::type[]`` of
    ``RawSQL``), or, within ``single``, a single value. The answer are the rows as tuples. Where an array has no value
    nothing is asked and nothing found, so ``make`` may put marks into conditions that all must hold alone; ``either``:
    what is asked is asked in any case.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Any]], *, either: bool = False) -> None:
        self._make, self._either = make, either
        self._sql: _Sql | None = None

    def __call__(self, *values: Any) -> list[Row]:
        """The rows."""
        sql = self._sql = self._sql or _put(self._make(*map(Mark, range(len(values)))))
        if sql.locks and not connection.in_atomic_block:
            raise RuntimeError("a lock outside a transaction holds nothing")
        given = [sets.literal(each) if place in sql.arrays else each for place, each in enumerate(values)]
        if not self._either and any(given[place] == "{}" for place in sql.arrays):
            return []
        with connection.cursor() as cursor:
            cursor.execute(sql.text, [given[it.place] if isinstance(it, Mark | _One) else it for it in sql.given])
            rows: list[Row] = cursor.fetchall()
        return sql.convert(rows) if sql.convert else rows

    def column(self, *values: Any) -> list[Any]:
        """The first column of the rows."""
        return [row[0] for row in self(*values)]


def _put(rows: QuerySet[Any, Any]) -> _Sql:
    """The query as SQL. Columns that Django reads in its own way, such as JSON, are read so here."""
    compiler = rows.query.get_compiler(connection=connection)
    text, given = compiler.as_sql()
    converters = compiler.get_converters([column for column, *_ in compiler.select])

    def convert(found: Iterable[Iterable[Any]]) -> list[Row]:
        return list(map(tuple, compiler.apply_converters(found, converters)))

    arrays = frozenset(it.place for it in given if isinstance(it, Mark))
    return _Sql(text, given, convert if converters else None, rows.query.select_for_update, arrays)
