"""The rules and limits in force, kept in the process and read again when a stamp in the database has changed.

Ten thousand rows are read once a change instead of once a batch. The stamp is read in the batch's own transaction,
behind the fence, and triggers write it, so nothing that is committed is missed.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from oms.base import money
from oms.base.prepared import Prepared
from risk import params
from risk.controls import CATALOGUE
from risk.cover import Cover
from risk.known import Scoped
from risk.limits import REFERENCES, Limit, LimitPolicy, Stamp
from risk.models import Rule, Usage
from risk.room import DIMENSIONS, Bound

_RULE = (
    "effective_from", "effective_to", "pk", "version", "control", "params", "dry_run", "desk_id", "account_id",
    "instrument_id", "asset_class",
)  # fmt: skip


class Timed(NamedTuple):
    """A rule with the time it is in force: [from, to)."""

    effective_from: datetime
    effective_to: datetime | None
    rule: Scoped


class Index(NamedTuple):
    """Everything that was active at ``stamp``; ``bounds`` are the limits by usage id.

    ``moments`` are the times at which another set of rules comes into force, ``spans`` the sets already asked for.
    """

    stamp: UUID | None
    timed: tuple[Timed, ...]
    moments: Sequence[datetime]
    spans: dict[int, tuple[Scoped, ...]]
    limits: Cover[Bound]
    bounds: Mapping[int, Bound]
    most_specific: frozenset[str]

    def rules(self, at: datetime) -> tuple[Scoped, ...]:
        """The rules in force at ``at``: the same tuple until another set comes into force."""
        span = bisect_right(self.moments, at)
        found = self.spans.get(span)
        if found is None:
            found = tuple(rule for start, end, rule in self.timed if start <= at and (end is None or at < end))
            self.spans[span] = found
        return found


_STAMP = Prepared(lambda: Stamp.objects.filter(pk=1).values_list("stamp"))
_kept: Index | None = None


def current() -> Index:
    """What is active now. One statement, and four more after a change."""
    global _kept
    stamp = next((stamp for (stamp,) in _STAMP()), None)
    kept = _kept
    if kept is None or stamp is None or kept.stamp != stamp:
        kept = _kept = _read(stamp)
    return kept


def _read(stamp: UUID | None) -> Index:
    rows = Rule.objects.filter(active=True).order_by("control", "pk").values_list(*_RULE)
    timed = tuple(
        Timed(start, end, Scoped(pk, version, control, _values(control, orjson.dumps(raw)), *rest))
        for start, end, pk, version, control, raw, *rest in rows
    )
    usages = dict(Usage.objects.filter(kind=Usage.Kind.LIMIT).values_list("scope_id", "pk"))
    limits = [(scope_of(row), bound_of(row, usages[row.pk])) for row in Limit.objects.filter(active=True)]
    policies = LimitPolicy.objects.filter(rows=LimitPolicy.Rows.MOST_SPECIFIC).values_list("measure", flat=True)
    moments = sorted({at for one in timed for at in (one.effective_from, one.effective_to) if at is not None})
    bounds = {bound.usage_id: bound for _, bound in limits}
    return Index(stamp, timed, moments, {}, Cover(limits), bounds, frozenset(policies))


def scope_of(limit: Limit) -> tuple[object, ...]:
    """The limit's scope in the order of ``risk.room.DIMENSIONS``; None means any."""
    return tuple(_value(limit, name) for name in DIMENSIONS)


def _value(limit: Limit, name: str) -> Any:
    return getattr(limit, f"{name}_id") if name in REFERENCES else getattr(limit, name) or None


def bound_of(limit: Limit, usage_id: int) -> Bound:
    """The row as the controls see it."""
    named = [value is not None for value in scope_of(limit)]
    rank = (sum(named), *map(int, named))
    return Bound(
        limit.pk, limit.version, usage_id, limit.measure, limit.soft, limit.hard, limit.currency, limit.window_s,
        rank, limit.effective_from, limit.effective_to, money.plain(limit.hard) or "",
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _values(control: str, raw: bytes) -> Any:
    """The parameters as the control reads them, or the fault. Kept by their text."""
    if control not in CATALOGUE:
        return params.ParamError(f"there is no control {control}")
    try:
        return params.read(CATALOGUE[control].params, orjson.loads(raw))
    except params.ParamError as fault:
        return fault
