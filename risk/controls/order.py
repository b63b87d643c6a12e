"""Controls that look at the order alone: sanity, size, value, lot."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from risk import params
from risk.context import Context
from risk.controls.gauge import Reading, reading, sized
from risk.controls.levels import Levels
from risk.controls.price import reference_price, turned
from risk.params import Nothing
from risk.result import Outcome, Result, breach, missing, passed, show
from risk.terms import SELLS, Terms

SIDES = SELLS | {"buy"}
UNPRICED = frozenset({"market"})


@dataclass(frozen=True, slots=True)
class Notional(Levels):
    """Limits of an order's value."""

    currency: Annotated[str, params.currency("currency of the limits, ISO 4217; empty: the order's")] = ""
    max_age_s: Annotated[Decimal | None, params.number("oldest reference price for a market order", "s")] = None
    max_rate_age_s: Annotated[Decimal, params.number("an exchange rate older than this is stale", "s")] = Decimal(
        86_400
    )


@dataclass(frozen=True, slots=True)
class Lot:
    """How an odd lot is judged."""

    odd_lot: Annotated[Outcome, params.outcome("outcome of an odd lot")] = Outcome.HARD


def sanity(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-00: nonsense is refused before any threshold is compared with it; so is what breaks its own instruction."""
    faults = [
        (terms.account_id is None, "UNKNOWN_ACCOUNT", "The account is not known"),
        (terms.instrument_id is None, "UNKNOWN_INSTRUMENT", "The instrument is not known"),
        (terms.side not in SIDES, "BAD_VALUE", f"Side {terms.side!r} is not known"),
        (not _positive(terms.order_qty), "BAD_QUANTITY", "The quantity must be a number above 0"),
        (
            terms.price is not None and not _positive(terms.price),
            "BAD_PRICE",
            "The price must be a number above 0",
        ),
        (terms.price is None and terms.ord_type == "limit", "BAD_PRICE", "A limit order needs a price"),
        (
            terms.price is not None and terms.ord_type in UNPRICED,
            "BAD_PRICE",
            "A market order takes no price",
        ),
    ]
    for wrong, code, text in faults:
        if wrong:
            return breach("PT-00", Outcome.HARD, code, text)
    return _reduce_only(terms, context) if "do_not_increase" in terms.exec_inst.split() else passed("PT-00")


def _reduce_only(terms: Terms, context: Context) -> Result:
    """ExecInst E: the order may close what is held, less what open orders would close already, and no more."""
    holding = context.holding
    if holding is None:
        return missing("PT-00", "position")
    closable = holding.position - holding.open_sell if terms.is_sell else -holding.position - holding.open_buy
    closable = max(closable + terms.open_before, Decimal(0))
    if terms.leaves_qty <= closable:
        return passed("PT-00", terms.leaves_qty, closable)
    text = f"The order may only reduce the position, by at most {show(closable)}"
    return breach("PT-00", Outcome.HARD, "REDUCE_ONLY", text, terms.leaves_qty, closable)


def _ordered(terms: Terms, _limits: Levels, _context: Context) -> Reading:
    return reading(terms.order_qty)


MAX_ORDER_QTY = sized("PT-01", "MAX_ORDER_QTY", "Quantity", _ordered)
"""PT-01: RTS 6 art. 15(1)(c), 15c3-5(c)(1)(ii)."""


def _value(terms: Terms, limits: Notional, context: Context) -> Reading | Result:
    price = reference_price("PT-02", context, limits.max_age_s) if terms.price is None else terms.price
    if isinstance(price, Result):
        return price
    if terms.price is None and terms.stop_px is not None:
        # It is sent when the market is there: the dearer of the two is what it may cost.
        price = max(price, terms.stop_px)
    currency = limits.currency or terms.currency
    value = turned("PT-02", terms.value(price), terms, currency, limits.max_rate_age_s, context)
    return value if isinstance(value, Result) else reading(value, currency)


MAX_NOTIONAL = sized("PT-02", "MAX_NOTIONAL", "Order value", _value)
"""PT-02: RTS 6 art. 15(1)(b), 15c3-5(c)(1)(ii). A market order is valued at the reference price."""


def lot_size(terms: Terms, limits: Lot, context: Context) -> Result:
    """PT-07: a quantity trades in multiples of the smallest unit; an odd lot is judged as the rule says.

    Measured is what the quantity leaves over.
    """
    listing = context.listing
    if listing is None or (listing.min_qty is None and listing.round_lot is None):
        return missing("PT-07", "lot size")
    if listing.min_qty and terms.order_qty % listing.min_qty:
        return _not_multiple(terms.order_qty, listing.min_qty, "smallest unit", Outcome.HARD)
    if listing.round_lot and terms.order_qty % listing.round_lot and limits.odd_lot:
        return _not_multiple(terms.order_qty, listing.round_lot, "round lot", limits.odd_lot)
    return passed("PT-07", terms.order_qty % (listing.round_lot or listing.min_qty or terms.order_qty or 1), Decimal(0))


def _not_multiple(quantity: Decimal, lot: Decimal, name: str, outcome: Outcome) -> Result:
    text = f"Quantity {show(quantity)} is not a multiple of the {name} {show(lot)}"
    return breach("PT-07", outcome, "LOT_SIZE", text, quantity % lot, Decimal(0))


def _positive(number: Decimal) -> bool:
    return number.is_finite() and number > 0
