"""CR-01: a rule that Compliance wrote, tested and approved. Every such rule is one rule of this control."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

from risk import params, pipeline
from risk.context import Context
from risk.controls.gauge import Gauge, Reading, Ways
from risk.parts import Situation
from risk.pipeline import Answer, Asked, Level, Pipeline
from risk.result import Number, Outcome, Result, breach, missing, passed, stale
from risk.terms import Terms

CONTROL = "CR-01"
OUTCOMES = {Level.WARN: Outcome.SOFT, Level.FAIL: Outcome.HARD}


def _pipeline(given: Any, _name: str, _param: params.Param) -> Pipeline:
    found = pipeline.read(given)
    if isinstance(found, list):
        raise params.ParamError(*(f"{fault.field}: {fault.text}" for fault in found))
    return found


@dataclass(frozen=True, slots=True)
class Written:
    """A written rule as it was approved."""

    name: Annotated[str, params.text("what the rule is called")]
    pipeline: Annotated[Pipeline, params.Param(_pipeline, "the rule, as its form writes it")]


class _Seen(NamedTuple):
    situation: Situation
    order: Asked


def written_rule(terms: Terms, rule: Written, context: Context) -> Result:
    """CR-01: the firm's own rule (RTS 6 art. 15, 15c3-5(c), mandates). Judged as ``risk.pipeline.evaluate`` does."""
    return WRITTEN.check(terms, rule, context)


def _look(terms: Terms, context: Context) -> _Seen | None:
    return None if context.situation is None else _Seen(context.situation, asked(terms, context))


def _measure(seen: _Seen | None, rule: Written) -> Reading | Result:
    if seen is None:
        return missing(CONTROL, "account or instrument to judge by")
    (situation, order), of = seen, rule.pipeline
    found = pipeline.measure(of, situation.book, order, situation.ahead)
    if isinstance(found, Answer):
        return _result(rule, found)
    return Reading(pipeline.number(of, found), found.top, found.whole, of.upward, found)


def _judge(rule: Written, reading: Reading | Result) -> Result:
    return reading if isinstance(reading, Result) else _result(rule, pipeline.judge(rule.pipeline, reading.more))


def _bare(rule: Written) -> Written:
    return Written("", replace(rule.pipeline, warn=None, fail=None))


def _first(rule: Written) -> Ways[Decimal | None]:
    return (pipeline.nearest(rule.pipeline),)


def _shown(rule: Written) -> Ways[Number]:
    return (pipeline.shown(rule.pipeline, pipeline.nearest(rule.pipeline)),)


def _tightest(rule: Written, levels: Sequence[Decimal]) -> Decimal:
    return min(levels) if rule.pipeline.upward else max(levels)


WRITTEN = Gauge(_look, _measure, _judge, _bare, _first, _shown, _tightest)


def _result(rule: Written, answer: Answer) -> Result:
    if answer.level is Level.MISSING:
        return missing(CONTROL, answer.text, None)
    if answer.level is Level.STALE:
        assert not isinstance(answer.number, str | None)
        assert not isinstance(answer.limit, str | None)
        return stale(CONTROL, answer.text, answer.number, answer.limit)
    if answer.level is Level.PASS:
        return passed(CONTROL, answer.number, answer.limit)
    text = f"{rule.name}: {answer.text}"
    return breach(CONTROL, OUTCOMES[answer.level], "COMPLIANCE_RULE", text, answer.number, answer.limit)


def asked(terms: Terms, context: Context) -> Asked:
    """The order as rules of Compliance see it. Without a price of its own it counts at the reference."""
    situation = context.situation
    assert situation is not None
    price = terms.price
    if price is None and context.reference is not None:
        price = context.reference.price
    return Asked(
        who=situation.who,
        thing=situation.thing,
        side=terms.side,
        total=terms.order_qty,
        price=price,
        leaves=terms.leaves_qty,
        growth=terms.growth_qty,
        ord_type=terms.ord_type,
        time_in_force=terms.time_in_force,
        trader=situation.trader,
        sender=terms.sender,
        strategy=terms.strategy,
    )
