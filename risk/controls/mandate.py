"""Controls of a portfolio's weights: issuer, voting shares, 5/10/40, sector, illiquid, country and currency, ownership.

All weigh the portfolio as it would be with this order and everything open filled. A sale lowers what it sells and is
never stopped by a weight; what is over a limit already may be made smaller.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar

from risk import params
from risk.context import Context
from risk.controls.levels import HUNDRED, Pair, Percent, aged, growth, share
from risk.params import Nothing
from risk.parts import Fund
from risk.result import Outcome, Result, breach, missing, passed, show
from risk.terms import Terms

ZERO = Decimal(0)
ILLIQUID = "illiquid"


@dataclass(frozen=True, slots=True)
class Issuer(Percent):
    """Percent of net assets; 4.5 and 5 if neither is given."""

    DEFAULT: ClassVar[Pair] = (Decimal("4.5"), Decimal(5))


@dataclass(frozen=True, slots=True)
class Voting(Percent):
    """Percent of the shares outstanding; 10 if nothing is given."""

    DEFAULT: ClassVar[Pair] = (None, Decimal(10))


@dataclass(frozen=True, slots=True)
class Sector(Percent):
    """Percent of net assets; 25 if nothing is given."""

    DEFAULT: ClassVar[Pair] = (None, Decimal(25))


@dataclass(frozen=True, slots=True)
class Illiquid(Percent):
    """Percent of net assets; 15 if nothing is given."""

    DEFAULT: ClassVar[Pair] = (None, Decimal(15))


@dataclass(frozen=True, slots=True)
class Region(Percent):
    """Percent of net assets in the instrument's country or currency; a warning at 30 if nothing is given."""

    by: Annotated[str, params.choice("what is weighed", ("", "country", "currency"))] = ""
    DEFAULT: ClassVar[Pair] = (Decimal(30), None)


@dataclass(frozen=True, slots=True)
class Ownership(Percent):
    """Percent of the shares outstanding over all accounts; warnings at 4.5 (13D/G) and again at 9.9 (section 16)."""

    second_pct: Annotated[Decimal, params.number("warn again above this", "%")] = Decimal("9.9")
    DEFAULT: ClassVar[Pair] = (Decimal("4.5"), None)


@dataclass(frozen=True, slots=True)
class FiveTenForty:
    """The three numbers of UCITS 52(2)."""

    max_pct: Annotated[Decimal, params.number("largest weight of one issuer", "%")] = Decimal(10)
    over_pct: Annotated[Decimal, params.number("weights above this are added up", "%")] = Decimal(5)
    sum_pct: Annotated[Decimal, params.number("largest sum of them", "%")] = Decimal(40)


def net_assets(control: str, context: Context, max_age_days: Decimal | None) -> tuple[Fund, Decimal] | Result:
    """The portfolio and its net asset value, or the refusal where that is not known or too old."""
    fund = context.fund
    if fund is None or fund.nav is None or fund.nav <= 0:
        return missing(control, "net asset value")
    return aged(control, "net asset value", fund.nav_at, max_age_days, context) or (fund, fund.nav)


def weight(
    control: str, code: str, what: str, held: Decimal | None, terms: Terms, limits: Percent, context: Context
) -> Result:
    """``held`` and the order in percent of net assets, against the levels; a sale passes at any weight."""
    if terms.is_sell:
        return passed(control, None, limits.both[1])
    known = net_assets(control, context, limits.max_age_days)
    if isinstance(known, Result):
        return known
    if held is None:
        return missing(control, f"market value of {what}", limits.both[1])
    value = growth(control, terms, context)
    if isinstance(value, Result):
        return value
    return share(control, code, what[0].upper() + what[1:], held + value, known[1], limits.both)


def issuer_weight(terms: Terms, limits: Issuer, context: Context) -> Result:
    """CP-01: '40 Act 5(b)(1), UCITS 52. The issuer's market value, rolled up to its parent, after the trade."""
    held = context.fund.issuer_mv if context.fund else None
    return weight("CP-01", "ISSUER_WEIGHT", "the issuer", held, terms, limits, context)


def sector_weight(terms: Terms, limits: Sector, context: Context) -> Result:
    """CP-04: '40 Act 8(b)(1)(E). The instrument's sector after the trade."""
    held = context.fund.sector_mv if context.fund else None
    return weight("CP-04", "SECTOR_WEIGHT", "the sector", held, terms, limits, context)


def illiquid_weight(terms: Terms, limits: Illiquid, context: Context) -> Result:
    """CP-08: rule 22e-4(b)(1)(iv). Illiquid investments after a purchase of one; nothing else is concerned."""
    known = context.analytics
    if known is None or not known.liquidity:
        return missing("CP-08", "liquidity of the instrument", limits.both[1])
    if known.liquidity != ILLIQUID:
        return passed("CP-08", None, limits.both[1])
    held = context.fund.illiquid_mv if context.fund else None
    return weight("CP-08", "ILLIQUID_WEIGHT", "illiquid investments", held, terms, limits, context)


def region_weight(terms: Terms, limits: Region, context: Context) -> Result:
    """CP-10: mandate. The instrument's country or currency after the trade, the graver unless one is named."""
    fund = context.fund
    parts = {"country": fund.country_mv, "currency": fund.currency_mv} if fund else {}
    known = [by for by, held in parts.items() if held is not None]
    wanted = [limits.by] if limits.by else known
    if not wanted:
        return missing("CP-10", "market value of the country or currency", limits.both[0])
    results = [weight("CP-10", "REGION_WEIGHT", f"the {by}", parts.get(by), terms, limits, context) for by in wanted]
    return max(results, key=lambda result: (result.outcome, result.measured or ZERO))


def voting_share(terms: Terms, limits: Voting, context: Context) -> Result:
    """CP-02: '40 Act 5(b)(1), UCITS 56. The portfolio's part of the shares outstanding after the trade."""
    held = context.fund.shares_held if context.fund else None
    return _owned("CP-02", "VOTING_SHARE", "The part of the issuer's shares", held, terms, limits, context)


def ownership(terms: Terms, limits: Ownership, context: Context) -> Result:
    """CP-14: 13D/G, section 16. All accounts together own of the shares outstanding after the trade."""
    held = context.fund.firm_shares if context.fund else None
    what = "The firm's part of the issuer's shares"
    result = _owned("CP-14", "OWNERSHIP", what, held, terms, limits, context)
    if result.outcome is Outcome.SOFT and isinstance(result.measured, Decimal) and result.measured > limits.second_pct:
        text = f"{what} would be {show(round(result.measured, 4))} %; the second level is {show(limits.second_pct)} %"
        return breach("CP-14", Outcome.SOFT, "OWNERSHIP", text, result.measured, limits.second_pct)
    return result


def _owned(
    control: str, code: str, what: str, held: Decimal | None, terms: Terms, limits: Percent, context: Context
) -> Result:
    known = context.analytics
    if held is None:
        return missing(control, "holding of the shares")
    if known is None or not known.shares_outstanding or known.shares_outstanding < 0:
        return missing(control, "number of shares outstanding")
    if old := aged(control, "number of shares outstanding", known.as_of, limits.max_age_days, context):
        return old
    after = held - terms.growth_qty if terms.is_sell else held + terms.growth_qty
    both = (None, None) if terms.is_sell else limits.both
    return share(control, code, what, after, known.shares_outstanding, both)


def five_ten_forty(terms: Terms, limits: FiveTenForty, context: Context) -> Result:
    """CP-03: UCITS 52(1), (2). No issuer above 10 %; those above 5 % together at most 40 %. Measured is that sum."""
    known = net_assets("CP-03", context, None)
    if isinstance(known, Result):
        return known
    fund, nav = known
    if fund.issuers is None:
        return missing("CP-03", "weights of the issuers", limits.sum_pct)
    value = growth("CP-03", terms, context) if terms.growth_qty else ZERO
    if isinstance(value, Result):
        return value
    after = dict(fund.issuers)
    after[fund.issuer] = after.get(fund.issuer, ZERO) + (-value if terms.is_sell else value)
    total = sum((held for held in after.values() if held * HUNDRED > limits.over_pct * nav), ZERO)
    largest = max(after.values(), default=ZERO)
    if not terms.is_sell and total * HUNDRED > limits.sum_pct * nav:
        text = f"Issuers above {show(limits.over_pct)} % would come to {show(round(total * HUNDRED / nav, 4))} %"
        text += f"; the limit is {show(limits.sum_pct)} %"
        return breach("CP-03", Outcome.HARD, "FIVE_TEN_FORTY", text, total * HUNDRED / nav, limits.sum_pct)
    if not terms.is_sell and largest * HUNDRED > limits.max_pct * nav:
        measured = largest * HUNDRED / nav
        text = f"An issuer would weigh {show(round(measured, 4))} %; the limit is {show(limits.max_pct)} %"
        return breach("CP-03", Outcome.HARD, "FIVE_TEN_FORTY", text, measured, limits.max_pct)
    return passed("CP-03", total * HUNDRED / nav, limits.sum_pct)


def exclusion(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """CP-11: mandate. An excluded name, or one of an excluded parent, is not bought; what is held may be sold."""
    if context.excluded is None:
        return missing("CP-11", "exclusion list")
    hits = Decimal(len(context.excluded))
    if not hits or terms.side == "sell":
        return passed("CP-11", hits, ZERO)
    text = f"{terms.symbol or 'The instrument'} is excluded by the mandate"
    return breach("CP-11", Outcome.HARD, "EXCLUDED", text, hits, ZERO)
