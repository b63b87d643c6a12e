"""Strategies that were stopped for repeated executions, and who may let them run again (RTS 6 art. 15(3))."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from oms.base.clock import now
from oms.base.prepared import Prepared
from oms.base.refusal import Refusal
from orders.models import Order
from risk.models import Arming, StrategySender

_STRATEGIES = Prepared(
    lambda senders: StrategySender.objects.filter(sender__among=senders).values_list("sender", "strategy")
)


def of(names: Iterable[str]) -> dict[str, str]:
    """The strategy of each sender that has one. One statement."""
    return dict(_STRATEGIES(set(names)))


def senders(names: Iterable[str]) -> dict[str, list[str]]:
    """Through whom each strategy sends; what is no strategy's name is a sender's own. One statement."""
    found: dict[str, list[str]] = {name: [name] for name in names}
    for sender, strategy in StrategySender.objects.filter(strategy__in=list(found)).values_list("sender", "strategy"):
        if sender != strategy:
            found[strategy].append(sender)
    return found


def arm(strategy: str, actor: Any, reason: str) -> Arming | Refusal:
    """Let ``strategy`` run again. Never whoever enters its orders. ``actor`` is a user."""
    if not reason.strip():
        return Refusal("MISSING", "reason", "A strategy is armed for a reason: state it")
    of_it = Q(strategy=strategy) | Q(strategy="", sender_comp_id__in=senders([strategy])[strategy])
    orders = Order.objects.filter(of_it, parent__isnull=True)
    if not strategy or not orders.exists():
        return Refusal("BAD_VALUE", "strategy", f"no orders ever came from {strategy!r}")
    if orders.filter(entered_by_id=actor.pk).exists():
        return Refusal("SAME_PERSON", "", "Whoever sends a strategy's orders may not arm it again: ask another person")
    return Arming.objects.create(strategy=strategy, at=now(), by=actor, reason=reason)
