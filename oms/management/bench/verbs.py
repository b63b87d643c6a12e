"""Figures of the desk's verbs on the database alone: ``record`` against its floor, and statements a verb."""

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.desk import Amendment, Cancellation, amend, cancel, enter, record, route
from oms.management.bench.figure import Figure
from oms.management.bench.world import arrival, world

ROUNDS = 5
SIZES = (1_000, 5_000)
_WRITES = ("INSERT", "UPDATE")


def record_against_floor() -> Iterator[Figure]:
    """Reports a second through ``desk.record``, and the floor: exactly the rows it writes, by the bare statements.

    The floor repeats the INSERTs and UPDATEs that ``record`` issued, with their parameters ready, in one transaction
    after rolling the first run back. The two take turns.
    """
    here = world()
    for size in SIZES:
        ours: list[float] = []
        floors: list[float] = []
        for _ in range(ROUNDS):
            children = here.working(size)
            reports = [arrival(child, "trade", Decimal(100)) for child in children]
            writes = _written_by(partial(record, reports))
            floors.append(_timed(partial(_write, writes), keep=False))
            ours.append(_timed(partial(record, reports)))
        best, floor = size / min(ours), size / min(floors)
        yield Figure(
            name="record" if size == SIZES[0] else f"record_{size}",
            value=best,
            unit="reports/s",
            against="floor_record",
            against_value=floor,
            ratio=best / floor,
            note=f"n = {size}, best of {ROUNDS}",
        )


def _written_by(work: Callable[[], object]) -> list[tuple[str, Any]]:
    """The writes of ``work``, which is rolled back."""
    writes: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(_WRITES):
            writes.append((sql, params))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(note):
        work()
        transaction.set_rollback(True)
    return writes


def _write(writes: list[tuple[str, Any]]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for sql, params in writes:
            cursor.execute(sql, params)


def _timed(work: Callable[[], object], *, keep: bool = True) -> float:
    """Seconds that ``work`` and its commit take. With ``keep`` off its effect is undone afterwards, untimed."""
    if keep:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started
    return _timed_and_undone(work)


def _timed_and_undone(work: Callable[[], object]) -> float:
    """As above, inside a savepoint that is rolled back; what a commit costs is added by a commit of its own."""
    with transaction.atomic():
        started = time.perf_counter()
        work()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        took = time.perf_counter() - started
        transaction.set_rollback(True)
    return took


def statements() -> Iterator[Figure]:
    """SQL statements of each verb, BEGIN and COMMIT not counted, for one order and for 5,000."""
    here = world()
    for verb in ("enter", "route", "record", "amend", "cancel"):
        counts = {}
        for size in (1, 5_000):
            work = _prepared(here, verb, size)
            with CaptureQueriesContext(connection) as queries:
                work()
            counts[size] = len(queries)
        yield Figure(
            name=f"statements_{verb}",
            value=counts[5_000],
            unit="statements at n = 5000",
            against="n = 1",
            against_value=counts[1],
            ratio=counts[1] / counts[5_000],
        )


def _prepared(here: Any, verb: str, size: int) -> Callable[[], object]:
    """A call of ``verb`` on ``size`` orders that are in the right state for it."""
    if verb == "enter":
        drafts = here.drafts(size)
        return lambda: enter(drafts, here.actor)
    if verb == "route":
        while route():
            pass
        enter(here.drafts(size), here.actor)
        return lambda: route(size)
    children = here.working(size)
    ids = [child.parent_id for child in children]
    return {
        "record": lambda: record([arrival(child, "trade", Decimal(1)) for child in children]),
        "amend": lambda: amend([Amendment(i, order_qty=Decimal(50)) for i in ids], here.actor),
        "cancel": lambda: cancel([Cancellation(i) for i in ids], here.actor),
    }[verb]
