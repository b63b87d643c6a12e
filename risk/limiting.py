"""Setting limits: the only way to change one, so that each has a version, an author and a reason, and counts what is
open already.

It is done alone, behind the fence that every order passes: what is under way is finished and counted, and no order
slips between the count and the first check against the new row. A row whose levels alone change counts nothing anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from oms.base import fence, sets
from oms.base.clock import now
from oms.base.refusal import Refusal
from orders.fx import Rates
from risk import counting
from risk.limits import REFERENCES, SCOPE, Limit, LimitPolicy, words
from risk.models import Usage

LEVELS = ("soft", "hard", "active", "effective_from", "effective_to", "version", "author")
FIXED = ("measure", *SCOPE, "currency", "window_s")
_KEY = ("measure", "window_s", *(f"{name}_id" if name in REFERENCES else name for name in SCOPE))


def put(limits: Sequence[Limit], actor: Any, fx: Rates, reason: str = "") -> list[list[Refusal]]:
    """Save new and edited limits, or answer for each everything that is wrong with it, and then save none of them.

    ``actor`` is a user. An edit made on a version that is no longer the latest is refused.
    """
    with transaction.atomic():
        fence.alone()
        held = _held(limits)
        faults = judge(limits, held)
        if any(faults):
            return faults
        touched = _write(limits, held, actor, reason)
        refusals = counting.count(touched, fx, now())
        if refusals:
            transaction.set_rollback(True)
            return [refusals, *([] for _ in limits[1:])]
        return faults


def judge(limits: Sequence[Limit], held: Mapping[int, Limit] | None = None) -> list[list[Refusal]]:
    """Everything that is wrong with each, alone, with what it was before and with the others. Two SELECTs."""
    held = _held(limits) if held is None else held
    faults = [[*_faults(limit), *_against(limit, held.get(limit.pk))] for limit in limits]
    for at, refusal in _repeated(limits):
        faults[at].append(refusal)
    return faults


def _held(limits: Sequence[Limit]) -> dict[int, Limit]:
    """As they are now, those that are there already."""
    return {one.pk: one for one in Limit.objects.filter(pk__in=[limit.pk for limit in limits if limit.pk])}


def choose(measure: str, rows: str, actor: Any, fx: Rates, reason: str = "") -> list[Refusal]:
    """Have all rows of ``measure`` apply, or the most specific alone; what is open is counted accordingly."""
    policy = LimitPolicy(measure=measure, rows=rows)
    with transaction.atomic():
        fence.alone()
        try:
            policy.full_clean(validate_unique=False)
        except ValidationError as error:
            return _told(error)
        policy._history_user, policy._change_reason = actor, reason[:100] or None  # type: ignore[attr-defined]
        policy.save()
        limits = Limit.objects.filter(measure=measure)
        refusals = counting.count(limits.values_list("pk", flat=True), fx, now())
        if refusals:
            transaction.set_rollback(True)
        return refusals


def _write(limits: Sequence[Limit], held: Mapping[int, Limit], actor: Any, reason: str) -> set[int]:
    """Write them with their history and a usage each. The limits whose use must be counted."""
    note = {"default_user": actor, "default_change_reason": reason[:100] or None}
    fresh = [limit for limit in limits if limit.pk is None]
    changed = [limit for limit in limits if limit.pk is not None]
    for limit in limits:
        limit.author, limit.version = actor, 1 if limit.pk is None else limit.version + 1
    made = bulk_create_with_history(fresh, Limit, **note) if fresh else []
    if changed:
        bulk_update_with_history(changed, Limit, LEVELS, **note)
    rows = [(Usage.Kind.LIMIT, limit.pk, None, 0, 0, 0, 0, 0, 0, 0) for limit in made]
    columns = ("kind", "scope_id", "instrument_id", "position_qty", "open_buy_qty", "open_sell_qty", "open_buy_value",
               "open_sell_value", "open_orders", "executed_value")  # fmt: skip
    sets.insert(Usage, columns, rows)
    return {limit.pk for limit in made} | {limit.pk for limit in changed if _recounts(limit, held[limit.pk])}


def _recounts(limit: Limit, before: Limit) -> bool:
    """While it was inactive no order counted in it; and where the most specific wins, times decide which does."""
    times = (limit.effective_from, limit.effective_to) != (before.effective_from, before.effective_to)
    return limit.active != before.active or times


def _faults(limit: Limit) -> list[Refusal]:
    """What is wrong with the row by itself, field by field. No statement: references were looked up by whoever asks."""
    refusals = []
    try:
        limit.clean_fields(exclude=["desk", "trader", "account", "instrument", "author"])
    except ValidationError as error:
        refusals = _told(error)
    named = {refusal.field for refusal in refusals}
    return refusals + [refusal for refusal in words(limit) if refusal.field not in named]


def _against(limit: Limit, held: Limit | None) -> Iterable[Refusal]:
    """What an edit may not do."""
    if limit.pk is None:
        return
    if held is None or held.version != limit.version:
        text = f"limit {limit.pk} is at version {held.version if held else 'none'}; you changed {limit.version}"
        yield Refusal("VERSION_CONFLICT", "version", text)
        return
    for name in FIXED:
        if getattr(limit, name) != getattr(held, name):
            yield Refusal("LIMIT_FIXED", name, f"{name} of a limit never changes: end this one and set another")


def _repeated(limits: Sequence[Limit]) -> Iterable[tuple[int, Refusal]]:
    """Rows of a scope and measure of which there is one in force, or another in the same batch. One SELECT."""
    if not any(limit.active for limit in limits):
        return
    rows = Limit.objects.filter(active=True, measure__in={limit.measure for limit in limits})
    known = {key(row): row.pk for row in rows}
    for at, limit in enumerate(limits):
        if limit.active:
            other = known.setdefault(key(limit), limit.pk or -1 - at)
            if other not in (limit.pk, -1 - at):
                which = f"limit {other}" if other > 0 else f"row {-other}"
                text = f"{which} is a {limit.measure} limit of the same scope"
                yield at, Refusal("DUPLICATE_LIMIT", "measure", text)


def key(limit: Limit) -> tuple[object, ...]:
    """What only one limit in force may have."""
    return tuple(getattr(limit, name) for name in _KEY)


def _told(error: ValidationError) -> list[Refusal]:
    """Django's findings as ours: what is empty is missing."""
    return [
        Refusal("MISSING" if one.code in ("null", "blank", "required") else "BAD_VALUE", name, text)
        for name, found in error.error_dict.items()
        for one in found
        for text in one.messages
    ]
