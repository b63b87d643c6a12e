"""Controls that look at the market: fresh reference, share of volume, tradability, hours, protected quotes."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar

from risk import params
from risk.context import Context, Quoted
from risk.controls.levels import HUNDRED, Pair, Percent, aged, share
from risk.controls.order import UNPRICED
from risk.controls.price import reference_price, seconds
from risk.params import Nothing
from risk.result import Outcome, Result, breach, missing, passed, show
from risk.terms import Terms

YES_NO = ("yes", "no")
MOVES_WITH_MARKET = UNPRICED | {"stop", "market_if_touched", "trailing_stop", "market_to_limit", "pegged"}


@dataclass(frozen=True, slots=True)
class MarketOrders:
    """Whether orders without a price are taken, and how fresh the market must be for them."""

    allowed: Annotated[str, params.choice("whether orders without a price are taken", YES_NO)] = "yes"
    max_age_s: Annotated[Decimal, params.number("a reference price older than this is stale", "s")] = Decimal(60)


@dataclass(frozen=True, slots=True)
class Age:
    """How old a reference price may be."""

    max_age_s: Annotated[Decimal, params.number("a reference price older than this is stale", "s")] = Decimal(60)


@dataclass(frozen=True, slots=True)
class Volume(Percent):
    """Percent of the average daily volume; 10 and 25 if neither is given."""

    DEFAULT: ClassVar[Pair] = (Decimal(10), Decimal(25))


@dataclass(frozen=True, slots=True)
class Opening:
    """What becomes of an order outside the hours of its venue."""

    queue: Annotated[str, params.choice("take orders good till canceled or date at any hour", YES_NO)] = "no"
    extended: Annotated[str, params.choice("take orders in extended hours as well", YES_NO)] = "no"


@dataclass(frozen=True, slots=True)
class Points:
    """How far a bond's price may be from its evaluated price, in points of its quotation."""

    max_points: Annotated[Decimal, params.number("warn of a price further away", "points")] = Decimal(2)
    max_age_days: Annotated[Decimal | None, params.number("an older evaluated price is stale", "days")] = None


def market_protection(terms: Terms, policy: MarketOrders, context: Context) -> Result:
    """PT-04: RTS 6 art. 15(1)(a). An order without a price of its own needs a fresh reference, or is not taken."""
    if terms.price is not None and terms.ord_type not in MOVES_WITH_MARKET:
        return passed("PT-04")
    if terms.price is None and policy.allowed == "no":
        return breach("PT-04", Outcome.HARD, "PRICE_REQUIRED", "Orders without a price are not taken here")
    return _fresh("PT-04", context, policy.max_age_s)


def staleness(_terms: Terms, limit: Age, context: Context) -> Result:
    """PT-05: FINRA 15-09. Measured is the age of the reference price."""
    return _fresh("PT-05", context, limit.max_age_s)


def _fresh(control: str, context: Context, max_age_s: Decimal) -> Result:
    price = reference_price(control, context, max_age_s)
    if isinstance(price, Result):
        return price
    assert context.reference is not None
    assert context.reference.at is not None
    return passed(control, seconds(context.at - context.reference.at), max_age_s)


def volume_share(terms: Terms, limits: Volume, context: Context) -> Result:
    """PT-06: FINRA 15-09. The order in percent of the 20-day average daily volume."""
    known = context.analytics
    if known is None or not known.adv or known.adv < 0:
        return missing("PT-06", "average daily volume", limits.both[1])
    old = aged("PT-06", "average daily volume", known.as_of, limits.max_age_days, context)
    what = "The order's share of the average daily volume"
    return old or share("PT-06", "VOLUME_SHARE", what, terms.order_qty, known.adv, limits.both)


def tradable(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-10: 15c3-5(c)(2)(i), LULD. The instrument is active, and its last day has not passed."""
    state = context.tradable
    if state is None or not state.state:
        return missing("PT-10", "state of the instrument")
    name = terms.symbol or "The instrument"
    if state.state != "active":
        return breach("PT-10", Outcome.HARD, "NOT_TRADABLE", f"{name} is {state.state} and cannot be traded")
    if state.last_day is not None and context.at.date() > state.last_day:
        text = f"{name} matured or expired on {state.last_day}"
        return breach("PT-10", Outcome.HARD, "NOT_TRADABLE", text)
    return passed("PT-10")


def session_hours(terms: Terms, policy: Opening, context: Context) -> Result:
    """PT-11: venue rules. Within [opens, closes) of a session that the order's validity permits."""
    hours = context.hours
    if hours is None:
        return missing("PT-11", "trading hours of the venue")
    today = [span for span in hours.regular if span[0].date() == context.at.date()]
    if terms.time_in_force == "at_the_opening":
        inside = any(context.at < opens for opens, _ in today)
    elif terms.time_in_force in ("good_till_cancel", "good_till_date") and policy.queue == "yes":
        inside = True
    else:
        spans = hours.regular + (hours.extended if policy.extended == "yes" else ())
        inside = any(opens <= context.at < closes for opens, closes in spans)
    if inside:
        return passed("PT-11")
    text = f"The venue is closed at {context.at:%Y-%m-%d %H:%M:%S} UTC for such an order"
    return breach("PT-11", Outcome.HARD, "MARKET_CLOSED", text)


def venue_support(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-12: venue rules. The venue named, or one of those that list the instrument, takes this type and validity."""
    if context.takes is None:
        return missing("PT-12", "table of what the venues take")
    venues = [venue for venue in context.takes if terms.venue in ("", venue.venue)]
    if not venues:
        return missing("PT-12", f"table of what {terms.venue or 'any venue of the instrument'} takes")
    for venue in venues:
        if (
            terms.ord_type in venue.ord_types
            and (not terms.time_in_force or terms.time_in_force in venue.times_in_force)
            and (not terms.peg_price_type or terms.peg_price_type in venue.peg_price_types)
        ):
            return passed("PT-12")
    words = f"{terms.ord_type} {terms.peg_price_type} {terms.time_in_force}".replace("_", " ").split()
    text = f"{terms.venue or 'No venue of the instrument'} takes no {' '.join(words)} order"
    if terms.venue:
        text = f"{terms.venue} does not take a {' '.join(words)} order"
    return breach("PT-12", Outcome.HARD, "NOT_SUPPORTED_BY_VENUE", text)


def trade_through(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-23: Reg NMS 611. A buy at most at the national best offer, a sell at least at the best bid, unless ISO."""
    if "intermarket_sweep" in terms.exec_inst.split() or terms.price is None:
        return passed("PT-23", terms.price)
    far = _far_side(terms, context.reference)
    if far is None:
        return missing("PT-23", "protected quotation")
    if terms.price >= far if terms.is_sell else terms.price <= far:
        return passed("PT-23", terms.price, far)
    which = "below the best bid" if terms.is_sell else "above the best offer"
    text = f"Price {show(terms.price)} is {which} {show(far)}: it would trade through a protected quotation"
    return breach("PT-23", Outcome.HARD, "TRADE_THROUGH", text, terms.price, far)


def locked_market(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-24: Reg NMS 610(d). A displayed buy below the national best offer, a displayed sell above the best bid."""
    hidden = terms.price is None or terms.time_in_force in ("immediate_or_cancel", "fill_or_kill")
    if terms.price is None or hidden or "intermarket_sweep" in terms.exec_inst.split():
        return passed("PT-24", terms.price)
    far = _far_side(terms, context.reference)
    if far is None:
        return missing("PT-24", "protected quotation")
    if terms.price > far if terms.is_sell else terms.price < far:
        return passed("PT-24", terms.price, far)
    text = f"Price {show(terms.price)} would lock or cross the market at {show(far)}"
    return breach("PT-24", Outcome.HARD, "LOCKS_MARKET", text, terms.price, far)


def _far_side(terms: Terms, quote: Quoted | None) -> Decimal | None:
    """The quotation on the other side, where there is a price on it."""
    far = quote and (quote.bid if terms.is_sell else quote.offer)
    return far if far and far > 0 else None


def evaluated_price(terms: Terms, limits: Points, context: Context) -> Result:
    """PT-39: FINRA 2121, 5310.03. Distance of a bond's price from its evaluated price, in points."""
    known = context.analytics
    if known is None or known.evaluated_price is None:
        return missing("PT-39", "evaluated price", limits.max_points)
    if old := aged("PT-39", "evaluated price", known.as_of, limits.max_age_days, context):
        return old
    if terms.price is None:
        return passed("PT-39", None, limits.max_points)
    away = abs(terms.price - known.evaluated_price)
    if away <= limits.max_points:
        return passed("PT-39", away, limits.max_points)
    text = f"Price {show(terms.price)} is {show(away)} points from the evaluated price {show(known.evaluated_price)}"
    return breach("PT-39", Outcome.SOFT, "EVALUATED_PRICE", text, away, limits.max_points)


def fill_outlier(_terms: Terms, limits: "Outlier", context: Context) -> Result:
    """PO-03: FINRA 5310. A fill in percent away from the quote, where it is outside of it, or a reference."""
    fill = context.fill
    if fill is None or fill.last_px is None:
        return missing("PO-03", "fill", limits.max_pct)
    reference = fill.reference
    if reference is None and fill.bid is not None and fill.offer is not None:
        reference = min(max(fill.last_px, fill.bid), fill.offer)
    if reference is None or reference <= 0:
        return missing("PO-03", "market at the time of the fill", limits.max_pct)
    away = abs(fill.last_px - reference)
    measured = away * HUNDRED / reference
    if away * HUNDRED <= limits.max_pct * reference:
        return passed("PO-03", measured, limits.max_pct)
    text = f"Filled at {show(fill.last_px)}, {show(round(measured, 4))} % from the market {show(reference)}"
    return breach("PO-03", Outcome.ALERT, "FILL_OUTLIER", text, measured, limits.max_pct)


@dataclass(frozen=True, slots=True)
class Outlier:
    """How far a fill may be from the market."""

    max_pct: Annotated[Decimal, params.number("tell of a fill further away", "%")] = Decimal(3)
