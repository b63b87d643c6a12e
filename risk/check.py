"""May it be entered? What the desk calls: ``decide`` (pure), and ``save``, which writes down what it found."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

import risk.reasons  # noqa: F401 - enters the codes into the catalogue
from oms.base import sets
from oms.base.money import plain
from risk import observed, overriding, usage, waiving
from risk.against import Asked, sends
from risk.context import Context
from risk.known import Facts
from risk.models import Decision
from risk.observed import found
from risk.result import Outcome
from risk.room import Held, Measure, count
from risk.terms import ZERO, Terms
from risk.usage import Holds
from risk.verdict import ACKNOWLEDGED, Verdict, decide, decide_together, refusals

# Parts of the context that are evidence where they were looked at.
MORE = (
    "analytics", "client", "recent", "resting", "sent_ages_s", "owner_fills", "cash", "borrow",
    "executions", "modifies", "option", "margin", "rollout", "fund", "short_sale", "ratings", "grants", "takes",
    "situation",
)  # fmt: skip

__all__ = ["Verdict", "decide", "decide_together", "refusals", "save"]


def save(terms: Sequence[Terms], verdicts: Sequence[Verdict], at: datetime, facts: Facts) -> None:
    """Write decisions, usages and reservations, a statement each; of a refused order nothing but its decision.

    What silent controls found is for Compliance alone and never stands in a decision, not even that they passed.
    A block takes no room: its members have it.
    """
    columns = (
        "order_id", "kind", "at", "outcome", "accepted", "basis", "inputs", "findings", "reason", "override_no", "way",
        "terms_hash",
    )  # fmt: skip
    sets.insert(Decision, columns, [_row(t, v, at) for t, v in zip(terms, verdicts, strict=True)])
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


def _row(terms: Terms, verdict: Verdict, at: datetime) -> tuple[Any, ...]:
    kind = Decision.Kind.AMEND if terms.is_amend else Decision.Kind.ENTER
    findings = orjson.dumps([found(finding) for finding in verdict.findings if not finding.silent]).decode()
    # What an override would be for: the terms that met an objection, and their hash.
    said = waiving.bound(terms) if verdict.outcome >= Outcome.SOFT else {}
    inputs = orjson.dumps(_inputs(verdict.context) | ({"terms": said} if said else {})).decode()
    return (
        terms.order_id, kind, at, verdict.outcome.label, verdict.accepted, verdict.basis, inputs, findings,
        terms.acknowledge_reason if verdict.basis == ACKNOWLEDGED else "",
        terms.override_id if verdict.accepted else None, verdict.way, waiving.terms_hash(said) if said else "",
    )  # fmt: skip


def _inputs(context: Context) -> dict[str, Any]:
    """What was known when it was decided."""
    holding, quote, listing = context.holding, context.reference, context.listing
    return {
        "holding": holding and [plain(holding.position), plain(holding.open_buy), plain(holding.open_sell)],
        "reference": quote and [plain(quote.price), plain(quote.bid), plain(quote.offer), quote.at],
        "lots": listing and [plain(listing.min_qty), plain(listing.round_lot)],
        "restricted": [entry.id for entry in (*(context.restricted or ()), *(context.excluded or ()))],
        "switches": [switch.id for switch in context.switches or ()],
        **{name: _part(getattr(context, name)) for name in MORE if getattr(context, name) is not None},
    }


def _part(part: Any) -> Any:
    """A further part as evidence: long lists by their length, the rest as it was known."""
    if isinstance(part, tuple):
        return list(part) if all(isinstance(one, str) for one in part) else len(part)
    if isinstance(part, Decimal):
        return plain(part)
    if is_dataclass(part):
        names = (field.name for field in fields(part))
        return {name: _part(value) for name in names if (value := getattr(part, name)) not in (None, "", ())}
    if isinstance(part, Mapping):
        return len(part)
    return sorted(map(str, part)) if isinstance(part, frozenset) else part
