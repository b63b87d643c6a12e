"""The end of day: allocated or not, every execution owed, netted, instructed, confirmed and posted, against bare SQL.

The floor is the same INSERTs and UPDATEs with their parameters ready, repeated in one transaction a bite after the
first run was rolled back: what the database needs for exactly these rows.
"""

import resource
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from oms.base import sets
from oms.base.clock import now
from oms.management.bench.figure import Figure
from oms.management.bench.world import world
from orders import feed
from orders.book import Book, begin
from orders.lifecycle import Report, State
from orders.models import Account, BusinessDate, Cursor, Desk, Instrument, Order, User
from orders.vocabulary import ExecType, Phase
from settlement import ledger
from settlement.answers import Answer, apply
from settlement.calendars import Unsupported
from settlement.instruction import reference
from settlement.load import load_calendars, load_rates
from settlement.models import Instruction
from settlement.obligations import AccountKey
from settlement.settle import CURSOR, settle
from settlement.standing import standing

SIZES = (10_000, 100_000)
ACCOUNTS, BITE = 500, 5_000
_WRITES = ("INSERT", "UPDATE")
Writes = list[tuple[str, Any]]


def end_of_day() -> Iterator[Figure]:
    """Executions a second through the end of day, for 10,000 and 100,000 executions over 500 accounts."""
    load_calendars(now().year - 1, now().year + 2)
    load_rates()
    here = _accounts()
    _open(here)
    rates: dict[int, float] = {}
    for size in SIZES:
        _fill(here, size)
        took = dict.fromkeys(("settle", "send", "confirm", "sql"), 0.0)
        memory = _memory_mib()
        for name, work in _stages():
            _until_done(name, work, took)
        total = took["settle"] + took["send"] + took["confirm"]
        rates[size] = size / total
        yield Figure(
            name=f"end_of_day_{size}",
            value=rates[size],
            unit="executions/s",
            against="the same writes as bare SQL",
            against_value=size / took["sql"],
            ratio=took["sql"] / total,
            parts={
                "settle_s": took["settle"], "send_s": took["send"], "confirm_s": took["confirm"],
                "sql_s": took["sql"], "peak_mib": _memory_mib(), "before_mib": memory,
            },
            note=f"{ACCOUNTS} accounts, bites of {BITE}",
        )  # fmt: skip
    small, large = SIZES
    yield Figure(
        name="end_of_day_growth",
        value=rates[small] / rates[large],
        unit="times the time an execution takes at 100,000 against 10,000; linear is 1",
    )


def _stages() -> list[tuple[str, Callable[[], int]]]:
    return [("settle", lambda: settle(BITE)), ("send", _send), ("confirm", _confirm)]


def _until_done(name: str, work: Callable[[], int], took: dict[str, float]) -> None:
    """Bite by bite: each is done once and taken back, its writes are timed bare and taken back, and it is done."""
    while True:
        writes, count = _written_by(work)
        if not count:
            return
        took["sql"] += _timed(lambda found=writes: _write(found), keep=False)  # type: ignore[misc]
        took[name] += _timed(work)


def _written_by(work: Callable[[], int]) -> tuple[Writes, int]:
    writes: Writes = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(_WRITES):
            writes.append((sql, params))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(note):
        count = work()
        transaction.set_rollback(True)
    return writes, count


def _write(writes: Writes) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for sql, params in writes:
            cursor.execute(sql, params)


def _timed(work: Callable[[], object], *, keep: bool = True) -> float:
    if keep:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started
    with transaction.atomic():
        started = time.perf_counter()
        work()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        took = time.perf_counter() - started
        transaction.set_rollback(True)
    return took


def _send() -> int:
    """What ``settlement.instruct.send`` does to the rows, without the file."""
    from settlement.instruct import send

    return send(BITE)


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


class _Here:
    """Who trades what: 500 accounts, 40 instruments."""

    def __init__(self, user: User, desk: Desk, accounts: list[int], instruments: list[int], day: date) -> None:
        self.user, self.desk, self.accounts, self.instruments, self.day = user, desk, accounts, instruments, day


def _accounts() -> _Here:
    made = world()
    desk = Desk.objects.get(code="BENCH")
    codes = [f"EOD{n:03}" for n in range(ACCOUNTS)]
    Account.objects.bulk_create([Account(code=code, name=code, desk=desk) for code in codes], ignore_conflicts=True)
    accounts = list(Account.objects.filter(code__in=codes).order_by("id").values_list("pk", flat=True))
    instruments = list(Instrument.objects.filter(symbol__in=made.symbols).order_by("id").values_list("pk", flat=True))
    return _Here(User.objects.get(username="bench"), desk, accounts, instruments, _business_day())


def _business_day() -> date:
    """A business day of the US that trades can be dated by."""
    day = BusinessDate.objects.get(pk=1).today
    try:
        return standing().calendars["US"].roll(day)
    except Unsupported:
        return day + timedelta(days=0)


def _open(here: _Here) -> None:
    """Open the ledger's accounts, as they are after the first days: the floor could not know their numbers."""
    bic, _ = standing().places["US", "equity"]
    keys = {AccountKey("account", one, "", asset, bic) for one in here.accounts for asset in here.instruments}
    keys |= {AccountKey("account", one, "", "USD", "") for one in here.accounts}
    with transaction.atomic():
        ledger.accounts(keys)
    _fill(here, BITE)
    for _, work in _stages():
        while work():
            pass


def _fill(here: _Here, size: int) -> None:
    """``size`` filled root orders, untimed; the cursor stands before them."""
    for start in range(0, size, BITE):
        with transaction.atomic():
            book = Book(now(), here.day)
            for number, id_ in enumerate(sets.ids(Order, min(BITE, size - start)), start):
                side = "buy" if number % 3 else "sell"
                fixed = {
                    "id": id_, "account_id": here.accounts[number % ACCOUNTS], "desk_id": here.desk.pk,
                    "instrument_id": here.instruments[number // 7 % len(here.instruments)],
                    "entered_by_id": here.user.pk, "sender_comp_id": "bench", "side": side, "ord_type": "market",
                }  # fmt: skip
                line = book.open(fixed, State("day", Decimal(100), None, phase=Phase.PENDING_NEW), f"E{id_}")
                begin(book, line, "new", actor="bench")
                report = Report(ExecType.TRADE, Decimal(100), Decimal("100.25"))
                refusal = book.note(line, report, actor="BNCH", last_mkt="BNCH", venue_exec_id=f"E{id_}")
                assert refusal is None, refusal
            if start == 0:
                place = feed.latest()
                Cursor.objects.update_or_create(name=CURSOR, defaults={"tx": place.tx, "event_id": place.id})
            book.save()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _memory_mib() -> float:
    """The most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
