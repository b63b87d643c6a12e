"""Clients' orders as a venue keeps them, and the reports about them. FIX 4.4 Appendix D decides what is said when."""

from dataclasses import dataclass, field
from typing import Any

from routing.exchange.book import BUY, SELL, Resting
from routing.exchange.universe import to_text

Fields = dict[str, Any]
OPEN = frozenset({"new", "partially_filled"})


@dataclass(slots=True)
class ClientOrder:
    """One order. ``cl_ord_id`` is the last accepted; ``arrival`` orders the queue when books are built again.

    Quantities are whole shares or contracts; ``price`` and ``gross`` (price times quantity, summed) in price units.
    """

    order_id: str
    mic: str
    cl_ord_id: str
    symbol: str
    side: str
    ord_type: str
    time_in_force: str
    order_qty: int
    price: int | None
    account: str | None
    status: str = "new"
    cum: int = 0
    gross: int = 0
    arrival: int = 0
    names: list[str] = field(default_factory=list)
    resting: Resting | None = None

    @property
    def is_open(self) -> bool:
        """Whether it can still trade."""
        return self.status in OPEN

    @property
    def leaves(self) -> int:
        """LeavesQty (151): 0 once the order is closed."""
        return self.order_qty - self.cum if self.is_open else 0

    @property
    def direction(self) -> int:
        """BUY or SELL; a short sale is a sale to the book."""
        return BUY if self.side == "buy" else SELL

    def fill(self, qty: int, price: int) -> None:
        """Count a trade."""
        self.cum += qty
        self.gross += qty * price
        assert self.cum <= self.order_qty
        self.status = "filled" if self.cum == self.order_qty else "partially_filled"

    def row(self) -> list[Any]:
        """What the journal keeps."""
        return [getattr(self, name) for name in COLUMNS]


COLUMNS = (
    "order_id", "mic", "cl_ord_id", "symbol", "side", "ord_type", "time_in_force", "order_qty", "price", "account",
    "status", "cum", "gross", "arrival", "names",
)  # fmt: skip


def from_row(row: list[Any]) -> ClientOrder:
    """The order the journal kept, not yet in a book."""
    return ClientOrder(**dict(zip(COLUMNS, row, strict=True)))


def average(order: ClientOrder) -> str:
    """AvgPx (6), from the exact sum, rounded half up to 8 places once; "0" before the first fill."""
    return to_text((2 * order.gross + order.cum) // (2 * order.cum)) if order.cum else "0"


def execution_report(order: ClientOrder, exec_type: str, exec_id: str, at: str, **more: Any) -> Fields:
    """ExecutionReport (35=8) about the order as it stands now; ``more`` adds fields or overrules them."""
    fields: Fields = {
        "order_id": order.order_id,
        "cl_ord_id": order.cl_ord_id,
        "exec_id": exec_id,
        "exec_type": exec_type,
        "ord_status": order.status,
        "account": order.account,
        "symbol": order.symbol,
        "side": order.side,
        "order_qty": str(order.order_qty),
        "ord_type": order.ord_type,
        "price": None if order.price is None else to_text(order.price),
        "time_in_force": order.time_in_force,
        "leaves_qty": str(order.leaves),
        "cum_qty": str(order.cum),
        "avg_px": average(order),
        "transact_time": at,
    }
    return fields | more


def refusal(request: Fields, exec_id: str, at: str, reason: int, text: str, **more: Any) -> Fields:
    """ExecutionReport that rejects a NewOrderSingle (or answers a status request for an unknown order)."""
    return {
        "order_id": "NONE",
        "cl_ord_id": request["cl_ord_id"],
        "exec_id": exec_id,
        "exec_type": "rejected",
        "ord_status": "rejected",
        "ord_rej_reason": reason,
        "account": request.get("account"),
        "symbol": request["symbol"],
        "side": request["side"],
        "order_qty": request.get("order_qty"),
        "ord_type": request.get("ord_type"),
        "price": request.get("price"),
        "leaves_qty": "0",
        "cum_qty": "0",
        "avg_px": "0",
        "transact_time": at,
        "text": text,
    } | more


def cancel_reject(
    request: Fields, order: ClientOrder | None, replacing: bool, reason: int, text: str, at: str
) -> Fields:
    """OrderCancelReject (35=9). Of an unknown order: OrderID NONE and status rejected."""
    return {
        "order_id": order.order_id if order else "NONE",
        "cl_ord_id": request["cl_ord_id"],
        "orig_cl_ord_id": order.cl_ord_id if order else request["orig_cl_ord_id"],
        "ord_status": order.status if order else "rejected",
        "cxl_rej_response_to": "order_cancel_replace_request" if replacing else "order_cancel_request",
        "cxl_rej_reason": reason,
        "text": text,
        "transact_time": at,
    }
