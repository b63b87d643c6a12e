"""Overrides at the moment they are used: locked with the limits, consumed in the transaction that accepts the order."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from oms.base import sets
from oms.base.locks import locked
from oms.base.refusal import Refusal
from risk import waiving
from risk.controls.brakes import FOUR_EYES
from risk.known import Facts
from risk.override import Override, OverrideEvent
from risk.terms import Terms
from risk.verdict import Verdict
from risk.waiving import Granted, State

COLUMNS = ("override_id", "what", "at", "by_id", "order_id", "text")
# No key of a row is so large, and the database would not take it.
TOO_LARGE = 2**63
_FIELDS = (
    "pk", "state", "way", "breaches", "terms_hash", "asked_by_id", "trader_id", "decided_by_id", "expires_at",
)  # fmt: skip
Turned = tuple[int, datetime, int | None, str]
"""(override id, when, who tried, why it was turned away)"""


def attached(known: Facts, ids: Iterable[int | None], desk_ids: Iterable[int], *, lock: bool = True) -> Facts:
    """``known`` with the overrides that a batch names, of these desks alone. One statement, none where it names none.

    They are limits as usages are, and locked after those and before orders; whoever waited for one sees it used.
    """
    wanted = {pk for pk in ids if pk is not None and 0 < pk < TOO_LARGE}
    if not wanted:
        return known
    rows: QuerySet[Override] = Override.objects.filter(pk__in=wanted, desk_id__in=set(desk_ids))
    found = (locked(rows) if lock else rows).values_list(*_FIELDS)
    return replace(known, overrides={row[0]: _granted(*row) for row in found})


def _granted(
    pk: int, state: str, way: str, breaches: Sequence[dict[str, Any]], terms_hash: str, maker: int, trader: int,
    approver: int | None, expires_at: datetime,
) -> Granted:  # fmt: skip
    controls = frozenset(
        waiving.waived(str(one["control"]), int(one.get("leg", 0))) for one in breaches if one["control"] != FOUR_EYES
    )
    return Granted(pk, state, way, controls, terms_hash, maker, trader, approver, expires_at)


class Bearers:
    """The orders of one batch that come with an override: each override is for one of them."""

    def __init__(self, known: Facts, at: datetime, actor_id: int | None) -> None:
        self.known, self.at, self.actor_id = known, at, actor_id
        self.seen: set[int] = set()
        self.turned: list[Turned] = []

    def objection(self, terms: Terms) -> Refusal | None:
        """Why the order may not use the override it names; None if it may, or names none."""
        if terms.override_id is None:
            return None
        granted = self.known.overrides.get(terms.override_id)
        refusal = waiving.objection(granted, terms, self.at)
        if refusal is None and terms.override_id in self.seen:
            refusal = Refusal("OVERRIDE_USED", "override_id", f"override {terms.override_id} was used before")
        if refusal is None:
            self.seen.add(terms.override_id)
        elif granted is not None:
            self.turned.append((granted.id, self.at, self.actor_id, f"{refusal.code}: {refusal.text}"[:500]))
        return refusal

    def save(self) -> None:
        """Write down who was turned away. One statement, none where nobody was."""
        rows = [(pk, "turned_away", at, by, None, text) for pk, at, by, text in self.turned]
        sets.insert(OverrideEvent, COLUMNS, rows)


def consume(terms: Sequence[Terms], verdicts: Sequence[Verdict], at: datetime, known: Facts) -> None:
    """Use up the overrides of the orders that were accepted. Two statements, none where no order came with one.

    An order that would have passed without it uses it up as well: it was granted for one order, and that was sent. The
    legs of a spread use it as one.
    """
    used = {
        each.override_id: each.whole_id or each.order_id
        for each, verdict in zip(terms, verdicts, strict=True)
        if verdict.accepted and each.override_id in known.overrides
    }
    if not used:
        return
    rows = [(pk, State.USED.value, order_id, at) for pk, order_id in used.items()]
    assert sets.update(Override, ["pk"], ("state", "used_by_id", "used_at"), rows) == len(used)
    sets.insert(OverrideEvent, COLUMNS, [(pk, "used", at, None, order_id, "") for pk, order_id in used.items()])
