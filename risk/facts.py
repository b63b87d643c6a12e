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
from risk import kill, lists, losses, params, strategies, supply, usage
from risk.context import Listing, Quoted
from risk.controls import CATALOGUE
from risk.controls.price import seconds
from risk.known import Facts, Scoped, of_strategy
from risk.models import Rule
from risk.parts import Tradable
from risk.supply.batch import Batch, Given
from risk.terms import Terms


def load(
    terms: Sequence[Terms],
    at: datetime,
    quotes: Mapping[int, Quoted],
    fx: Mapping[tuple[str, str], Decimal] | None = None,
    given: Given | None = None,
    *,
    lock: bool = True,
) -> Facts:
    """Lock the usages the orders count in, then read what is in force at ``at``. Nine statements.

    Everything but the rules is read after the locks, so it holds what the transaction that had them before us has
    committed. Without ``lock`` it is a look that nothing may be decided by.
    Where a rule in force asks for more, each further part costs one to four statements, and what it is measured over
    (a portfolio, a sender, a group's orders in a name) is locked too. ``given`` are suppliers of what other
    departments know, by instrument.
    """
    if lock:
        kill.stay()
    rules = rules_in_force(at)
    needs = supply.needed(rules)
    named = strategies.of(t.sender for t in terms if t.sender)
    terms = [of_strategy(t, named) for t in terms]
    if lock:
        supply.lock(needs, terms)
    instruments = {t.instrument_id for t in terms if t.instrument_id is not None}
    keys = {(t.account_id, t.instrument_id) for t in terms if t.account_id is not None and t.instrument_id is not None}
    usages = usage.lock(keys, fenced=True) if lock else usage.seen(keys)
    listings, states = _listings(instruments)
    entries = lists.in_force(instruments, at)
    batch = Batch(terms, at, rules, quotes, fx or {}, entries, given or {})
    return Facts(
        usages=usages,
        rules=rules,
        lists=entries,
        switches=kill.engaged(),
        listings=listings,
        states=states,
        quotes=quotes,
        fx=fx or {},
        parts=supply.load(needs, batch),
        loss_stops=losses.in_force(),
        strategies=named,
    )


def rules_in_force(at: datetime) -> list[Scoped]:
    """The rules in force at ``at``, their parameters as the controls read them. One statement."""
    in_force = Q(effective_to__isnull=True) | Q(effective_to__gt=at)
    rows = Rule.objects.filter(in_force, active=True, effective_from__lte=at).order_by("control", "pk")
    fields = ("pk", "version", "control", "params", "dry_run", "desk_id", "account_id", "instrument_id", "asset_class")
    return [
        Scoped(pk, version, control, _values(control, orjson.dumps(raw)), *rest)
        for pk, version, control, raw, *rest in rows.values_list(*fields)
    ]


def age_s(at: datetime, then: datetime) -> Decimal:
    """Seconds from ``then`` to ``at``, exactly."""
    return seconds(at - then)


@lru_cache(maxsize=4096)
def _values(control: str, raw: bytes) -> Any:
    """The parameters as the control reads them, or the fault. Kept by their text, so a change is seen at once."""
    if control not in CATALOGUE:
        return params.ParamError(f"there is no control {control}")
    try:
        return params.read(CATALOGUE[control].params, orjson.loads(raw))
    except params.ParamError as fault:
        return fault


def _listings(instruments: Iterable[int]) -> tuple[dict[int, Listing], dict[int, Tradable]]:
    rows = (
        Instrument.objects.filter(pk__in=instruments)
        .order_by("pk", "tick_table__ticks__price_from")
        .values_list(
            "pk", "round_lot", "min_qty", "state", "maturity_date",
            "tick_table__ticks__price_from", "tick_table__ticks__tick",
        )
    )  # fmt: skip
    sizes: dict[int, tuple[Decimal, Decimal]] = {}
    states: dict[int, Tradable] = {}
    ticks: dict[int, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for pk, round_lot, min_qty, state, maturity_date, price_from, tick in rows:
        sizes[pk] = round_lot, min_qty
        states[pk] = Tradable(state, maturity_date)
        if tick is not None:
            ticks[pk].append((price_from, tick))
    listings = {pk: Listing(tuple(ticks[pk]), round_lot, min_qty) for pk, (round_lot, min_qty) in sizes.items()}
    return listings, states
