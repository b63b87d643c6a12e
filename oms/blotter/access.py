"""What of the book one may look at: that of one's own desks; some watch over all of them."""

from typing import Any

from django.db.models import QuerySet

from oms.desk.asked import CHANGES, ENTERS, Actor
from orders.models import Account, Desk
from orders.vocabulary import Role

# The same as oms.api.access says; one door may not import another.
FIRM_WIDE = frozenset({Role.COMPLIANCE, Role.OPERATIONS, Role.AUDITOR})


def desks_for(user: Any) -> list[str]:
    """Codes of the desks whose orders this user may see, the oldest desk first. One query."""
    rows = Desk.objects.order_by("pk")
    if not watches(user):
        rows = rows.filter(users=user)
    return list(rows.values_list("code", flat=True))


def watches(user: Any) -> bool:
    """Whether the user watches over the firm: operations, compliance and auditors."""
    return bool(user.is_superuser or user.role in FIRM_WIDE)


def accounts_for(user: Any) -> QuerySet[Account]:
    """The accounts this user may enter orders for."""
    return Actor.of(user).accounts


def may_trade(user: Any) -> bool:
    """Whether the page offers a ticket. The desk decides again for itself."""
    return Actor.of(user).may(ENTERS)


def may_change(user: Any) -> bool:
    """Whether the page offers to amend and cancel."""
    return Actor.of(user).may(CHANGES)
