"""Controls of a portfolio, and of what a venue reports: issuer weight, rating floor, over-fill."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from risk import params
from risk.context import Context
from risk.controls.price import reference_price
from risk.result import Outcome, Result, breach, missing, passed, show
from risk.terms import Terms

HUNDRED = Decimal(100)
# Long-term ratings of S&P and Fitch, best first; and Moody's, grade by grade the same.
_SP_AND_FITCH = "AAA AA+ AA AA- A+ A A- BBB+ BBB BBB- BB+ BB BB- B+ B B- CCC+ CCC CCC- CC C D"
_MOODYS = "Aaa Aa1 Aa2 Aa3 A1 A2 A3 Baa1 Baa2 Baa3 Ba1 Ba2 Ba3 B1 B2 B3 Caa1 Caa2 Caa3 Ca C"
RANK = {grade: rank for scale in (_MOODYS, _SP_AND_FITCH) for rank, grade in enumerate(scale.split())}


@dataclass(frozen=True, slots=True)
class Weight:
    """Percent of net asset value."""

    soft_pct: Annotated[Decimal | None, params.number("warn above this", "%")] = None
    hard_pct: Annotated[Decimal | None, params.number("refuse above this", "%")] = None

    def faults(self) -> list[str]:
        """A rule that limits nothing, or warns only beyond its limit, is a mistake."""
        if self.soft_pct is None and self.hard_pct is None:
            return ["give soft_pct, hard_pct or both"]
        if self.soft_pct is not None and self.hard_pct is not None and self.soft_pct > self.hard_pct:
            return ["soft_pct must not be above hard_pct"]
        return []


@dataclass(frozen=True, slots=True)
class RatingFloor:
    """The worst rating that may be bought."""

    floor: Annotated[str, params.choice("worst rating allowed", tuple(RANK))] = "BBB-"
    unrated: Annotated[Outcome, params.outcome("an instrument without any rating")] = Outcome.HARD


def issuer_weight(terms: Terms, limits: Weight, context: Context) -> Result:
    """CP-01: '40 Act 5(b)(1), UCITS 52. The weight after the trade. Nothing stands in the way of a sale."""
    portfolio, limit = context.portfolio, limits.hard_pct
    if portfolio is None or portfolio.issuer_mv is None or not portfolio.nav or portfolio.nav < 0:
        return missing("CP-01", "market value of the issuer or net asset value", limit)
    price = reference_price("CP-01", context, None) if terms.price is None else terms.price
    if isinstance(price, Result):
        return price
    value = portfolio.issuer_mv + (-terms.value(price) if terms.is_sell else terms.value(price))
    measured = value * HUNDRED / portfolio.nav
    for outcome, pct, name in (
        (Outcome.HARD, limits.hard_pct, "limit"),
        (Outcome.SOFT, limits.soft_pct, "warning level"),
    ):
        # Compared as products: a quotient is rounded, and exactly the limit must pass.
        if pct is not None and not terms.is_sell and value * HUNDRED > pct * portfolio.nav:
            text = f"The issuer would be {show(round(measured, 4))} % of net assets; the {name} is {show(pct)} %"
            return breach("CP-01", outcome, "ISSUER_WEIGHT", text, measured, pct)
    return passed("CP-01", measured, limit if limits.soft_pct is None else limits.soft_pct)


def rating_floor(terms: Terms, limits: RatingFloor, context: Context) -> Result:
    """CP-05: one rating counts itself, of two the lower, of three the middle. Measured is that rating."""
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


def overfill(order_qty: Decimal | None, cum_qty: Decimal | None, last_qty: Decimal) -> Result:
    """PO-04: a report that overfills an order, or names one we do not know, is not booked to it."""
    if order_qty is None or cum_qty is None:
        return missing("PO-04", "order")
    total = cum_qty + last_qty
    if total <= order_qty:
        return passed("PO-04", total, order_qty)
    text = f"The venue reported {show(total)} filled of an order for {show(order_qty)}"
    return breach("PO-04", Outcome.HARD, "OVERFILL", text, total, order_qty)
