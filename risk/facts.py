"""Load what the controls need for a batch, in a number of statements that does not grow with it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson
from django.db.models import Q

from orders.models import Instrument
from risk import kill, params, usage
from risk.context import Listing, Quoted, Restricted
from risk.controls import CATALOGUE
from risk.known import Facts, Scoped
from risk.models import Restriction, Rule
from risk.terms import Terms


def load(
    terms: Sequence[Terms],
    at: datetime,
    quotes: Mapping[int, Quoted],
    fx: Mapping[tuple[str, str], Decimal] | None = None,
    *,
    lock: bool = True,
) -> Facts:
    """Lock the usages the orders count in, then read what is in force at ``at``. Seven statements.

    Everything is read after the lock, so it holds what the transaction that had the lock before us has committed.
    Without ``lock`` it is a look that nothing may be decided by.
    """
    instruments = {t.instrument_id for t in terms if t.instrument_id is not None}
    return Facts(
        usages=(usage.lock if lock else usage.seen)(
            (t.account_id, t.instrument_id) for t in terms if t.account_id is not None and t.instrument_id is not None
        ),
        rules=_rules(at),
        restricted=_restricted(instruments, at),
        switches=kill.engaged(),
        listings=_listings(instruments),
        quotes=quotes,
        fx=fx or {},
    )


def _rules(at: datetime) -> list[Scoped]:
    in_force = Q(effective_to__isnull=True) | Q(effective_to__gt=at)
    rows = Rule.objects.filter(in_force, active=True, effective_from__lte=at).order_by("control", "pk")
    fields = ("pk", "version", "control", "params", "dry_run", "desk_id", "account_id", "instrument_id", "asset_class")
    return [
        Scoped(pk, version, control, _values(control, orjson.dumps(raw)), *rest)
        for pk, version, control, raw, *rest in rows.values_list(*fields)
    ]


@lru_cache(maxsize=4096)
def _values(control: str, raw: bytes) -> Any:
    """The parameters as the control reads them, or the fault. Kept by their text, so a change is seen at once."""
    if control not in CATALOGUE:
        return params.ParamError(f"there is no control {control}")
    try:
        return params.read(CATALOGUE[control].params, orjson.loads(raw))
    except params.ParamError as fault:
        return fault


def _restricted(instruments: Iterable[int], at: datetime) -> dict[int, tuple[Restricted, ...]]:
    in_force = Q(effective_to__isnull=True) | Q(effective_to__gt=at)
    rows = Restriction.objects.filter(
        in_force, kind=Restriction.Kind.RESTRICTED, instrument_id__in=instruments, effective_from__lte=at
    )
    found: dict[int, list[Restricted]] = defaultdict(list)
    for instrument_id, pk, side in rows.order_by("pk").values_list("instrument_id", "pk", "side"):
        found[instrument_id].append(Restricted(pk, side))
    return {instrument_id: tuple(entries) for instrument_id, entries in found.items()}


def _listings(instruments: Iterable[int]) -> dict[int, Listing]:
    rows = (
        Instrument.objects.filter(pk__in=instruments)
        .order_by("pk", "tick_table__ticks__price_from")
        .values_list("pk", "round_lot", "min_qty", "tick_table__ticks__price_from", "tick_table__ticks__tick")
    )
    sizes: dict[int, tuple[Decimal, Decimal]] = {}
    ticks: dict[int, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for pk, round_lot, min_qty, price_from, tick in rows:
        sizes[pk] = round_lot, min_qty
        if tick is not None:
            ticks[pk].append((price_from, tick))
    return {pk: Listing(tuple(ticks[pk]), round_lot, min_qty) for pk, (round_lot, min_qty) in sizes.items()}
