"""Kill switches: engage, release by another person, and what stops an order now (RTS 6 art. 12).

An order is entered or sent only in a transaction that holds the fence shared; engaging takes it alone. So when
``engage`` returns, every order that did not see the switch is committed, and can be found and canceled; and none
is sent after it. Engaging must be a transaction of its own: it waits for those under way, and holds up new ones.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from django.db import IntegrityError, connection, transaction

from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from risk.context import Switch
from risk.controls.gate import scopes, stopped
from risk.models import KillSwitch

_FENCE = 0x6B696C6C
"""Advisory lock number: "kill" in ASCII."""


class Scopes(Protocol):
    """What an order must tell to be looked up: its id, and everything a switch may be thrown for."""

    id: int
    desk_id: int
    entered_by_id: int
    account_id: int
    instrument_id: int
    venue: str


def stay() -> None:
    """Hold the fence shared until the transaction ends. Call before looking at the switches, and before any lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_FENCE])


def alone() -> None:
    """Take the fence alone until the transaction ends: every order that passed it before is committed by then."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FENCE])


def engaged() -> tuple[Switch, ...]:
    """Every switch that is on. Never cached."""
    rows = KillSwitch.objects.filter(released_at__isnull=True).order_by("pk")
    return tuple(Switch(*row) for row in rows.values_list("pk", "scope", "scope_id", "reason", "engaged_at"))


def blocked(orders: Iterable[Scopes]) -> dict[int, str]:
    """Which of the orders must not be sent, by id, and why in words. For the transaction that would send them."""
    stay()
    switches = {(switch.scope, switch.scope_id): switch for switch in engaged()}
    found = {}
    for order in orders if switches else ():
        its = scopes(order.desk_id, order.entered_by_id, order.account_id, order.instrument_id, order.venue)
        if on := its & switches.keys():
            found[order.id] = stopped(switches[min(on)])
    return found


def stopped_venues() -> frozenset[str]:
    """The MICs of the venues to which nothing may be sent."""
    return frozenset(switch.scope_id for switch in engaged() if switch.scope == KillSwitch.Scope.VENUE)


def engage(scope: str, scope_id: str, actor: Any, reason: str) -> KillSwitch | Refusal:
    """Stop trading in ``scope``. Engaging twice answers the switch that is on. ``actor`` is a user."""
    if scope not in KillSwitch.Scope.values or (scope == KillSwitch.Scope.FIRM) != (scope_id == ""):
        return Refusal("BAD_VALUE", "scope", f"{scope!r} with id {scope_id!r} is not a scope of a kill switch")
    if not reason.strip():
        return Refusal("MISSING", "reason", "A kill switch is engaged for a reason: state it")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FENCE])
        try:
            with transaction.atomic():
                return KillSwitch.objects.create(
                    scope=scope, scope_id=scope_id, reason=reason, engaged_by=actor, engaged_at=now()
                )
        except IntegrityError:
            return KillSwitch.objects.get(scope=scope, scope_id=scope_id, released_at__isnull=True)


def release(switch_id: int, actor: Any) -> KillSwitch | Refusal:
    """Let trading go on. Only another person than the one who engaged it may."""
    with transaction.atomic():
        switch: KillSwitch | None = locked(KillSwitch.objects.filter(pk=switch_id)).first()
        if switch is None or not switch.active:
            return Refusal("NOT_ENGAGED", "id", f"Kill switch {switch_id} is not engaged")
        if switch.engaged_by_id == actor.pk:
            return Refusal("SAME_PERSON", "", "Whoever engaged a kill switch may not release it: ask another person")
        switch.released_by, switch.released_at = actor, now()
        switch.save(update_fields=["released_by", "released_at"])
        return switch
