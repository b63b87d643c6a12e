"""Controls against the table of limits: what is in use and this order, in the worst case, against a row."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple, Protocol

from risk.context import Context
from risk.controls.price import reference_price, seconds
from risk.result import Outcome, Result, breach, missing, passed, show, stale
from risk.room import EXPOSURES, MONEY, Counted, Measure
from risk.terms import ZERO, Terms

# PT-05: a price older than this values nothing. A rate of exchange may be a day old, and over a weekend no more.
MAX_PRICE_AGE_S = Decimal(60)
MAX_RATE_AGE_S = Decimal(86_400)


class Row(NamedTuple):
    """How a measure is checked: under which control and code, and what a reader calls it."""

    control: str
    code: str
    what: str


ROWS: Mapping[str, Row] = {
    Measure.LONG_POSITION: Row("PT-19", "POSITION_LIMIT", "Long position in the worst case"),
    Measure.SHORT_POSITION: Row("PT-19", "POSITION_LIMIT", "Short position in the worst case"),
    Measure.GROSS_NOTIONAL: Row("PT-16", "CREDIT_LIMIT", "Value executed today, open and of this order"),
    Measure.OPEN_NOTIONAL: Row("PT-18", "OPEN_VALUE", "Value of open orders with this one"),
    Measure.OPEN_ORDERS: Row("PT-18", "OPEN_ORDERS_LIMIT", "Number of open orders with this one"),
    Measure.WINDOW_NOTIONAL: Row("PT-32", "WINDOW_VALUE", "Value sent within the window with this order"),
    Measure.GROSS_EXPOSURE: Row("PT-19", "EXPOSURE_LIMIT", "Gross exposure in the worst case"),
    Measure.NET_EXPOSURE: Row("PT-19", "EXPOSURE_LIMIT", "Net exposure in the worst case"),
}


def money(measure: str, executed: Decimal, still_open: Decimal) -> Decimal:
    """What counts towards a limit in money: with what was executed today, or what is open alone."""
    return executed + still_open if measure == Measure.GROSS_NOTIONAL else still_open


class Levels(Protocol):
    """What a row says: a warning level and a limit, in a currency unless it counts something."""

    @property
    def soft(self) -> Decimal | None: ...
    @property
    def hard(self) -> Decimal | None: ...
    @property
    def currency(self) -> str: ...


def against(measure: str, levels: Levels, used: Decimal, before: Decimal) -> Result:
    """``used`` against the row's levels, both inclusive; the text says how much room is left."""
    row, hard, soft = ROWS[measure], levels.hard, levels.soft
    if hard is not None and used > hard:
        outcome, name, level = Outcome.HARD, "limit", hard
    elif soft is not None and used > soft:
        outcome, name, level = Outcome.SOFT, "warning level", soft
    else:
        return passed(row.control, used, hard)
    unit = f" {levels.currency}" if levels.currency else ""
    left = max((level if hard is None else hard) - before, ZERO)
    text = f"{row.what} {show(used)}{unit} is above the {name} {show(level)}{unit}; room left {show(left)}{unit}"
    return breach(row.control, outcome, row.code, text, used, level)


def unit_of(terms: Terms, context: Context, control: str) -> Decimal | Result:
    """The money one unit of the order counts as, in its currency: at its limit, or else at the market.

    Of a market order the dearest of what is known: the reference, the offer a buy takes, the price it waits for.
    """
    price = terms.price
    if price is None:
        reference = reference_price(control, context, MAX_PRICE_AGE_S)
        if isinstance(reference, Result):
            return reference
        offer = context.reference.offer if context.reference and not terms.is_sell else None
        price = max(one for one in (reference, offer, terms.stop_px) if one is not None)
    return abs(price) * terms.multiplier * terms.price_factor


def unusable(counted: Counted, unit: Decimal | Result, terms: Terms, context: Context) -> Result | None:
    """Why a limit in money cannot be checked: no fresh price, no rate, or one that is too old."""
    bound, row = counted.bound, ROWS[counted.bound.measure]
    if bound.measure not in MONEY:
        return None
    if bound.measure not in EXPOSURES and isinstance(unit, Result):
        return Result(row.control, unit.outcome, unit.reason_code, unit.measured, bound.hard, unit.text)
    what = f"exchange rate from {terms.currency} to {bound.currency}"
    if counted.rate is None:
        return missing(row.control, what, bound.hard)
    if counted.known_at is not None:
        age_s = seconds(context.at - counted.known_at)
        if age_s > MAX_RATE_AGE_S:
            return stale(row.control, what, age_s, MAX_RATE_AGE_S)
    return None
