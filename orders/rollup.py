"""What a child's report means for its parent: one pure function.

A parent is what a client asked for; its children are what went to venues. The client sees one order, so each fill of a
child is a fill of the parent, and each request on the parent is answered when every child has answered.
"""

from collections.abc import Sequence
from decimal import Decimal

from oms.base.refusal import Refusal
from orders.lifecycle import Report, State, step
from orders.vocabulary import ExecType

_FILLS = (ExecType.TRADE, ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT)


def roll_up(parent: State, children: Sequence[State], report: Report, *, waiting: bool = False) -> list[Report]:
    """The reports that follow for ``parent`` once a child, already among ``children``, has taken ``report``.

    ``waiting`` says that part of the parent is still to be routed, so that it stays open though its children ended.
    """
    follows: list[Report] = []
    for decide in (_fill, _cancel_answer, _replace_answer, _remainder):
        next_report = decide(parent, children, report, waiting)
        if next_report is None:
            continue
        after = step(parent, next_report)
        follows.append(next_report)
        if isinstance(after, Refusal):
            break
        parent = after
    return follows


def _fill(parent: State, children: Sequence[State], report: Report, waiting: bool) -> Report | None:
    return report._replace(request="") if report.exec_type in _FILLS else None


def _cancel_answer(parent: State, children: Sequence[State], report: Report, waiting: bool) -> Report | None:
    """A cancel is done when no child is open, and too late when all was filled or a venue refused it."""
    if not parent.cancels_pending or any(child.cancels_pending for child in children):
        return None
    if any(child.is_open for child in children) or not parent.leaves_qty:
        return Report(ExecType.CANCEL_REJECTED, request="cancel")
    return Report(ExecType.CANCELED, request="cancel")


def _replace_answer(parent: State, children: Sequence[State], report: Report, waiting: bool) -> Report | None:
    """The parent's new terms are what its children came to, some of which may have refused or filled meanwhile."""
    if not parent.replaces_pending or any(child.replaces_pending for child in children):
        return None
    working = [child for child in children if child.is_open]
    if not working:
        return Report(ExecType.CANCEL_REJECTED, request="replace")
    order_qty = sum((c.order_qty if c.is_open else c.cum_qty for c in children), Decimal(0))
    price = working[-1].price
    if (order_qty, price) == (parent.order_qty, parent.price):
        return Report(ExecType.CANCEL_REJECTED, request="replace")
    return Report(ExecType.REPLACED, order_qty=order_qty, price=price, request="replace")


def _remainder(parent: State, children: Sequence[State], report: Report, waiting: bool) -> Report | None:
    """What venues gave back ends the parent in the way the last child ended: nobody is working it any more."""
    if waiting or parent.cancels_pending or not parent.is_open or any(child.is_open for child in children):
        return None
    ended = {ExecType.EXPIRED: ExecType.EXPIRED, ExecType.DONE_FOR_DAY: ExecType.DONE_FOR_DAY}
    return Report(ended.get(ExecType(report.exec_type), ExecType.CANCELED))
