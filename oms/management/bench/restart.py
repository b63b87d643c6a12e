"""``restart``: how long a killed system with 10,000 open orders takes until it trades again."""

import contextlib
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg2

from oms.management.bench.figure import Figure
from oms.management.bench.line import RESTRICTED
from oms.stack.running import Running

ORDERS, BATCH = 10_000, 500
READY_WITHIN_S = 15.0
# Far enough below the market that nobody sells.
FAR = Decimal("0.8")
OPEN = """SELECT count(*) FROM orders_order WHERE parent_id IS NOT NULL AND phase = 'new' AND leaves_qty > 0"""
ASKED = """
SELECT count(*), extract(epoch FROM max(sent_at) - min(created_at)) FROM routing_outbox
WHERE msg_type = 'H' AND id > %s AND sent_at IS NOT NULL
"""
UNANSWERED = """
SELECT count(*) FROM routing_outbox o WHERE msg_type = 'H' AND id > %s AND NOT EXISTS (
    SELECT FROM routing_inbox i WHERE i.session_id = o.session_id AND i.done_at IS NOT NULL AND i.id > %s
        AND i.fields->>'cl_ord_id' = o.cl_ord_id AND i.fields->>'exec_type' = 'order_status')
"""


def restart(system: Running) -> Iterator[Figure]:
    """kill -9 of everything with 10,000 orders working at venues; from the new start to /healthz saying 200.

    Then an order is entered and must be filled, and every open order asked about and found as it was.
    """
    symbols = _resting(system)
    open_before = _ask(system, OPEN)[0]
    marks = (
        _ask(system, "SELECT max(id) FROM routing_outbox")[0],
        _ask(system, "SELECT max(id) FROM routing_inbox")[0],
    )
    system.crash()
    started = time.perf_counter()
    system.start()
    system.until("it is ready", system.is_ready, 300)
    ready = time.perf_counter() - started
    [entered] = system.enter(_order(system, symbols[0], "market"))
    name = entered["order"]["order_id"]
    filled = "SELECT count(*) FROM orders_order WHERE id = %s AND ord_status = 'filled'"
    system.until("an order is filled", lambda: _ask(system, filled, name)[0], 120)
    traded = time.perf_counter() - started
    system.until("every order was asked about", lambda: _ask(system, ASKED, marks[0])[0] >= open_before, 120)
    system.until("and answered for", lambda: _ask(system, UNANSWERED, *marks)[0] == 0, 120)
    known = time.perf_counter() - started
    assert _ask(system, OPEN)[0] == open_before
    yield Figure(
        name="restart",
        value=ready,
        unit="s from kill -9 of everything to ready",
        against="goal",
        against_value=READY_WITHIN_S,
        ratio=READY_WITHIN_S / ready,
        parts={"open_orders": open_before, "traded_s": traded, "every_order_confirmed_s": known},
        note=f"{open_before} orders working at venues; status asked of each",
    )


def _resting(system: Running) -> list[str]:
    """Enter orders that rest far from the market, until the venues have all of them; the symbols."""
    listed = system.call("GET", "/api/v1/instruments/?asset_class=equity").body["results"]
    prices = {one["symbol"]: Decimal(one["reference_price"]) for one in listed if one["symbol"] not in RESTRICTED}
    symbols = sorted(prices)
    orders = []
    for n in range(ORDERS):
        symbol = symbols[n % len(symbols)]
        orders.append(_order(system, symbol, "limit", price=f"{(prices[symbol] * FAR).quantize(Decimal('0.01')):f}"))
    for start in range(0, ORDERS, BATCH):
        results = system.enter(*orders[start : start + BATCH])
        refused = [result for result in results if result["status"] >= 300]
        assert not refused, refused[0]
    system.until("every order works", lambda: _ask(system, OPEN)[0] >= ORDERS, 300)
    return symbols


def _order(system: Running, symbol: str, ord_type: str, **more: str) -> dict[str, Any]:
    order = {"account": "EQ-CORE", "symbol": symbol, "side": "buy", "order_qty": "10", "time_in_force": "day"}
    return order | {"ord_type": ord_type} | more


def _ask(system: Running, sql: str, *params: Any) -> tuple[Any, ...]:
    with contextlib.closing(psycopg2.connect(system.facts["database_url"])) as database, database.cursor() as cursor:
        cursor.execute(sql, params)
        return tuple(cursor.fetchone() or ())
