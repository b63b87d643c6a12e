"""What is wrong with a rule that can be read: levels the wrong way round, parts that exclude each other, none left."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from oms.base.refusal import Refusal
from risk.pipeline.grammar import (
    AT_LEAST,
    AT_MOST,
    GROSS,
    IN_MONEY,
    NET,
    OF_INSTRUMENT,
    POSITIONS,
    SHORT,
    THIS_ORDER,
    Condition,
    Pipeline,
)
from risk.result import show

CODE = "CONTRADICTORY_RULE"


def contradictions(rule: Pipeline) -> Iterator[Refusal]:
    """Every contradiction, with the field to mend."""
    yield from _levels(rule)
    yield from _direction(rule)
    yield from _rates(rule) if rule.is_rate else _holdings(rule)
    yield from _money(rule)
    yield from _impossible("scope", rule.scope)
    yield from _impossible("filter", rule.filter)
    alone = [*_impossible("scope", rule.scope), *_impossible("filter", rule.filter)]
    if THIS_ORDER in rule.take and not alone:
        for fault in _impossible("filter", (*rule.scope, *rule.filter)):
            yield fault._replace(text=f"no order in scope meets the filter: {fault.text}")


def _levels(rule: Pipeline) -> Iterator[Refusal]:
    if rule.warn is None and rule.fail is None:
        yield Refusal("MISSING", "fail", "a rule without a level stops nothing: give warn, fail or both")
    if rule.warn is None or rule.fail is None:
        return
    wrong = rule.warn > rule.fail if rule.upward else rule.warn < rule.fail
    if wrong:
        side = "above" if rule.compare == AT_MOST else "below"
        text = f"the warning would come only after the refusal: with {rule.compare}, warn must not be {side} fail"
        if rule.measure != "rating":
            text = f"{text} ({show(rule.warn)} and {show(rule.fail)})"
        yield Refusal(CODE, "warn", text)


def _direction(rule: Pipeline) -> Iterator[Refusal]:
    if rule.measure in ("rating", "pnl") and rule.compare == AT_MOST:
        what = "a rating has a floor" if rule.measure == "rating" else "a loss limit is what profit and loss must be"
        yield Refusal(CODE, "compare", f"{what}: compare must be at_least")
    if rule.compare == AT_LEAST and (rule.is_rate or rule.measure == "leverage"):
        yield Refusal(CODE, "compare", f"{rule.measure} must be at_most something")
    adds_up = rule.take != (THIS_ORDER,) and not rule.is_rate and rule.measure not in ("leverage", "rating", "pnl")
    if rule.compare == AT_LEAST and rule.count != NET and adds_up:
        yield Refusal(CODE, "count", "at_least goes with count net: of two sides only one can be filled")


def _rates(rule: Pipeline) -> Iterator[Refusal]:
    if rule.take:
        yield Refusal(CODE, "take", f"{rule.measure} counts messages, and takes no holdings: leave take empty")
    if rule.filter:
        yield Refusal(CODE, "filter", f"{rule.measure} counts every message: say in scope which orders it concerns")
    if set(rule.group) - {"instrument"}:
        yield Refusal(CODE, "group", f"{rule.measure} is grouped by instrument or not at all")
    if rule.measure == "messages" and rule.window_s is None:
        yield Refusal("MISSING", "window_s", "messages are counted in a window: give its seconds")
    if rule.measure == "order_to_trade" and rule.window_s is not None:
        yield Refusal(CODE, "window_s", "orders to trades are counted over the day (UTC): leave the window out")


def _holdings(rule: Pipeline) -> Iterator[Refusal]:
    if not rule.take:
        yield Refusal("MISSING", "take", "the rule is empty: take positions, open_orders, this_order or several")
    if rule.window_s is not None:
        yield Refusal(CODE, "window_s", f"{rule.measure} has no window")
    if rule.measure == "pnl" and rule.take and rule.take != (POSITIONS,):
        yield Refusal(CODE, "take", "only positions have profit and loss: take positions alone")
    alone = rule.take == (THIS_ORDER,)
    if rule.measure in OF_INSTRUMENT and not alone and "instrument" not in rule.group:
        yield Refusal(CODE, "group", f"{rule.measure} is a part of one instrument's: group by instrument")
    one = any(c.field == "instrument" and c.test == "in" and len(c.values) == 1 for c in rule.filter)
    if rule.measure == "quantity" and not (alone or one) and "instrument" not in rule.group:
        yield Refusal(CODE, "group", "quantities of different instruments do not add up: group by instrument")
    if rule.measure in ("leverage", "rating") and rule.count == SHORT:
        yield Refusal(CODE, "count", f"{rule.measure} does not count short positions alone")
    if rule.measure == "leverage" and rule.count != GROSS:
        yield Refusal(CODE, "count", "leverage is gross: count must be gross")
    if rule.whole and rule.whole in rule.group and not rule.filter:
        yield Refusal(CODE, "group", f"everything of the {rule.whole} is always 100 % of it: filter or group otherwise")
    if rule.over == "account" and set(rule.group) & {"account", "client", "desk"}:
        yield Refusal(CODE, "group", "the holdings of one account are of one client and desk: group by something else")


def _money(rule: Pipeline) -> Iterator[Refusal]:
    if rule.measure in IN_MONEY and not rule.currency:
        yield Refusal("MISSING", "currency", f"the levels of {rule.measure} are money: say in which currency")
    if rule.currency and (rule.is_rate or rule.measure in ("quantity", "rating", *OF_INSTRUMENT)):
        yield Refusal(CODE, "currency", f"{rule.measure} is no money: leave the currency out")


def _impossible(where: str, conditions: Iterable[Condition]) -> Iterator[Refusal]:
    """Conditions on one field that nothing can meet together."""
    conditions = list(conditions)
    for name in dict.fromkeys(condition.field for condition in conditions):
        own = [condition for condition in conditions if condition.field == name]
        wanted = [set(one.values) for one in own if one.test == "in"]
        barred = {value for one in own if one.test == "not_in" for value in one.values}
        if wanted and name != "instrument" and not set.intersection(*wanted) - barred:
            yield Refusal(CODE, where, f"nothing meets all that is asked of {name.replace('_', ' ')}")
        elif wanted and name == "instrument" and not _share_a_name(wanted, barred):
            yield Refusal(CODE, where, "no instrument meets all that is asked of it")
        least, most = _bounds(own)
        if least is not None and most is not None and (least < most if name == "rating" else least > most):
            yield Refusal(CODE, where, f"{name.replace('_', ' ')} cannot be at least and at most that")


def _share_a_name(wanted: list[set[str]], barred: set[str]) -> bool:
    """AAPL and AAPL.XNAS may be the same."""
    symbols = [{value.partition(".")[0] for value in one} for one in wanted]
    return bool(set.intersection(*symbols)) and bool(set.union(*wanted) - barred)


def _bounds(conditions: list[Condition]) -> tuple[Decimal | None, Decimal | None]:
    """The tightest of each; of ratings, whose rank is smaller the better they are, the other way round."""
    least = [one.level for one in conditions if one.test == AT_LEAST and one.level is not None]
    most = [one.level for one in conditions if one.test == AT_MOST and one.level is not None]
    rating = bool(conditions) and conditions[0].field == "rating"
    tight_least = (min if rating else max)(least) if least else None
    tight_most = (max if rating else min)(most) if most else None
    return tight_least, tight_most
