"""What a child's report means for its parent: one pure function.

A parent is what a client asked for; its children are what went to venues. The client sees one order, so each fill of a
child is a fill of the parent, each request on the parent is answered when every child has answered, and the parent is
acknowledged when the first venue has.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from oms.base.refusal import Refusal
from orders.lifecycle import CARRIED, CLOSED, Report, State, step
from orders.vocabulary import ExecRestatementReason, ExecType, Phase

FILLS = frozenset({ExecType.TRADE, ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT})
# What one venue says of its part is true of the whole when every part that still lives is in the same phase.
_SHARED = {
    ExecType.STOPPED: Phase.STOPPED,
    ExecType.SUSPENDED: Phase.SUSPENDED,
    ExecType.DONE_FOR_DAY: Phase.DONE_FOR_DAY,
    ExecType.CALCULATED: Phase.CALCULATED,
}

ZERO = Decimal(0)
_ENDS = frozenset({ExecType.REJECTED, ExecType.CANCELED, ExecType.EXPIRED, ExecType.DONE_FOR_DAY})


class Answered(NamedTuple):
    """A request on the parent that the last of its children has answered: its kind, and whether any agreed."""

    kind: str
    accepted: bool


def roll_up(
    parent: State,
    children: Sequence[State],
    report: Report,
    *,
    answered: Answered | None = None,
    waiting: bool = False,
    by: Decimal = ZERO,
) -> list[Report]:
    """The reports that follow for ``parent`` once a child, already among ``children``, has taken ``report``.

    ``waiting`` says that part of the parent is still to be routed, so that it stays open though its children ended.
    ``by`` is how much the report changed the child's OrderQty.
    """
    follows: list[Report] = []
    for decide in (_acknowledged, _fill, _shared, partial(_restated, by=by), _answer, _remainder):
        next_report = decide(parent, children, report, answered, waiting)
        if next_report is None:
            continue
        after = step(parent, next_report)
        if isinstance(after, Refusal):
            continue  # a guarantee or halt of one part says nothing of a whole that has ended
        follows.append(next_report)
        parent = after
    return follows


def _acknowledged(
    parent: State, children: Sequence[State], report: Report, answered: Answered | None, waiting: bool
) -> Report | None:
    """The first sign of life from any venue; a fill that overtook the acknowledgement stands for it."""
    alive = report.exec_type == ExecType.NEW or report.exec_type in _SHARED or report.exec_type == ExecType.TRADE
    return Report(ExecType.NEW) if parent.phase == Phase.PENDING_NEW and alive else None


def _fill(
    parent: State, children: Sequence[State], report: Report, answered: Answered | None, waiting: bool
) -> Report | None:
    return report._replace(request="") if report.exec_type in FILLS else None


def _shared(
    parent: State, children: Sequence[State], report: Report, answered: Answered | None, waiting: bool
) -> Report | None:
    """A guarantee, a halt, the end of the day: of the whole when it is of every part that lives."""
    if report.exec_type == ExecType.NEW and parent.phase in (Phase.SUSPENDED, Phase.DONE_FOR_DAY):
        return Report(ExecType.NEW)
    phase = _SHARED.get(ExecType(report.exec_type))
    living = [c for c in children if c.is_open or c.phase == phase]
    if phase is None or waiting or parent.phase == phase or any(child.phase != phase for child in living):
        return None
    if parent.phase in CLOSED and phase != Phase.CALCULATED:
        return None
    return report._replace(request="")


def _restated(
    parent: State, children: Sequence[State], report: Report, answered: Answered | None, waiting: bool, *, by: Decimal
) -> Report | None:
    """Terms that a venue changed by itself are the parent's too (Appendix D, E.1.d and H.1.a)."""
    unasked = report.exec_type == ExecType.REPLACED and not report.request
    if (report.exec_type != ExecType.RESTATED and not unasked) or parent.phase == Phase.REJECTED:
        return None
    resting = parent.phase in (Phase.DONE_FOR_DAY, Phase.SUSPENDED)
    living = [child for child in children if child.is_open or child.phase == Phase.DONE_FOR_DAY]
    if resting and len(living) > 1 and any(child.phase == Phase.DONE_FOR_DAY for child in living):
        return None  # the whole is renewed when its last part is
    overnight = parent.phase == Phase.DONE_FOR_DAY and parent.time_in_force in CARRIED
    total = _total(parent, children)
    # Less of a part that had ended before is no less of what the others still work.
    order_qty = total if overnight else max(parent.order_qty + by, min(parent.order_qty, total))
    order_qty = parent.order_qty if waiting else order_qty
    renewed = resting and any(child.is_open for child in children)
    if order_qty == parent.order_qty and not renewed and len(children) > 1:
        return None
    price = report.price if len(children) == 1 else None
    same = order_qty == parent.order_qty and price in (None, parent.price)
    if report.reason == ExecRestatementReason.GT_RENEWAL and same and not renewed and not parent.day_cum_qty:
        return None  # our own day has begun before the venue's
    return Report(ExecType.RESTATED, order_qty=order_qty, price=price, reason=report.reason)


def _answer(
    parent: State, children: Sequence[State], report: Report, answered: Answered | None, waiting: bool
) -> Report | None:
    if answered is None:
        return None
    return _canceled(parent, children) if answered.kind == "cancel" else _replaced(parent, children, answered)


def _canceled(parent: State, children: Sequence[State]) -> Report | None:
    """A cancel is done when no child is open, and too late when all was filled or a venue refused it."""
    if any(child.is_open for child in children) or not parent.leaves_qty:
        return Report(ExecType.CANCEL_REJECTED, request="cancel")
    return Report(ExecType.CANCELED, request="cancel")


def _replaced(parent: State, children: Sequence[State], answered: Answered) -> Report | None:
    """The parent's new terms are what its children came to, some of which may have refused or filled meanwhile."""
    order_qty = _total(parent, children)
    if not answered.accepted or parent.phase in CLOSED or not order_qty:
        return Report(ExecType.CANCEL_REJECTED, request="replace")
    last = [child for child in children if child.may_be_replaced][-1:]
    price, stop_px = (last[0].price, last[0].stop_px) if last else (None, None)
    return Report(ExecType.REPLACED, order_qty=order_qty, price=price, stop_px=stop_px, request="replace")


def _total(parent: State, children: Sequence[State]) -> Decimal:
    """What the children come to: the quantity of those that live, what the others filled.

    A part that is done for the day has given the rest back, unless the whole is done and there is nobody to have it.
    What it has beside them are its shares of a block.
    """
    beside = max(parent.cum_qty - sum((child.cum_qty for child in children), ZERO), ZERO)
    rests = parent.phase == Phase.DONE_FOR_DAY
    counted = [c.may_be_replaced or (rests and c.phase == Phase.DONE_FOR_DAY) for c in children]
    return sum((c.order_qty if whole else c.cum_qty for c, whole in zip(children, counted, strict=True)), beside)


def _remainder(
    parent: State, children: Sequence[State], report: Report, answered: Answered | None, waiting: bool
) -> Report | None:
    """What venues gave back ends the parent in the way the last child ended: nobody is working it any more."""
    if waiting or not parent.is_open or any(child.is_open for child in children):
        return None
    if parent.cancels_pending and report.exec_type not in _ENDS:
        # The answer to the cancel is still to come, and will say what became of the rest.
        return None
    if any(child.phase == Phase.DONE_FOR_DAY and child.leaves_qty for child in children):
        return None
    if any(child.replaces_pending and child.may_be_replaced for child in children):
        # A filled part may be revived by the answer (C.1.c).
        return None
    if parent.phase == Phase.PENDING_NEW and not parent.cum_qty and all(c.phase == Phase.REJECTED for c in children):
        # Not where a part was accepted and ended: a late fill of it is still a fill.
        return Report(ExecType.REJECTED)
    ended = {ExecType.EXPIRED: ExecType.EXPIRED, ExecType.DONE_FOR_DAY: ExecType.DONE_FOR_DAY}
    return Report(ended.get(ExecType(report.exec_type), ExecType.CANCELED), reason=report.reason)
