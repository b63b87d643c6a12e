"""The decision on a batch of orders: a pure fold of every control over every order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from oms.base.refusal import Refusal
from risk.against import Asked, Room
from risk.context import Context, Holding
from risk.controls import CATALOGUE
from risk.cover import Cover
from risk.known import Facts, Scoped, place
from risk.params import ParamError
from risk.result import Outcome, Result, missing
from risk.room import Bound, Held
from risk.terms import ZERO, Terms

ACKNOWLEDGED, REDUCE_ONLY = "acknowledged", "reduce_only"
_STANDING = [control for control in CATALOGUE.values() if control.standing is not None]


class Finding(NamedTuple):
    """One rule's result, or that of a row of the table of limits (``row``).

    Both are None for a control that watches every order without a rule.
    """

    result: Result
    rule: Scoped | None = None
    row: Bound | None = None

    @property
    def enforced(self) -> bool:
        """A dry run is recorded and stands in nobody's way."""
        return self.rule is None or not self.rule.dry_run


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings on one order, and what follows. ``basis`` says why a breach did not stop it.

    ``asked`` is what it holds of its limits if it was accepted.
    """

    outcome: Outcome
    accepted: bool
    basis: str
    findings: tuple[Finding, ...]
    context: Context
    asked: Asked

    @property
    def results(self) -> tuple[Result, ...]:
        """The results that count."""
        return tuple(finding.result for finding in self.findings if finding.enforced)


def decide(terms: Sequence[Terms], facts: Facts, at: datetime) -> list[Verdict]:
    """One verdict an order, in order. An accepted order uses up room for those after it; a refused one does not."""
    room = Room(facts)
    rules = Cover((rule.scope, rule) for rule in facts.rules)
    verdicts = []
    for each in terms:
        key = (each.account_id or 0, each.instrument_id or 0)
        context = _context(each, room.uses.get(key), facts, at)
        asked = room.asked(each, context)
        findings = tuple(_evaluate(each, context, asked, rules.find(place(each)), room))
        verdict = _judge(each, context, asked, findings)
        if verdict.accepted:
            if key in room.uses:
                room.uses[key] = room.uses[key].plus(each.side, set_aside(each))
            room.take(each, asked)
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
        **_rates(facts, terms.currency),
    )


def _rates(facts: Facts, currency: str) -> dict[str, Any]:
    """The rates out of the order's currency, as the context has them."""
    rates = facts.fx.out_of(currency)
    return {
        "fx": {to: rate.rate for to, rate in rates.items()},
        "fx_at": {to: rate.at for to, rate in rates.items() if rate.at is not None},
    } if rates else {}  # fmt: skip


def _evaluate(terms: Terms, context: Context, asked: Asked, rules: Sequence[Scoped], room: Room) -> Iterator[Finding]:
    """Every control on every order, so that a trader sees every breach at once; only nonsense ends it at once."""
    for control in _STANDING:
        result = control.check(terms, control.standing, context)
        yield Finding(result)
        if control.id == "PT-00" and result.outcome is Outcome.HARD:
            return
    for rule in rules:
        yield Finding(_apply(rule, terms, context), rule)
    for result, row in room.check(terms, asked, context):
        yield Finding(result, None, row)


def _apply(rule: Scoped, terms: Terms, context: Context) -> Result:
    """A rule that cannot be read refuses, as any control does that misses an input."""
    if isinstance(rule.values, ParamError):
        return missing(rule.control, f"meaning for the parameters of rule {rule.id} ({rule.values})")
    return CATALOGUE[rule.control].check(terms, rule.values, context)


def _judge(terms: Terms, context: Context, asked: Asked, findings: tuple[Finding, ...]) -> Verdict:
    outcome = max(finding.result.outcome for finding in findings if finding.enforced)
    if outcome <= Outcome.ALERT:
        return Verdict(outcome, True, "", findings, context, asked)
    sane = findings[0].result.outcome is not Outcome.HARD
    if sane and terms.reduce_only:
        return Verdict(outcome, True, REDUCE_ONLY, findings, context, asked)
    if outcome is Outcome.SOFT and terms.acknowledge_soft:
        return Verdict(outcome, True, ACKNOWLEDGED, findings, context, asked)
    return Verdict(outcome, False, "", findings, context, asked)
