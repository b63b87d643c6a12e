"""A scenario as the paths through it. Pure: rows of the file in, plays out.

``branch: alternative`` rows are the other outcome of the step before them: each ends a path of its own. Rows of the
same time are messages that crossed on the wire: what the other side sent was sent before it had our request.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from oms.management.conformance.compare import NotSupported

Row = Mapping[str, Any]
REQUESTS = {"D": "new", "F": "cancel", "G": "replace", "H": "status"}


class Path(NamedTuple):
    """One way through a scenario: its name, its rows in the order they are played, and what the order is like."""

    name: str
    rows: list[Row]
    time_in_force: str


def word(text: str) -> str:
    """'Partially Filled' as we say it: partially_filled."""
    return text.strip().lower().replace(" ", "_")


def paths(scenario: Mapping[str, Any]) -> Iterator[Path]:
    """The main path, and one for each alternative row."""
    steps = scenario["steps"]
    tif = _time_in_force(steps)
    main = [row for row in steps if row.get("branch", "main") == "main"]
    yield Path(scenario["id"], _ordered(main), tif)
    for at, row in enumerate(steps):
        if row.get("branch", "main") != "main":
            before = [r for r in steps[:at] if r.get("branch", "main") == "main" and r["time"] != row["time"]]
            yield Path(f"{scenario['id']} alternative at {row['time']}", [*_ordered(before), row], tif)


def _ordered(rows: list[Row]) -> list[Row]:
    """Rows of the same time, reports before requests."""
    ordered: list[Row] = []
    for row in rows:
        at = len(ordered)
        if "msg_out" in row:
            while at and ordered[at - 1]["time"] == row["time"] and "msg_in" in ordered[at - 1]:
                at -= 1
        ordered.insert(at, row)
    return ordered


def quantity(row: Row, rows: list[Row]) -> Any:
    """OrderQty of a new order; one for an amount of money has the quantity that its first report states (L.1.b)."""
    if row.get("order_qty") is not None:
        return row["order_qty"]
    stated = (r["order_qty"] for r in rows if r.get("cl_ord_id") == row.get("cl_ord_id") and r.get("order_qty"))
    return next(stated)


def changes(row: Row, order: Any) -> tuple[Decimal | None, Decimal | None]:
    """Quantity and price that a replace asks for. One that names no other quantity is for another price."""
    qty = None if row.get("order_qty") is None else Decimal(str(row["order_qty"]))
    price = None if row.get("price") is None else Decimal(str(row["price"]))
    if price is None and qty in (None, order.order_qty):
        price = order.price + Decimal("0.01")
    return qty, price


def _time_in_force(rows: list[Row]) -> str:
    """Said by a row, or else known by how the order ends: what lives through the night is good till canceled."""
    said = {int(row["time_in_force"]) for row in rows if row.get("time_in_force") is not None}
    if said:
        codes = {0: "day", 1: "good_till_cancel", 3: "immediate_or_cancel", 4: "fill_or_kill"}
        (code,) = said
        if code not in codes:
            raise NotSupported(f"TimeInForce {code}")
        return codes[code]
    carried = any(row.get("exec_type") == "Done for Day" and row.get("leaves_qty") for row in rows)
    nights = len({str(row["time"]).partition(".")[0] for row in rows if str(row["time"]).startswith("D")}) > 1
    return "good_till_cancel" if carried or nights else "day"
