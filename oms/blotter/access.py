"""What of the book one may look at: that of one's own desks; some watch over all of them."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from oms.desk.asked import CHANGES, ENTERS, Actor
from orders.models import Account, Desk, User
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
    """Whether the user watches over the whole firm: operations, compliance and auditors."""
    return bool(user.is_superuser or user.role in FIRM_WIDE)


def desks_of(users: Collection[User]) -> dict[int, frozenset[str]]:
    """Codes of the desks whose orders each of these users may see, by user id. Two SELECTs, whatever the number."""
    every = dict(Desk.objects.values_list("pk", "code"))
    mine: dict[int, set[str]] = {}
    members = User.desks.through.objects.filter(user_id__in=[user.pk for user in users])
    for user_id, desk_id in members.values_list("user_id", "desk_id"):
        mine.setdefault(user_id, set()).add(every[desk_id])
    everywhere = frozenset(every.values())
    return {user.pk: everywhere if watches(user) else frozenset(mine.get(user.pk, ())) for user in users}


def accounts_of_desks(codes: Collection[str]) -> dict[str, str]:
    """The desk of each active account of these desks, by the account's code."""
    return dict(Account.objects.filter(desk__code__in=codes, active=True).values_list("code", "desk__code"))


def accounts_for(user: Any) -> QuerySet[Account]:
    """The accounts this user may enter orders for."""
    return Actor.of(user).accounts


def may_trade(user: Any) -> bool:
    """Whether the page offers a ticket. The desk decides again for itself."""
    return Actor.of(user).may(ENTERS)


def may_change(user: Any) -> bool:
    """Whether the page offers to amend and cancel."""
    return Actor.of(user).may(CHANGES)
