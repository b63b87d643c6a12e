"""What a venue does unasked, on command: cancels, restatements, busts, corrections, executions that should not be.

Each action takes the order it is about and its arguments as text, and answers what it did as text. It raises
``Refused`` when it makes no sense, and then has changed nothing.
"""

from collections.abc import Callable, Mapping

from routing.exchange import floor, requests, spreads
from routing.exchange.orders import ClientOrder, Execution
from routing.exchange.state import State, Waiting
from routing.exchange.terms import CANCEL_OTHER, OTHER, whole
from routing.exchange.trades import trade
from routing.exchange.universe import to_text, to_units
from routing.fix.values import OPEN

RESTATEMENT = OPEN["exec_restatement_reason"]
Args = Mapping[str, str]


class Refused(ValueError):
    """A command that cannot be carried out, and why."""


def cancel(state: State, order: ClientOrder, args: Args, at: str) -> str:
    """Cancel an open order unasked (E.1.b): ExecRestatementReason, no OrigClOrdID."""
    _must_be_open(order)
    reason = _reason(args, "verbal_change")
    floor.close(state, order, "canceled")
    return state.report(order, "canceled", at, exec_restatement_reason=reason, text=args.get("text"))


def restate(state: State, order: ClientOrder, args: Args, at: str) -> str:
    """Restate the total quantity or the price of an open order unasked (E.1.c, E.1.d)."""
    _must_be_open(order)
    qty = _qty(args) if "qty" in args else order.order_qty
    if qty < order.cum:
        raise Refused(f"{order.cum} have traded already")
    price = _px(args) if "px" in args else order.price
    reason = _reason(args, "repricing" if "px" in args and "qty" not in args else "partial_decline")
    floor.remove(state, order)
    order.order_qty, order.price, order.shown = qty, price, 0
    order.restate()
    exec_id = state.report(order, "restated", at, exec_restatement_reason=reason, text=args.get("text"))
    _return(state, order, at)
    return exec_id


def bust(state: State, order: ClientOrder, args: Args, at: str) -> str:
    """Trade Cancel (H): the execution is as if it had not been. ExecRefID is its latest version."""
    execution = _execution(order, args)
    return _change(state, order, execution, "trade_cancel", 0, 0, at)


def correct(state: State, order: ClientOrder, args: Args, at: str) -> str:
    """Trade Correct (G): another quantity or price. The order's totals, and its status if it can, follow (J.1.a)."""
    if order.legs:
        raise Refused("an execution of several legs is busted, not corrected")
    execution = _execution(order, args)
    qty = _qty(args) if "qty" in args else execution.qty
    price = _px(args) if "px" in args else execution.price
    return _change(state, order, execution, "trade_correct", qty, price, at)


def fill(state: State, order: ClientOrder, args: Args, at: str) -> str:
    """Execute part of an open order, or the rest of it, with nobody on the other side."""
    _must_be_open(order)
    qty = _qty(args) if "qty" in args else order.leaves
    if qty > order.leaves:
        raise Refused(f"only {order.leaves} are left; overfill does more")
    return _executed(state, order, qty, args, at)


def overfill(state: State, order: ClientOrder, args: Args, at: str) -> str:
    """Execute more than is left: ``qty``, or the rest and one more."""
    qty = _qty(args) if "qty" in args else order.leaves + 1
    if qty <= order.leaves:
        raise Refused(f"{order.leaves} are left, so {qty} would be no overfill")
    return _executed(state, order, qty, args, at)


def late_fill(state: State, order: ClientOrder, args: Args, at: str) -> str:
    """Execute an order that is closed: legal after a cancel, the status stays (J.1.b)."""
    if order.is_open:
        raise Refused(f"the order is {order.ord_status}; a late fill is for one that is closed")
    return _executed(state, order, _qty(args), args, at)


def stop(state: State, order: ClientOrder, args: Args, at: str) -> str:
    """Stopped (7): an execution is guaranteed, and CumQty as it was (L.1.a). ``fill`` executes it."""
    _must_be_open(order)
    qty = _qty(args) if "qty" in args else order.leaves
    price = _px(args) if "px" in args else _price_of(state, order)
    floor.remove(state, order)
    order.status = "stopped"
    return state.report(order, "stopped", at, last_qty=str(qty), last_px=to_text(price))


def done_for_day(state: State, order: ClientOrder, args: Args, at: str) -> str:
    """Done for Day: LeavesQty 0 for a DAY order, kept for one that lives on."""
    return _ended(state, order, "done_for_day", args, at)


def expire(state: State, order: ClientOrder, args: Args, at: str) -> str:
    """Expired, whatever its time in force."""
    return _ended(state, order, "expired", args, at)


def reject(state: State, order: ClientOrder, args: Args, at: str) -> str:
    """Refuse an order late, after New; or one that waits for its acknowledgement."""
    _must_be_open(order)
    if order.cum:
        raise Refused("the order has traded; it cannot be rejected any more")
    reason = int(args.get("reason", OTHER))
    text = args.get("text", "refused late")
    waiting = state.waiting.get((order.mic, order.cl_ord_id))
    if waiting is not None and waiting.msg_type in requests.ENTERS:
        requests.turn_down(state, waiting, reason, text, at)
        return order.order_id
    floor.close(state, order, "rejected")
    return state.report(order, "rejected", at, ord_rej_reason=reason, text=text)


def new(state: State, order: ClientOrder, args: Args, at: str) -> str:
    """Say New again, or for the first time: an acknowledgement that comes after everything else."""
    return state.report(order, "new", at)


# Requests that wait, by the ClOrdID of the request.


def accept(state: State, waiting: Waiting, args: Args, at: str) -> str:
    """Do what a waiting request asks."""
    requests.accept(state, waiting, at)
    return waiting.order_id


def refuse(state: State, waiting: Waiting, args: Args, at: str) -> str:
    """Refuse a waiting request, with OrdRejReason or CxlRejReason ``reason``."""
    usual = OTHER if waiting.msg_type in requests.ENTERS else CANCEL_OTHER
    requests.turn_down(state, waiting, int(args.get("reason", usual)), args.get("text", "refused"), at)
    return waiting.order_id


def pend(state: State, waiting: Waiting, args: Args, at: str) -> str:
    """Report a waiting request as pending."""
    requests.pend(state, waiting, at)
    return waiting.order_id


ON_ORDERS: Mapping[str, Callable[[State, ClientOrder, Args, str], str]] = {
    "cancel": cancel, "restate": restate, "bust": bust, "correct": correct, "fill": fill, "overfill": overfill,
    "late_fill": late_fill, "stop": stop, "done_for_day": done_for_day, "expire": expire, "reject": reject, "new": new,
}  # fmt: skip
ON_REQUESTS: Mapping[str, Callable[[State, Waiting, Args, str], str]] = {
    "accept": accept, "refuse": refuse, "pend": pend,
}  # fmt: skip


def _executed(state: State, order: ClientOrder, qty: int, args: Args, at: str) -> str:
    price = _px(args) if "px" in args else _price_of(state, order)
    floor.remove(state, order)
    exec_id = trade(state, order, qty, price, at)
    market = state.market(order.symbol)
    if market is not None:
        market.last[order.mic] = price
    order.shown = 0
    _return(state, order, at)
    return exec_id


def _change(state: State, order: ClientOrder, execution: Execution, kind: str, qty: int, price: int, at: str) -> str:
    """Bust or correct; an order that thereby has something left again returns to its book, or is canceled."""
    latest, exec_id = execution.ids[-1], next(state.ids)
    floor.remove(state, order)
    order.change(execution, exec_id, qty, price)
    state.executed.append((order.order_id, exec_id, latest, qty, price))
    whole = {"multi_leg_reporting_type": spreads.WHOLE} if order.legs else {}
    state.report(
        order, kind, at, exec_id=exec_id, exec_ref_id=latest, last_qty=str(qty), last_px=to_text(price),
        last_mkt=order.mic, **whole,
    )  # fmt: skip
    spreads.undo(state, order, execution.ids[0], at)
    _return(state, order, at)
    return exec_id


def _return(state: State, order: ClientOrder, at: str) -> None:
    """Back to the floor, if there is something left to trade today."""
    if order.is_open and order.status not in ("pending_new", "done_for_day", "suspended"):
        floor.place(state, order, at)


def _ended(state: State, order: ClientOrder, status: str, args: Args, at: str) -> str:
    _must_be_open(order)
    floor.close(state, order, status)
    return state.report(order, status, at, text=args.get("text"))


def _execution(order: ClientOrder, args: Args) -> Execution:
    """The execution that ``exec_id`` names by any of its versions; without one, the last that stands."""
    found = order.execution(args.get("exec_id"))
    if found is None or not found.qty:
        raise Refused("no such execution, or it is busted")
    return found


def _must_be_open(order: ClientOrder) -> None:
    if not order.is_open:
        raise Refused(f"the order is {order.status}")


def _qty(args: Args) -> int:
    qty = whole(str(args.get("qty", "")))
    if qty < 1:
        raise Refused("qty must be a whole number above 0")
    return qty


def _px(args: Args) -> int:
    try:
        return to_units(str(args["px"]))
    except ValueError as error:
        raise Refused("px must be a plain decimal") from error


def _price_of(state: State, order: ClientOrder) -> int:
    """A price for an execution that names none: the order's limit, the last trade, the best on the other side."""
    market = state.market(order.symbol)
    if order.price is not None:
        return order.price
    if market is not None:
        best = market.books[order.mic].best(-order.direction)
        return market.last.get(order.mic) or (best[0] if best else market.listed.price)
    raise Refused("px is needed")


def _reason(args: Args, usual: str) -> str:
    """ExecRestatementReason (378) by name or code; a code without a name is said as it is."""
    said = str(args.get("reason", usual))
    if said.isdigit():
        return next((name for name, code in RESTATEMENT.items() if code == said), said)
    if said not in RESTATEMENT:
        raise Refused(f"reason is a code or one of {', '.join(RESTATEMENT)}")
    return said
