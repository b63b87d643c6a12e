"""Orders of which nothing further is sent for now: a breach holds them, or a daily loss has halted their scope."""

from django.db.models import Q

from risk import cases, losses


def not_now() -> Q:
    """The condition for them. One statement, and the breaches within whatever asks."""
    which = Q(pk__in=cases.holding().values("order_id"))
    for stop in losses.in_force():
        if stop.action in losses.HALTS:
            which |= losses.of(stop.scope, stop.scope_id)
    return which
