"""May it be entered? What the desk calls: ``decide`` (pure), and ``save``, which writes down what it found."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from decimal import Decimal
from typing import Any

import risk.reasons  # noqa: F401 - enters the codes into the catalogue
from oms.base import sets
from risk import evidence, observed, overriding, usage, waiving
from risk.against import Asked, sends
from risk.inputs import Inputs
from risk.known import Facts
from risk.models import Decision
from risk.result import Outcome
from risk.room import Held, Measure, count
from risk.terms import ZERO, Terms
from risk.usage import Holds
from risk.verdict import ACKNOWLEDGED, Verdict, decide, decide_together, refusals

__all__ = ["Verdict", "decide", "decide_together", "refusals", "save"]


def save(terms: Sequence[Terms], verdicts: Sequence[Verdict], at: datetime, facts: Facts) -> None:
    """Write decisions, usages and reservations, a statement each; of a refused order nothing but its decision.

    What silent controls found is for Compliance alone and never stands in a decision.
    A block takes no room: its members have it.
    """
    columns = (
        "order_id", "kind", "at", "outcome", "accepted", "basis", "inputs", "findings", "reason", "override_no", "way",
        "terms_hash",
    )  # fmt: skip
    inputs = Inputs()
    rows = [_row(t, v, at, inputs) for t, v in zip(terms, verdicts, strict=True)]
    sets.insert(Decision, columns, rows, along=evidence.families(verdicts, at))
    observed.silently(terms, verdicts, at)
    uses: dict[Any, Held] = {}
    fresh: list[Holds] = []
    changed: list[Holds] = []
    takes = [(t, v.asked) for t, v in zip(terms, verdicts, strict=True) if v.accepted and not t.is_block]
    for each, asked in takes:
        assert each.account_id is not None
        assert each.instrument_id is not None
        key = (each.account_id, each.instrument_id)
        for one in (key, *asked.change.values):
            if one not in uses and one in facts.usages:
                uses[one] = copy(facts.usages[one])
        count(uses, key, each.side, asked.change)
        (changed if each.is_amend else fresh).append(Holds(each.order_id, uses[key].id, each.side, asked.held))
    usage.write(uses)
    usage.reserve(fresh, changed)
    usage.send(_sent(takes, facts), at)
    overriding.consume(terms, verdicts, at, facts)


def _sent(takes: Sequence[tuple[Terms, Asked]], facts: Facts) -> dict[int, tuple[int, Decimal]]:
    """For each limit of a window its length and what the accepted orders of the batch add, by usage id."""
    sums: dict[int, tuple[int, Decimal]] = {}
    for each, asked in takes:
        for one in facts.limits.get(each.order_id, ()):
            if one.bound.measure == Measure.WINDOW_NOTIONAL and one.bound.window_s:
                known = sums.get(one.bound.usage_id, (0, ZERO))[1]
                sums[one.bound.usage_id] = one.bound.window_s, known + sends(facts, each, asked, one)
    return sums


def _row(terms: Terms, verdict: Verdict, at: datetime, inputs: Inputs) -> tuple[Any, ...]:
    kind = Decision.Kind.AMEND if terms.is_amend else Decision.Kind.ENTER
    # What an override would be for: the terms that met an objection, and their hash.
    said = waiving.bound(terms) if verdict.outcome >= Outcome.SOFT else {}
    return (
        terms.order_id, kind, at, verdict.outcome.label, verdict.accepted, verdict.basis,
        inputs.of(verdict.context, said), evidence.written(verdict.found),
        terms.acknowledge_reason if verdict.basis == ACKNOWLEDGED else "",
        terms.override_id if verdict.accepted else None, verdict.way, waiving.terms_hash(said) if said else "",
    )  # fmt: skip
