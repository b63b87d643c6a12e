"""Which orders fall under a scope of a kill switch, as conditions for queries."""

from typing import Any

from django.db.models import Q, QuerySet

from orders.lists import BLOCK, OUT, WHOLE
from orders.models import ListOrder, Order
from orders.vocabulary import ContingencyType, Hold
from risk.models import KillSwitch

Scope = KillSwitch.Scope
# Where a root order says what it is of. A trader's are those he entered, and those he works.
_PATHS = {
    Scope.DESK: ("desk_id",),
    Scope.TRADER: ("entered_by_id", "assigned_to_id"),
    Scope.ACCOUNT: ("account_id",),
    Scope.CLIENT: ("account__client",),
    Scope.INSTRUMENT: ("instrument_id",),
}


def roots(scope: str, scope_id: str) -> QuerySet[Order]:
    """Open root orders under the scope; a block or a spread falls under it with any of its members or legs.

    Legs are left out: what is done to a spread is done to its legs. For a venue there are none: its are parts.
    """
    rows = Order.objects.filter(parent__isnull=True, leaves_qty__gt=0).exclude(hold=Hold.LEG)
    if scope == Scope.FIRM:
        return rows
    return rows.filter(_of(scope, scope_id) | Q(pk__in=_wholes(scope, scope_id)))


def parts(scope: str, scope_id: str) -> QuerySet[Order]:
    """Open orders that went to venues, under the scope. What went there as a spread is one."""
    rows = Order.objects.filter(parent__isnull=False, leaves_qty__gt=0).exclude(parent__hold=Hold.LEG)
    if scope == Scope.FIRM:
        return rows
    if scope == Scope.VENUE:
        return rows.filter(venue=scope_id)
    return rows.filter(_of(scope, scope_id, "parent__") | Q(parent__in=_wholes(scope, scope_id)))


def _of(scope: str, scope_id: str, prefix: str = "") -> Q:
    if scope == Scope.STRATEGY:
        # An order that names no strategy is of the session or user it came under.
        return Q(**{f"{prefix}strategy": scope_id}) | Q(
            **{f"{prefix}strategy": "", f"{prefix}sender_comp_id": scope_id}
        )
    condition = Q()
    for path in _PATHS[Scope(scope)]:
        condition |= Q(**{prefix + path: scope_id})
    return condition


def _wholes(scope: str, scope_id: str) -> QuerySet[Any, Any]:
    """The blocks and spreads of which an order falls under the scope."""
    joined = ListOrder.objects.filter(
        _of(scope, scope_id, "order__"), list__kind__in=(ContingencyType.BLOCK, ContingencyType.MULTILEG)
    ).exclude(role=OUT)
    heads = ListOrder.objects.filter(list__in=joined.values("list"), role__in=(BLOCK, WHOLE))
    return heads.values("order")
