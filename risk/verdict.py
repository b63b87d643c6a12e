"""The decision on a batch of orders: a pure fold of every control over every order."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from oms.base.refusal import Refusal
from risk import waiving
from risk.ahead import Ahead
from risk.context import Context, Holding, Restricted
from risk.controls import CATALOGUE, ORDER, RELEASE, TRADE
from risk.controls.brakes import FOUR_EYES
from risk.known import Facts, Held, Key, Scoped
from risk.params import ParamError
from risk.result import Outcome, Result, missing
from risk.terms import ZERO, Terms
from risk.waiving import Granted, Way

ACKNOWLEDGED, REDUCE_ONLY, PART, OVERRIDE = "acknowledged", "reduce_only", "part", "override"
_STANDING = {
    stage: [control for control in CATALOGUE.values() if control.standing is not None and control.stage == stage]
    for stage in (ORDER, TRADE, RELEASE)
}
_SILENT = frozenset(control.id for control in CATALOGUE.values() if control.silent)
# What makes an amendment no amendment at all stops it also where it only reduces.
_NEVER_WAIVED = frozenset({"PT-00", "PT-13", "PT-35"})
# The lists, and the parts of the context their entries go to. A name that may only be sold is barred from being bought.
_BARS, _WATCHES, _EXCLUDES = ("restricted", "sell_only"), ("watch", "grey"), ("exclusion",)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's result. ``rule`` is None for a control that watches every order without a rule."""

    result: Result
    rule: Scoped | None = None

    @property
    def enforced(self) -> bool:
        """A dry run is recorded and stands in nobody's way."""
        return (self.rule is None or not self.rule.dry_run) and not self.silent

    @property
    def silent(self) -> bool:
        """For Compliance alone: it counts for nothing and is shown to nobody else."""
        return self.result.control in _SILENT


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings on one order, and what follows. ``basis`` says why a breach did not stop it.

    ``way`` says how an order that was refused may be sent all the same.
    """

    outcome: Outcome
    accepted: bool
    basis: str
    findings: tuple[Finding, ...]
    context: Context
    way: str = Way.NONE.value

    @property
    def results(self) -> tuple[Result, ...]:
        """The results that count."""
        return tuple(finding.result for finding in self.findings if finding.enforced)


def decide(terms: Sequence[Terms], facts: Facts, at: datetime) -> list[Verdict]:
    """One verdict an order, in order. An accepted order uses up room for those after it; a refused one does not."""
    return [verdict for (verdict,) in decide_together([[each] for each in terms], facts, at)]


def decide_together(groups: Sequence[Sequence[Terms]], facts: Facts, at: datetime) -> list[list[Verdict]]:
    """The verdicts of each group, whose orders stand or fall together: where one is refused none uses up room."""
    held, ahead = dict(facts.usages), Ahead()
    releases = [rule for rule in facts.rules if rule.control == FOUR_EYES] if facts.stage == ORDER else []
    answers = []
    for group in groups:
        taken: dict[Key, Held] = {}
        # What a group of several takes is tried on a copy.
        trial = ahead.copy() if facts.parts and len(group) > 1 else ahead
        verdicts = []
        for each in group:
            key = (each.account_id or 0, each.instrument_id or 0)
            now = taken.get(key) or held.get(key)
            context = _context(each, now, facts, at)
            if facts.parts:
                context = trial.added(each, context)
            granted = facts.overrides.get(each.override_id) if each.override_id is not None else None
            context = waiving.released(each, context, granted)
            findings = _released(each, tuple(_evaluate(each, context, facts)), releases, context)
            verdict = _judge(each, context, findings, releases, granted)
            if verdict.accepted and now is not None:
                taken[key] = now.plus(each.side, set_aside(each))
            if verdict.accepted and facts.parts:
                trial.took(each, context)
            verdicts.append(verdict)
        if all(verdict.accepted for verdict in verdicts):
            held |= taken
            ahead = trial
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
    listed = _applying(terms, facts.lists[instrument_id]) if instrument_id in facts.lists else ()
    return Context(
        at=at,
        reference=facts.quotes.get(instrument_id),
        holding=Holding(rest.position, rest.open_buy, rest.open_sell) if rest else None,
        listing=facts.listings.get(instrument_id),
        restricted=_of(_BARS, listed),
        watched=_of(_WATCHES, listed),
        excluded=_of(_EXCLUDES, listed),
        switches=facts.switches,
        tradable=facts.states.get(instrument_id),
        fx={to: rate for (base, to), rate in facts.fx.items() if base == terms.currency},
        **{name: known[terms.order_id] for name, known in facts.parts.items() if terms.order_id in known},
    )


def _of(kinds: Collection[str], listed: Sequence[Restricted]) -> tuple[Restricted, ...]:
    return tuple(one for one in listed if one.kind in kinds) if listed else ()


def _applying(terms: Terms, entries: Iterable[Restricted]) -> list[Restricted]:
    """Entries of everybody's lists, and of the account's own."""
    return [entry for entry in entries if entry.account_id in (None, terms.account_id)]


def _evaluate(terms: Terms, context: Context, facts: Facts) -> Iterator[Finding]:
    """Every control on every order, so that a trader sees every breach at once; only nonsense ends it at once."""
    for control in _STANDING[facts.stage]:
        result = control.check(terms, control.standing, context)
        yield Finding(result)
        if control.id == "PT-00" and result.outcome is Outcome.HARD:
            return
    for rule in facts.rules:
        of_account = rule.control in CATALOGUE and CATALOGUE[rule.control].of_account
        if rule.covers(terms) and _stage(rule) == facts.stage and not (terms.is_block and of_account):
            yield Finding(_apply(rule, terms, context), rule)


def _stage(rule: Scoped) -> str:
    """When the rule's control looks. One that is not known must refuse, so it looks at orders."""
    return CATALOGUE[rule.control].stage if rule.control in CATALOGUE else ORDER


def _apply(rule: Scoped, terms: Terms, context: Context) -> Result:
    """A rule that cannot be read refuses, as any control does that misses an input."""
    if isinstance(rule.values, ParamError):
        return missing(rule.control, f"meaning for the parameters of rule {rule.id} ({rule.values})")
    return CATALOGUE[rule.control].check(terms, rule.values, context)


def _released(
    terms: Terms, findings: tuple[Finding, ...], rules: Sequence[Scoped], context: Context
) -> tuple[Finding, ...]:
    """With what PT-36 says of the others: whether a warning may be waved through by one person."""
    if not rules or all(one.result.outcome < Outcome.SOFT for one in findings):
        return findings
    results = [one.result for one in findings if one.enforced]
    return findings + tuple(Finding(*one) for one in waiving.second_person(terms, results, rules, context))


def _judge(
    terms: Terms,
    context: Context,
    findings: tuple[Finding, ...],
    releases: Sequence[Scoped] = (),
    granted: Granted | None = None,
) -> Verdict:
    outcome = max((finding.result.outcome for finding in findings if finding.enforced), default=Outcome.PASS)
    if outcome <= Outcome.ALERT:
        return Verdict(outcome, True, "", findings, context)
    sane = all(f.result.outcome < Outcome.HARD for f in findings if f.enforced and f.result.control in _NEVER_WAIVED)
    if sane and terms.reduce_only:
        return Verdict(outcome, True, REDUCE_ONLY, findings, context)
    if sane and terms.part_of is not None:
        # Part of an order that was accepted, with a part of its room: together they ask for nothing new.
        return Verdict(outcome, True, PART, findings, context)
    if outcome is Outcome.SOFT and terms.acknowledge_soft and terms.acknowledge_reason:
        return Verdict(outcome, True, ACKNOWLEDGED, findings, context)
    results = [finding.result for finding in findings if finding.enforced]
    way = waiving.way(terms, results, releases)
    if waiving.lets_through(granted, terms, results, way, context.at):
        return Verdict(outcome, True, OVERRIDE, findings, context)
    return Verdict(outcome, False, "", findings, context, way.value)
