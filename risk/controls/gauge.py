"""Controls that measure one number and compare it with levels, the one apart from the other. Pure.

Rules of such a control that differ in their levels alone measure the same of an order: it is measured once for all.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from risk.context import Context
from risk.result import Number, Result, within
from risk.terms import ONE, ZERO, Terms

T = TypeVar("T")
Ways = tuple[T, ...]
"""One for each way of being compared; nearly every control has one."""


class Reading(NamedTuple):
    """What was measured: ``top`` in parts of ``whole``, compared as products, never divided.

    ``number`` is how it is shown, ``upward`` whether a greater one is worse; ``more`` is what judging needs besides.
    ``way`` is which levels it is compared with, of a control that has several: those of buys, or those of sells.
    """

    number: Number
    top: Decimal
    whole: Decimal = ONE
    upward: bool = True
    more: Any = None
    way: int = 0

    def within(self, level: Decimal) -> bool:
        """Exactly the level is within it."""
        limit = level if self.whole is ONE else level * self.whole
        return self.top <= limit if self.upward else self.top >= limit


def reading(number: Decimal, unit: str = "") -> Reading:
    """A number by itself, of which more is worse."""
    return Reading(number, number, more=unit)


class Gauge(NamedTuple):
    """How a control measures and how it judges.

    ``look`` is asked once an order for what every rule of the control looks at. ``measure`` takes that and a rule's
    parameters, of which levels play no part; where there is no number it says the result. ``judge`` compares a reading
    with the levels, or leaves the result as it is but for naming the limit. ``bare`` are parameters without levels.
    ``first`` is for each way the level that is passed first, so that what is within it passes altogether, and is shown
    with it as ``shown``; None: there is none. ``tightest`` is the one of several such levels that is passed first.
    """

    look: Callable[[Terms, Context], Any]
    measure: Callable[[Any, Any], Reading | Result]
    judge: Callable[[Any, Reading | Result], Result]
    bare: Callable[[Any], Any]
    first: Callable[[Any], Ways[Decimal | None]]
    shown: Callable[[Any], Ways[Number]]
    tightest: Callable[[Any, Sequence[Decimal]], Decimal]

    def check(self, terms: Terms, values: Any, context: Context) -> Result:
        """One rule by itself."""
        return self.judge(values, self.measure(self.look(terms, context), values))


def sized(control: str, code: str, what: str, measure: Callable[[Terms, Any, Context], Reading | Result]) -> Gauge:
    """A gauge of parameters with levels ``both``, of which the number may be above neither; exactly the level passes.

    ``more`` of a reading is what its number is counted in. What is missing names the limit.
    """

    def judge(values: Any, reading: Reading | Result) -> Result:
        soft, hard = values.both
        if isinstance(reading, Result):
            return reading._replace(limit=hard) if reading.limit is None else reading
        return within(control, code, what, reading.top, soft, hard, reading.more or "")

    return Gauge(both, lambda seen, values: measure(seen[0], values, seen[1]), judge, _bare, _first, _first, least)


def both(terms: Terms, context: Context) -> tuple[Terms, Context]:
    """For controls that look at the order and its surroundings as they are."""
    return terms, context


def _bare(values: Any) -> Any:
    return replace(values, soft=None, hard=None)


def _first(values: Any) -> Ways[Decimal | None]:
    soft, hard = values.both
    return (hard if soft is None else soft,)


def given(level: Decimal | None) -> Decimal | None:
    """A level as parameters without levels have it: that it is given, and no more."""
    return None if level is None else ZERO


def least(_bare: Any, levels: Sequence[Decimal]) -> Decimal:
    """The level that is passed first where a greater number is worse."""
    return min(levels)
