"""What has changed since a watch looked last, and which working orders that concerns. Reading locks nothing.

Positions come from the journal, prices from the quotes, rules, switches and stops by comparing what is in force, lists
and reference data from their histories. A history row may be committed a moment after a younger one, so the last
seconds are read again, and what was seen there before is passed over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value

from oms.base.prepared import Prepared, single
from oms.base.sets import Mark
from orders import feed
from orders.holdings import exactly
from orders.models import Instrument, Order
from orders.vocabulary import ExecType
from risk import kill, losses
from risk.context import LossStop, Switch
from risk.known import Scoped
from risk.models import AccountProfile, Breach, InstrumentAnalytics, Locate, Permission, Restriction
from routing.models import Quote

BITE = 5_000
OVERLAP = timedelta(seconds=30)
# Controls whose result moves with the price of the order's own instrument, and those that weigh a whole portfolio.
PRICED = frozenset({"PT-02", "PT-03", "PT-16", "PT-18", "PT-22", "PT-33", "PT-38"})
WEIGHED = frozenset({"PT-17", "CP-01", "CP-03", "CP-04", "CP-06", "CP-07", "CP-08", "CP-10", "CP-12"})
MOVES = frozenset({ExecType.TRADE, ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT})
_HISTORIES = (Restriction, InstrumentAnalytics, AccountProfile, Locate, Permission, Instrument)
Seen = dict[str, Any]
# An empty Q would vanish from a disjunction.
EVERY, NONE = Q(pk__gt=0), Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Changed:
    """Which orders are concerned, by the cause, the gravest first; and what was seen, for the next look."""

    causes: Mapping[str, Q]
    seen: Seen = field(default_factory=dict)

    @property
    def any(self) -> Q:
        """Orders that are concerned at all."""
        which = NONE
        for one in self.causes.values():
            which |= one
        return which


def since(seen: Seen, last: datetime, at: datetime, rules: Sequence[Scoped], *, everything: bool) -> Changed:
    """What changed after ``last``, when ``seen`` was kept. ``everything``: every working order is concerned."""
    place, moved = _moved(feed.Place(*seen.get("place", (0, 0))), rules)
    in_force = {str(rule.id): rule.version for rule in rules}
    switches, stops = kill.engaged(), losses.in_force()
    history, rows = _histories(seen.get("history", {}), at)
    quoted, priced = _quoted(seen.get("quoted"), rules)
    causes = {
        "rule": _of_rules(seen.get("rules", {}), in_force, rules),
        "switch": _of_switches(seen.get("switches", []), switches),
        "loss": _of_stops(seen.get("stops", []), stops),
        "list": _of_lists(rows["restriction"], last, at),
        "reference data": _of_reference(rows, last, at),
        "position": moved,
        "price": priced,
    }
    if everything:
        causes["time"] = EVERY
    kept = {
        "place": list(place), "rules": in_force, "switches": [switch.id for switch in switches],
        "stops": [list(_told(stop)) for stop in stops], "history": history, "quoted": quoted,
    }  # fmt: skip
    return Changed({cause: which for cause, which in causes.items() if which is not None}, kept)


def _moved(place: feed.Place, rules: Sequence[Scoped]) -> tuple[feed.Place, Q | None]:
    """Fills, busts and corrections: the account's orders in the name, or all of them where its portfolio is weighed."""
    if place == feed.Place():
        return feed.latest(), None
    columns = ("tx", "pk", "exec_type", "is_root", "account_id", "instrument_id")
    rows = list(feed.after(place, BITE).values_list(*columns))
    keys = {(account, instrument) for _, _, kind, root, account, instrument in rows if root and kind in MOVES}
    latest = feed.Place(*rows[-1][:2]) if rows else place
    if not keys:
        return latest, None
    which, accounts = Q(exactly("orders_order", sorted(keys))), {account for account, _ in keys}
    if any(rule.control == "CP-14" for rule in rules):
        which |= Q(instrument_id__in={instrument for _, instrument in keys})
    weighed = [_scope(rule) for rule in rules if rule.control in WEIGHED | {"PT-30"}]
    for scope in weighed:
        which |= Q(account_id__in=accounts) & scope
    return latest, which


def _quoted(last: str | None, rules: Sequence[Scoped]) -> tuple[str | None, Q | None]:
    """Quotes that moved: orders in the name under a rule that looks at it, and those whose portfolio is weighed."""
    rows = Quote.objects.all()
    rows = rows.filter(quoted_at__gt=datetime.fromisoformat(last)) if last else rows
    found = list(rows.values_list("instrument_id", "quoted_at"))
    if not found:
        return last, None
    newest = max(at for _, at in found).isoformat()
    priced = _any(_at_market(rule) for rule in rules if rule.control in PRICED)
    which = [priced & Q(instrument_id__in={instrument for instrument, _ in found})] if priced is not None else []
    which += [_scope(rule) for rule in rules if rule.control in WEIGHED]
    return newest, _any(which)


def _at_market(rule: Scoped) -> Q:
    """The orders whose result under the rule moves with the market: the value of a limit order does not."""
    return _scope(rule) & Q(price__isnull=True) if rule.control == "PT-02" else _scope(rule)


def _of_rules(before: Mapping[str, int], after: Mapping[str, int], rules: Sequence[Scoped]) -> Q | None:
    """Orders under a rule that is new or changed, and those with a live breach of one that changed or is over."""
    fresh = [_scope(rule) for rule in rules if before.get(str(rule.id)) != rule.version]
    gone = [int(key) for key in before if after.get(key) != before[key]]
    if gone:
        fresh.append(Q(pk__in=Breach.objects.filter(rule_id__in=gone, closed_at=None).values("order_id")))
    return _any(fresh)


def _scope(rule: Scoped) -> Q:
    parts = {
        "desk_id": rule.desk_id, "account_id": rule.account_id, "instrument_id": rule.instrument_id,
        "instrument__asset_class": rule.asset_class,
    }  # fmt: skip
    return EVERY & Q(**{name: value for name, value in parts.items() if value})


_COLUMNS = {"desk": "desk_id", "trader": "entered_by_id", "account": "account_id", "instrument": "instrument_id"}


def _under(switch: Switch) -> Q:
    """The orders in the scope of a switch; of a venue's, those that have a part there."""
    if switch.scope in _COLUMNS:
        return Q(**{_COLUMNS[switch.scope]: switch.scope_id})
    if switch.scope == "firm":
        return EVERY
    if switch.scope == "client":
        return Q(account_id__in=switch.accounts)
    if switch.scope == "venue":
        return Q(pk__in=Order.objects.filter(venue=switch.scope_id, leaves_qty__gt=0).values("parent_id"))
    return losses.of("strategy", switch.scope_id) | Q(strategy=switch.scope_id)


def _of_switches(before: Sequence[int], switches: Sequence[Switch]) -> Q | None:
    """Orders in the scope of a switch that is new; and those that a switch stopped which is no longer on."""
    fresh = [_under(switch) for switch in switches if switch.id not in before]
    if set(before) - {switch.id for switch in switches}:
        fresh.append(_breached("PT-34"))
    return _any(fresh)


def _of_stops(before: Sequence[Sequence[str]], stops: Sequence[LossStop]) -> Q | None:
    known = {tuple(stop) for stop in before}
    fresh = [losses.of(stop.scope, stop.scope_id) for stop in stops if _told(stop) not in known]
    if known - {_told(stop) for stop in stops}:
        fresh.append(_breached("PT-44"))
    return _any(fresh)


def _told(stop: LossStop) -> tuple[str, str, str]:
    return stop.scope, stop.scope_id, str(stop.action)


def _breached(control: str) -> Q:
    return Q(pk__in=Breach.objects.filter(control=control, closed_at=None).values("order_id"))


def _histories(before: Mapping[str, Sequence[int]], at: datetime) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Rows written in the last seconds: history ids for the next look, and keys of rows that are new. One SELECT."""
    names = [str(model._meta.model_name) for model in _HISTORIES]
    seen: dict[str, list[int]] = {name: [] for name in names}
    fresh: dict[str, list[int]] = {name: [] for name in names}
    for name, history_id, key in _WRITTEN(at - OVERLAP):
        seen[name].append(history_id)
        if history_id not in before.get(name, ()):
            fresh[name].append(key)
    return seen, fresh


def _written(since: Mark) -> QuerySet[Any, Any]:
    first, *rest = [
        model.history.filter(history_date__gt=single(since))  # type: ignore[attr-defined]
        .annotate(table=Value(model._meta.model_name, output_field=CharField()))
        .values_list("table", "history_id", model._meta.pk.attname)
        for model in _HISTORIES
    ]
    return first.union(*rest, all=True)  # type: ignore[no-any-return]


_WRITTEN = Prepared(_written)


def _of_lists(keys: Sequence[int], last: datetime, at: datetime) -> Q | None:
    """Orders in names that an entry concerns which was written, began or ended. A derivative follows its underlying."""
    turned = Q(effective_from__gt=last, effective_from__lte=at) | Q(effective_to__gt=last, effective_to__lte=at)
    rows = list(Restriction.objects.filter(Q(pk__in=keys) | turned).values_list("instrument_id", "issuer"))
    if not rows:
        return None
    instruments = {instrument for instrument, _ in rows if instrument is not None}
    issuers = {issuer for _, issuer in rows if issuer}
    which = Q(instrument_id__in=instruments) | Q(instrument__underlying_id__in=instruments)
    for path in ("instrument", "instrument__underlying"):
        for name in ("issuer", "analytics__parent") if issuers else ():
            which |= Q(**{f"{path}__{name}__in": issuers})
    return which


def _of_reference(rows: Mapping[str, Sequence[int]], last: datetime, at: datetime) -> Q | None:
    """Orders that what is known of instruments, accounts, people and locates concerns."""
    names = [*rows["instrumentanalytics"], *rows["instrument"]]
    which = [Q(instrument_id__in=names)] if names else []
    if rows["accountprofile"]:
        which.append(Q(account_id__in=rows["accountprofile"]))
    located = Locate.objects.filter(Q(pk__in=rows["locate"]) | Q(expires_at__gt=last, expires_at__lte=at))
    which += [
        Q(account_id=account, instrument_id=instrument, side="sell_short")
        for account, instrument in located.values_list("account_id", "instrument_id")
    ]
    ended = Permission.objects.filter(Q(pk__in=rows["permission"]) | Q(effective_to__gt=last, effective_to__lte=at))
    if people := set(ended.values_list("user_id", flat=True)):
        which.append(Q(entered_by_id__in=people))
    return _any(which)


def _any(which: Iterable[Q]) -> Q | None:
    found: Q | None = None
    for one in which:
        found = one if found is None else found | one
    return found
