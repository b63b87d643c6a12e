"""A spread and its legs: what a leg takes over from the whole, and whether their fills fit each other. Pure.

Of a spread the whole is what is asked, sent and answered; each leg is an order of its own instrument, so that
positions, limits and settlement know it. A leg takes everything from the whole but its fills: those are reported for
each leg.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

from orders.lifecycle import Report, State
from orders.vocabulary import ExecType, Side

LineT = TypeVar("LineT")
ZERO = Decimal(0)
# A venue's prices have at most eight places: each unit of a quantity may be off by one of the last.
ROUNDING = Decimal("0.00000001")
TERMS = frozenset({ExecType.REPLACED, ExecType.RESTATED})
ASKED = frozenset({ExecType.PENDING_CANCEL, ExecType.PENDING_REPLACE, ExecType.CANCEL_REJECTED})
PHASES = frozenset({
    ExecType.NEW, ExecType.REJECTED, ExecType.CANCELED, ExecType.EXPIRED, ExecType.DONE_FOR_DAY, ExecType.CALCULATED,
    ExecType.SUSPENDED, ExecType.STOPPED,
})  # fmt: skip


class Follower(NamedTuple, Generic[LineT]):
    """A leg beside its spread: ``ratio_qty`` (623) of it are one of the spread; ``ref`` (654) is what we call it."""

    line: LineT
    ratio_qty: Decimal
    ref: str
    symbol: str


def followed(report: Report, whole: State, ratio_qty: Decimal) -> Report | None:
    """What ``report``, which led the spread to ``whole``, is for a leg; None if it is none of the leg's business."""
    kind = ExecType(report.exec_type)
    if kind in TERMS:
        qty = whole.order_qty * ratio_qty
        return Report(kind, order_qty=qty, request=report.request, reason=report.reason)
    if kind in PHASES or (kind in ASKED and report.request):
        return Report(kind, request=report.request, reason=report.reason)
    return None


def leg_side(side: str, whole: str) -> str:
    """What a leg does in a spread of the side ``whole``, given its LegSide (624); and LegSide, given what it does.

    LegSide is said of a bought spread; a sold one turns every leg round.
    """
    if whole == Side.BUY:
        return side
    return Side.SELL.value if side == Side.BUY else Side.BUY.value


class Part(NamedTuple):
    """How a leg stands: ``side`` is what the leg does."""

    side: str
    ratio_qty: Decimal
    state: State


def off_ratio(whole: State, parts: Sequence[Part]) -> str:
    """Which legs' fills are not the ratio of the whole's, in words; '' if all are."""
    wrong = [
        f"leg {number} has {_shown(part.state.cum_qty)} filled, not {_shown(whole.cum_qty * part.ratio_qty)}"
        for number, part in enumerate(parts, 1)
        if part.state.cum_qty != whole.cum_qty * part.ratio_qty
    ]
    return "; ".join(wrong)


def off_price(side: str, whole: State, parts: Sequence[Part]) -> str:
    """How the legs' prices come to another net price than the whole's, in words; '' if they don't.

    The net price of one unit is the sum over legs of ratio times price, bought ones positive, sold ones negative.
    """
    direction = Side(side).sign
    came_to = sum((Side(part.side).sign * part.state.gross_trade_amt for part in parts), ZERO) * direction
    units = whole.cum_qty + sum((part.state.cum_qty for part in parts), ZERO)
    if abs(came_to - whole.gross_trade_amt) <= units * ROUNDING or not whole.cum_qty:
        return ""
    net, legs = (amount / whole.cum_qty for amount in (whole.gross_trade_amt, came_to))
    return f"the net price is {_shown(net)}, the legs' prices come to {_shown(legs)}"


def label(symbols: Sequence[str]) -> str:
    """What a spread is called."""
    return "-".join(symbols)


def _shown(number: Decimal) -> str:
    return f"{number.quantize(ROUNDING).normalize():f}"
