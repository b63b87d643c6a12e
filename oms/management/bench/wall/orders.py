"""Working orders by the hundred thousand: copies of one that was entered."""

import contextlib
import os
import signal
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg2
from psycopg2 import sql

from oms.stack.running import Running

DESK, ACCOUNT = "EQ", "EQ-CORE"
FAR = Decimal("0.97")
WORKING = """
SELECT count(*) FROM orders_order o JOIN orders_desk d ON d.id = o.desk_id WHERE d.code = %s AND leaves_qty > 0
"""
INSTRUMENTS = """
SELECT id FROM orders_instrument WHERE asset_class = 'equity' ORDER BY id LIMIT 25
"""
COPY = """
INSERT INTO orders_order ({}) SELECT {} FROM orders_order, generate_series(1, %(missing)s) n WHERE id = %(like)s
"""
COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_name = 'orders_order' AND is_generated = 'NEVER' ORDER BY ordinal_position
"""
# What differs from copy to copy: a name of its own, a side, an instrument of the desk, a quantity and a price.
VARIED = {
    "id": "nextval(pg_get_serial_sequence('orders_order', 'id'))",
    "cl_ord_id": "'wall-' || n || '-' || %(run)s",
    "instrument_id": "(%(instruments)s::bigint[])[1 + n %% cardinality(%(instruments)s::bigint[])]",
    "side": "CASE n %% 3 WHEN 0 THEN 'sell' ELSE 'buy' END",
    "order_qty": "100 + n %% 900 * 10",
    "leaves_qty": "100 + n %% 900 * 10",
    "price": "100 + n %% 400",
}
# Everything that would trade, judge or settle these orders is stopped: they are there to be looked at.
ASLEEP = (
    "drain",
    "worker",
    "exchange",
    "custodian",
    "clients",
    "gateway-bats",
    "gateway-feed",
    "gateway-xnas",
    "gateway-xnys",
)


def template(system: Running) -> int:
    """The number of an order that rests far from the market."""
    order = {
        "account": ACCOUNT, "symbol": "AAPL", "side": "buy", "ord_type": "limit", "time_in_force": "day",
        "order_qty": "100", "price": f"{bid(system) * FAR:.2f}",
    }  # fmt: skip
    [entered] = system.enter(order)
    number = int(entered["order"]["order_id"])
    path = f"/api/v1/orders/{number}/"
    system.until("the order rests", lambda: system.call("GET", path).body["ord_status"] == "new")
    return number


def bid(system: Running) -> Decimal:
    """The best bid for AAPL."""
    quotes = system.call("GET", "/api/v1/quotes/?symbol=AAPL").body["results"]
    return max(Decimal(quote["bid_px"]) for quote in quotes if quote["bid_px"])


def fill_up(system: Running, like: int, to: int) -> None:
    """Have ``to`` working orders of the desk: copies of order ``like``."""
    with contextlib.closing(psycopg2.connect(system.facts["database_url"])) as database, database.cursor() as cursor:
        missing = to - _column(cursor, WORKING, DESK)[0]
        names = _column(cursor, COLUMNS)
        values = sql.SQL(", ").join(sql.SQL(VARIED[one]) if one in VARIED else sql.Identifier(one) for one in names)
        into = sql.SQL(", ").join(map(sql.Identifier, names))
        given = {"missing": missing, "like": like, "run": uuid.uuid4().hex[:8]}
        cursor.execute(sql.SQL(COPY).format(into, values), given | {"instruments": _column(cursor, INSTRUMENTS)})
        database.commit()
        database.autocommit = True
        cursor.execute("VACUUM ANALYZE orders_order")


def _column(cursor: Any, statement: str, *params: Any) -> list[Any]:
    """The first column of what a statement finds."""
    cursor.execute(statement, params)
    return [row[0] for row in cursor.fetchall()]


@contextlib.contextmanager
def asleep(system: Running) -> Iterator[None]:
    """Whoever trades is stopped inside this block."""

    def tell(number: int) -> None:
        for name in ASLEEP:
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                os.killpg(system.pid(name), number)

    tell(signal.SIGSTOP)
    try:
        yield
    finally:
        tell(signal.SIGCONT)


@contextlib.contextmanager
def relay_away(system: Running) -> Iterator[None]:
    """Inside this block the feeder is the relay. Afterwards another one begins where the stream stands."""
    os.kill(system.pid("live"), signal.SIGSTOP)
    try:
        yield
    finally:
        system.kill("live")
