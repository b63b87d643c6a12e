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
from orders.vocabulary import ExecRestatementReason, ExecType, OrdStatus, Phase, TimeInForce

ZERO = Decimal(0)
OPEN = frozenset({Phase.PENDING_NEW, Phase.NEW, Phase.STOPPED, Phase.SUSPENDED})
CLOSED = frozenset({Phase.CALCULATED, Phase.CANCELED, Phase.EXPIRED, Phase.REJECTED})
# These outlive the day: Done for Day keeps their LeavesQty (Appendix D, H.1.a).
CARRIED = frozenset({TimeInForce.GOOD_TILL_CANCEL, TimeInForce.GOOD_TILL_DATE})


class State(NamedTuple):
    """The facts about one order that reports change. Quantities in units, gross_trade_amt in price times units.

    ``stop_px`` (99) is what a waiting order waits for. ``prior_cum_qty`` is what was filled before the present day.
    """

    time_in_force: str
    order_qty: Decimal
    price: Decimal | None
    stop_px: Decimal | None = None
    phase: str = Phase.PENDING_NEW
    cancels_pending: int = 0
    replaces_pending: int = 0
    cum_qty: Decimal = ZERO
    gross_trade_amt: Decimal = ZERO
    prior_cum_qty: Decimal = ZERO

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
        """Whether a request to cancel still has an object."""
        return self.leaves_qty > 0

    @property
    def may_be_replaced(self) -> bool:
        """Whether a request to amend has an object: a filled order may be revived by a greater quantity (C.1.c)."""
        return self.phase in OPEN or (self.phase == Phase.DONE_FOR_DAY and self.time_in_force in CARRIED)

    @property
    def day_order_qty(self) -> Decimal:
        """DayOrderQty (424): what could be filled on the present day."""
        return self.order_qty - self.prior_cum_qty

    @property
    def day_cum_qty(self) -> Decimal:
        """DayCumQty (425): what was filled on the present day."""
        return self.cum_qty - self.prior_cum_qty


class Report(NamedTuple):
    """What happened to one order: the part of an ExecutionReport (8) or OrderCancelReject (9) that changes its state.

    ``request`` says which request this makes or answers: "cancel", "replace", or "" for what nobody here asked for
    (a pending_cancel without one is a venue's confirmation that it has our request: it changes nothing).
    ``order_qty``, ``price`` and ``stop_px`` are the new terms on replaced and restated, None where they stay as they
    were; ``last_qty`` and ``last_px`` the fill. For trade_cancel these are those of the fill being undone;
    trade_correct also gives ``ref_qty`` and ``ref_px``. ``prior`` says that the fill undone or corrected is of an
    earlier day. ``reason`` is the ExecRestatementReason (378).
    """

    exec_type: str
    last_qty: Decimal = ZERO
    last_px: Decimal | None = None
    order_qty: Decimal | None = None
    price: Decimal | None = None
    request: str = ""
    ref_qty: Decimal = ZERO
    ref_px: Decimal | None = None
    stop_px: Decimal | None = None
    prior: bool = False
    reason: str = ""


def step(state: State, report: Report) -> State | Refusal:
    """``state`` after ``report``, or why the report makes no sense for it. Changes nothing when it refuses."""
    kind = report.exec_type
    if kind in _PHASES:
        return _move(state, report, *_PHASES[kind])
    handler = _HANDLERS.get(kind)
    return handler(state, report) if handler else _nonsense(state, report)


# A report that only moves the phase: the phases it may arrive in, and the phase it leads to.
_PHASES: dict[str, tuple[frozenset[Phase], Phase]] = {
    ExecType.REJECTED: (frozenset({Phase.PENDING_NEW}), Phase.REJECTED),
    ExecType.CANCELED: (OPEN | {Phase.DONE_FOR_DAY}, Phase.CANCELED),
    ExecType.EXPIRED: (OPEN | {Phase.DONE_FOR_DAY}, Phase.EXPIRED),
    ExecType.DONE_FOR_DAY: (OPEN, Phase.DONE_FOR_DAY),
    ExecType.CALCULATED: (frozenset(Phase) - {Phase.REJECTED}, Phase.CALCULATED),
    ExecType.SUSPENDED: (OPEN, Phase.SUSPENDED),
    ExecType.STOPPED: (OPEN, Phase.STOPPED),
}


def _move(state: State, report: Report, arrives_in: frozenset[Phase], leads_to: Phase) -> State | Refusal:
    """Change the phase. The answer to a request of ours that finds the order ended already only ends the request."""
    if state.phase in arrives_in and not (leads_to == Phase.REJECTED and state.cum_qty):
        return _answered(state._replace(phase=leads_to), report)
    if report.request == "cancel" and state.cancels_pending and state.phase in CLOSED and leads_to in CLOSED:
        return _answered(state, report)
    return _nonsense(state, report)


def _new(state: State, report: Report) -> State | Refusal:
    """An acknowledgement may be overtaken by anything, so a late one is harmless on whatever was not refused."""
    if state.phase == Phase.REJECTED:
        return _nonsense(state, report)
    out_today = state.phase == Phase.DONE_FOR_DAY and state.time_in_force not in CARRIED
    if state.phase in CLOSED or state.phase == Phase.STOPPED or out_today:
        return state
    return state._replace(phase=Phase.NEW)


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
    cum_qty = state.cum_qty - report.last_qty
    prior = state.prior_cum_qty - (report.last_qty if report.prior else ZERO)
    return state._replace(
        cum_qty=cum_qty,
        gross_trade_amt=state.gross_trade_amt - report.last_qty * report.last_px,
        prior_cum_qty=max(ZERO, min(prior, cum_qty)),
    )


def _trade_correct(state: State, report: Report) -> State | Refusal:
    """A correction is a bust of the latest version of the fill and a new fill in one report.

    One of an earlier day's fill changes DayOrderQty and leaves DayCumQty (Appendix D, J.1.c).
    """
    busted = _trade_cancel(state, report._replace(last_qty=report.ref_qty, last_px=report.ref_px))
    if isinstance(busted, Refusal):
        return busted
    after = _trade(busted, report)
    if isinstance(after, Refusal) or not report.prior:
        return after
    return after._replace(prior_cum_qty=after.prior_cum_qty + report.last_qty)


def _pending_cancel(state: State, report: Report) -> State | Refusal:
    if not report.request:
        return state
    if not state.is_open:
        return Refusal("ORDER_CLOSED", "", f"the order is {state.ord_status}")
    return state._replace(cancels_pending=state.cancels_pending + 1)


def _pending_replace(state: State, report: Report) -> State | Refusal:
    if not report.request:
        return state
    if not state.may_be_replaced:
        return Refusal("ORDER_CLOSED", "", f"the order is {state.ord_status}")
    return state._replace(replaces_pending=state.replaces_pending + 1)


def _replaced(state: State, report: Report) -> State | Refusal:
    """New terms. A quantity below CumQty amends to CumQty (C.3.c); one above revives a filled order (C.1.c)."""
    if state.phase in CLOSED or (report.order_qty is not None and report.order_qty <= 0):
        return _nonsense(state, report)
    return _answered(_on_terms(state, report), report)


def _on_terms(state: State, report: Report) -> State:
    order_qty = state.order_qty if report.order_qty is None else report.order_qty
    return state._replace(
        order_qty=max(order_qty, state.cum_qty),
        price=state.price if report.price is None else report.price,
        stop_px=state.stop_px if report.stop_px is None else report.stop_px,
    )


def _restated(state: State, report: Report) -> State | Refusal:
    """The other side states the order anew. It is alive again if it rested, and a renewal begins a day (H.1.a).

    An order that ended stays so: its quantity may still have to follow late fills.
    """
    if state.phase == Phase.REJECTED or (report.order_qty is not None and report.order_qty <= 0):
        return _nonsense(state, report)
    after = _on_terms(state, report)
    if report.reason == ExecRestatementReason.GT_RENEWAL:
        after = after._replace(prior_cum_qty=after.cum_qty)
    carried = after.phase == Phase.DONE_FOR_DAY and after.time_in_force in CARRIED
    if carried or after.phase in (Phase.SUSPENDED, Phase.PENDING_NEW):
        after = after._replace(phase=Phase.NEW)
    return after


def _triggered(state: State, report: Report) -> State | Refusal:
    """The market reached StopPx (ExecType L): a fact to be told, the order works on as it is."""
    return state if state.phase in OPEN else _nonsense(state, report)


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
    ExecType.NEW: _new,
    ExecType.PENDING_NEW: lambda state, report: state,
    # A statement about the order (ExecType I): that it was passed on, or that a request is unresolved.
    ExecType.ORDER_STATUS: lambda state, report: state,
    ExecType.TRIGGERED: _triggered,
    ExecType.TRADE: _trade,
    ExecType.TRADE_CANCEL: _trade_cancel,
    ExecType.TRADE_CORRECT: _trade_correct,
    ExecType.PENDING_CANCEL: _pending_cancel,
    ExecType.PENDING_REPLACE: _pending_replace,
    ExecType.REPLACED: _replaced,
    ExecType.RESTATED: _restated,
    ExecType.CANCEL_REJECTED: _cancel_rejected,
}
