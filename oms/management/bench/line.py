"""Figures of the whole line with every process running: ``lifecycle``, ``entry`` and ``live``."""

import contextlib
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg2

from oms.management.bench.figure import Figure, percentiles
from oms.stack.running import Running

ORDERS, BATCH = 10_000, 500
ENTRIES = 300
RESTRICTED = {"BA"}  # by the seed
DONE = """
SELECT (SELECT count(*) FROM orders_order WHERE parent_id IS NULL AND id > %(after)s AND leaves_qty = 0),
       (SELECT count(*) FROM orders_executionreport WHERE is_root AND exec_type = 'trade' AND order_id > %(after)s),
       (SELECT count(*) FROM settlement_instructionobligation m JOIN settlement_obligation o ON o.id = m.obligation_id
            JOIN settlement_ledgertransaction t ON t.source = 'trade:' || o.id WHERE o.order_id > %(after)s)
"""


def marketable(system: Running, count: int) -> list[dict[str, Any]]:
    """``count`` marketable orders over the seeded US equities and accounts."""
    listed = system.call("GET", "/api/v1/instruments/?asset_class=equity").body["results"]
    symbols = [each["symbol"] for each in listed if each["symbol"] not in RESTRICTED]
    accounts = [
        each["account"] for each in system.call("GET", "/api/v1/accounts/").body["results"] if not each["average_price"]
    ]
    return [
        {
            "account": accounts[n % len(accounts)],
            "symbol": symbols[n // 2 % len(symbols)],
            "side": "buy",
            "ord_type": "market",
            "time_in_force": "day",
            "order_qty": "10",
        }
        for n in range(count)
    ]


def lifecycle(system: Running) -> Iterator[Figure]:
    """Orders a second from REST entry to settlement instruction and ledger: all 10,000, over the time it took."""
    orders = marketable(system, ORDERS)
    with contextlib.closing(psycopg2.connect(_dsn(system))) as database:
        database.autocommit = True
        after = _ask(database, "SELECT coalesce(max(id), 0) FROM orders_order", {})[0]
        started = time.perf_counter()
        results = []
        for start in range(0, ORDERS, BATCH):
            results += system.enter(*orders[start : start + BATCH])
        entered = time.perf_counter() - started
        refused = [result for result in results if result["status"] >= 300]
        assert not refused, refused[0]
        system.until("every order is filled and instructed", lambda: _all_done(database, after), 600)
        took = time.perf_counter() - started
    yield Figure(
        name="lifecycle",
        value=ORDERS / took,
        unit="orders/s",
        note=f"{ORDERS} orders in batches of {BATCH}; entered in {entered:.1f} s, all done in {took:.1f} s",
    )


def _all_done(database: Any, after: int) -> bool:
    closed, fills, instructed = _ask(database, DONE, {"after": after})
    return closed == ORDERS and 0 < fills == instructed


def entry(system: Running) -> Iterator[Figure]:
    """One REST order at a time against a bare view that inserts one row, the two taking turns."""
    orders = marketable(system, ENTRIES + 20)
    ours: list[float] = []
    floors: list[float] = []
    for n in range(ENTRIES + 20):
        for samples, path, body in ((ours, "/api/v1/orders/", orders[n]), (floors, "/bench/floor/", {"n": n})):
            key = str(uuid.uuid4())
            started = time.perf_counter()
            reply = system.call("POST", path, body, Idempotency_Key=key)
            took = time.perf_counter() - started
            assert reply.status == 201, reply
            if n >= 20:
                samples.append(took)
    (p50, p99), (floor, _) = percentiles(ours), percentiles(floors)
    yield Figure(
        name="entry",
        value=p50,
        unit="ms at p50",
        against="floor_entry",
        against_value=floor,
        ratio=floor / p50,
        p50_ms=p50,
        p99_ms=p99,
        note=f"{ENTRIES} single orders over one connection, each routed, filled and settled meanwhile",
    )


def live(system: Running) -> Iterator[Figure]:
    """Time from a fill's commit to its arrival in an open blotter's socket, at 200 orders a second for 20 seconds."""
    from oms.management.bench.socket import Watcher

    watcher = Watcher(system)
    orders = marketable(system, 4_000)
    with watcher.watching():
        started = time.perf_counter()
        pause = threading.Event()
        for n in range(0, len(orders), 20):
            system.enter(*orders[n : n + 20])
            pause.wait(max(0.0, started + (n + 20) / 200 - time.perf_counter()))
        pause.wait(3)
    delays = watcher.delays_s
    p50, p99 = percentiles(delays)
    yield Figure(
        name="live",
        value=p99,
        unit="ms at p99, commit of a fill to its frame",
        p50_ms=p50,
        p99_ms=p99,
        note=f"{len(delays)} fills at 200 orders/s",
    )


def _dsn(system: Running) -> str:
    return str(system.facts["database_url"])


def _ask(database: Any, sql: str, params: dict[str, Any]) -> tuple[Any, ...]:
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        return tuple(cursor.fetchone())
