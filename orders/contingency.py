"""What follows for linked orders when one of them changes: one pure function of how they all stand.

OCO (one cancels other): any fill of one, a part of it too, cancels the others. OUO (one updates other): what one fills
is taken off the others. OTO (one triggers other): the others wait, and work for as much as the first has filled, in
proportion; if it ends unfilled they are canceled. A bracket is an OTO whose others update each other: a profit target
and a stop. An order that its owner cancels or a venue refuses leaves the others as they are; a bust is a fill taken
back, so what was reduced grows again, and what was triggered shrinks, never below what it has filled itself.

The function compares what is with what should be, so asking it twice, or after a crash, asks for nothing new. Orders
with a request in flight are left alone: its answer is a change, and they are looked at again.
"""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple

from orders.lifecycle import State
from orders.vocabulary import ContingencyType, Hold

ZERO = Decimal(0)
PLACES = Decimal("0.00000001")
UPDATES = frozenset({ContingencyType.ONE_UPDATES_OTHER, ContingencyType.BRACKET})
TRIGGERS = frozenset({ContingencyType.ONE_TRIGGERS_OTHER, ContingencyType.BRACKET})


class Member(NamedTuple):
    """One order of the list. ``base`` is what it was for when it was linked; the first in order is the primary."""

    order_id: int
    base: Decimal
    state: State
    hold: str = ""
    to_route: bool = False


class Wanted(NamedTuple):
    """What is to be done to an order: cancel it, set its quantity, or let it go to the market."""

    order_id: int
    action: str
    order_qty: Decimal = ZERO


def decide(kind: str, members: Sequence[Member]) -> list[Wanted]:
    """What must be done so that the orders of a list stand as they should; empty if they do."""
    if kind in TRIGGERS:
        primary, others = members[0], list(members[1:])
        return _triggered(kind, primary, others)
    if kind == ContingencyType.ONE_CANCELS_OTHER:
        return _canceled(members)
    return _updated([(member, member.base) for member in members])


def _canceled(members: Sequence[Member]) -> list[Wanted]:
    filled = [member for member in members if member.state.cum_qty > 0]
    if not filled:
        return []
    return [_cancel(one) for one in members if one is not filled[0] and _may_cancel(one) and not one.state.cum_qty]


def _triggered(kind: str, primary: Member, others: Sequence[Member]) -> list[Wanted]:
    cum = primary.state.cum_qty
    if not cum:
        # Nothing is filled, or no more since a bust: what works must end, what waits goes on while the primary lives.
        lives = primary.state.is_open or primary.state.may_be_replaced
        return [_cancel(one) for one in others if _may_cancel(one) and not (lives and one.hold == Hold.CONTINGENT)]
    # Of each other order, the share that the primary has filled.
    shares = [(one, (one.base * cum / primary.base).quantize(PLACES, ROUND_DOWN)) for one in others]
    if kind in UPDATES:
        return _updated(shares)
    return [wanted for one, qty in shares for wanted in _set(one, max(qty, one.state.cum_qty))]


def _updated(shares: Sequence[tuple[Member, Decimal]]) -> list[Wanted]:
    """Each works for its share less what the others have filled."""
    total = sum((one.state.cum_qty for one, _ in shares), ZERO)
    wanted: list[Wanted] = []
    for one, share in shares:
        qty = max(share - (total - one.state.cum_qty), one.state.cum_qty)
        wanted += _set(one, qty)
    return wanted


def _set(one: Member, qty: Decimal) -> list[Wanted]:
    """Have the order work for ``qty``, what it has filled included; release it if it waits for its primary."""
    if not one.state.is_open or one.state.replaces_pending or one.state.cancels_pending:
        return []
    if qty <= one.state.cum_qty:
        return [_cancel(one)] if one.hold != Hold.CONTINGENT or (not one.state.cum_qty and qty) else []
    release = [Wanted(one.order_id, "release")] if one.hold == Hold.CONTINGENT else []
    if qty != one.state.order_qty:
        return [Wanted(one.order_id, "amend", qty), *release]
    return release


def _may_cancel(one: Member) -> bool:
    return one.state.is_open and not one.state.cancels_pending


def _cancel(one: Member) -> Wanted:
    return Wanted(one.order_id, "cancel")


def breached(kind: str, members: Sequence[Member]) -> bool:
    """Whether more was filled than meant: two of an OCO, or more than the base of those that update each other.

    Venues fill while our cancel is on its way; it cannot be prevented, only seen.
    """
    if kind == ContingencyType.ONE_CANCELS_OTHER:
        return sum(1 for one in members if one.state.cum_qty > 0) > 1
    if kind == ContingencyType.ONE_UPDATES_OTHER:
        return sum((one.state.cum_qty for one in members), ZERO) > max(one.base for one in members)
    if kind == ContingencyType.BRACKET:
        return sum((one.state.cum_qty for one in members[1:]), ZERO) > members[0].state.cum_qty
    return False
