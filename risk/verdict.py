"""The decision on a batch of orders: a pure fold of every control over every order."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from oms.base.refusal import Refusal
from risk import waiving
from risk.against import Asked, Room
from risk.ahead import Ahead
from risk.context import Context, Holding, Restricted
from risk.controls import CATALOGUE, ORDER, RELEASE, TRADE
from risk.family import Family, Readings, Unit
from risk.finding import Finding, Found, Together, expanded, objections
from risk.known import Facts, Scoped, of_strategy, place
from risk.params import ParamError
from risk.plan import plan
from risk.result import Outcome, Result, missing
from risk.room import Held, Measure
from risk.terms import Terms
from risk.waiving import Granted, Way

__all__ = ["Finding", "Verdict", "decide", "decide_together", "refusals"]

ACKNOWLEDGED, REDUCE_ONLY, PART, OVERRIDE = "acknowledged", "reduce_only", "part", "override"
_STANDING = {
    stage: [control for control in CATALOGUE.values() if control.standing is not None and control.stage == stage]
    for stage in (ORDER, TRADE, RELEASE)
}
# What makes an amendment no amendment at all stops it also where it only reduces.
_NEVER_WAIVED = frozenset({"PT-00", "PT-13", "PT-35"})
# The lists, and the parts of the context their entries go to. A name that may only be sold is barred from being bought.
_BARS, _WATCHES, _EXCLUDES = ("restricted", "sell_only"), ("watch", "grey"), ("exclusion",)


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that was found of one order, and what follows. ``basis`` says why a breach did not stop it.

    ``found`` keeps what rules that measure alike found together, as it was measured; ``objections`` are the findings
    that are no pass. ``asked`` is what it holds of its limits if it was accepted. ``found_before`` is the last of what
    was found, that of rules and rows, as it would be without the order, if that was asked for. ``way`` says how an
    order that was refused may be sent all the same.
    """

    outcome: Outcome
    accepted: bool
    basis: str
    found: tuple[Found, ...]
    objections: tuple[Finding, ...]
    context: Context
    asked: Asked
    found_before: tuple[Found, ...] = ()
    way: str = Way.NONE.value

    @property
    def findings(self) -> tuple[Finding, ...]:
        """One for each rule, row and control that looked."""
        return tuple(expanded(self.found))

    @property
    def before(self) -> tuple[Finding, ...]:
        """The last of them, without the order."""
        return tuple(expanded(self.found_before))

    @property
    def results(self) -> tuple[Result, ...]:
        """The results that count."""
        return tuple(finding.result for finding in self.findings if finding.enforced)


def decide(terms: Sequence[Terms], facts: Facts, at: datetime, *, before: bool = False) -> list[Verdict]:
    """One verdict an order, in order. An accepted order uses up room for those after it; a refused one does not."""
    return [verdict for (verdict,) in decide_together([[each] for each in terms], facts, at, before=before)]


def decide_together(
    groups: Sequence[Sequence[Terms]], facts: Facts, at: datetime, *, before: bool = False
) -> list[list[Verdict]]:
    """The verdicts of each group, whose orders stand or fall together: where one is refused none uses up room.

    ``before`` asks each rule also what it finds without the order.
    """
    room, ahead = Room(facts), Ahead()
    units, releasing = plan(facts.rules, facts.stage)
    answers = []
    for group in groups:
        # What a group of several takes is tried on copies.
        tried = room.trial() if len(group) > 1 else room
        trial = ahead.copy() if facts.parts and len(group) > 1 else ahead
        verdicts = []
        for one in group:
            each = of_strategy(one, facts.strategies) if facts.strategies else one
            context = _context(each, tried.use((each.account_id or 0, each.instrument_id or 0)), facts, at)
            if facts.parts:
                context = trial.added(each, context)
            # A grant is bound to what was asked for, whoever's strategy that turns out to be.
            granted = facts.overrides.get(one.override_id) if one.override_id is not None else None
            context = waiving.released(one, context, granted)
            asked = tried.asked(each, context)
            looking = units.find(place(each))
            found = tuple(_evaluate(each, context, asked, looking, tried))
            releases = releasing.find(place(each))
            found += _releases(one, found, releases, context)
            verdict = _judge(one, context, asked, found, releases, granted)
            if before:
                verdict = replace(verdict, found_before=_without(each, context, looking, tried))
            if verdict.accepted:
                tried.take(each, asked)
                if facts.parts:
                    trial.took(each, context)
            verdicts.append(verdict)
        if tried is not room and all(verdict.accepted for verdict in verdicts):
            room.keep(tried)
            ahead = trial
        answers.append(verdicts)
    return answers


def refusals(verdict: Verdict) -> tuple[Refusal, ...]:
    """Every reason why the order was refused, the gravest first; none for an accepted order."""
    if verdict.accepted:
        return ()
    breaches = [one.result for one in verdict.objections if one.enforced and one.result.outcome >= Outcome.SOFT]
    breaches.sort(key=lambda result: -result.outcome)
    return tuple(Refusal(r.reason_code, CATALOGUE[r.control].field, r.text) for r in breaches)


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
        loss_stops=facts.loss_stops,
        tradable=facts.states.get(instrument_id),
        **_rates(facts, terms.currency),
        **{name: known[terms.order_id] for name, known in facts.parts.items() if terms.order_id in known},
    )


def _rates(facts: Facts, currency: str) -> dict[str, Any]:
    """The rates out of the order's currency, as the context has them."""
    rates = facts.fx.out_of(currency)
    return {
        "fx": {to: rate.rate for to, rate in rates.items()},
        "fx_at": {to: rate.at for to, rate in rates.items() if rate.at is not None},
    } if rates else {}  # fmt: skip


def _of(kinds: Collection[str], listed: Sequence[Restricted]) -> tuple[Restricted, ...]:
    return tuple(one for one in listed if one.kind in kinds) if listed else ()


def _applying(terms: Terms, entries: Iterable[Restricted]) -> list[Restricted]:
    """Entries of everybody's lists, and of the account's own."""
    return [entry for entry in entries if entry.account_id in (None, terms.account_id)]


def _evaluate(terms: Terms, context: Context, asked: Asked, units: Sequence[Unit], room: Room) -> Iterator[Found]:
    """Every control on every order, so that a trader sees every breach at once; only nonsense ends it at once."""
    for control in _STANDING[room.facts.stage]:
        result = control.check(terms, control.standing, context)
        yield Finding(result)
        if control.id == "PT-00" and result.outcome is Outcome.HARD:
            return
    yield from _by_rule(terms, context, asked, units, room)


def _without(terms: Terms, context: Context, units: Sequence[Unit], room: Room) -> tuple[Found, ...]:
    """What rules and rows find without the order, or with it as it was: the same asked of an order for nothing."""
    nothing = replace(terms, order_qty=terms.open_before + terms.cum_qty, price=terms.price_before or terms.price)
    return tuple(_by_rule(nothing, context, room.asked(nothing, context), units, room))


def _by_rule(terms: Terms, context: Context, asked: Asked, units: Sequence[Unit], room: Room) -> Iterator[Found]:
    if terms.is_block:
        # What a block's accounts hold was judged with each of its members.
        units = [unit for unit in units if not (unit.control in CATALOGUE and CATALOGUE[unit.control].of_account)]
    readings = Readings(terms, context)
    for unit in units:
        if isinstance(unit, Family):
            yield Together(unit, *unit.judged(readings.of(unit)))
        else:
            yield Finding(_apply(unit, terms, context), unit)
    for result, row in room.check(terms, asked, context):
        yield Finding(result, None, row)


def _apply(rule: Scoped, terms: Terms, context: Context) -> Result:
    """A rule that cannot be read refuses, as any control does that misses an input."""
    if isinstance(rule.values, ParamError):
        return missing(rule.control, f"meaning for the parameters of rule {rule.id} ({rule.values})")
    return CATALOGUE[rule.control].check(terms, rule.values, context)


def _releases(terms: Terms, found: Sequence[Found], rules: Sequence[Scoped], context: Context) -> tuple[Finding, ...]:
    """What PT-36 says of the others: whether a warning may be waved through by one person."""
    against = list(objections(found)) if rules else []
    if all(one.result.outcome < Outcome.SOFT for one in against):
        return ()
    results = [one.result for one in against if one.enforced]
    return tuple(Finding(*one) for one in waiving.second_person(terms, results, rules, context))


def _judge(
    terms: Terms,
    context: Context,
    asked: Asked,
    found: tuple[Found, ...],
    releases: Sequence[Scoped] = (),
    granted: Granted | None = None,
) -> Verdict:
    against = tuple(objections(found))
    outcome = max((one.result.outcome for one in against if one.enforced), default=Outcome.PASS)
    if outcome <= Outcome.ALERT:
        return Verdict(outcome, True, "", found, against, context, asked)
    basis = _basis(terms, outcome, against)
    way = Way.NONE
    if not basis:
        results = [one.result for one in against if one.enforced]
        way = waiving.way(results, releases)
        if waiving.lets_through(granted, terms, results, way, context.at):
            basis = OVERRIDE
    return Verdict(outcome, bool(basis), basis, found, against, context, asked, way="" if basis else way.value)


def _basis(terms: Terms, outcome: Outcome, against: Iterable[Finding]) -> str:
    """Why an order is accepted in spite of a breach without a second person, or nothing."""
    hard = [f for f in against if f.enforced and f.result.outcome is Outcome.HARD]
    sane = not any(f.result.control in _NEVER_WAIVED for f in hard)
    if sane and terms.reduce_only:
        return REDUCE_ONLY
    # Part of an order that was accepted, with a part of its room: together they ask for nothing new, but for being
    # one order more.
    if sane and terms.part_of is not None and not any(f.row and f.row.measure == Measure.OPEN_ORDERS for f in hard):
        return PART
    return ACKNOWLEDGED if outcome is Outcome.SOFT and terms.acknowledge_soft and terms.acknowledge_reason else ""
