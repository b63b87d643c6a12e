"""Controls that look at what the account holds and has open: position limit, order marking, self-trade."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from risk import params
from risk.context import Context, Resting
from risk.controls.gauge import Gauge, Reading, Ways, both, given, least
from risk.params import Nothing
from risk.result import Outcome, Result, breach, missing, passed, show
from risk.terms import SELLS, Terms


@dataclass(frozen=True, slots=True)
class PositionLimit:
    """The largest position either way. Both are written as positive quantities."""

    max_long: Annotated[Decimal | None, params.number("largest long position")] = None
    max_short: Annotated[Decimal | None, params.number("largest short position; 0: none")] = None

    def faults(self) -> list[str]:
        """A rule that limits nothing is a mistake."""
        return ["give max_long, max_short or both"] if self.max_long is None and self.max_short is None else []


def _worst(seen: tuple[Terms, Context], limits: PositionLimit) -> Reading | Result:
    terms, context = seen
    if (limits.max_short if terms.is_sell else limits.max_long) is None:
        return passed("PT-19")
    holding = context.holding
    if holding is None:
        return missing("PT-19", "position")
    if terms.is_sell:
        worst = holding.position - holding.open_sell - terms.leaves_qty
        return Reading(worst, -worst, more=seen, way=_SELLS)
    worst = holding.position + holding.open_buy + terms.leaves_qty
    return Reading(worst, worst, more=seen, way=_BUYS)


def _against(limits: PositionLimit, reading: Reading | Result) -> Result:
    if isinstance(reading, Result):
        return reading
    terms, context = reading.more
    limit, fits = _first(limits)[reading.way], _fits(limits)[reading.way]
    if limit is None or fits is None or reading.within(limit):
        return passed("PT-19", reading.number, fits)
    holding, worst = context.holding, -reading.top if terms.is_sell else reading.top
    still_open = holding.open_sell if terms.is_sell else holding.open_buy
    text = (
        f"Position {show(holding.position)}, open {'sells' if terms.is_sell else 'buys'} {show(still_open)}"
        f" and this order's {show(terms.leaves_qty)} could reach {show(worst)}; the limit is {show(fits)}"
    )
    return breach("PT-19", Outcome.HARD, "POSITION_LIMIT", text, worst, fits)


def _bare(limits: PositionLimit) -> PositionLimit:
    return PositionLimit(*map(given, _first(limits)))


def _first(limits: PositionLimit) -> Ways[Decimal | None]:
    return limits.max_long, limits.max_short


def _fits(limits: PositionLimit) -> Ways[Decimal | None]:
    return limits.max_long, None if limits.max_short is None else -limits.max_short


_BUYS, _SELLS = 0, 1
POSITION_LIMIT = Gauge(both, _worst, _against, _bare, _first, _fits, least)
"""PT-19: RTS 6 art. 15(4). The worst case: every open order of this side filled, none of the other."""


def order_marking(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-21: Reg SHO 200(c), (g). A sell is long if the position covers it after the open sells, else short.

    Marking a long sale as short is as wrong as the reverse.
    """
    if not terms.is_sell:
        return passed("PT-21")
    if context.holding is None:
        return missing("PT-21", "position")
    covered = context.holding.position - context.holding.open_sell
    long = terms.leaves_qty <= covered
    if long == (terms.side == "sell"):
        return passed("PT-21", covered, terms.leaves_qty)
    text = (
        f"{show(max(covered, Decimal(0)))} of the position is not yet on sale,"
        f" so a sale of {show(terms.leaves_qty)} must be marked {'long' if long else 'short'}"
    )
    return breach("PT-21", Outcome.HARD, "ORDER_MARKING", text, covered, terms.leaves_qty)


def self_trade(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-25: FINRA 5210.02, RTS 6 art. 13. Measured is the number of own orders this one could trade with."""
    if context.resting is None:
        return missing("PT-25", "list of own resting orders")
    count = Decimal(sum(_crosses(terms, order) for order in context.resting))
    if not count:
        return passed("PT-25", count, Decimal(0))
    text = f"The order would trade with {show(count)} of our own orders on the other side"
    return breach("PT-25", Outcome.HARD, "SELF_TRADE", text, count, Decimal(0))


def _crosses(terms: Terms, order: Resting) -> bool:
    """Whether the two could trade: opposite sides, and prices that meet. No price meets any."""
    if (order.side in SELLS) == terms.is_sell:
        return False
    if terms.price is None or order.price is None:
        return True
    return terms.price <= order.price if terms.is_sell else terms.price >= order.price


def reduces(terms: Terms, context: Context) -> bool:
    """Whether the order can only make the position smaller, with what is open on its side filled before it."""
    holding = context.holding
    if holding is None:
        return False
    free = holding.position - holding.open_sell if terms.is_sell else -holding.position - holding.open_buy
    return terms.leaves_qty <= free
