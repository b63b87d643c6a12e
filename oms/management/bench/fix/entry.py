"""``fix_entry``: NewOrderSingle to first ExecutionReport at steady rates, and the highest rate held for a minute."""

import contextlib
import itertools
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg2

from oms.base.ports import free_port
from oms.management.bench.figure import Figure, percentiles
from oms.management.bench.fix.wire import Heard, Order, Wire
from oms.management.bench.line import RESTRICTED
from oms.stack.running import ROOT, Running

SESSION = "BUYSIDE1"
RATES, STEADY_S = (100, 500), 20
HELD_S, BURST = 60, 3_000
# A rate is held if its orders went out in time, and the last answer comes this soon after the last order.
LATE_S, GIVE_UP_S = 5.0, 300.0
STEP = 50
STORED = "SELECT count(*), count(DISTINCT cl_ord_id) FROM orders_order WHERE parent_id IS NULL AND cl_ord_id LIKE %s"
WAITING = """
SELECT EXISTS (SELECT FROM orders_order WHERE to_route) OR EXISTS (SELECT FROM routing_outbox WHERE sent_at IS NULL)
    OR EXISTS (SELECT FROM routing_inbox WHERE done_at IS NULL)
    OR EXISTS (SELECT FROM routing_clientreport WHERE sent_at IS NULL AND session_id = %s)
"""


class Run:
    """What became of the orders of one run."""

    def __init__(self, heard: Heard, tag: str, behind_s: float, late_s: float) -> None:
        self.heard, self.tag, self.behind_s, self.late_s = heard, tag, behind_s, late_s

    @property
    def first_s(self) -> list[float]:
        """From each order to its first report."""
        return [at - self.heard.sent[name] for name, at in self.heard.first.items()]

    @property
    def venue_s(self) -> list[float]:
        """From each order to the first word of a venue about it."""
        return [at - self.heard.sent[name] for name, at in self.heard.taken.items()]

    def answered(self) -> bool:
        """Whether every order was answered, with nothing refused and nothing said twice."""
        return len(self.heard.first) == len(self.heard.sent) and not self.heard.rejected and not self.heard.twice


class Client:
    """Sends orders to an acceptor at a rate, and waits for the answers."""

    def __init__(self, logon: dict[str, Any], accounts: list[str], symbols: list[str]) -> None:
        self.wire, self.accounts, self.symbols = Wire(logon), accounts, symbols
        self._runs = itertools.count(1)
        self._began = f"{int(time.time()):x}"

    def run(self, rate: float, count: int, *, to_venue: bool = True) -> Run:
        """``count`` orders, ``rate`` of them a second; 0 is as fast as they go."""
        heard, tag = Heard(), f"{self._began}.{next(self._runs)}"
        self.wire.heard = heard
        started, gone, pause = time.monotonic(), 0, threading.Event()
        while gone < count:
            due = min(count, int((time.monotonic() - started) * rate) + 1) if rate else count
            self.wire.send(self._order(tag, n) for n in range(gone, due))
            gone = due
            pause.wait(max(0.0, started + gone / rate - time.monotonic()) if rate else 0)
        done = time.monotonic()
        while time.monotonic() < done + GIVE_UP_S and len(heard.taken if to_venue else heard.first) < count:
            pause.wait(0.02)
        last = max(heard.first.values(), default=done + GIVE_UP_S)
        return Run(heard, tag, done - started - (count / rate if rate else 0), last - done)

    def _order(self, tag: str, n: int) -> Order:
        account, symbol = self.accounts[n % len(self.accounts)], self.symbols[n % len(self.symbols)]
        return Order(f"{tag}-{n}", account, symbol)


def fix_entry(system: Running) -> Iterator[Figure]:
    """Ours and the floor's at each steady rate in turn; then the burst that says where to look, and the minute."""
    with contextlib.closing(psycopg2.connect(system.facts["database_url"])) as database, _floor() as floor:
        database.autocommit = True
        _tell_pending_new(system, database)
        accounts = [
            one["account"]
            for one in system.call("GET", "/api/v1/accounts/").body["results"]
            if not one["average_price"]
        ]
        listed = system.call("GET", "/api/v1/instruments/?asset_class=equity").body["results"]
        symbols = [one["symbol"] for one in listed if one["symbol"] not in RESTRICTED]
        logon = next(one for one in system.facts["fix_clients"] if one["session"] == SESSION)
        ours = Client(logon, accounts, symbols)
        bare = system.until("the floor listens", lambda: Client(floor, accounts, symbols))
        ours.run(0, 200)
        for rate in RATES:
            _quiet(system, database)
            yield _steady(rate, ours.run(rate, rate * STEADY_S), bare.run(rate, rate * STEADY_S, to_venue=False))
        _quiet(system, database)
        yield _held(system, database, ours, bare)
        ours.wire.close()
        bare.wire.close()


def _steady(rate: int, run: Run, floor: Run) -> Figure:
    assert run.answered(), (run.heard.rejected[:1], run.heard.twice[:1], len(run.heard.first))
    (p50, p99), (least, _), venue = percentiles(run.first_s), percentiles(floor.first_s), percentiles(run.venue_s)
    return Figure(
        name=f"fix_entry_{rate}",
        value=p50,
        unit="ms at p50, D to its first 8, committed",
        against="bare engine that echoes an 8",
        against_value=least,
        ratio=least / p50,
        p50_ms=p50,
        p99_ms=p99,
        parts={"to_a_venue's_word_p50_ms": venue[0], "to_a_venue's_word_p99_ms": venue[1]},
        note=f"{rate} orders/s for {STEADY_S} s over TCP, each also routed, filled and settled",
    )


def _held(system: Running, database: Any, ours: Client, bare: Client) -> Figure:
    burst = ours.run(0, BURST, to_venue=False)
    most = BURST / burst.late_s
    echo = bare.run(0, BURST, to_venue=False)
    rate = max(STEP, int(most * 0.9) // STEP * STEP)
    while True:
        _quiet(system, database)
        run = ours.run(rate, rate * HELD_S, to_venue=False)
        stored = _ask(database, STORED, f"{run.tag}-%")
        assert run.answered(), (rate, run.heard.rejected[:1], run.heard.twice[:1], len(run.heard.first))
        assert stored == (rate * HELD_S, rate * HELD_S), stored
        if (run.behind_s < 1 and run.late_s < LATE_S) or rate == STEP:
            break
        rate = max(STEP, int(rate * 0.8) // STEP * STEP)
    p50, p99 = percentiles(run.first_s)
    return Figure(
        name="fix_entry",
        value=rate,
        unit="orders/s held for 60 s",
        against="bare engine that echoes an 8, in a burst",
        against_value=BURST / echo.late_s,
        ratio=rate / (BURST / echo.late_s),
        p50_ms=p50,
        p99_ms=p99,
        parts={"burst": most, "last_answer_after_s": run.late_s},
        note=f"{rate * HELD_S} orders, every one answered and stored once",
    )


def _tell_pending_new(system: Running, database: Any) -> None:
    """Have the session told of each order at once; the acceptor starts anew with that."""
    before = system.pid("clients")
    with database.cursor() as cursor:
        cursor.execute("UPDATE routing_clientsession SET send_pending_new = true WHERE code = %s", [SESSION])
    system.until("the acceptor has started anew", lambda: system.pid("clients") != before)
    logged_on = "SELECT max(at) > now() - interval '1 second' FROM oms_heartbeat WHERE name = 'clients' AND pid = %s"
    system.until("the acceptor works", lambda: _ask(database, logged_on, system.pid("clients"))[0])


def _quiet(system: Running, database: Any) -> None:
    system.until("nothing waits anywhere", lambda: not _ask(database, WAITING, SESSION)[0], GIVE_UP_S)


@contextlib.contextmanager
def _floor() -> Iterator[dict[str, Any]]:
    """The floor in a process of its own; its logon."""
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "oms.management.bench.fix.floor", str(port), home]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)  # noqa: S603
        try:
            yield {
                "sender_comp_id": "CLIENT", "target_comp_id": "FLOOR", "host": "127.0.0.1", "port": port,
                "username": "floor", "password": "floor",
            }  # fmt: skip
        finally:
            process.communicate()


def _ask(database: Any, sql: str, *params: Any) -> tuple[Any, ...]:
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        return tuple(cursor.fetchone())
