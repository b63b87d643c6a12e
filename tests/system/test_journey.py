"""The main job on real input: a thousand instruments, a day's tape of AAPL, an order list, three venues, settlement."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal as D
from typing import Any

import pytest

from oms.stack.running import Running, running
from tests import prepared
from tests.system.conftest import SHARED, Database, books_hold, quiet

TAPE = SHARED / "data" / "AAPL-2012-06-21-top-of-book.csv.gz"
EQUITIES = SHARED / "data" / "us-equities-2024-06-04.csv"
SYMBOLS, PER_SYMBOL, ON_TAPE = 50, 4, 20

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not TAPE.exists(), reason=f"the market data is not here: {TAPE}"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def taped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A system whose exchange replays the tape, two hundred quotes a second."""
    home = prepared.lay(tmp_path_factory.mktemp("journey"))
    with running(home, OMS_TAPE=f"AAPL={TAPE}", OMS_TAPE_SPEED="200") as system:
        yield system


def order_list(prices: dict[str, D], accounts: list[str]) -> list[dict[str, str]]:
    """Orders over the symbols with their reference prices: market and marketable or resting limits, both sides."""
    orders = []
    for n, (symbol, price) in enumerate(
        (s, p) for s, p in prices.items() for _ in range(ON_TAPE if s == "AAPL" else PER_SYMBOL)
    ):
        limit = n % 3 != 0
        side = "buy" if n % 2 else "sell_short"
        offset = D("1.01") if (side == "buy") == (n % 5 != 0) else D("0.99")
        orders.append(
            {
                "cl_ord_id": f"list-{n}",
                "account": accounts[n % len(accounts)],
                "symbol": symbol,
                "side": side,
                "ord_type": "limit" if limit else "market",
                "time_in_force": "day",
                "order_qty": str(100 * (1 + n % 3)),
                "price": str((price * offset).quantize(D("0.01"))) if limit else "",
            }
        )
    return orders


def as_csv(rows: list[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def test_an_order_list_goes_all_the_way(taped: Running) -> None:
    database = Database(taped)
    imported = taped.call(
        "POST", "/api/v1/instruments/import/", EQUITIES.read_text(), user="operations", Content_Type="text/csv"
    )
    assert imported.status == 200, imported
    assert sum(imported.body["counts"].values()) == 1_000, imported.body["counts"]
    assert imported.body["counts"].get("refused", 0) == 0, imported.body["counts"]

    symbols = [row["symbol"] for row in csv.DictReader(EQUITIES.open()) if row["symbol"] != "AAPL"][:SYMBOLS]
    quoted = "SELECT count(DISTINCT i.symbol) FROM routing_quote q JOIN orders_instrument i ON i.id = q.instrument_id WHERE i.symbol = ANY(%s) AND q.bid_px IS NOT NULL AND q.offer_px IS NOT NULL"
    taped.until("every symbol is quoted", lambda: database.one(quoted, [*symbols, "AAPL"]) == SYMBOLS + 1, 180)
    tape_prices = "SELECT min(bid_px) FROM routing_quote q JOIN orders_instrument i ON i.id = q.instrument_id WHERE i.symbol = 'AAPL'"
    assert 570 < database.one(tape_prices) < 600, "AAPL is quoted from the tape of 2012"

    mid = "SELECT i.symbol, avg((bid_px + offer_px) / 2) FROM routing_quote q JOIN orders_instrument i ON i.id = q.instrument_id WHERE i.symbol = ANY(%s) GROUP BY 1"
    prices = dict(database.rows(mid, [*symbols, "AAPL"]))
    accounts = [
        each["account"] for each in taped.call("GET", "/api/v1/accounts/").body["results"] if not each["average_price"]
    ]
    orders = order_list(prices, accounts)
    assert len(orders) >= 200
    entered = taped.call("POST", "/api/v1/orders/csv/", as_csv(orders), Content_Type="text/csv", Idempotency_Key="list")
    assert entered.status == 200, entered
    results: list[dict[str, Any]] = entered.body
    assert [result for result in results if result["status"] != 201] == []

    taped.until("nothing waits anywhere", lambda: quiet(database), 180)
    # A market order takes what is there; what the tape's thin top of book cannot fill, the venue gives back.
    market = "SELECT count(*) FROM orders_order WHERE parent_id IS NULL AND ord_type = 'market' AND leaves_qty > 0"
    taped.until("no market order is left open", lambda: database.one(market) == 0, 180)
    short = "SELECT count(*) FROM orders_order o JOIN orders_instrument i ON i.id = o.instrument_id WHERE parent_id IS NULL AND ord_type = 'market' AND ord_status <> 'filled' AND symbol <> 'AAPL'"
    assert database.one(short) == 0
    venues = (
        "SELECT array_agg(DISTINCT venue ORDER BY venue) FROM orders_order WHERE cum_qty > 0 AND parent_id IS NOT NULL"
    )
    assert database.one(venues) == ["BATS", "XNAS", "XNYS"]
    on_tape = "SELECT count(*), min(last_px), max(last_px) FROM orders_executionreport e JOIN orders_instrument i ON i.id = e.instrument_id WHERE i.symbol = 'AAPL' AND exec_type = 'trade' AND is_root"
    [(fills, low, high)] = database.rows(on_tape)
    assert fills >= 5
    assert 570 < low <= high < 600
    books_hold(taped)

    last = database.one("SELECT max(settl_date) FROM settlement_obligation")
    moved = taped.call("PUT", "/api/v1/business-date/", {"today": last.isoformat()}, user="operations")
    assert moved.status == 200, moved
    open_now = "SELECT count(*) FROM settlement_instruction WHERE state <> 'settled' AND settl_date <= %s"
    taped.until("everything due is settled", lambda: database.one(open_now, last) == 0, 180)
    fills_total = database.one("SELECT count(*) FROM orders_executionreport WHERE is_root AND exec_type = 'trade'")
    assert database.one("SELECT count(*) FROM settlement_instruction WHERE state = 'settled'") == fills_total
    pending = "SELECT count(*) FROM settlement_balance WHERE pending_in <> 0 OR pending_out <> 0"
    assert database.one(pending) == 0
    books_hold(taped)
