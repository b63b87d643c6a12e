"""Sessions and days: the close, the night, the next open, halts, and what expires by itself."""

from datetime import datetime

from routing.exchange import floor
from routing.exchange.orders import ClientOrder
from routing.exchange.reports import of_the_day
from routing.exchange.state import State


def close(state: State, mic: str, at: str) -> int:
    """The venue's day ends: the closing auction, then DAY orders end, and GTC and GTD wait for the next open.

    Answers how many orders ended. What DAY orders become, and whether Done for Day is reported for the others, is a
    habit of the session; so is the fault that reports a living GTC order as Expired.
    """
    if mic in state.closed:
        return 0
    floor.auction(state, mic, "at_the_close", at)
    state.closed.add(mic)
    state.changed = True
    habits, ended = state.habits(mic), 0
    for order in state.open_orders(mic):
        floor.remove(state, order)
        if order.expires and datetime.fromisoformat(at).date().isoformat() == order.expire_date:
            _end(state, order, "expired", at)
            ended += 1
        elif not order.is_good_till and order.time_in_force != "at_the_opening":
            _end(state, order, habits.day_end, at)
            ended += 1
        elif order.is_good_till:
            _night(state, order, at)
    return ended


def open_(state: State, mic: str, at: str) -> int:
    """A new day: GTC and GTD orders are Restated (378=1) with the day's quantities, then the opening auction.

    Answers how many were restated. A venue that never closed only holds the auction.
    """
    if mic not in state.closed:
        floor.auction(state, mic, "at_the_opening", at)
        return 0
    state.closed.discard(mic)
    state.changed = True
    renewed = [order for order in state.open_orders(mic) if order.is_good_till]
    for order in renewed:
        _renew(state, order, at)
    floor.auction(state, mic, "at_the_opening", at)
    for order in state.open_orders(mic):
        floor.place(state, order, at)
    return len(renewed)


def halt(state: State, mic: str, symbol: str, at: str) -> int:
    """Nothing trades in ``symbol`` until it resumes. Orders with K are canceled (378=6), with J suspended (K.1.a, b).

    Answers how many orders were canceled or suspended.
    """
    key = symbol, mic
    if key in state.halted:
        return 0
    state.halted.add(key)
    state.changed = True
    market = state.market(symbol)
    if market is not None:
        market.halted.add(mic)
    concerned = 0
    for order in state.open_orders(mic, symbol):
        floor.remove(state, order)
        if order.instructed("cancel_on_trading_halt"):
            floor.close(state, order, "canceled")
            state.report(
                order, "canceled", at, exec_restatement_reason="cancel_on_trading_halt", text="trading is halted"
            )  # fmt: skip
            concerned += 1
        elif order.instructed("reinstate_on_trading_halt"):
            order.status = "suspended"
            state.report(order, "suspended", at, text="trading is halted")
            concerned += 1
    return concerned


def resume(state: State, mic: str, symbol: str, at: str) -> int:
    """Trading goes on: suspended orders are New again, and everything returns to its book in order of arrival."""
    if (symbol, mic) not in state.halted:
        return 0
    state.halted.discard((symbol, mic))
    state.changed = True
    market = state.market(symbol)
    if market is not None:
        market.halted.discard(mic)
    if (symbol, mic) in state.watched:
        state.moved.add((symbol, mic))
    reinstated = 0
    for order in state.open_orders(mic, symbol):
        if order.status == "suspended":
            order.status = "new"
            order.restate()
            state.report(order, "new", at, text="trading is resumed")
            reinstated += 1
        if mic not in state.closed:
            floor.place(state, order, at)
    return reinstated


def expire(state: State, at: str) -> None:
    """End the GTD orders whose time has come."""
    now = datetime.fromisoformat(at).timestamp()
    for order in [one for one in state.dated.values() if one.expires <= now or not one.is_open]:
        del state.dated[order.order_id]
        if order.is_open:
            _end(state, order, "expired", at)


def _end(state: State, order: ClientOrder, status: str, at: str) -> None:
    floor.close(state, order, status)
    state.report(order, status, at)


def _night(state: State, order: ClientOrder, at: str) -> None:
    """Done for Day keeps LeavesQty of an order that lives on. The fault says Expired, which is not so."""
    habits = state.habits(order.mic)
    if habits.happens("expire_gtc", order.symbol, state.draw):
        order.status = "done_for_day"
        state.report(order, "expired", at, ord_status="expired", leaves_qty="0")
    elif habits.gt_done_for_day:
        order.status = "done_for_day"
        state.report(order, "done_for_day", at)
    state.touched[order.order_id] = order


def _renew(state: State, order: ClientOrder, at: str) -> None:
    order.prior_cum, order.prior_gross, order.carried = order.cum, order.gross, True
    if order.status == "done_for_day":
        order.status = "new"
        order.restate()
    state.report(order, "restated", at, exec_restatement_reason="gt_renewal", **of_the_day(order))
