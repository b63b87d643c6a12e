"""Rating floor: what an instrument's ratings come to, and whether that may be bought."""

from dataclasses import dataclass
from typing import Annotated

from risk import params
from risk.context import Context
from risk.grades import RANK
from risk.result import Outcome, Result, breach, missing, passed
from risk.terms import Terms


@dataclass(frozen=True, slots=True)
class RatingFloor:
    """The worst rating that may be bought."""

    floor: Annotated[str, params.choice("worst rating allowed", tuple(RANK))] = "BBB-"
    unrated: Annotated[Outcome, params.outcome("an instrument without any rating")] = Outcome.HARD


def rating_floor(terms: Terms, limits: RatingFloor, context: Context) -> Result:
    """CP-05: one rating counts itself, of two the lower, of three the middle. Measured is that rating.

    What is held may be sold at any rating.
    """
    if terms.side == "sell":
        return passed("CP-05", None, limits.floor)
    if context.ratings is None:
        return missing("CP-05", "rating", limits.floor)
    given = [rating for rating in context.ratings if rating != "NR"]
    if unknown := [rating for rating in given if rating not in RANK]:
        return missing("CP-05", f"meaning for the rating {unknown[0]}", limits.floor)
    if not given:
        if limits.unrated is Outcome.PASS:
            return passed("CP-05", None, limits.floor)
        text = f"{terms.symbol or 'The instrument'} is not rated; the floor is {limits.floor}"
        return breach("CP-05", limits.unrated, "RATING_FLOOR", text, None, limits.floor)
    ordered = sorted(given, key=RANK.__getitem__)
    counts = ordered[1] if len(ordered) > 2 else ordered[-1]
    if RANK[counts] <= RANK[limits.floor]:
        return passed("CP-05", counts, limits.floor)
    text = f"The rating {counts} is below the floor {limits.floor}"
    return breach("CP-05", Outcome.HARD, "RATING_FLOOR", text, counts, limits.floor)
