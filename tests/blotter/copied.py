"""The tables of a page as its user can take them away, and whether they are those of the server."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.browsing import Desk, copied

# Headings of the page's columns, and the columns of the server that they show as they are.
ORDERS = {
    "Order": "id", "Version": "rev", "Status": "ord_status", "Side": "side", "Instrument": "symbol", "Qty": "order_qty",
    "Leaves": "leaves_qty", "Type": "ord_type", "Limit": "price", "Avg px": "avg_px", "TIF": "time_in_force",
    "Venue": "venue", "Account": "account", "Trader": "entered_by", "Age": "created_at",
}  # fmt: skip
EXECUTIONS = {
    "Time": "transact_time", "Side": "side", "Instr": "symbol", "Qty": "last_qty", "Price": "last_px",
    "Venue": "last_mkt", "Order": "order_id", "Account": "account", "Note": "exec_type",
}  # fmt: skip
POSITIONS = {"Instr": "symbol", "Account": "account", "Position": "qty", "Avg cost": "avg_cost", "Realised": "realised"}
TABLES = {"orders": ("o", ORDERS), "executions": ("e", EXECUTIONS), "positions": ("p", POSITIONS)}
NEXT_FRAME = "() => new Promise(requestAnimationFrame)"
Row = tuple[Any, ...]


def versions_shown(desk: Desk) -> None:
    """Have the column of versions among the orders, and all orders."""
    desk.page.click("#do-columns")
    desk.page.locator("#columns-list label", has_text="Version").locator("input").check()
    desk.press("Escape", "1")


def children_shown(desk: Desk, most: int) -> None:
    """Open what the newest orders were split into, from below, so that nothing moves that is still to be opened."""
    desk.press("o", "Home", *["ArrowDown"] * most, *["ArrowRight", "ArrowUp"] * most)


def on_page(desk: Desk, table: str) -> Counter[Row]:
    """What the page shows in this table, by selecting and copying all of it."""
    key, columns = TABLES[table]
    text = copied(desk, key, "Home", "Shift+End", "Control+Shift+c")
    heading, *lines = [line.split("\t") for line in text.split("\n")]
    at = [heading.index(name) for name in columns]
    return Counter(tuple(plain(line[place]) for place in at) for line in lines)


def on_server(desk: Desk, table: str) -> tuple[Counter[Row], Counter[Row]]:
    """The same of the server: what hangs below nothing, and what below something (children of orders)."""
    answer = desk.page.context.request.get(f"{desk.system.url}/api/v1/blotter/{table}/snapshot?desk=EQ")
    assert answer.ok, answer.status
    found = answer.json()
    named = [dict(zip(found["cols"], row, strict=True)) for row in found["rows"]]
    tops, below = Counter[Row](), Counter[Row]()
    for row in named:
        side = tops if row.get("parent_id") is None else below
        side[tuple(plain(row[name]) for name in TABLES[table][1].values())] += 1
    return tops, below


def differences(desk: Desk, table: str) -> list[str]:
    """Where the page's table is not the server's: all rows that hang below nothing, and of the others those shown."""
    shown = on_page(desk, table)
    tops, below = on_server(desk, table)
    wrong = [f"{table}: only on the page: {row}" for row in shown - tops - below]
    return wrong + [f"{table}: not on the page: {row}" for row in tops - shown]


def agree(desk: Desk, times: int = 40) -> list[str]:
    """Differences that are still there after so many looks at a table: what is under way may arrive meanwhile."""
    for table in TABLES:
        for _ in range(times):
            if not (wrong := differences(desk, table)):
                break
        else:
            return wrong
    return []


def while_at_it(desk: Desk, work: Callable[[], Any]) -> None:
    """Do something on another thread while the page, and the line that the test carries, go on."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        while not done.done():
            desk.page.evaluate(NEXT_FRAME)
        done.result()


def plain(value: Any) -> Any:
    """A number as a number, whoever wrote it; nothing as nothing."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return value or ""
