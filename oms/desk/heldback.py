"""Orders of which nothing further is sent for now: a breach holds them, or a daily loss has halted their scope."""

from collections.abc import Iterable

from django.db.models import Q

from oms.base.refusal import Refusal
from orders.models import Order
from risk import cases, losses


def not_now() -> Q:
    """The condition for them. One statement, and the breaches within whatever asks."""
    which = Q(pk__in=cases.holding().values("order_id"))
    for stop in losses.in_force():
        if stop.action in losses.HALTS:
            which |= losses.of(stop.scope, stop.scope_id)
    return which


def refusals(order_ids: Iterable[int]) -> dict[int, Refusal]:
    """Why no part of an order goes out by hand now, by order. At most three statements."""
    ids = set(order_ids)
    found = {pk: Refusal("BREACH_HOLD", "", f"order {pk} is held by {why}") for pk, why in cases.held(ids).items()}
    for stop in losses.in_force():
        if stop.action in losses.HALTS:
            halted = Order.objects.filter(losses.of(stop.scope, stop.scope_id), pk__in=ids)
            text = f"today's loss of this {stop.scope} has reached its limit {stop.level}"
            found |= {pk: Refusal("LOSS_STOP", "", text) for pk in halted.values_list("pk", flat=True)}
    return found
