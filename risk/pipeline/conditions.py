"""Whether a holding or an order meets conditions: yes, no, or what is not known of it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from risk.grades import RANK
from risk.pipeline.book import Asked, Thing, Who
from risk.pipeline.grammar import AT_LEAST, NUMBERS, OF_ROWS, OWNERS, Condition

Met = bool | str
"""Whether it is met; text: what would have to be known."""


def of_row(conditions: Sequence[Condition], who: Who, thing: Thing) -> Met:
    """Whether a holding meets all of ``conditions``. One that is not met decides, whatever else is not known."""
    if not conditions:
        return True
    return _all(_one(condition, _names(condition.field, who, thing), thing) for condition in conditions)


def of_order(conditions: Sequence[Condition], order: Asked) -> Met:
    """Whether an order meets all of them."""
    if not conditions:
        return True
    return _all(_one(condition, _of_order(condition.field, order), order.thing) for condition in conditions)


def group_of(fields: Iterable[str], who: Who, thing: Thing) -> tuple[object, ...] | str:
    """By what a holding is grouped; text: what is not known of it."""
    found: list[object] = []
    for name in fields:
        value = thing.id if name == "instrument" else getattr(who if name in OWNERS else thing, name)
        if value in ("", None):
            return f"{name.replace('_', ' ')} of {thing.symbol}"
        found.append(value)
    return tuple(found)


def _all(results: Iterable[Met]) -> Met:
    unknown = ""
    for met in results:
        if met is False:
            return False
        if isinstance(met, str):
            unknown = unknown or met
    return unknown or True


def _one(condition: Condition, names: tuple[str, ...], thing: Thing) -> Met:
    what = f"{condition.field.replace('_', ' ')} of {thing.symbol}"
    if condition.field in NUMBERS:
        number = Decimal(RANK[thing.rating]) if condition.field == "rating" and thing.rating in RANK else None
        if condition.field != "rating":
            number = getattr(thing, condition.field)
        if number is None or condition.level is None:
            return what
        # A rating that is at least BBB has its rank or a smaller one.
        least = (condition.test == AT_LEAST) != (condition.field == "rating")
        return number >= condition.level if least else number <= condition.level
    # An order without a strategy has none; an instrument without a sector has one that nobody told us.
    if condition.field in OF_ROWS and "" in names:
        return what
    return any(name in condition.values for name in names) == (condition.test == "in")


def _names(field: str, who: Who, thing: Thing) -> tuple[str, ...]:
    """What it is called: an instrument by its symbol, and by its symbol and market."""
    if field in NUMBERS:
        return ()
    if field == "instrument":
        return thing.symbol, f"{thing.symbol}.{thing.mic}"
    return (getattr(who if field in OWNERS else thing, field),)


def _of_order(field: str, order: Asked) -> tuple[str, ...]:
    if field in ("side", "ord_type", "time_in_force", "trader", "sender", "strategy"):
        return (getattr(order, field),)
    return _names(field, order.who, order.thing)
