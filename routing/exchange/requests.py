"""What clients ask: new orders (D, AB), cancels (F), replaces (G, AC) and order status (H), and their answers.

A request is answered at once, unless its session reports it pending for a while or leaves it to a hand (``Habits``).
Then it waits in ``State.waiting``; its ClOrdID names the order from the start, so that later requests may name it as
their OrigClOrdID (D.2.b, D.2.c).
"""

from routing.exchange import floor, reports, spreads, terms
from routing.exchange.orders import AT_ONCE, ClientOrder, Fields
from routing.exchange.state import State, Waiting
from routing.exchange.terms import (
    ALREADY_PENDING,
    CANCEL_OTHER,
    DUPLICATE,
    EXCHANGE_CLOSED,
    NAME_USED,
    NO_SUCH_ORDER,
    OTHER,
    TOO_LATE,
    UNKNOWN_ORDER,
    Refused,
)  # fmt: skip
from routing.exchange.trades import traded

ENTERS, REPLACES = frozenset({"D", "AB"}), frozenset({"G", "AC"})
# What a replace may not change. An account may be left out of it.
FIXED = ("symbol", "side", "ord_type", "time_in_force")


def new(state: State, session: str, msg_type: str, request: Fields, at: str) -> None:
    """NewOrderSingle (D) or NewOrderMultileg (AB)."""
    known = state.names.get((session, request["cl_ord_id"]))
    if known is not None:
        return _known(state, session, known, request, at)
    order = ClientOrder(
        next(state.ids), session, request["cl_ord_id"], request["symbol"], request["side"],
        request.get("ord_type", ""), request.get("time_in_force", "day"), 0, None, request.get("account"),
        status="pending_new",
    )  # fmt: skip
    order.names.append(order.cl_ord_id)
    state.names[session, order.cl_ord_id] = state.orders[order.order_id] = order
    terms.describe(order, request)
    refused = _refused(state, order, msg_type, request, at)
    if refused:
        return reject(state, order, request, refused, at)
    if order.expires:
        state.dated[order.order_id] = order
    habits = state.habits(session)
    order.by_hand = habits.manual
    if habits.pending_new:
        state.report(order, "pending_new", at)
    if habits.manual or (habits.pending_new and habits.pending_for_s):
        return _wait(state, order, msg_type, request)
    return acknowledge(state, order, at)


def acknowledge(state: State, order: ClientOrder, at: str) -> None:
    """New, and off to the floor."""
    order.status = "new"
    order.restate()
    state.report(order, "new", at)
    floor.place(state, order, at)


def reject(state: State, order: ClientOrder, request: Fields, refused: Refused, at: str) -> None:
    """Refuse a new order; its ClOrdID stays its own."""
    order.status = "rejected"
    state.say(order, "8", reports.refusal(request, next(state.ids), at, *refused, order_id=order.order_id))


def cancel(state: State, session: str, msg_type: str, request: Fields, at: str) -> None:
    """OrderCancelRequest (F)."""
    order = _named(state, session, request, at, replacing=False)
    if order is not None:
        _ask(state, order, msg_type, request, at)


def replace(state: State, session: str, msg_type: str, request: Fields, at: str) -> None:
    """OrderCancelReplaceRequest (G), MultilegOrderCancelReplace (AC)."""
    order = _named(state, session, request, at, replacing=True)
    if order is not None:
        _ask(state, order, msg_type, request, at)


def status(state: State, session: str, request: Fields, at: str) -> None:
    """OrderStatusRequest (H): the truth, whatever was told before."""
    known = state.names.get((session, request["cl_ord_id"]))
    echo = {"cl_ord_id": request["cl_ord_id"], "ord_status_req_id": request.get("ord_status_req_id")}
    if isinstance(known, ClientOrder):
        state.report(known, "order_status", at, **echo)
        return
    fields = reports.refusal(request, next(state.ids), at, UNKNOWN_ORDER, "unknown order")
    state.outgoing.append((session, "8", fields | echo | {"exec_type": "order_status"}))


# Requests that wait.


def due(state: State, at: str) -> None:
    """Accept the requests whose time has come, in the order in which they came."""
    for waiting in [one for one in state.waiting.values() if one.due is not None and one.due <= state.clock]:
        accept(state, waiting, at)


def pend(state: State, waiting: Waiting, at: str) -> None:
    """Report a waiting request as pending: Pending New, Pending Cancel, Pending Replace."""
    order = state.orders[waiting.order_id]
    kind = {"D": "pending_new", "AB": "pending_new", "F": "pending_cancel"}.get(waiting.msg_type, "pending_replace")
    if kind == "pending_new":
        state.report(order, kind, at)
        return
    waiting.pended = state.changed = True
    order.cancels_pending += kind == "pending_cancel"
    order.replaces_pending += kind == "pending_replace"
    state.report(order, kind, at, cl_ord_id=waiting.name, orig_cl_ord_id=order.cl_ord_id)


def accept(state: State, waiting: Waiting, at: str) -> None:
    """Do what a waiting request asks, or refuse it if the order meanwhile does not allow it."""
    order = _leave(state, waiting)
    if waiting.msg_type in ENTERS:
        return acknowledge(state, order, at)
    replacing = waiting.msg_type in REPLACES
    if not (order.is_open or (replacing and _revives(state, order))):
        text = f"the order is {order.status}"
        return state.refuse(waiting.session, waiting.request, order, replacing, TOO_LATE, text, at)
    return (_replace if replacing else _cancel)(state, order, waiting.request, at)


def turn_down(state: State, waiting: Waiting, reason: int, text: str, at: str) -> None:
    """Refuse a waiting request: 8 Rejected for a new order, 9 for a cancel or replace."""
    order = _leave(state, waiting)
    if waiting.msg_type in ENTERS:
        return reject(state, order, waiting.request, (reason, text), at)
    replacing = waiting.msg_type in REPLACES
    return state.refuse(waiting.session, waiting.request, order, replacing, reason, text, at)


def _wait(state: State, order: ClientOrder, msg_type: str, request: Fields) -> None:
    habits = state.habits(order.mic)
    until = None if habits.manual else state.clock + habits.pending_for_s
    name = request["cl_ord_id"]
    state.names[order.mic, name] = order
    state.waiting[order.mic, name] = Waiting(order.mic, name, msg_type, order.order_id, request, until)
    state.touched[order.order_id] = order
    state.changed = True


def _of(state: State, order: ClientOrder) -> list[Waiting]:
    """The requests about one order that wait."""
    return [one for one in state.waiting.values() if one.order_id == order.order_id]


def _leave(state: State, waiting: Waiting) -> ClientOrder:
    """The request waits no longer; the order is what it was before it."""
    del state.waiting[waiting.session, waiting.name]
    state.changed = True
    order = state.orders[waiting.order_id]
    if waiting.pended:
        order.cancels_pending -= waiting.msg_type == "F"
        order.replaces_pending -= waiting.msg_type in REPLACES
    return order


def _ask(state: State, order: ClientOrder, msg_type: str, request: Fields, at: str) -> None:
    """Answer a cancel or a replace now, or let it wait."""
    habits = state.habits(order.mic)
    replacing = msg_type in REPLACES
    if habits.one_at_a_time and any(one.msg_type not in ENTERS for one in _of(state, order)):
        text = "the order is pending cancel or replace"
        return state.refuse(order.mic, request, order, replacing, ALREADY_PENDING, text, at)
    wanted = habits.pending_replace if replacing else habits.pending_cancel
    if not (wanted or habits.manual):
        return (_replace if replacing else _cancel)(state, order, request, at)
    _wait(state, order, msg_type, request)
    waiting = state.waiting[order.mic, request["cl_ord_id"]]
    if wanted:
        pend(state, waiting, at)
    if not habits.manual and not habits.pending_for_s:
        return accept(state, waiting, at)
    return None


# The four requests, done.


def _known(state: State, session: str, known: ClientOrder | Fields, request: Fields, at: str) -> None:
    """A ClOrdID again. With PossResend the sender only wants to be sure; without, it is a duplicate (F.1.b)."""
    if isinstance(known, dict):
        text = "ClOrdID was used by a refused request"
        fields = reports.refusal(request, next(state.ids), at, DUPLICATE, text)
        return state.outgoing.append((session, "8", fields))
    name = request["cl_ord_id"]
    if request.get("poss_resend"):
        state.report(known, "order_status", at, cl_ord_id=name)
    else:
        text = f"ClOrdID {name} was used before"
        state.report(known, "rejected", at, cl_ord_id=name, ord_rej_reason=DUPLICATE, text=text)
    return None


def _refused(state: State, order: ClientOrder, msg_type: str, request: Fields, at: str) -> Refused | None:
    """Take the terms from the request, or say why the venue does not take the order."""
    if order.symbol in state.rejected_symbols:
        return OTHER, f"{order.symbol} is suspended"
    if state.habits(order.mic).happens("reject", order.symbol, state.draw):
        return OTHER, "the venue takes no such order at present"
    if msg_type == "AB":
        refused = spreads.refused(state, order, request)
    else:
        refused = terms.refused(order, request, state.market(order.symbol), at)
    if refused is None and (order.time_in_force in AT_ONCE or order.ord_type == "market_to_limit"):
        keys = spreads.keys(order) or [(order.symbol, order.mic)]
        if any(state.is_shut(key) for key in keys):
            return EXCHANGE_CLOSED, f"{order.symbol} is not trading, and the order does not wait"
    return refused


def _cancel(state: State, order: ClientOrder, request: Fields, at: str) -> None:
    """Canceled under the request's name. An order that was not acknowledged yet is never New."""
    for one in _of(state, order):
        if one.msg_type in ENTERS:
            _leave(state, one)
    floor.close(state, order, "canceled")
    state.rename(order, request["cl_ord_id"])
    state.report(order, "canceled", at, orig_cl_ord_id=order.names[-2])


def _replace(state: State, order: ClientOrder, request: Fields, at: str) -> None:
    """Replaced under the request's name, then the floor again: in place, or last in the queue."""
    old = order.order_qty, order.price, order.stop_px, order.max_floor, order.peg_offset
    refused = _restated(state, order, request)
    if refused:
        state.refuse(order.mic, request, order, True, CANCEL_OTHER, refused[1], at)
        return
    state.rename(order, request["cl_ord_id"])
    # A total at or below what has traded cannot be had: the order ends filled with what it has (C.3.b, C.3.c).
    order.order_qty = max(order.order_qty, order.cum)
    order.restate()
    keeps = order.order_qty <= old[0] and (order.price, order.stop_px, order.max_floor, order.peg_offset) == old[1:]
    if not keeps:
        order.arrival = next(state.arrivals)
        order.shown = 0
    state.report(order, "replaced", at, orig_cl_ord_id=order.names[-2])
    if not order.is_open:
        floor.remove(state, order)
    elif not keeps:
        floor.remove(state, order)
        floor.place(state, order, at)
    elif order.resting is not None and order.resting.price is not None:
        book = floor.book_of(state, order)
        assert book is not None
        traded(state, order.mic, order.symbol, book.replace(order.resting, order.resting.price, order.leaves), at)
        order.shown = order.resting.leaves if order.max_floor else 0


def _restated(state: State, order: ClientOrder, request: Fields) -> Refused | None:
    """A replace restates the order; what it is and where may not change by it."""
    for name in FIXED:
        if request.get(name, getattr(order, name)) != getattr(order, name):
            return OTHER, f"{name} cannot be changed"
    if order.legs:
        return spreads.amounts(order, request)
    market = state.market(order.symbol)
    if market is None:
        return OTHER, f"{order.symbol} is no longer traded"
    if request.get("max_floor") and not order.max_floor:
        return OTHER, "an order becomes no iceberg by a replace"
    return terms.amounts(order, market, request)


def _revives(state: State, order: ClientOrder) -> bool:
    """Whether a replace may make a filled order live again (C.1.c): not every venue does."""
    return order.status == "filled" and state.habits(order.mic).revive_filled


def _named(state: State, session: str, request: Fields, at: str, *, replacing: bool) -> ClientOrder | None:
    """The open order a cancel or replace is about; None if it was refused, and then the refusal is said."""
    used = state.names.get((session, request["cl_ord_id"]))
    if used is not None and request.get("poss_resend"):
        if isinstance(used, dict):
            state.outgoing.append((session, "9", used))
        else:
            state.report(used, "order_status", at, cl_ord_id=request["cl_ord_id"])
        return None
    known = state.names.get((session, request["orig_cl_ord_id"]))
    order = known if isinstance(known, ClientOrder) else None
    if used is not None:
        fields = reports.cancel_reject(request, order, replacing, NAME_USED, "ClOrdID was used before", at)
        state.outgoing.append((session, "9", fields))
    elif order is None:
        state.refuse(session, request, None, replacing, NO_SUCH_ORDER, "unknown order", at)
    elif not (order.is_open or (replacing and _revives(state, order))):
        state.refuse(session, request, order, replacing, TOO_LATE, f"the order is {order.status}", at)
    else:
        return order
    return None
