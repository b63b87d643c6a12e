"""A rule read back in plain language, for whoever writes, approves or meets it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from risk.grades import GRADES
from risk.pipeline.grammar import (
    AT_LEAST,
    AT_MOST,
    GROSS,
    NET,
    OPEN_ORDERS,
    POSITIONS,
    THIS_ORDER,
    Condition,
    Pipeline,
)
from risk.result import show

WHOSE = {
    "account": "the order's account", "client": "the order's client, over all its accounts",
    "desk": "the order's desk, over all its accounts", "firm": "the firm, over all accounts",
    "trader": "whoever entered the order", "sender": "the session or user that sent the order",
}  # fmt: skip
TAKEN = {POSITIONS: "positions", OPEN_ORDERS: "open orders", THIS_ORDER: "this order"}
NAMES = {
    "quantity": "the quantity", "notional": "the market value", "pnl": "profit and loss since positions were opened",
    "percent_of_nav": "the market value in percent of net asset value",
    "percent_of_adv": "the quantity in percent of the average daily volume",
    "percent_of_outstanding": "the quantity in percent of the units outstanding",
    "percent_of_issuer": "the market value in percent of everything held in the order's issuer",
    "percent_of_sector": "the market value in percent of everything held in the order's sector",
    "percent_of_country": "the market value in percent of everything held in the order's country",
    "percent_of_currency": "the market value in percent of everything held in the order's currency",
    "leverage": "gross exposure in percent of net asset value",
    "duration": "the duration in years, weighted by market value", "rating": "the worst rating",
    "messages": "new and replaced orders", "order_to_trade": "orders to trades, less one",
}  # fmt: skip
COUNTED = {
    (NET, AT_MOST): "Short positions are taken off; open purchases count as filled, open sales do not.",
    (NET, AT_LEAST): "Short positions are taken off; open sales count as filled, open purchases do not.",
    (GROSS, AT_MOST): "Long and short positions are added up, open orders filled on whichever side is worse.",
    ("short", AT_MOST): "Only short positions count, open sales as filled.",
}


def plain(pipeline: Pipeline) -> str:
    """The whole rule in sentences."""
    sentences = [_scope(pipeline), _takes(pipeline), _measures(pipeline), *_levels(pipeline)]
    if pipeline.max_age_days is not None:
        sentences.append(f"Figures older than {show(pipeline.max_age_days)} days count as missing.")
    sentences.append("Where a figure it needs is not known, the order is refused.")
    return " ".join(sentence for sentence in sentences if sentence)


def breached(pipeline: Pipeline, number: Decimal | str, limit: Decimal, *, warns: bool) -> str:
    """What a trader reads."""
    unit = f" {pipeline.unit}" if pipeline.unit else ""
    found = number if isinstance(number, str) else show(round(number, 4))
    level = GRADES[int(limit)] if pipeline.measure == "rating" else show(limit)
    bound = "at most" if pipeline.compare == AT_MOST else "at least"
    group = f" by {_list(pipeline.group)}" if pipeline.group else ""
    what = NAMES[pipeline.measure]
    verb = "is" if pipeline.is_rate or THIS_ORDER not in pipeline.take else "would be"
    name = "the warning level" if warns else "the limit"
    return f"{what[0].upper()}{what[1:]}{group} {verb} {found}{unit}; {name} is {bound} {level}{unit}"


@lru_cache(maxsize=1024)
def everything(pipeline: Pipeline) -> Pipeline:
    """The whole of which a rule measures a part: everything held in the same issuer, sector, country or currency."""
    return replace(pipeline, filter=(), group=(pipeline.whole,), measure="notional")


def _scope(pipeline: Pipeline) -> str:
    if not pipeline.scope:
        return "Concerns every order."
    return f"Concerns orders {_conditions(pipeline.scope)}."


def _takes(pipeline: Pipeline) -> str:
    whose = WHOSE[pipeline.over]
    if pipeline.is_rate:
        per = " in the order's instrument" if pipeline.group else ""
        window = "today (UTC)" if pipeline.window_s is None else f"in the last {show(pipeline.window_s)} seconds"
        return f"Looks at the messages of {whose}{per} {window}, this order's included."
    if pipeline.take == (THIS_ORDER,):
        return f"Looks at this order alone{_where(pipeline.filter)}."
    taken = _list([TAKEN[name] for name in pipeline.take if name != THIS_ORDER])
    own = " and this order" if THIS_ORDER in pipeline.take else ""
    same = f", of those with the same {_list(pipeline.group)} as the order" if pipeline.group else ""
    return f"Adds up {taken} of {whose}{own}{_where(pipeline.filter)}{same}."


def _measures(pipeline: Pipeline) -> str:
    unit = f" in {pipeline.currency}" if pipeline.currency else ""
    sentence = f"Measures {NAMES[pipeline.measure]}{unit}."
    alone = pipeline.take == (THIS_ORDER,) or pipeline.is_rate or pipeline.measure == "pnl"
    counted = "" if alone else COUNTED.get((pipeline.count, pipeline.compare), "")
    none = " Where nothing was traded, as if one trade had been made." if pipeline.measure == "order_to_trade" else ""
    return f"{sentence}{none} {counted}".rstrip()


def _levels(pipeline: Pipeline) -> list[str]:
    unit = f" {pipeline.unit}" if pipeline.unit else ""
    beyond = "above" if pipeline.compare == AT_MOST else "below"
    told = []
    for verb, level in (("Warns", pipeline.warn), ("Refuses", pipeline.fail)):
        if level is not None:
            text = GRADES[int(level)] if pipeline.measure == "rating" else show(level)
            told.append(f"{verb} {beyond} {text}{unit}; exactly that passes.")
    if pipeline.is_rate:
        return told
    if pipeline.measure == "rating" or THIS_ORDER not in pipeline.take:
        return [*told, "An order that only reduces a position passes."]
    if pipeline.take != (THIS_ORDER,):
        told.append("An order that makes it no worse passes.")
    return told


def _where(conditions: Sequence[Condition]) -> str:
    return f", where {_conditions(conditions, 'the ')}" if conditions else ""


def _conditions(conditions: Sequence[Condition], article: str = "whose ") -> str:
    return " and ".join(f"{article}{_condition(one)}" for one in conditions)


def _condition(one: Condition) -> str:
    name = one.field.replace("_", " ")
    if one.level is not None:
        level = GRADES[int(one.level)] if one.field == "rating" else show(one.level)
        return f"{name} is at {one.test.removeprefix('at_')} {level}"
    values = " or ".join(value.replace("_", " ") for value in one.values)
    return f"{name} is {'not ' if one.test == 'not_in' else ''}{values}"


def _list(names: Sequence[str]) -> str:
    words = [name.replace("_", " ") for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
