"""Controls of money: gross credit, cash, open value, value in a short time, daily loss, initial margin."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar

from risk import params
from risk.context import Context
from risk.controls.gauge import Reading, reading, sized
from risk.controls.holding import reduces
from risk.controls.levels import HUNDRED, Levels, Pair, exposure
from risk.params import Nothing
from risk.result import Outcome, Result, breach, missing, passed, show, within
from risk.terms import Terms


@dataclass(frozen=True, slots=True)
class OpenValue(Levels):
    """Value of all open orders; 20 million if nothing is given."""

    DEFAULT: ClassVar[Pair] = (None, Decimal(20_000_000))


@dataclass(frozen=True, slots=True)
class ShortWindow(Levels):
    """Value within a short time; 2 million in 60 seconds if nothing is given."""

    window_s: Annotated[Decimal, params.number("length of the window", "s", above_zero=True)] = Decimal(60)
    DEFAULT: ClassVar[Pair] = (None, Decimal(2_000_000))


@dataclass(frozen=True, slots=True)
class Spending:
    """What is added to the price of an order for its fees, and whether money that has not come in yet may be spent."""

    fee_pct: Annotated[Decimal, params.number("fees in percent of the value", "%")] = Decimal(0)
    unsettled: Annotated[str, params.choice("what was sold and has not settled", ("counts", "waits"))] = "counts"


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss of this much today stops what adds risk."""

    max_loss: Annotated[Decimal, params.number("a loss of this much stops", above_zero=True)] = Decimal(250_000)


def _in_use(terms: Terms, _limits: Levels, context: Context) -> Reading | Result:
    """Executed, open and this order together; sales count as purchases do."""
    known = context.credit
    if known is None or known.executed is None or known.open is None:
        return missing("PT-16", "use of the credit line")
    value = exposure("PT-16", terms, context)
    return value if isinstance(value, Result) else reading(known.executed + known.open + value)


GROSS_CREDIT = sized("PT-16", "CREDIT_LIMIT", "Credit in use", _in_use)
"""PT-16: 15c3-5(c)(1)(i), RTS 6 art. 15(4)."""


def buying_power(terms: Terms, spending: Spending, context: Context) -> Result:
    """PT-17: 15c3-5(c)(1)(i), Reg T. Cost, fees and what open purchases have set aside, within the cash."""
    if terms.is_sell:
        return passed("PT-17")
    needed = cash_needed("PT-17", terms, spending.fee_pct, context)
    if isinstance(needed, Result):
        return needed
    assert context.cash is not None
    assert context.cash.cash is not None
    total, cash = needed + context.cash.reserved, context.cash.cash
    if spending.unsettled == "counts":
        cash += context.cash.incoming
    if total <= cash:
        return passed("PT-17", total, cash)
    text = f"The order and open purchases need {show(total)}; there is {show(cash)}"
    return breach("PT-17", Outcome.HARD, "BUYING_POWER", text, total, cash)


def cash_needed(control: str, terms: Terms, fee_pct: Decimal, context: Context) -> Decimal | Result:
    """What the order costs with its fees, or the refusal where that or the cash is not known."""
    if context.cash is None or context.cash.cash is None:
        return missing(control, "cash")
    value = exposure(control, terms, context)
    return value if isinstance(value, Result) else value + value * fee_pct / HUNDRED + context.cash.fees


def _open(terms: Terms, _limits: OpenValue, context: Context) -> Reading | Result:
    """The value of everything open, this order included."""
    if context.credit is None or context.credit.open is None:
        return missing("PT-18", "value of open orders")
    value = exposure("PT-18", terms, context)
    return value if isinstance(value, Result) else reading(context.credit.open + value)


OPEN_VALUE = sized("PT-18", "OPEN_VALUE", "Value of open orders", _open)
"""PT-18: FIA, 15c3-5."""


def window_value(terms: Terms, limits: ShortWindow, context: Context) -> Result:
    """PT-32: 15c3-5(c)(1)(ii). The value sent in the window, half open, this order included."""
    if context.recent is None:
        return missing("PT-32", "list of recent orders", limits.both[1])
    value = exposure("PT-32", terms, context)
    if isinstance(value, Result):
        return value
    for sent in context.recent:
        if sent.age_s < limits.window_s:
            if sent.value is None:
                return missing("PT-32", "value of an earlier order", limits.both[1])
            value += sent.value
    return within("PT-32", "WINDOW_VALUE", f"Value within {show(limits.window_s)} s", value, *limits.both)


def daily_loss(terms: Terms, limit: Loss, context: Context) -> Result:
    """PT-33: RTS 6 art. 15(4). At the limit, only what reduces the position is taken. Measured is the day's result."""
    results = context.results
    if results is None or results.realised is None or results.unrealised is None:
        return missing("PT-33", "result of the day", limit.max_loss)
    result = results.realised + results.unrealised
    if result > -limit.max_loss or reduces(terms, context):
        return passed("PT-33", result, -limit.max_loss)
    text = f"Today's loss is {show(-result)}; at {show(limit.max_loss)} only what reduces a position is taken"
    return breach("PT-33", Outcome.HARD, "DAILY_LOSS", text, result, -limit.max_loss)


def initial_margin(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-38: CME, OCC. Initial margin of the account after this order, within its equity."""
    margin = context.margin
    if reduces(terms, context):
        return passed("PT-38")
    if margin is None or margin.used is None or margin.per_contract is None or margin.available is None:
        return missing("PT-38", "initial margin or equity")
    total = margin.used + terms.growth_qty * margin.per_contract
    if total <= margin.available:
        return passed("PT-38", total, margin.available)
    text = f"Initial margin would be {show(total)}; equity is {show(margin.available)}"
    return breach("PT-38", Outcome.HARD, "INITIAL_MARGIN", text, total, margin.available)
