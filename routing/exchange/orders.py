"""Clients' orders as a venue keeps them: terms, what traded, and what of it still stands. Pure."""

from dataclasses import MISSING, dataclass, field, fields
from operator import attrgetter
from typing import Any

from routing.exchange.book import BUY, SELL, Resting

Fields = dict[str, Any]
OPEN = frozenset({"pending_new", "new", "partially_filled", "stopped", "suspended"})
# What a fill or a bust moves an order between; the others stand above quantities (FIX precedence of OrdStatus).
FREE = frozenset({"pending_new", "new", "partially_filled", "filled"})
AT_ONCE = frozenset({"immediate_or_cancel", "fill_or_kill"})
GOOD_TILL = frozenset({"good_till_cancel", "good_till_date"})


@dataclass(slots=True)
class Execution:
    """One trade of an order through its corrections: ``ids`` are its ExecIDs, the latest last. Busted: ``qty`` 0."""

    ids: list[str]
    qty: int
    price: int


@dataclass(slots=True)
class ClientOrder:
    """One order. ``cl_ord_id`` is the last accepted; ``arrival`` orders the queue when books are built again.

    Quantities are whole shares or contracts; prices and ``gross`` (price times quantity, summed) in price units.
    ``price`` of a pegged order is its cap. ``shown`` is the tranche of an iceberg that rests at present. ``status`` is
    OrdStatus but for requests in flight, which outrank it. ``prior_cum`` and ``prior_gross`` are what had traded when
    the day began, ``carried`` says that the order lived through a night; ``expires`` is seconds since 1970.
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
    stop_px: int | None = None
    max_floor: int = 0
    exec_inst: str = ""
    peg_price_type: str = ""
    peg_offset: int = 0
    cash_order_qty: str | None = None
    expire_time: str | None = None
    expire_date: str | None = None
    expires: float = 0
    triggered: bool = False
    shown: int = 0
    prior_cum: int = 0
    prior_gross: int = 0
    carried: bool = False
    cancels_pending: int = 0
    replaces_pending: int = 0
    legs: list[Fields] = field(default_factory=list)
    by_hand: bool = False
    executions: list[Execution] = field(default_factory=list)
    resting: Resting | None = None

    @property
    def is_open(self) -> bool:
        """Whether it can still trade, today or on a later day."""
        return self.status in OPEN or (self.status == "done_for_day" and self.is_good_till)

    @property
    def is_good_till(self) -> bool:
        """Whether it lives over nights (GTC, GTD)."""
        return self.time_in_force in GOOD_TILL

    @property
    def leaves(self) -> int:
        """LeavesQty (151): 0 once the order is closed."""
        return max(0, self.order_qty - self.cum) if self.is_open else 0

    @property
    def is_special(self) -> bool:
        """Whether anything about it is not as with a plain order: one look instead of one a term."""
        return bool(_uncommon(self) != _USUAL)

    @property
    def ord_status(self) -> str:
        """OrdStatus (39) by FIX precedence: Pending Cancel, Pending Replace, then what the order is."""
        if self.cancels_pending:
            return "pending_cancel"
        return "pending_replace" if self.replaces_pending else self.status

    @property
    def direction(self) -> int:
        """BUY or SELL; a short sale is a sale to the book."""
        return BUY if self.side == "buy" else SELL

    @property
    def kills(self) -> bool:
        """Whether what does not trade at once is canceled."""
        if self.time_in_force in AT_ONCE:
            return True
        return self.ord_type in ("market", "stop") or (self.ord_type == "market_to_limit" and self.price is None)

    def instructed(self, name: str) -> bool:
        """Whether ExecInst (18) holds ``name``."""
        return name in self.exec_inst.split()

    def count(self, exec_id: str, qty: int, price: int) -> None:
        """Count a trade. More than the order had left is an overfill: it counts, and LeavesQty is 0."""
        self.executions.append(Execution([exec_id], qty, price))
        self._add(qty, qty * price)

    def change(self, execution: Execution, exec_id: str, qty: int, price: int) -> None:
        """Correct an execution, or bust it with ``qty`` 0; the order's totals follow."""
        was_qty, was_gross = execution.qty, execution.qty * execution.price
        execution.ids.append(exec_id)
        execution.qty, execution.price = qty, price
        self._add(qty - was_qty, qty * price - was_gross)

    def recall(self, exec_id: str, changes: str | None, qty: int, price: int) -> None:
        """List an execution that the journal has; the totals know of it already."""
        earlier = self.execution(changes) if changes else None
        if earlier is None:
            self.executions.append(Execution([exec_id], qty, price))
        else:
            earlier.ids.append(exec_id)
            earlier.qty, earlier.price = qty, price

    def execution(self, exec_id: str | None) -> Execution | None:
        """The execution that any of its ExecIDs names; without one, the last that stands."""
        for one in reversed(self.executions):
            if exec_id in one.ids if exec_id else one.qty:
                return one
        return None

    def restate(self) -> None:
        """Let the status follow the quantities, unless something above them holds (a closed order stays closed)."""
        if self.cum >= self.order_qty and (self.is_open or self.status == "filled"):
            self.status = "filled"
        elif self.status in FREE:
            self.status = "partially_filled" if self.cum else "new"

    def _add(self, qty: int, gross: int) -> None:
        self.cum += qty
        self.gross += gross
        self.restate()

    def row(self) -> list[Any]:
        """What the journal keeps of it; executions have lines of their own. What is as usual is left out."""
        more = {}
        if self.is_special:
            more = {name: value for name, usual in USUALLY.items() if (value := getattr(self, name)) != usual}
        return [*_columns(self), more]


COLUMNS = (
    "order_id", "mic", "cl_ord_id", "symbol", "side", "ord_type", "time_in_force", "order_qty", "price", "account",
    "status", "cum", "gross", "arrival", "names",
)  # fmt: skip
USUALLY: dict[str, Any] = {
    one.name: one.default if one.default is not MISSING else []
    for one in fields(ClientOrder)
    if one.name not in (*COLUMNS, "executions", "resting")
}  # fmt: skip
_columns, _uncommon, _USUAL = attrgetter(*COLUMNS), attrgetter(*USUALLY), tuple(USUALLY.values())


def from_row(row: list[Any]) -> ClientOrder:
    """The order the journal kept, not yet in a book, its executions not yet listed."""
    more = row[len(COLUMNS)] if len(row) > len(COLUMNS) else {}
    return ClientOrder(**dict(zip(COLUMNS, row, strict=False)), **more)
