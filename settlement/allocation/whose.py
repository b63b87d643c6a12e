"""Whose executions settle themselves, and whose are allocated and settle as their shares."""

from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef, Q

from orders.models import Order
from settlement.allocation.tables import AllocationOrder
from settlement.obligations import Execution


def allocated(order_ids: Iterable[int]) -> set[int]:
    """The orders whose executions are somebody else's: of an allocation account, or with an allocation. One SELECT.

    An allocation is made before the first fill of such an order or not at all, and is not cancelled after it, so the
    answer is the same whenever an execution is looked at.
    """
    wanted = sorted(set(order_ids))
    if not wanted:
        return set()
    named = AllocationOrder.objects.filter(order=OuterRef("pk"), active=True)
    rows = Order.objects.filter(Q(account__average_price=True) | Exists(named), pk__among=wanted)
    return set(rows.values_list("pk", flat=True))


def settle_themselves(events: Sequence[Execution]) -> list[Execution]:
    """The events without those of orders that are allocated."""
    others = allocated(event.order_id for event in events)
    return [event for event in events if event.order_id not in others]
