"""Strategies that were stopped for repeated executions, and who may let them run again (RTS 6 art. 15(3))."""

from typing import Any

from oms.base.clock import now
from oms.base.refusal import Refusal
from orders.models import Order
from risk.models import Arming


def arm(strategy: str, actor: Any, reason: str) -> Arming | Refusal:
    """Let ``strategy`` run again. Never whoever enters its orders. ``actor`` is a user."""
    if not reason.strip():
        return Refusal("MISSING", "reason", "A strategy is armed for a reason: state it")
    orders = Order.objects.filter(sender_comp_id=strategy, parent__isnull=True)
    if not strategy or not orders.exists():
        return Refusal("BAD_VALUE", "strategy", f"no orders ever came from {strategy!r}")
    if orders.filter(entered_by_id=actor.pk).exists():
        return Refusal("SAME_PERSON", "", "Whoever sends a strategy's orders may not arm it again: ask another person")
    return Arming.objects.create(strategy=strategy, at=now(), by=actor, reason=reason)
