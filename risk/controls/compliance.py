"""CR-01: a rule that Compliance wrote, tested and approved. Every such rule is one rule of this control."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from risk import params, pipeline
from risk.context import Context
from risk.pipeline import Answer, Asked, Level, Pipeline
from risk.result import Outcome, Result, breach, missing, passed, stale
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


def written_rule(terms: Terms, rule: Written, context: Context) -> Result:
    """CR-01: the firm's own rule (RTS 6 art. 15, 15c3-5(c), mandates). Judged by ``risk.pipeline.evaluate``."""
    [result] = written_rules(terms, [rule], context)
    return result


def written_rules(terms: Terms, rules: Sequence[Written], context: Context) -> Iterator[Result]:
    """The result of each; what several measure alike is measured once."""
    situation = context.situation
    if situation is None:
        yield from (missing(CONTROL, "account or instrument to judge by") for _ in rules)
        return
    pipelines = (rule.pipeline for rule in rules)
    answers = pipeline.evaluate_all(pipelines, situation.book, asked(terms, context), situation.ahead)
    for rule, answer in zip(rules, answers, strict=True):
        yield _result(rule, answer)


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
