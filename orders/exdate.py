"""What an ex-date does to an open order: new terms, none, or its end. Pure.

FINRA rule 5330: before the open of an ex-date, orders that live on (GTC, GTD) to buy with a limit and to sell on a stop
are reduced by a cash dividend, unless they are marked do not reduce; a forward split turns prices and quantities round;
a reverse split ends every order. Prices are rounded down to the tick, quantities down to a whole share.
"""

from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import NamedTuple

from orders.tick import Bands, tick_at
from orders.vocabulary import ExecInst, OrdType, Side, TimeInForce

ZERO, ONE = Decimal(0), Decimal(1)
LIVES_ON = frozenset({TimeInForce.GOOD_TILL_CANCEL, TimeInForce.GOOD_TILL_DATE})
# They wait for the market to go against them; what waits for a better price (if touched) is like a limit.
STOPS = frozenset({OrdType.STOP, OrdType.STOP_LIMIT, OrdType.TRAILING_STOP})
# A dividend below a cent changes no order.
SMALLEST_DIVIDEND = Decimal("0.01")


class Change(StrEnum):
    """What becomes of the order."""

    NONE = "none"
    ADJUST = "adjust"
    CANCEL = "cancel"


class ExDate(NamedTuple):
    """What happens to the instrument: ``dividend`` in money a share, or ``new`` shares for ``old`` ones, or both."""

    dividend: Decimal = ZERO
    new: Decimal = ONE
    old: Decimal = ONE


class Open(NamedTuple):
    """The terms of an open order that an ex-date may change."""

    side: str
    ord_type: str
    time_in_force: str
    price: Decimal | None
    stop_px: Decimal | None
    order_qty: Decimal
    cum_qty: Decimal = ZERO
    exec_inst: str = ""


class Adjusted(NamedTuple):
    """What becomes of the order, and its terms after it."""

    change: Change
    price: Decimal | None
    stop_px: Decimal | None
    order_qty: Decimal


def adjusted(order: Open, event: ExDate, bands: Bands) -> Adjusted:
    """The order after the ex-date. ``bands`` is the instrument's tick table.

    What is filled stays as it was traded: only what is left to work is split.
    """
    as_it_is = Adjusted(Change.NONE, order.price, order.stop_px, order.order_qty)
    if order.time_in_force not in LIVES_ON:
        return as_it_is
    if event.new < event.old:
        return as_it_is._replace(change=Change.CANCEL)
    factor, less = event.old / event.new, _reduction(order, event)
    if factor == 1 and not less:
        return as_it_is
    price, stop_px = (_down(px, less, factor, bands) for px in (order.price, order.stop_px))
    left = order.order_qty - order.cum_qty
    qty = order.cum_qty + _whole(left, event)
    if any(px is not None and px <= 0 for px in (price, stop_px)) or qty <= order.cum_qty:
        return as_it_is._replace(change=Change.CANCEL)
    same = (price, stop_px, qty) == as_it_is[1:]
    return Adjusted(Change.NONE if same else Change.ADJUST, price, stop_px, qty)


def _reduction(order: Open, event: ExDate) -> Decimal:
    """By how much a dividend lowers the order's prices: limits to buy, and stops to sell."""
    if event.dividend < SMALLEST_DIVIDEND or ExecInst.DO_NOT_REDUCE in order.exec_inst.split():
        return ZERO
    is_buy, is_stop = order.side == Side.BUY, order.ord_type in STOPS
    return event.dividend if is_buy != is_stop else ZERO


def _down(price: Decimal | None, less: Decimal, factor: Decimal, bands: Bands) -> Decimal | None:
    """The price less the dividend, split, and down to the tick of where it came to lie."""
    if price is None:
        return None
    moved = (price - less) * factor
    tick = tick_at(bands, moved)
    return (moved / tick).to_integral_value(ROUND_FLOOR) * tick


def _whole(left: Decimal, event: ExDate) -> Decimal:
    """What is left to work after a split, in whole shares where there was one."""
    if event.new == event.old:
        return left
    return (left * event.new / event.old).to_integral_value(ROUND_FLOOR)
