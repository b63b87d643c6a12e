"""The end of day: executions allocated, owed, netted, instructed, confirmed and posted, against bare SQL.

The floor is the same INSERTs, UPDATEs and DELETEs with their parameters ready, repeated in one transaction a bite after
a first run was rolled back: what the database needs for exactly these rows. Every fifth bite is compared so.
"""

import resource
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from django.db import connection, transaction

from oms.base.clock import now
from oms.desk import allocating, booking
from oms.desk.allocating import Pick, Wish
from oms.management.bench import day_world
from oms.management.bench.day_world import ACCOUNTS, BITE, POOLS, Here
from oms.management.bench.figure import Figure
from orders.models import Order
from settlement.answers import Answer, apply
from settlement.instruct import send
from settlement.instruction import reference
from settlement.load import load_calendars, load_rates
from settlement.models import Allocation, Instruction, NettingSwitch
from settlement.netrun import net
from settlement.settle import settle

SIZES = (10_000, 100_000)
BOOKED_AT_ONCE, COMPARED = 500, 5
_WRITES = ("INSERT", "UPDATE", "DELETE")
Writes = list[tuple[str, Any]]


def end_of_day() -> Iterator[Figure]:
    """Executions a second through the end of day, for 10,000 and 100,000 executions over 500 accounts."""
    load_calendars(now().year - 1, now().year + 2)
    load_rates()
    here = day_world.here()
    try:
        _once(here)
        spent = {size: _measured(here, size) for size in SIZES}
        for size, (took, bare, memory) in spent.items():
            yield _figure(size, took, bare, memory)
        small, large = SIZES
        yield Figure(
            name="end_of_day_growth",
            value=_grown(sum(spent[large][0].values()), sum(spent[small][0].values())),
            unit="times the time an execution takes at 100,000 against 10,000; linear is 1",
            parts={name: _grown(took, spent[small][0][name]) for name, took in spent[large][0].items()},
        )
    finally:
        NettingSwitch.objects.filter(place_of_settlement=day_world.NETS, valid_from=here.day).delete()


def _grown(large: float, small: float) -> float:
    return large / small * SIZES[0] / SIZES[1]


def _figure(size: int, took: dict[str, float], bare: dict[str, float], memory: tuple[float, float]) -> Figure:
    total, floor = sum(took.values()), sum(bare.values())
    parts = {f"{name}_s": seconds for name, seconds in took.items()}
    parts |= {f"{name}_ratio": bare[name] / seconds for name, seconds in took.items()}
    return Figure(
        name=f"end_of_day_{size}",
        value=size / total,
        unit="executions/s",
        against="the same writes as bare SQL",
        against_value=size / floor,
        ratio=floor / total,
        parts=parts | {"sql_s": floor, "before_mib": memory[0], "peak_mib": memory[1]},
        note=f"{ACCOUNTS} accounts; half of it executed in {POOLS} average-price accounts and allocated",
    )


def _measured(here: Here, size: int) -> tuple[dict[str, float], dict[str, float], tuple[float, float]]:
    """Seconds of each stage, of its writes alone, and the most memory before and after."""
    day_world.trade(here, size)
    before, took, bare = _memory_mib(), dict[str, float](), dict[str, float]()
    for name, work in _stages(here).items():
        took[name], bare[name] = _until_done(work)
    return took, bare, (before, _memory_mib())


def _once(here: Here) -> None:
    """A small day before the first that is measured, as there always was one."""
    day_world.trade(here, BITE)
    for work in _stages(here).values():
        while work():
            continue


def _stages(here: Here) -> dict[str, Callable[[], int]]:
    """What is done at the end of the day, in order; each answers 0 once nothing is left."""
    return {
        "allocate": lambda: _allocate(here),
        "book": lambda: _book(here),
        "settle": lambda: settle(BITE),
        "net": lambda: net(here.day),
        "send": lambda: send(BITE),
        "confirm": _confirm,
    }


def _until_done(work: Callable[[], int]) -> tuple[float, float]:
    """Seconds of a stage, and what of them the bare writes would have taken.

    A bite that is compared is done once and taken back, its writes are timed bare and taken back, and it is done.
    """
    took = compared = bare = 0.0
    for number in count():
        writes = _written_by(work) if number % COMPARED == 0 else []
        if writes:
            bare += _timed_bare(writes)
        started = time.perf_counter()
        if not work():
            return took, took * bare / compared if compared else 0.0
        seconds = time.perf_counter() - started
        took += seconds
        compared += seconds if writes else 0.0
    raise AssertionError("unreachable")


def _written_by(work: Callable[[], int]) -> Writes:
    writes: Writes = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(_WRITES):
            writes.append((sql, params))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(note):
        work()
        transaction.set_rollback(True)
    return writes


def _timed_bare(writes: Writes) -> float:
    """Seconds of the writes in a transaction of their own, which is taken back."""
    with transaction.atomic(), connection.cursor() as cursor:
        started = time.perf_counter()
        for sql, params in writes:
            cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        took = time.perf_counter() - started
        transaction.set_rollback(True)
    return took


def _allocate(here: Here) -> int:
    """Ask for an allocation of each order of an average-price account that has none."""
    rows = Order.objects.filter(account_id__in=here.pools, parent=None, allocations=None).order_by("id")
    waiting = list(rows.values_list("pk", flat=True)[:BOOKED_AT_ONCE])
    told = allocating.allocate([Wish((pk,), "percent", here.shares(pk)) for pk in waiting], here.ops)
    refused = [one for one in told if one.refusals]
    assert not refused, refused[0]
    return len(told)


def _book(here: Here) -> int:
    """Book the allocations that wait for it."""
    rows = Allocation.objects.filter(state="submitted", desk=here.desk).order_by("id")
    told = booking.book([Pick(pk) for pk in rows.values_list("pk", flat=True)[:BOOKED_AT_ONCE]], here.ops)
    refused = [one for one in told if one.refusals]
    assert not refused, refused[0]
    return len(told)


def _confirm() -> int:
    """Apply a confirmation of each instruction that was sent."""
    rows = Instruction.objects.filter(state="sent").order_by("id")
    columns = ("id", "settl_date", "qty", "net_money")
    answers = [
        Answer(reference(id_), "settled", f"C{id_}", day, qty, money)
        for id_, day, qty, money in rows.values_list(*columns)[:BITE]
    ]
    refusals = [refusal for refusal in apply(answers) if refusal] if answers else []
    assert not refusals, refusals[0]
    return len(answers)


def _memory_mib() -> float:
    """The most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
