"""Kill switches: engage, release by another person, and what stops an order now (RTS 6 art. 12).

An order is entered or sent only in a transaction that holds the fence shared; engaging takes it alone. So when
``engage`` returns, every order that did not see the switch is committed, and can be found and canceled; and none
is sent after it. Engaging must be a transaction of its own: it waits for those under way, and holds up new ones.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Protocol

from django.db import IntegrityError, transaction

from oms.base import fence
from oms.base.clock import now
from oms.base.fence import stay
from oms.base.locks import locked
from oms.base.prepared import Prepared
from oms.base.refusal import Refusal
from orders.models import Account
from risk.context import Switch
from risk.controls.gate import reduces, scopes, stopped
from risk.models import KillSwitch

__all__ = ["blocked", "engage", "engaged", "of_clients", "release", "stay", "stopped_venues", "throw"]
LONGEST_REASON = 500


class Scopes(Protocol):
    """What an order must tell to be looked up: its id, and everything a switch may be thrown for."""

    id: int
    parent_id: int | None
    desk_id: int
    entered_by_id: int
    assigned_to_id: int | None
    account_id: int
    instrument_id: int
    venue: str
    sender_comp_id: str
    strategy: str
    exec_inst: str


_ENGAGED = Prepared(
    lambda: (
        KillSwitch.objects.filter(released_at__isnull=True)
        .order_by("pk")
        .values_list("pk", "scope", "scope_id", "reason", "engaged_at")
    )
)


def engaged() -> tuple[Switch, ...]:
    """Every switch that is on. Never cached. One SELECT, and one more while a client is stopped."""
    found = [Switch(*row) for row in _ENGAGED()]
    accounts = of_clients({one.scope_id for one in found if one.scope == KillSwitch.Scope.CLIENT})
    return tuple(
        Switch(one.id, one.scope, one.scope_id, one.reason, one.engaged_at, accounts.get(one.scope_id, frozenset()))
        if one.scope == KillSwitch.Scope.CLIENT
        else one
        for one in found
    )


def of_clients(names: Iterable[str]) -> dict[str, frozenset[int]]:
    """The accounts of each client. No statement for no client."""
    wanted = set(names)
    found: dict[str, set[int]] = defaultdict(set)
    if wanted:
        for client, account_id in Account.objects.filter(client__in=wanted).values_list("client", "pk"):
            found[client].add(account_id)
    return {name: frozenset(accounts) for name, accounts in found.items()}


def blocked(orders: Iterable[Scopes]) -> dict[int, str]:
    """Which of the orders must not be sent, by id, and why in words. For the transaction that would send them."""
    stay()
    switches = engaged()
    found = {}
    for order in orders if switches else ():
        its = scopes(
            order.desk_id, order.entered_by_id, order.account_id, order.instrument_id, order.venue,
            order.strategy or (order.sender_comp_id if order.parent_id is None else ""),
            worked_by_id=order.assigned_to_id,
        )  # fmt: skip
        hits = [one for one in switches if one.keys & its]
        if reduces(order.exec_inst):
            hits = [one for one in hits if one.scope == KillSwitch.Scope.VENUE]
        if hits:
            found[order.id] = stopped(hits[0])
    return found


def stopped_venues() -> frozenset[str]:
    """The MICs of the venues to which nothing may be sent."""
    return frozenset(_STOPPED_VENUES.column())


_STOPPED_VENUES = Prepared(
    lambda: KillSwitch.objects.filter(released_at__isnull=True, scope=KillSwitch.Scope.VENUE).values_list("scope_id")
)


def engage(scope: str, scope_id: str, actor: Any, reason: str) -> KillSwitch | Refusal:
    """Stop trading in ``scope``. Engaging twice answers the switch that is on. ``actor`` is a user."""
    thrown = throw(scope, scope_id, actor, reason)
    return thrown if isinstance(thrown, Refusal) else thrown[0]


def throw(scope: str, scope_id: str, actor: Any, reason: str) -> tuple[KillSwitch, bool] | Refusal:
    """As ``engage``, and whether it was off before."""
    if scope not in KillSwitch.Scope.values or (scope == KillSwitch.Scope.FIRM) != (scope_id == ""):
        return Refusal("BAD_VALUE", "scope", f"{scope!r} with id {scope_id!r} is not a scope of a kill switch")
    if not reason.strip():
        return Refusal("MISSING", "reason", "A kill switch is engaged for a reason: state it")
    if len(reason) > LONGEST_REASON:
        return Refusal("TOO_LONG", "reason", f"reason may have {LONGEST_REASON} characters, not {len(reason)}")
    with transaction.atomic():
        fence.alone()
        try:
            with transaction.atomic():
                row = {"scope": scope, "scope_id": scope_id, "reason": reason}
                return KillSwitch.objects.create(**row, engaged_by=actor, engaged_at=now()), True
        except IntegrityError:
            return KillSwitch.objects.get(scope=scope, scope_id=scope_id, released_at__isnull=True), False


def release(switch_id: int, actor: Any, reason: str = "") -> KillSwitch | Refusal:
    """Let trading go on. Only another person than the one who engaged it may."""
    with transaction.atomic():
        switch: KillSwitch | None = locked(KillSwitch.objects.filter(pk=switch_id)).first()
        if switch is None or not switch.active:
            return Refusal("NOT_ENGAGED", "id", f"Kill switch {switch_id} is not engaged")
        if switch.engaged_by_id == actor.pk:
            return Refusal("SAME_PERSON", "", "Whoever engaged a kill switch may not release it: ask another person")
        switch.released_by, switch.released_at, switch.release_reason = actor, now(), reason[:LONGEST_REASON]
        switch.save(update_fields=["released_by", "released_at", "release_reason"])
        return switch
