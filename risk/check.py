"""May it be entered? What the desk calls: ``decide`` (pure), and ``save``, which writes down what it found."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

import risk.reasons  # noqa: F401 - enters the codes into the catalogue
from oms.base import sets
from oms.base.money import plain
from risk import usage
from risk.context import Context
from risk.known import Facts
from risk.models import Decision
from risk.result import Outcome
from risk.room import Held, Measure, count
from risk.terms import ZERO, Terms
from risk.usage import Holds
from risk.verdict import Finding, Verdict, decide, refusals, set_aside

__all__ = ["Verdict", "decide", "refusals", "save"]


def save(terms: Sequence[Terms], verdicts: Sequence[Verdict], at: datetime, facts: Facts) -> None:
    """Write decisions, usages and reservations, a statement each; of a refused order nothing but its decision."""
    columns = ("order_id", "kind", "at", "outcome", "accepted", "basis", "inputs", "findings")
    sets.insert(Decision, columns, [_row(t, v, at) for t, v in zip(terms, verdicts, strict=True)])
    uses: dict[Any, Held] = {}
    fresh: list[Holds] = []
    changed: list[Holds] = []
    for each, asked in ((t, verdict.asked) for t, verdict in zip(terms, verdicts, strict=True) if verdict.accepted):
        assert each.account_id is not None
        assert each.instrument_id is not None
        key = (each.account_id, each.instrument_id)
        uses[key] = (uses.get(key) or facts.usages[key]).plus(each.side, set_aside(each))
        for usage_id in asked.change.values:
            if usage_id not in uses and usage_id in facts.usages:
                uses[usage_id] = copy(facts.usages[usage_id])
        count(uses, each.side, asked.change)
        (changed if each.is_amend else fresh).append(Holds(each.order_id, uses[key].id, each.side, asked.held))
    usage.write(uses)
    usage.reserve(fresh, changed)
    usage.send(_sent(terms, verdicts, facts), at)


def _sent(terms: Sequence[Terms], verdicts: Sequence[Verdict], facts: Facts) -> dict[int, tuple[int, Decimal]]:
    """For each limit of a window its length and what the accepted orders of the batch add, by usage id."""
    sums: dict[int, tuple[int, Decimal]] = {}
    for each, verdict in zip(terms, verdicts, strict=True):
        for one in facts.limits.get(each.order_id, ()) if verdict.accepted else ():
            if one.bound.measure == Measure.WINDOW_NOTIONAL and one.bound.window_s:
                known = sums.get(one.bound.usage_id, (0, ZERO))[1]
                sums[one.bound.usage_id] = one.bound.window_s, known + verdict.asked.own(one)
    return sums


def _row(terms: Terms, verdict: Verdict, at: datetime) -> tuple[Any, ...]:
    kind = Decision.Kind.AMEND if terms.is_amend else Decision.Kind.ENTER
    findings = orjson.dumps([_found(finding) for finding in verdict.findings]).decode()
    inputs = orjson.dumps(_inputs(verdict.context)).decode()
    return terms.order_id, kind, at, verdict.outcome.label, verdict.accepted, verdict.basis, inputs, findings


def _found(finding: Finding) -> dict[str, Any] | orjson.Fragment:
    """One finding as evidence. What a pass leaves empty is left out."""
    result, rule, row = finding
    if row is not None and not result.reason_code and isinstance(result.measured, Decimal):
        # An order stays within most of its limits, so these are written at once: plain words and digits alone.
        room = plain(max(row.hard - result.measured, ZERO))
        return orjson.Fragment(
            f'{{"control":"{result.control}","row":{row.id},"version":{row.version},"outcome":"pass",'
            f'"measured":"{plain(result.measured)}","limit":"{row.shown}","room":"{room}"}}'
        )
    entry: dict[str, Any] = {"control": result.control}
    if rule is not None:
        entry |= {"rule": rule.id, "version": rule.version}
        if rule.dry_run:
            entry["dry_run"] = True
    elif row is not None:
        entry |= {"row": row.id, "version": row.version}
    entry["outcome"] = _LABELS[result.outcome]
    if result.reason_code:
        entry["code"] = result.reason_code
    if result.measured is not None:
        entry["measured"] = _text(result.measured)
    if result.limit is not None:
        entry["limit"] = _text(result.limit)
    if row is not None and isinstance(result.measured, Decimal):
        entry["room"] = plain(max(row.hard - result.measured, ZERO))
    if result.text:
        entry["text"] = result.text
    return entry


_LABELS = {outcome: outcome.label for outcome in Outcome}


def _inputs(context: Context) -> dict[str, Any]:
    """What was known when it was decided."""
    holding, quote, listing = context.holding, context.reference, context.listing
    return {
        "holding": holding and [plain(holding.position), plain(holding.open_buy), plain(holding.open_sell)],
        "reference": quote and [plain(quote.price), plain(quote.bid), plain(quote.offer), quote.at],
        "lots": listing and [plain(listing.min_qty), plain(listing.round_lot)],
        "restricted": [entry.id for entry in context.restricted or ()],
        "switches": [switch.id for switch in context.switches or ()],
    }


def _text(number: Decimal | str) -> str | None:
    return plain(number) if isinstance(number, Decimal) else number
