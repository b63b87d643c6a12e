"""What a stream must come to: a small model written from FIX 5.0 SP2, Appendix D, and from nothing of ours.

An order is its facts: OrderQty, the live executions, the phase, the requests in flight. OrdStatus is the status of
highest precedence among those in force. The rules, with their cases:

- A fill counts in every phase but rejected: before the acknowledgement, while a request is pending (B.1.b, C.1.b) and
  after a cancel (J.1.b). A request stays pending until its own answer comes (B.1.c).
- A replace to less than CumQty amends to CumQty (C.3.b, C.3.c); one to more revives a filled order (C.1.c).
- A bust or a correction names the latest version of an execution; it leaves the phase alone (J.1.a, J.1.b).
- An ExecID counts once, whatever became of it then. Told again with other content, it is a contradiction.
- An overfill, which is a fill or a correction that would take CumQty above OrderQty, is kept apart and changes nothing
  until a person decides. Nobody decides here: the model gives the undecided state. That room appears later (by a bust,
  or a replace upwards) decides nothing either, nor does hearing it again.
- A report about an order, or a bust of an execution, that nobody knows changes nothing and is brought to a person.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from oms.management.bench.adversary.message import ZERO, Message

_ENDS = {"canceled", "expired", "rejected"}
_MAY_END = {"pending_new", "new", "done_for_day"}


class Outcome(NamedTuple):
    """What one order came to. ``executions``: quantity and price of each live execution, by its ExecID."""

    ord_status: str
    order_qty: Decimal
    price: Decimal
    cum_qty: Decimal
    leaves_qty: Decimal
    gross_trade_amt: Decimal
    executions: dict[str, tuple[Decimal, Decimal]]

    @property
    def avg_px(self) -> Fraction | None:
        """AvgPx (6), exact; None while nothing is filled."""
        return Fraction(self.gross_trade_amt) / Fraction(self.cum_qty) if self.cum_qty else None


class Anomaly(NamedTuple):
    """What a person must be told: what it is, and the ExecID of the report."""

    what: str
    exec_id: str


class Books(NamedTuple):
    """Everything a stream came to; orders by the ClOrdID they were entered under, positions by account and symbol."""

    orders: dict[str, Outcome]
    positions: dict[tuple[str, str], Decimal]
    anomalies: set[Anomaly]
    repeats: int


class _Order:
    def __init__(self, asked: Message) -> None:
        self.asked, self.order_qty, self.price, self.phase = asked, asked.order_qty, asked.price, "pending_new"
        self.in_flight: dict[str, str] = {}
        self.live: dict[str, tuple[Decimal, Decimal]] = {}

    @property
    def cum_qty(self) -> Decimal:
        return sum((qty for qty, _ in self.live.values()), ZERO)

    def ord_status(self) -> str:
        filled, asked = self.cum_qty, self.in_flight.values()
        in_force = [
            ("pending_cancel", "F" in asked), ("pending_replace", "G" in asked),
            ("done_for_day", self.phase == "done_for_day"), ("filled", filled >= self.order_qty),
            (self.phase, self.phase in _ENDS), ("partially_filled", filled > 0), (self.phase, True),
        ]  # fmt: skip
        return next(status for status, applies in in_force if applies)

    def outcome(self) -> Outcome:
        out = self.phase in _ENDS or self.phase == "done_for_day"  # every order of the stream is for the day
        leaves = ZERO if out else self.order_qty - self.cum_qty
        gross = sum((qty * px for qty, px in self.live.values()), ZERO)
        return Outcome(self.ord_status(), self.order_qty, self.price, self.cum_qty, leaves, gross, self.live)

    def take(self, said: Message) -> str:
        """Apply a report; what is wrong with it, or nothing."""
        kind = said.exec_type
        if kind in ("trade", "trade_cancel", "trade_correct"):
            return self._execution(said)
        if said.msg_type == "9":
            self.in_flight.pop(said.cl_ord_id, None)
            return ""
        if kind in ("replaced", "restated"):
            if self.phase in _ENDS:
                return "out_of_place"
            self.order_qty, self.price = max(said.order_qty, self.cum_qty), said.price
        elif kind == "new" or (kind == "rejected" and (self.phase != "pending_new" or self.live)):
            if kind == "rejected" or self.phase in _ENDS:
                return "out_of_place"
            self.phase = kind
        elif self.phase in _MAY_END:
            self.phase = kind
        else:
            return "out_of_place"
        self.in_flight.pop(said.cl_ord_id, None)
        return ""

    def _execution(self, said: Message) -> str:
        undone = {said.exec_ref_id} if said.exec_ref_id else set()
        if not undone <= self.live.keys():
            return "unknown_execution"
        if self.phase == "rejected":
            return "out_of_place"
        live = {exec_id: fill for exec_id, fill in self.live.items() if exec_id not in undone}
        if said.exec_type != "trade_cancel":
            live[said.exec_id] = (said.last_qty, said.last_px)
        if sum((qty for qty, _ in live.values()), ZERO) > self.order_qty:
            return "overfill"
        self.live = live
        return ""


def books(messages: Iterable[Message]) -> Books:
    """Fold ``messages``, in the order in which they came."""
    orders: dict[str, _Order] = {}  # by every ClOrdID an order ever had
    heard: dict[str, Message] = {}
    anomalies: set[Anomaly] = set()
    repeats = 0
    for said in messages:
        if said.msg_type == "D":
            orders[said.cl_ord_id] = _Order(said)
        elif said.is_request:
            orders[said.cl_ord_id] = order = orders[said.orig_cl_ord_id]
            order.in_flight[said.cl_ord_id] = said.msg_type
        elif said.exec_id and said.exec_id in heard:
            if _content(heard[said.exec_id]) == _content(said):
                repeats += 1
            else:
                anomalies.add(Anomaly("contradiction", said.exec_id))
        else:
            heard[said.exec_id] = said
            known = orders.get(said.cl_ord_id)
            wrong = known.take(said) if known else "unknown_order"
            if wrong:
                anomalies.add(Anomaly(wrong, said.exec_id))
    entered = {name: order for name, order in orders.items() if order.asked.cl_ord_id == name}
    positions: dict[tuple[str, str], Decimal] = {}
    for order in entered.values():
        key, sign = (order.asked.account, order.asked.symbol), 1 if order.asked.side == "buy" else -1
        positions[key] = positions.get(key, ZERO) + sign * order.cum_qty
    return Books({name: order.outcome() for name, order in entered.items()}, positions, anomalies, repeats)


def _content(said: Message) -> tuple[str, str, Decimal, Decimal]:
    return said.exec_type, said.exec_ref_id, said.last_qty, said.last_px
