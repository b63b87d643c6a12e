"""What a kill switch is thrown for, as people name it, and back."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from oms.base.refusal import Refusal
from orders.models import Account, Desk, Instrument, Order, OrderRequest, User
from risk.models import KillSwitch
from routing.models import ClientSession, Venue

Scope = KillSwitch.Scope
FIRM = "FIRM"
# What people write for the target of each scope, for answers that refuse one.
WORDS = {
    Scope.FIRM: "nothing", Scope.DESK: "a desk's code", Scope.TRADER: "a user name", Scope.ACCOUNT: "an account's code",
    Scope.CLIENT: "a client, as account profiles name the owner",
    Scope.STRATEGY: "the SenderCompID its orders come under", Scope.INSTRUMENT: "SYMBOL.MIC", Scope.VENUE: "a MIC",
}  # fmt: skip


class Target(NamedTuple):
    """A scope, the id of what is meant, and its name, which whoever engages must repeat."""

    scope: str
    scope_id: str
    name: str


def find(scope: str, name: str) -> Target | Refusal:
    """The target that people call ``name``. Two SELECTs at most."""
    if scope not in Scope.values:
        return Refusal("BAD_VALUE", "scope", f"scope must be one of {', '.join(Scope.values)}")
    name = name.strip()
    if scope == Scope.FIRM:
        wrong = Refusal("BAD_VALUE", "target", "the firm has no target: leave it empty")
        return Target(scope, "", FIRM) if name in ("", FIRM) else wrong
    if not name:
        return Refusal("MISSING", "target", f"a kill switch for a {scope} needs a target: {WORDS[Scope(scope)]}")
    found = _KEYS[Scope(scope)](name)
    if found is None:
        return Refusal("BAD_VALUE", "target", f"there is no {scope} {name[:80]!r}; give {WORDS[Scope(scope)]}")
    return Target(scope, found, name)


def names(switches: Iterable[KillSwitch]) -> dict[int, str]:
    """What each switch's target is called. One SELECT for each scope of desks, traders, accounts, instruments."""
    switches = list(switches)
    found: dict[tuple[str, str], str] = {}
    for scope, (rows, column) in _NAMED.items():
        ids = {one.scope_id for one in switches if one.scope == scope}
        if ids:
            found |= {(scope, str(row[0])): ".".join(row[1:]) for row in rows.filter(pk__in=ids).values_list(*column)}
    return {one.pk: FIRM if one.scope == Scope.FIRM else found.get((one.scope, one.scope_id), one.scope_id)
            for one in switches}  # fmt: skip


def desks(scope: str, scope_id: str) -> QuerySet[Desk]:
    """The desks that a switch concerns: those whose people or orders it stops. Every desk where that is open."""
    rows = Desk.objects.order_by("pk")
    if scope == Scope.DESK:
        return rows.filter(pk=int(scope_id))
    if scope == Scope.ACCOUNT:
        return rows.filter(accounts=int(scope_id))
    if scope == Scope.TRADER:
        return rows.filter(users=int(scope_id))
    if scope == Scope.CLIENT:
        return rows.filter(accounts__client=scope_id).distinct()
    return rows


def concerning(desk: Desk) -> list[KillSwitch]:
    """The switches that are on and concern the desk, as ``desks`` has it. One SELECT; four more while any is on."""
    engaged = list(KillSwitch.objects.filter(released_at__isnull=True).select_related("engaged_by").order_by("pk"))
    if not engaged:
        return []
    accounts = Account.objects.filter(desk=desk)
    its: dict[str, set[str]] = {
        Scope.DESK: {str(desk.pk)},
        Scope.ACCOUNT: {str(pk) for pk in accounts.values_list("pk", flat=True)},
        Scope.TRADER: {str(pk) for pk in User.objects.filter(desks=desk).values_list("pk", flat=True)},
        Scope.CLIENT: set(accounts.values_list("client", flat=True)),
    }
    return [one for one in engaged if one.scope not in its or one.scope_id in its[one.scope]]


def _key(rows: QuerySet[Any]) -> str | None:
    found = rows.values_list("pk", flat=True).first()
    return None if found is None else str(found)


def _instrument(name: str) -> str | None:
    symbol, _, mic = name.rpartition(".")
    return _key(Instrument.objects.filter(symbol=symbol, primary_mic=mic))


def _client(name: str) -> str | None:
    return name if Account.objects.filter(client=name).exists() else None


def _strategy(name: str) -> str | None:
    """Also one that never sent anything yet: a session of a client, or a user."""
    known = OrderRequest.objects.filter(sender_comp_id=name, order__parent__isnull=True)
    named = Order.objects.filter(strategy=name)
    here = ClientSession.objects.filter(code=name).exists() or User.objects.filter(username=name).exists()
    return name if len(name) <= 64 and (here or known.exists() or named.exists()) else None


_KEYS: dict[Scope, Callable[[str], str | None]] = {
    Scope.DESK: lambda name: _key(Desk.objects.filter(code=name)),
    Scope.TRADER: lambda name: _key(User.objects.filter(username=name)),
    Scope.ACCOUNT: lambda name: _key(Account.objects.filter(code=name)),
    Scope.CLIENT: _client,
    Scope.STRATEGY: _strategy,
    Scope.INSTRUMENT: _instrument,
    Scope.VENUE: lambda name: _key(Venue.objects.filter(Q(mic=name))),
}
_NAMED: dict[Scope, tuple[QuerySet[Any], tuple[str, ...]]] = {
    Scope.DESK: (Desk.objects.all(), ("pk", "code")),
    Scope.TRADER: (User.objects.all(), ("pk", "username")),
    Scope.ACCOUNT: (Account.objects.all(), ("pk", "code")),
    Scope.INSTRUMENT: (Instrument.objects.all(), ("pk", "symbol", "primary_mic")),
}
