"""The life of one order as a pure function: state and report in, new state or refusal out.

Nothing here assigns a status. OrdStatus is derived by the precedence of FIX 5.0 SP2, Appendix D ("Order State
Change Matrices"): Pending Cancel 12, Pending Replace 11, Done for Day 10, Calculated 9, Filled 8, Stopped 7,
Suspended 6, Canceled and Expired 5, Partially Filled 4, New, Rejected and Pending New 2. So a fill while a cancel is
pending, a refused cancel, or a late fill after a cancel need no rows of their own and no memory of what was before.
The database derives the same status in a generated column (orders/order.py); a test holds the two equal.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from oms.base.refusal import Refusal
from orders.vocabulary import ExecType, OrdStatus, Phase, TimeInForce

ZERO = Decimal(0)
OPEN = frozenset({Phase.PENDING_NEW, Phase.NEW, Phase.STOPPED, Phase.SUSPENDED})
CLOSED = frozenset({Phase.CALCULATED, Phase.CANCELED, Phase.EXPIRED, Phase.REJECTED})
# These outlive the day: Done for Day keeps their LeavesQty (Appendix D, A.1.c and A.1.d).
CARRIED = frozenset({TimeInForce.GOOD_TILL_CANCEL})


class State(NamedTuple):
    """The facts about one order that reports change. Quantities in units, gross_trade_amt in price times units."""

    time_in_force: str
    order_qty: Decimal
    price: Decimal | None
    phase: str = Phase.PENDING_NEW
    cancels_pending: int = 0
    replaces_pending: int = 0
    cum_qty: Decimal = ZERO
    gross_trade_amt: Decimal = ZERO

    @property
    def ord_status(self) -> str:
        """OrdStatus (39): the status of highest precedence among those that apply."""
        if self.cancels_pending:
            return OrdStatus.PENDING_CANCEL
        if self.replaces_pending:
            return OrdStatus.PENDING_REPLACE
        if self.phase in (Phase.DONE_FOR_DAY, Phase.CALCULATED):
            return OrdStatus(self.phase)
        if self.cum_qty >= self.order_qty:
            return OrdStatus.FILLED
        if self.phase in (Phase.STOPPED, Phase.SUSPENDED, Phase.CANCELED, Phase.EXPIRED):
            return OrdStatus(self.phase)
        if self.cum_qty > 0:
            return OrdStatus.PARTIALLY_FILLED
        return OrdStatus(self.phase)

    @property
    def leaves_qty(self) -> Decimal:
        """LeavesQty (151): what may still be filled."""
        if self.phase in CLOSED or (self.phase == Phase.DONE_FOR_DAY and self.time_in_force not in CARRIED):
            return ZERO
        return self.order_qty - self.cum_qty

    @property
    def avg_px(self) -> Decimal | None:
        """AvgPx (6), exact to the context's precision; None while nothing is filled."""
        return self.gross_trade_amt / self.cum_qty if self.cum_qty else None

    @property
    def is_open(self) -> bool:
        """Whether a request to amend or cancel still has an object."""
        return self.leaves_qty > 0


class Report(NamedTuple):
    """What happened to one order: the part of an ExecutionReport (8) or OrderCancelReject (9) that changes its state.

    ``request`` says which request this answers: "cancel", "replace", or "" for what nobody here asked for.
    ``order_qty`` and ``price`` are the new terms on replaced and restated; ``last_qty`` and ``last_px`` the fill.
    For trade_cancel they are those of the fill being undone; trade_correct also gives ``ref_qty`` and ``ref_px``.
    """

    exec_type: str
    last_qty: Decimal = ZERO
    last_px: Decimal | None = None
    order_qty: Decimal | None = None
    price: Decimal | None = None
    request: str = ""
    ref_qty: Decimal = ZERO
    ref_px: Decimal | None = None


def step(state: State, report: Report) -> State | Refusal:
    """``state`` after ``report``, or why the report makes no sense for it. Changes nothing when it refuses."""
    kind = report.exec_type
    if kind in _PHASES:
        arrives_in, leads_to = _PHASES[kind]
        if state.phase not in arrives_in:
            return _nonsense(state, report)
        return _answered(state._replace(phase=leads_to), report)
    handler = _HANDLERS.get(kind)
    return handler(state, report) if handler else _nonsense(state, report)


# A report that only moves the phase: the phases it may arrive in, and the phase it leads to.
_PHASES: dict[str, tuple[frozenset[Phase], Phase]] = {
    # An acknowledgement may overtake nothing and be overtaken by anything, so it is harmless on a live order.
    ExecType.NEW: (OPEN | {Phase.DONE_FOR_DAY}, Phase.NEW),
    ExecType.REJECTED: (frozenset({Phase.PENDING_NEW}), Phase.REJECTED),
    ExecType.CANCELED: (OPEN | {Phase.DONE_FOR_DAY}, Phase.CANCELED),
    ExecType.EXPIRED: (OPEN | {Phase.DONE_FOR_DAY}, Phase.EXPIRED),
    ExecType.DONE_FOR_DAY: (OPEN, Phase.DONE_FOR_DAY),
    ExecType.CALCULATED: (frozenset(Phase) - {Phase.REJECTED}, Phase.CALCULATED),
    ExecType.SUSPENDED: (OPEN, Phase.SUSPENDED),
    ExecType.STOPPED: (OPEN, Phase.STOPPED),
}


def _trade(state: State, report: Report) -> State | Refusal:
    """A fill is a fact in every phase but rejected: also before the acknowledgement and after a cancel."""
    if state.phase == Phase.REJECTED or report.last_px is None or report.last_qty <= 0:
        return _nonsense(state, report)
    cum_qty = state.cum_qty + report.last_qty
    if cum_qty > state.order_qty:
        return Refusal("OVERFILL", "last_qty", f"CumQty would be {cum_qty:f} of OrderQty {state.order_qty:f}")
    return state._replace(cum_qty=cum_qty, gross_trade_amt=state.gross_trade_amt + report.last_qty * report.last_px)


def _trade_cancel(state: State, report: Report) -> State | Refusal:
    """A bust takes the fill away again and leaves the phase as it is (Appendix D, J.1.b)."""
    if report.last_px is None or not 0 < report.last_qty <= state.cum_qty:
        return _nonsense(state, report)
    return state._replace(
        cum_qty=state.cum_qty - report.last_qty,
        gross_trade_amt=state.gross_trade_amt - report.last_qty * report.last_px,
    )


def _trade_correct(state: State, report: Report) -> State | Refusal:
    """A correction is a bust of the latest version of the fill and a new fill in one report."""
    busted = _trade_cancel(state, Report(ExecType.TRADE_CANCEL, report.ref_qty, report.ref_px))
    return busted if isinstance(busted, Refusal) else _trade(busted, report)


def _pending_cancel(state: State, report: Report) -> State | Refusal:
    if not state.is_open:
        return Refusal("ORDER_CLOSED", "", f"the order is {state.ord_status}")
    return state._replace(cancels_pending=state.cancels_pending + 1)


def _pending_replace(state: State, report: Report) -> State | Refusal:
    if not state.is_open:
        return Refusal("ORDER_CLOSED", "", f"the order is {state.ord_status}")
    return state._replace(replaces_pending=state.replaces_pending + 1)


def _replaced(state: State, report: Report) -> State | Refusal:
    """New terms. A quantity below CumQty amends to CumQty (C.3.c); one above revives a filled order (C.1.c)."""
    if state.phase in CLOSED or report.order_qty is None or report.order_qty <= 0:
        return _nonsense(state, report)
    after = state._replace(order_qty=max(report.order_qty, state.cum_qty), price=report.price)
    return _answered(after, report)


def _cancel_rejected(state: State, report: Report) -> State | Refusal:
    """A refused request leaves the order as it is; the status falls back by itself."""
    return _answered(state, report)


def _answered(state: State, report: Report) -> State:
    """Take the answered request out of flight. A report nobody asked for takes none."""
    if report.request == "cancel":
        return state._replace(cancels_pending=max(0, state.cancels_pending - 1))
    if report.request == "replace":
        return state._replace(replaces_pending=max(0, state.replaces_pending - 1))
    return state


def _nonsense(state: State, report: Report) -> Refusal:
    return Refusal(
        "BAD_REPORT",
        "exec_type",
        f"{report.exec_type} makes no sense for an order that is {state.ord_status}",
    )


_HANDLERS: dict[str, Callable[[State, Report], State | Refusal]] = {
    ExecType.TRADE: _trade,
    ExecType.TRADE_CANCEL: _trade_cancel,
    ExecType.TRADE_CORRECT: _trade_correct,
    ExecType.PENDING_CANCEL: _pending_cancel,
    ExecType.PENDING_REPLACE: _pending_replace,
    ExecType.REPLACED: _replaced,
    ExecType.RESTATED: _replaced,
    ExecType.CANCEL_REJECTED: _cancel_rejected,
}
