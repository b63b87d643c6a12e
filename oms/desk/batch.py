"""What every verb shares: biting long lists, and repeating a bite that met a rival."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from django.db import IntegrityError, OperationalError, transaction

Item = TypeVar("Item")
Result = TypeVar("Result")

BITE = 5_000
_TRIES = 3
_DEADLOCK, _SERIALIZATION = "40P01", "40001"


def bites(items: Sequence[Item], size: int = BITE) -> Iterator[Sequence[Item]]:
    """``items`` in pieces of at most ``size``: a transaction is bounded, however long the list."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def in_bites(verb: Callable[[Sequence[Item]], list[Result]], items: Sequence[Item]) -> list[Result]:
    """Run ``verb`` on each bite in a transaction of its own and answer for all of them, in order."""
    answers: list[Result] = []
    for bite in bites(items):
        answers += persistently(verb, bite)
    assert len(answers) == len(items)
    return answers


def persistently(verb: Callable[[Sequence[Item]], list[Result]], bite: Sequence[Item]) -> list[Result]:
    """Run ``verb`` in a transaction; do it again when a rival committed the same unique key in between.

    The second look happens after the rival's commit and so finds what it wrote: a duplicate becomes an answer.
    """
    for left in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                return verb(bite)
        except IntegrityError as error:
            if not left or getattr(error.__cause__, "pgcode", "") != "23505":
                raise
        except OperationalError as error:
            if not left or getattr(error.__cause__, "pgcode", "") not in (_DEADLOCK, _SERIALIZATION):
                raise
    raise AssertionError("unreachable")
