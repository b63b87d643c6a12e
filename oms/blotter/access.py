"""Whose desks one may look at."""

from orders.models import Desk, User
from orders.vocabulary import Role

# Those who watch over all desks; everyone else sees the desks they belong to.
FIRM_WIDE = frozenset({Role.COMPLIANCE, Role.OPERATIONS, Role.AUDITOR})
TRADING = frozenset({Role.TRADER, Role.PORTFOLIO_MANAGER})


def desks_for(user: User) -> list[str]:
    """Codes of the desks whose orders this user may see, sorted. One query."""
    rows = Desk.objects.order_by("code")
    if not (user.is_superuser or user.role in FIRM_WIDE):
        rows = rows.filter(users=user)
    return list(rows.values_list("code", flat=True))


def may_trade(user: User) -> bool:
    """Whether the page offers a ticket. The desk verbs decide again for themselves."""
    return user.is_superuser or user.role in TRADING
