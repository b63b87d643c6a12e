"""Which rows of a table cover an order, without looking at each row: rows are kept by what their scopes name. Pure.

A scope is a tuple with a place for each dimension; None there means any. However many rows there are, they name few
different sets of dimensions, and for each such set a row is found under the order's values by one look-up.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from operator import itemgetter
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")
Scope = Sequence[Hashable]


def _nothing(_place: Scope) -> Hashable:
    return ()


class Cover(Generic[Row]):
    """Rows by scope. Those found come in the order in which they were given."""

    def __init__(self, rows: Iterable[tuple[Scope, Row]]) -> None:
        self._shapes: dict[tuple[int, ...], dict[Hashable, list[tuple[int, Row]]]] = {}
        for number, (scope, row) in enumerate(rows):
            shape = tuple(at for at, value in enumerate(scope) if value is not None)
            rows_of = self._shapes.setdefault(shape, {})
            rows_of.setdefault(_part(shape)(scope), []).append((number, row))
        self._parts: list[tuple[Callable[[Any], Hashable], dict[Hashable, list[tuple[int, Row]]]]] = [
            (_part(shape), rows_of) for shape, rows_of in self._shapes.items()
        ]
        self._found: dict[Hashable, tuple[Row, ...]] = {}

    def find(self, place: tuple[Hashable, ...]) -> tuple[Row, ...]:
        """The rows whose scope covers ``place``, an order's value in each dimension."""
        found = self._found.get(place)
        if found is None:
            numbered = [one for part, rows_of in self._parts for one in rows_of.get(part(place), ())]
            found = tuple(row for _, row in sorted(numbered, key=itemgetter(0)))
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            self._found[place] = found
        return found


# Orders of one trader, account and instrument ask the same again and again.
REMEMBERED = 20_000


def _part(shape: tuple[int, ...]) -> Callable[[Any], Hashable]:
    """What of a scope or a place stands in the dimensions of ``shape``."""
    return itemgetter(*shape) if shape else _nothing
