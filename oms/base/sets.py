"""Set-wise SQL: one statement a table, whatever the number of rows.

Every helper takes rows as tuples and sends one array literal a *column* through UNNEST, so the SQL text is
constant, there is no parameter limit, and PostgreSQL parses one literal instead of a node for each cell.
Column types and names come from the model, so no other module writes literal SQL for its tables.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Field, ForeignObject, Lookup, Model

Row = Sequence[Any]


class Along(NamedTuple):
    """Rows of another table that one statement inserts along with its own, but for those that are there already."""

    model: type[Model]
    columns: Sequence[str]
    rows: Sequence[Row]


def insert(
    model: type[Model],
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    skip_duplicates: bool = False,
    returning: str | None = None,
    along: Along | None = None,
) -> list[Any]:
    """Insert ``rows``; answer the ``returning`` column of the rows that were inserted (else an empty list).

    With ``skip_duplicates`` a row that meets any unique constraint is left out: callers that must know which
    ask for ``returning``.
    """
    if not rows:
        return []
    sql, arrays = _insertion(model, columns), _arrays(rows)
    if skip_duplicates:
        sql += _OR_NOTHING
    if returning:
        sql += f" RETURNING {_column(model, returning)[0]}"
    if along and along.rows:
        sql = f"WITH along AS ({_insertion(along.model, along.columns)}{_OR_NOTHING}) {sql}"
        arrays = [*_arrays(along.rows), *arrays]
    with connection.cursor() as cursor:
        cursor.execute(sql, arrays)
        return [row[0] for row in cursor.fetchall()] if returning else []


_OR_NOTHING = " ON CONFLICT DO NOTHING"


def _insertion(model: type[Model], columns: Sequence[str]) -> str:
    names = ", ".join(_column(model, name)[0] for name in columns)
    return f"INSERT INTO {_table(model)} ({names}) SELECT * FROM unnest({_casts(model, columns)})"


def update(model: type[Model], keys: Sequence[str], columns: Sequence[str], rows: Sequence[Row]) -> int:
    """Set ``columns`` of the rows named by ``keys``; a row is (key values..., column values...). Answer the count."""
    if not rows:
        return 0
    everything = [*keys, *columns]
    names = [_column(model, name)[0] for name in everything]
    where = " AND ".join(f"t.{name} = v.{name}" for name in names[: len(keys)])
    sets = ", ".join(f"{name} = v.{name}" for name in names[len(keys) :])
    sql = (
        f"UPDATE {_table(model)} t SET {sets}"
        f" FROM unnest({_casts(model, everything)}) AS v({', '.join(names)}) WHERE {where}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, _arrays(rows))
        return cursor.rowcount


def add(model: type[Model], keys: Sequence[str], columns: Sequence[str], rows: Sequence[Row]) -> int:
    """Add ``columns`` to the rows named by the unique ``keys``, making those that are missing. Answer the count.

    Rows with equal keys are summed first: ON CONFLICT may not touch one row twice.
    """
    if not rows:
        return 0
    sums: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        key, amounts = tuple(row[: len(keys)]), row[len(keys) :]
        held = sums.get(key)
        sums[key] = [a + b for a, b in zip(held, amounts, strict=True)] if held else list(amounts)
    table = _table(model)
    everything = [*keys, *columns]
    names = [_column(model, name)[0] for name in everything]
    sets = ", ".join(f"{name} = {table}.{name} + EXCLUDED.{name}" for name in names[len(keys) :])
    sql = (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT * FROM unnest({_casts(model, everything)})"
        f" ON CONFLICT ({', '.join(names[: len(keys)])}) DO UPDATE SET {sets}"
    )
    with connection.cursor() as cursor:
        # Sorted, so that two batches take the row locks of the upsert in the same order.
        cursor.execute(sql, _arrays([(*key, *sums[key]) for key in sorted(sums)]))
        return cursor.rowcount


def put(model: type[Model], keys: Sequence[str], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Set ``columns`` of the rows named by the unique ``keys``, making those that are missing. Keys must not repeat."""
    if not rows:
        return
    everything = [*keys, *columns]
    names = [_column(model, name)[0] for name in everything]
    sets = ", ".join(f"{name} = EXCLUDED.{name}" for name in names[len(keys) :])
    sql = (
        f"INSERT INTO {_table(model)} ({', '.join(names)}) SELECT * FROM unnest({_casts(model, everything)})"
        f" ON CONFLICT ({', '.join(names[: len(keys)])}) DO UPDATE SET {sets}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, _arrays(rows))


def delete(model: type[Model], key: str, values: Iterable[Any]) -> int:
    """Delete the rows whose ``key`` is one of ``values``. Answer the count."""
    name, kind = _column(model, key)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {_table(model)} WHERE {name} = ANY(%s::{kind}[])", [literal(values)])
        return cursor.rowcount


def ids(model: type[Model], count: int) -> list[int]:
    """``count`` fresh primary keys of ``model``, so that rows of several tables can be built before any is written."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_IDS, [count, model._meta.db_table, model._meta.pk.column])
        found: list[int] = cursor.fetchone()[0]
        return found


# The sequence is looked up once, and what comes is one row: each row would cost as much as its number.
_IDS = """
SELECT array_agg(nextval(the.sequence)) FROM generate_series(1, %s) WITH ORDINALITY,
    (SELECT pg_get_serial_sequence(%s, %s)::regclass AS sequence OFFSET 0) AS the
"""


class Mark:
    """Stands for the values of an argument while a query is made that is put into SQL once (oms/base/prepared.py)."""

    def __init__(self, place: int) -> None:
        self.place = place


class Among(Lookup):  # type: ignore[type-arg]  # not a generic when it runs
    """``column__among=values``: as ``__in``, with one array for a parameter: the same text however many there are."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """The condition and its parameters."""
        name, given = self.process_lhs(compiler, connection)
        field: Any = self.lhs.output_field
        kind = field.rel_db_type(connection)
        # A cast to varchar(n) would cut off what is longer, and find what was not asked for.
        kind = "text" if kind.startswith("varchar") else kind
        return f"{name} = ANY(%s::{kind}[])", [*given, self.rhs if isinstance(self.rhs, Mark) else literal(self.rhs)]


Field.register_lookup(Among)
ForeignObject.register_lookup(Among)  # which does not look at those of Field


def literal(values: Iterable[Any]) -> str:
    """A PostgreSQL array literal of ``values``: numbers bare, everything else quoted and escaped."""
    values = values if isinstance(values, tuple) else tuple(values)
    kinds = set(map(type, values))
    if len(kinds) == 1 and len(values) > 1 and values.count(values[0]) == len(values):
        # Many a column of a batch says the same in every row: the moment, nothing, an empty text.
        return "{" + ",".join([_element(values[0])] * len(values)) + "}"
    if kinds == {int}:
        return "{" + ",".join(map(str, values)) + "}"
    if kinds == {str}:
        joined = '","'.join(values)
        if "\\" not in joined and joined.count('"') == 2 * (len(values) - 1):
            return '{"' + joined + '"}'
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    kind = type(value)
    if kind is str:  # most are, so they are asked for first
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if kind is int:
        return str(value)
    if kind is Decimal:
        return format(value, "f")
    if kind is bool:
        return "t" if value else "f"
    if kind is bytes:
        return '"\\\\x' + value.hex() + '"'
    if isinstance(value, datetime | date):
        return '"' + value.isoformat() + '"'
    if isinstance(value, dict | list | tuple):
        value = json.dumps(value, default=str, separators=(",", ":"))
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _arrays(rows: Sequence[Row]) -> list[str]:
    return [literal(column) for column in zip(*rows, strict=True)]


def _casts(model: type[Model], columns: Sequence[str]) -> str:
    return ", ".join(f"%s::{_column(model, name)[1]}[]" for name in columns)


@cache
def _column(model: type[Model], name: str) -> tuple[str, str]:
    """The quoted column and the type to cast to. A foreign key may be named with or without ``_id``."""
    field: Any = model._meta.pk if name == "pk" else _field(model, name)
    kind = field.rel_db_type(connection) if field.primary_key else field.db_type(connection)
    return connection.ops.quote_name(field.column), kind


def _field(model: type[Model], name: str) -> Any:
    for field in model._meta.concrete_fields:
        if name in (field.name, field.attname):
            return field
    raise LookupError(f"{model.__name__} has no column {name}")


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)
