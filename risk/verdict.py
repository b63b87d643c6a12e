"""The decision on a batch of orders: a pure fold of every control over every order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from oms.base.refusal import Refusal
from risk.context import Context, Holding
from risk.controls import CATALOGUE
from risk.known import Facts, Held, Key, Scoped
from risk.params import ParamError
from risk.result import Outcome, Result, missing
from risk.terms import ZERO, Terms

ACKNOWLEDGED, REDUCE_ONLY, PART = "acknowledged", "reduce_only", "part"
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
    return [verdict for (verdict,) in decide_together([[each] for each in terms], facts, at)]


def decide_together(groups: Sequence[Sequence[Terms]], facts: Facts, at: datetime) -> list[list[Verdict]]:
    """The verdicts of each group, whose orders stand or fall together: where one is refused none uses up room."""
    held = dict(facts.usages)
    answers = []
    for group in groups:
        taken: dict[Key, Held] = {}
        verdicts = []
        for each in group:
            key = (each.account_id or 0, each.instrument_id or 0)
            now = taken.get(key) or held.get(key)
            context = _context(each, now, facts, at)
            verdict = _judge(each, context, tuple(_evaluate(each, context, facts.rules)))
            if verdict.accepted and now is not None:
                taken[key] = now.plus(each.side, set_aside(each))
            verdicts.append(verdict)
        if all(verdict.accepted for verdict in verdicts):
            held |= taken
        answers.append(verdicts)
    return answers


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


def _context(terms: Terms, held: Held | None, facts: Facts, at: datetime) -> Context:
    """The surroundings of one order, without what it already holds itself."""
    instrument_id = terms.instrument_id or 0
    rest = held.plus(terms.side, -terms.open_before) if held else None
    return Context(
        at=at,
        reference=facts.quotes.get(instrument_id),
        holding=Holding(rest.position, rest.open_buy, rest.open_sell) if rest else None,
        listing=facts.listings.get(instrument_id),
        restricted=facts.restricted.get(instrument_id, ()),
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
        of_account = rule.control in CATALOGUE and CATALOGUE[rule.control].of_account
        if rule.covers(terms) and not (terms.is_block and of_account):
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
        return Verdict(outcome, True, REDUCE_ONLY, findings, context)
    if sane and terms.part_of is not None:
        # Part of an order that was accepted, with a part of its room: together they ask for nothing new.
        return Verdict(outcome, True, PART, findings, context)
    if outcome is Outcome.SOFT and terms.acknowledge_soft:
        return Verdict(outcome, True, ACKNOWLEDGED, findings, context)
    return Verdict(outcome, False, "", findings, context)
