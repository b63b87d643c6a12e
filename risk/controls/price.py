"""Controls of an order's price: collar and tick."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from risk import params
from risk.context import Context
from risk.controls.gauge import Gauge, Reading, Ways, both, given, least
from risk.params import Nothing
from risk.result import Outcome, Result, breach, missing, passed, show, stale
from risk.terms import Terms

HUNDRED = Decimal(100)
REFUSE_HELP = "refuse a buy that is further above the reference than this, or a sell further below"
WARN_HELP = "warn of a buy that is further below the reference than this, or a sell further above"


@dataclass(frozen=True, slots=True)
class Collar:
    """How far a price may be from the reference."""

    aggressive_hard_pct: Annotated[Decimal | None, params.number(REFUSE_HELP, "%")] = None
    passive_soft_pct: Annotated[Decimal | None, params.number(WARN_HELP, "%")] = None
    max_age_s: Annotated[Decimal, params.number("a reference price older than this is stale", "s")] = Decimal(60)

    def faults(self) -> list[str]:
        """A collar without a width is a mistake."""
        if self.aggressive_hard_pct is None and self.passive_soft_pct is None:
            return ["give aggressive_hard_pct, passive_soft_pct or both"]
        return []


def reference_price(control: str, context: Context, max_age_s: Decimal | None) -> Decimal | Result:
    """The price to measure against, or the refusal where there is none or it is older than ``max_age_s``."""
    reference = context.reference
    if reference is None or reference.price is None or reference.price <= 0:
        return missing(control, "reference price")
    if max_age_s is not None:
        if reference.at is None:
            return missing(control, "age of the reference price", max_age_s)
        age_s = seconds(context.at - reference.at)
        if age_s > max_age_s:
            return stale(control, "reference price", age_s, max_age_s)
    return reference.price


def turned(
    control: str, value: Decimal, terms: Terms, currency: str, max_age_s: Decimal, context: Context
) -> Decimal | Result:
    """``value`` of the order's currency in ``currency`` (empty: its own); or the refusal, without a fresh rate."""
    if not currency or currency == terms.currency:
        return value
    what, rate = f"exchange rate from {terms.currency} to {currency}", context.fx.get(currency)
    if rate is None:
        return missing(control, what)
    known_at = context.fx_at.get(currency)
    if known_at is not None and (age_s := seconds(context.at - known_at)) > max_age_s:
        return stale(control, what, age_s, max_age_s)
    return value * rate


def seconds(span: timedelta) -> Decimal:
    """Exactly, which ``total_seconds`` is not."""
    return Decimal(span.days * 86_400 + span.seconds) + Decimal(span.microseconds) / 1_000_000


def _away(seen: tuple[Terms, Context], collar: Collar) -> Reading | Result:
    terms, context = seen
    reference = reference_price("PT-03", context, collar.max_age_s)
    if isinstance(reference, Result):
        return reference
    if terms.stop_px is not None:
        # It goes out when the market is at its stop, so that is what its limit is measured against.
        reference = terms.stop_px
    if terms.price is None:
        return passed("PT-03")
    away = reference - terms.price if terms.is_sell else terms.price - reference
    # Compared as products: a quotient is rounded, and exactly the limit must pass.
    top = abs(away) * HUNDRED
    return Reading(top / reference, top, reference, more=terms, way=_PASSIVE if away < 0 else _AGGRESSIVE)


def _against(collar: Collar, reading: Reading | Result) -> Result:
    if isinstance(reading, Result):
        return reading
    limit, terms, reference = _first(collar)[reading.way], reading.more, reading.whole
    if limit is None or reading.within(limit):
        return passed("PT-03", reading.number, limit)
    where = "above" if terms.price > reference else "below"
    text = (
        f"Price {show(terms.price)} is {show(round(reading.top / reference, 4))} % {where} the reference price"
        f" {show(reference)}; at most {show(limit)} % is allowed"
    )
    outcome = Outcome.SOFT if reading.way == _PASSIVE else Outcome.HARD
    return breach("PT-03", outcome, "PRICE_COLLAR", text, reading.number, limit)


def _bare(collar: Collar) -> Collar:
    aggressive, passive = map(given, _first(collar))
    return replace(collar, aggressive_hard_pct=aggressive, passive_soft_pct=passive)


def _first(collar: Collar) -> Ways[Decimal | None]:
    return collar.aggressive_hard_pct, collar.passive_soft_pct


_AGGRESSIVE, _PASSIVE = 0, 1
COLLAR = Gauge(both, _away, _against, _bare, _first, _first, least)
"""PT-03: RTS 6 art. 15(1)(a). Measured is the deviation in percent, without a sign.

A market order has no price to measure, but it must not go out where nobody knows the price.
"""


def tick_size(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-08: Reg NMS 612, RTS 11. Measured is the tick that holds at the order's price."""
    prices = [price for price in (terms.price, terms.stop_px) if price is not None]
    if not prices:
        return passed("PT-08")
    ticks = context.listing.ticks if context.listing else None
    for price in prices:
        tick = next((t for price_from, t in reversed(ticks or ()) if price_from <= price), None)
        if not tick:
            return missing("PT-08", "tick size")
        if price % tick:
            text = f"Price {show(price)} is not a multiple of the tick {show(tick)}"
            return breach("PT-08", Outcome.HARD, "TICK_SIZE", text, tick, tick)
    return passed("PT-08", tick, tick)
