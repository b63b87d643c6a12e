"""Stopping trading in a scope, and letting it go on: what doors call.

Engaging is one transaction: no order that has not left then leaves. What is open is taken back after it, in bites
(oms/desk/takeback.py), by whoever comes first: the worker, the drain, or the command that engaged.
"""

from collections.abc import Mapping
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count

from oms.base import bell, fence
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import alerts, takeback, targets
from oms.desk.targets import Target
from orders.models import Alert, User
from orders.vocabulary import Hold, Role
from risk import kill, scoping
from risk.controls.gate import stopped
from risk.models import KillSwitch
from routing import withhold

THROWS = frozenset({Role.COMPLIANCE, Role.OPERATIONS})
# Longer than a gateway is busy with a batch, and longer than it stays with one that a venue does not take.
WIRES_S = 5.0
SWITCH = "kill_switch"


class Foreseen(NamedTuple):
    """What engaging would take back now: orders by venue ('' where no venue has them), and those that stay staged."""

    target: Target
    venues: Mapping[str, int]
    staged: int

    @property
    def total(self) -> int:
        return sum(self.venues.values())


def may(user: User) -> bool:
    """Whether the user may engage and release."""
    return user.is_active and (user.is_superuser or user.role in THROWS)


def foresee(scope: str, name: str) -> Foreseen | Refusal:
    """Look, and change nothing."""
    target = targets.find(scope, name)
    if isinstance(target, Refusal):
        return target
    parts = scoping.parts(target.scope, target.scope_id).order_by().values_list("venue").annotate(Count("pk"))
    venues = dict(parts)
    staged = 0
    if target.scope != KillSwitch.Scope.VENUE:
        here = scoping.roots(target.scope, target.scope_id)
        staged = here.filter(hold=Hold.STAGED).count()
        if held := takeback.here(here).count():
            venues[""] = held
    return Foreseen(target, dict(sorted(venues.items())), staged)


def engage(scope: str, name: str, reason: str, confirm: str, user: User) -> KillSwitch | Refusal:
    """Stop trading in the scope; ``confirm`` repeats the target's name. Engaging twice answers what is on."""
    if not may(user):
        return Refusal("NOT_ALLOWED", "", f"the role {user.role} may not engage kill switches")
    target = targets.find(scope, name)
    if isinstance(target, Refusal):
        return target
    if confirm.strip() != target.name:
        return Refusal("NOT_CONFIRMED", "confirm", f"repeat the name to confirm: {target.name}")
    return _engage(target, reason.strip(), user)


def _engage(target: Target, reason: str, user: User) -> KillSwitch | Refusal:
    with transaction.atomic():
        fence.alone()
        moving = fence.hold_wires(withhold.wires(), WIRES_S)
        thrown = kill.throw(target.scope, target.scope_id, user, reason)
        if isinstance(thrown, Refusal) or not thrown[1]:
            return thrown if isinstance(thrown, Refusal) else thrown[0]
        switch = thrown[0]
        only_here = target.scope == KillSwitch.Scope.VENUE
        about = scoping.parts(target.scope, target.scope_id)
        why = f"not sent: {words(switch)}"[:400]
        unsent = withhold.withhold(about, "KILL_SWITCH", why, switch.engaged_at, send_again=only_here)
        takeback.note_unsent(switch, unsent.order_ids)
        _tell(switch, f"{words(switch)} ({target.name}, by {user.username})", "KILL_SWITCH", moving)
        bell.ring_on_commit("kill")
        return switch


def release(switch_id: int, reason: str, user: User) -> KillSwitch | Refusal:
    """Let trading go on; another person than the one who engaged."""
    if not may(user):
        return Refusal("NOT_ALLOWED", "", f"the role {user.role} may not release kill switches")
    with transaction.atomic():
        switch = kill.release(switch_id, user, reason.strip())
        if isinstance(switch, KillSwitch):
            name = targets.names([switch])[switch.pk]
            text = f"Trading goes on for {switch.scope} {name}: released by {user.username}"
            _tell(switch, f"{text}: {reason.strip()}" if reason.strip() else text, "KILL_RELEASED")
        return switch


def words(switch: KillSwitch) -> str:
    """What people read of it."""
    return stopped(takeback.as_known(switch))


def _tell(switch: KillSwitch, text: str, code: str, moving: list[str] | None = None) -> None:
    """An alert for every desk that it concerns, and one for operations where a gateway could not be waited for."""
    level = Alert.Severity.CRITICAL if switch.active else Alert.Severity.WARNING
    about = targets.desks(switch.scope, switch.scope_id).values_list("pk", flat=True)
    at = now()
    rows: list[alerts.Row] = [(at, level.value, SWITCH, code, desk, None, text[:500], {}, "") for desk in about]
    if moving:
        stuck = f"the gateway of {', '.join(moving)} was busy with a message for {WIRES_S:g} s; it may still leave"
        rows.append((at, level.value, SWITCH, code, None, None, stuck, {}, ""))
    alerts.save(rows)
    bell.ring_on_commit("live")
