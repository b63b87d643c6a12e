"""May it be entered? ``decide`` is a pure fold over a batch of orders; ``save`` writes what it found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

import risk.reasons  # noqa: F401 - enters the codes into the catalogue
from oms.base import sets
from oms.base.money import plain
from oms.base.refusal import Refusal
from risk import usage
from risk.context import Context, Holding
from risk.controls import CATALOGUE
from risk.facts import Facts, Scoped
from risk.models import Decision
from risk.params import ParamError
from risk.result import Outcome, Result, missing
from risk.terms import ZERO, Terms
from risk.usage import Held

_STANDING = [control for control in CATALOGUE.values() if control.standing is not None]


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's result. ``rule`` is None for a control that watches every order without a rule."""

    result: Result
    rule: Scoped | None = None

    @property
    def enforced(self) -> bool:
        """A dry run is recorded and stands in nobody's way."""
        return self.rule is None or not self.rule.dry_run


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings on one order, and what follows. ``basis`` says why a breach did not stop it."""

    outcome: Outcome
    accepted: bool
    basis: str
    findings: tuple[Finding, ...]
    context: Context

    @property
    def results(self) -> tuple[Result, ...]:
        """The results that count."""
        return tuple(finding.result for finding in self.findings if finding.enforced)


def decide(terms: Sequence[Terms], facts: Facts, at: datetime) -> list[Verdict]:
    """One verdict an order, in order. An accepted order uses up room for those after it; a refused one does not."""
    held = dict(facts.usages)
    verdicts = []
    for each in terms:
        key = (each.account_id, each.instrument_id)
        context = _context(each, held.get(key), facts, at)  # type: ignore[arg-type]
        verdict = _judge(each, context, tuple(_evaluate(each, context, facts.rules)))
        if verdict.accepted and key in held:
            held[key] = held[key].plus(each.side, set_aside(each))  # type: ignore[index]
        verdicts.append(verdict)
    return verdicts


def refusals(verdict: Verdict) -> tuple[Refusal, ...]:
    """Every reason why the order was refused, the gravest first; none for an accepted order."""
    if verdict.accepted:
        return ()
    breaches = [result for result in verdict.results if result.outcome >= Outcome.SOFT]
    breaches.sort(key=lambda result: -result.outcome)
    return tuple(Refusal(r.reason_code, CATALOGUE[r.control].field, r.text) for r in breaches)


def set_aside(terms: Terms) -> Decimal:
    """What the order holds beyond what it held: all of a new one; of an amend only the growth.

    What shrinks is given back when the venue has agreed, not when it is asked.
    """
    return max(terms.leaves_qty - terms.open_before, ZERO)


def save(terms: Sequence[Terms], verdicts: Sequence[Verdict], at: datetime, facts: Facts) -> None:
    """Write decisions, usages and reservations, a statement each; of a refused order nothing but its decision."""
    columns = ("order_id", "kind", "at", "outcome", "accepted", "basis", "inputs", "findings")
    sets.insert(Decision, columns, [_row(t, v, at) for t, v in zip(terms, verdicts, strict=True)])
    held, fresh, changed = {}, [], []
    for each in (t for t, verdict in zip(terms, verdicts, strict=True) if verdict.accepted):
        assert each.account_id is not None
        assert each.instrument_id is not None
        key = (each.account_id, each.instrument_id)
        held[key] = held.get(key, facts.usages[key]).plus(each.side, set_aside(each))
        row = (each.order_id, held[key].id, each.side, each.open_before + set_aside(each))
        (changed if each.is_amend else fresh).append(row)
    usage.write(held.values())
    usage.reserve(fresh, changed)


def _context(terms: Terms, held: Held | None, facts: Facts, at: datetime) -> Context:
    """The surroundings of one order, without what it already holds itself."""
    instrument_id = terms.instrument_id
    if held is not None:
        held = held.plus(terms.side, -terms.open_before)
    return Context(
        at=at,
        reference=facts.quotes.get(instrument_id),  # type: ignore[arg-type]
        holding=held and Holding(held.position, held.open_buy, held.open_sell),
        listing=facts.listings.get(instrument_id),  # type: ignore[arg-type]
        restricted=facts.restricted.get(instrument_id, ()),  # type: ignore[arg-type]
        switches=facts.switches,
        fx={to: rate for (base, to), rate in facts.fx.items() if base == terms.currency},
    )


def _evaluate(terms: Terms, context: Context, rules: Sequence[Scoped]) -> Iterator[Finding]:
    """Every control on every order, so that a trader sees every breach at once; only nonsense ends it at once."""
    for control in _STANDING:
        result = control.check(terms, control.standing, context)
        yield Finding(result)
        if control.id == "PT-00" and result.outcome is Outcome.HARD:
            return
    for rule in rules:
        if rule.covers(terms):
            yield Finding(_apply(rule, terms, context), rule)


def _apply(rule: Scoped, terms: Terms, context: Context) -> Result:
    """A rule that cannot be read refuses, as any control does that misses an input."""
    if isinstance(rule.values, ParamError):
        return missing(rule.control, f"meaning for the parameters of rule {rule.id} ({rule.values})")
    return CATALOGUE[rule.control].check(terms, rule.values, context)


def _judge(terms: Terms, context: Context, findings: tuple[Finding, ...]) -> Verdict:
    outcome = max(finding.result.outcome for finding in findings if finding.enforced)
    if outcome <= Outcome.ALERT:
        return Verdict(outcome, True, "", findings, context)
    sane = findings[0].result.outcome is not Outcome.HARD
    if sane and terms.reduce_only:
        return Verdict(outcome, True, Decision.Basis.REDUCE_ONLY.value, findings, context)
    if outcome is Outcome.SOFT and terms.acknowledge_soft:
        return Verdict(outcome, True, Decision.Basis.ACKNOWLEDGED.value, findings, context)
    return Verdict(outcome, False, "", findings, context)


def _row(terms: Terms, verdict: Verdict, at: datetime) -> tuple[Any, ...]:
    kind = Decision.Kind.AMEND if terms.is_amend else Decision.Kind.ENTER
    findings = orjson.dumps([_found(finding) for finding in verdict.findings]).decode()
    inputs = orjson.dumps(_inputs(verdict.context)).decode()
    return terms.order_id, kind, at, verdict.outcome.label, verdict.accepted, verdict.basis, inputs, findings


def _found(finding: Finding) -> dict[str, Any]:
    """One finding as evidence. What a pass leaves empty is left out."""
    result, rule = finding.result, finding.rule
    entry = {
        "control": result.control,
        "rule": rule and rule.id,
        "version": rule and rule.version,
        "dry_run": (rule and rule.dry_run) or None,
        "outcome": result.outcome.label,
        "code": result.reason_code,
        "measured": _text(result.measured),
        "limit": _text(result.limit),
        "text": result.text,
    }
    return {name: value for name, value in entry.items() if value not in (None, "")}


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


def _text(number: Decimal | str | None) -> str | None:
    return plain(number) if isinstance(number, Decimal) else number
