"""Controls of a portfolio's risk: duration, leverage, value at risk, cash, crosses, counterparties, fair allocation."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar

from risk import params
from risk.context import Context
from risk.controls.credit import cash_needed
from risk.controls.levels import HUNDRED, Levels, Pair, Percent, growth, share
from risk.controls.mandate import net_assets
from risk.params import Nothing
from risk.parts import Share
from risk.result import Outcome, Result, breach, missing, passed, show
from risk.terms import Terms

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Band(Levels):
    """Years of duration away from the benchmark; 0.5 and 1 if neither is given."""

    DEFAULT: ClassVar[Pair] = (Decimal("0.5"), Decimal(1))


@dataclass(frozen=True, slots=True)
class Leverage(Percent):
    """Gross exposure in percent of net assets; 180 and 200 if neither is given."""

    DEFAULT: ClassVar[Pair] = (Decimal(180), Decimal(200))


@dataclass(frozen=True, slots=True)
class ValueAtRisk:
    """Value at risk of the portfolio, of net assets and of the benchmark's."""

    absolute_pct: Annotated[Decimal, params.number("largest part of net assets", "%")] = Decimal(20)
    relative_pct: Annotated[Decimal, params.number("largest part of the benchmark's", "%")] = Decimal(200)


@dataclass(frozen=True, slots=True)
class LeastCash:
    """What must be left in cash."""

    min_cash: Annotated[Decimal, params.number("what must be left")] = ZERO


@dataclass(frozen=True, slots=True)
class Exposure(Percent):
    """Exposure to one counterparty in percent of net assets; 10 if nothing is given."""

    DEFAULT: ClassVar[Pair] = (None, Decimal(10))


@dataclass(frozen=True, slots=True)
class Fairness:
    """How far an allocation may be from pro rata."""

    max_lots: Annotated[Decimal, params.number("lots away from pro rata")] = Decimal(1)


def duration_band(terms: Terms, limits: Band, context: Context) -> Result:
    """CP-06: mandate. The market-value weighted duration after the trade, against the benchmark's."""
    fund, known = context.fund, context.analytics
    if fund is None or fund.duration_mv is None or fund.bonds_mv is None or fund.benchmark_duration is None:
        return missing("CP-06", "duration of portfolio and benchmark", limits.both[1])
    moved, weighed = fund.duration_mv, fund.bonds_mv
    if terms.growth_qty:
        if known is None or known.duration is None:
            return missing("CP-06", "duration of the instrument", limits.both[1])
        value = growth("CP-06", terms, context)
        if isinstance(value, Result):
            return value
        value = -value if terms.is_sell else value
        moved, weighed = moved + value * known.duration, weighed + value
    if weighed <= 0:
        return passed("CP-06", ZERO, limits.both[1])
    # Compared as products: |moved / weighed - benchmark| <= band.
    away = abs(moved - fund.benchmark_duration * weighed)
    before = abs(fund.duration_mv - fund.benchmark_duration * fund.bonds_mv)
    soft, hard = limits.both
    measured = away / weighed
    cures = away * fund.bonds_mv < before * weighed
    for outcome, band, name in ((Outcome.HARD, hard, "band"), (Outcome.SOFT, soft, "warning level")):
        if band is not None and not cures and away > band * weighed:
            text = f"Duration would be {show(round(measured, 4))} years from the benchmark; the {name} is {show(band)}"
            return breach("CP-06", outcome, "DURATION_BAND", text, measured, band)
    return passed("CP-06", measured, hard if soft is None else soft)


def leverage(terms: Terms, limits: Leverage, context: Context) -> Result:
    """CP-07: '40 Act 18, AIFMD. Gross exposure after the trade; what reduces it passes."""
    known = net_assets("CP-07", context, limits.max_age_days)
    if isinstance(known, Result):
        return known
    fund, nav = known
    if fund.gross is None:
        return missing("CP-07", "gross exposure", limits.both[1])
    value = growth("CP-07", terms, context)
    if isinstance(value, Result):
        return value
    after = fund.gross + value * _growth(terms, context)
    return share("CP-07", "LEVERAGE", "Gross exposure", after, nav, limits.both, before=fund.gross)


def _growth(terms: Terms, context: Context) -> Decimal:
    """Which part of the order adds to exposure, from -1 (all of it closes a position) to 1."""
    if not terms.growth_qty:
        return ZERO
    holding = context.holding
    if holding is None:
        return Decimal(-1) if terms.side == "sell" else Decimal(1)
    signed = -terms.growth_qty if terms.is_sell else terms.growth_qty
    return (abs(holding.position + signed) - abs(holding.position)) / terms.growth_qty


def value_at_risk(_terms: Terms, limits: ValueAtRisk, context: Context) -> Result:
    """CP-09: rule 18f-4. Relative to the benchmark's value at risk where there is one, else to net assets."""
    fund = context.fund
    if fund is None or fund.var_pct is None:
        return missing("CP-09", "value at risk", limits.absolute_pct)
    if fund.benchmark_var_pct:
        both, what = (limits.relative_pct, None), "Value at risk, of the benchmark's,"
        return share("CP-09", "VALUE_AT_RISK", what, fund.var_pct, fund.benchmark_var_pct, both)
    both = (limits.absolute_pct, None)
    return share("CP-09", "VALUE_AT_RISK", "Value at risk", fund.var_pct, HUNDRED, both)


def no_overdraft(terms: Terms, limits: LeastCash, context: Context) -> Result:
    """CP-12: mandate. Cash after this order and all that is open. Measured is what would be left."""
    cash = context.cash
    if cash is None or cash.cash is None:
        return missing("CP-12", "projected cash", limits.min_cash)
    needed: Decimal | Result = ZERO
    if terms.leaves_qty and not terms.is_sell:
        needed = cash_needed("CP-12", terms, ZERO, context)
    if isinstance(needed, Result):
        return needed
    left = cash.cash + cash.incoming - cash.reserved - needed
    if left >= limits.min_cash or terms.is_sell:
        return passed("CP-12", left, limits.min_cash)
    text = f"Cash would be {show(left)}; at least {show(limits.min_cash)} must be left"
    return breach("CP-12", Outcome.HARD, "OVERDRAFT", text, left, limits.min_cash)


def cross_trade(_terms: Terms, _limits: Nothing, context: Context) -> Result:
    """CP-13: rule 17a-7, ERISA. At the independent current price, free of commission, both eligible, and approved."""
    cross = context.cross
    if cross is None or cross.price is None or cross.market_price is None or cross.erisa is None:
        return missing("CP-13", "price, market price or accounts of the cross")
    faults = (
        (cross.erisa, "An ERISA account may not trade with another of our accounts"),
        (cross.eligible is False, "One of the accounts is not eligible"),
        (cross.price != cross.market_price, f"The price must be the market's, {show(cross.market_price)}"),
        (bool(cross.commission), "No commission may be paid on a cross"),
        (cross.approved is False, "Compliance has not approved the cross"),
    )
    for wrong, text in faults:
        if wrong:
            return breach("CP-13", Outcome.HARD, "CROSS_TRADE", text, cross.price, cross.market_price)
    return passed("CP-13", cross.price, cross.market_price)


def counterparty(_terms: Terms, limits: Exposure, context: Context) -> Result:
    """CP-15: UCITS 52(1). The broker is approved, and what it owes us is within the limit."""
    known = context.counterparty
    if known is None or known.approved is None:
        return missing("CP-15", "list of approved brokers")
    if not known.approved:
        return breach("CP-15", Outcome.HARD, "BROKER_NOT_APPROVED", f"{known.broker or 'The broker'} is not approved")
    if known.exposure is None or not known.nav or known.nav < 0:
        return missing("CP-15", "exposure to the broker or net asset value", limits.both[1])
    what = "Exposure to the broker"
    return share("CP-15", "COUNTERPARTY", what, known.exposure, known.nav, limits.both)


def fair_allocation(_terms: Terms, limits: Fairness, context: Context) -> Result:
    """CP-16: Advisers Act 206. One average price, and within a lot of pro rata unless a minimum fill was recorded.

    Measured is the largest distance from pro rata, in lots.
    """
    block = context.allocation
    if block is None or not block.shares or block.lot <= 0:
        return missing("CP-16", "allocation", limits.max_lots)
    planned = sum((one.planned for one in block.shares), ZERO)
    actual = sum((one.actual for one in block.shares), ZERO)
    if planned <= 0:
        return missing("CP-16", "planned allocation", limits.max_lots)
    if len({one.avg_px for one in block.shares}) > 1:
        return breach("CP-16", Outcome.SOFT, "UNFAIR_ALLOCATION", "The accounts got different average prices")
    furthest = max(_distance(one, planned, actual) for one in block.shares)
    lots = furthest / (planned * block.lot)
    if block.min_fill or furthest <= limits.max_lots * planned * block.lot:
        return passed("CP-16", lots, limits.max_lots)
    text = f"An account is {show(round(lots, 4))} lots from its part; at most {show(limits.max_lots)}"
    return breach("CP-16", Outcome.SOFT, "UNFAIR_ALLOCATION", text, lots, limits.max_lots)


def _distance(one: Share, planned: Decimal, actual: Decimal) -> Decimal:
    """How far what it got is from its part of the whole, times ``planned`` so that nothing is divided."""
    return abs(one.actual * planned - one.planned * actual)
