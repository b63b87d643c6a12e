"""What controls of a size have in common: a warning level and a limit, amounts or percent, and parts of a whole."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from risk import params
from risk.context import Context
from risk.controls.price import reference_price, seconds
from risk.result import Outcome, Result, breach, missing, passed, show, stale
from risk.terms import Terms

HUNDRED = Decimal(100)
DAY_S = Decimal(86_400)
Pair = tuple[Decimal | None, Decimal | None]


@dataclass(frozen=True, slots=True)
class Levels:
    """A warning level and a limit. Whoever gives neither gets the catalogue's."""

    soft: Annotated[Decimal | None, params.number("warn above this")] = None
    hard: Annotated[Decimal | None, params.number("refuse above this")] = None
    DEFAULT: ClassVar[Pair] = (None, None)

    @property
    def both(self) -> Pair:
        """The levels that hold."""
        return self.DEFAULT if self.soft is None and self.hard is None else (self.soft, self.hard)

    def faults(self) -> list[str]:
        """A rule that limits nothing, or warns only beyond its limit, is a mistake."""
        return faults_of("soft", "hard", self.both)


@dataclass(frozen=True, slots=True)
class Percent:
    """The same in percent. ``max_age_days`` makes old figures stale; without it their age is not looked at."""

    soft_pct: Annotated[Decimal | None, params.number("warn above this", "%")] = None
    hard_pct: Annotated[Decimal | None, params.number("refuse above this", "%")] = None
    max_age_days: Annotated[Decimal | None, params.number("figures older than this are stale", "days")] = None
    DEFAULT: ClassVar[Pair] = (None, None)

    @property
    def both(self) -> Pair:
        """The levels that hold."""
        return self.DEFAULT if self.soft_pct is None and self.hard_pct is None else (self.soft_pct, self.hard_pct)

    def faults(self) -> list[str]:
        """A rule that limits nothing, or warns only beyond its limit, is a mistake."""
        return faults_of("soft_pct", "hard_pct", self.both)


def faults_of(soft: str, hard: str, both: Pair) -> list[str]:
    """What is wrong with a pair of levels."""
    if both == (None, None):
        return [f"give {soft}, {hard} or both"]
    if both[0] is not None and both[1] is not None and both[0] > both[1]:
        return [f"{soft} {show(both[0])} must not be above {hard} {show(both[1])}"]
    return []


def exposure(control: str, terms: Terms, context: Context) -> Decimal | Result:
    """What the open part of the order is worth at its price, or at the reference; or the refusal."""
    price = reference_price(control, context, None) if terms.price is None else terms.price
    return price if isinstance(price, Result) else terms.exposure(price)


def growth(control: str, terms: Terms, context: Context) -> Decimal | Result:
    """What the order adds to what is open already, for sums that count its old leaves; or the refusal."""
    price = reference_price(control, context, None) if terms.price is None else terms.price
    return price if isinstance(price, Result) else terms.growth(price)


def aged(control: str, what: str, at: datetime | None, max_age_days: Decimal | None, context: Context) -> Result | None:
    """The refusal of figures that are too old, or of unknown age where their age counts."""
    if max_age_days is None:
        return None
    if at is None:
        return missing(control, f"age of the {what}", max_age_days)
    age_s = seconds(context.at - at)
    return stale(control, what, age_s, max_age_days * DAY_S) if age_s > max_age_days * DAY_S else None


def share(
    control: str, code: str, what: str, part: Decimal, whole: Decimal, both: Pair, *, before: Decimal | None = None
) -> Result:
    """``part`` in percent of ``whole`` against two levels, compared as products: exactly the limit passes.

    What ``before`` exceeds already and the order makes smaller is a passive breach that the order cures: it passes.
    """
    soft, hard = both
    measured = part * HUNDRED / whole
    cures = before is not None and part < before
    for outcome, limit, name in ((Outcome.HARD, hard, "limit"), (Outcome.SOFT, soft, "warning level")):
        if limit is not None and not cures and part * HUNDRED > limit * whole:
            text = f"{what} would be {show(round(measured, 4))} %; the {name} is {show(limit)} %"
            return breach(control, outcome, code, text, measured, limit)
    return passed(control, measured, hard if soft is None else soft)
