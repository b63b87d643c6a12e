"""What a spread may say: its draft, and everything that is wrong with one, the leg at fault named."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from oms.base.refusal import Refusal
from oms.desk.asked import Draft, unreasoned
from oms.desk.lookup import Directory
from orders.vocabulary import OrdType, Side, TimeInForce

FEWEST, MOST = 2, 6
ONE = Decimal(1)
# What a quantity's column can hold.
TOO_MUCH = Decimal(10) ** 20
TYPES = (OrdType.LIMIT, OrdType.MARKET)
SIDES = (Side.BUY, Side.SELL)
TIMES = (
    TimeInForce.DAY, TimeInForce.GOOD_TILL_CANCEL, TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL,
)  # fmt: skip


class LegDraft(NamedTuple):
    """A leg somebody wants: ``side`` is LegSide (624), what the leg does when the spread is bought."""

    symbol: str
    side: str
    ratio_qty: Decimal = ONE
    leg_ref_id: str = ""


class MultilegDraft(NamedTuple):
    """A spread somebody wants to enter. ``price`` is the net price of one unit, of either sign; None at the market."""

    account: str
    side: str
    ord_type: str
    time_in_force: str
    order_qty: Decimal
    legs: Sequence[LegDraft]
    price: Decimal | None = None
    cl_ord_id: str = ""
    acknowledge_soft: bool = False
    acknowledge_reason: str = ""
    override_id: int | None = None


def faults_of(draft: MultilegDraft) -> Iterator[Refusal]:
    """What is wrong with the whole's own words."""
    known = (("side", SIDES), ("ord_type", TYPES), ("time_in_force", TIMES))
    for field, values in known:
        if getattr(draft, field) not in values:
            yield Refusal("BAD_VALUE", field, f"{field} of a spread must be one of {', '.join(values)}")
    if draft.order_qty <= 0 or draft.order_qty % 1:
        yield Refusal("BAD_VALUE", "order_qty", "order_qty must be a whole number of spreads above 0")
    if draft.ord_type == OrdType.LIMIT and draft.price is None:
        yield Refusal("MISSING", "price", "a limit order needs a price: the net price of one spread")
    if draft.ord_type == OrdType.MARKET and draft.price is not None:
        yield Refusal("BAD_VALUE", "price", "a market order takes no price")
    if fault := unreasoned(draft):
        yield fault
    name = draft.cl_ord_id
    if len(name) > 64 or not name.isascii() or not (name or "x").isprintable():
        yield Refusal("BAD_TEXT", "cl_ord_id", "cl_ord_id must be at most 64 printable ASCII characters")
    if not FEWEST <= len(draft.legs) <= MOST:
        yield Refusal("BAD_LIST", "legs", f"a spread has {FEWEST} to {MOST} legs")


def leg_faults(draft: MultilegDraft, parts: Sequence[Draft], found: Directory) -> Iterator[Refusal]:
    """What is wrong with its legs, each by its number, and with how they go together."""
    seen: dict[int, int] = {}
    names: set[str] = set()
    currencies = set()
    for number, (leg, part) in enumerate(zip(draft.legs, parts, strict=False), 1):
        _, instrument, refusals = found.find(part)
        for refusal in refusals:
            if refusal.field in ("symbol", "side"):
                yield refusal._replace(field=f"legs[{number}].{refusal.field}")
            elif refusal.field == "account":
                yield refusal
        if leg.ratio_qty < 1 or leg.ratio_qty % 1:
            yield Refusal("BAD_VALUE", f"legs[{number}].ratio_qty", "ratio_qty must be a whole number above 0")
        elif (part.order_qty or ONE) >= TOO_MUCH:
            yield Refusal("BAD_VALUE", f"legs[{number}].ratio_qty", "order_qty times ratio_qty must be below 1e20")
        if len(leg.leg_ref_id) > 64 or (leg.leg_ref_id and leg.leg_ref_id in names):
            yield Refusal("BAD_VALUE", f"legs[{number}].leg_ref_id", "each leg needs a leg_ref_id of its own, or none")
        names.add(leg.leg_ref_id)
        if instrument is not None:
            if (other := seen.setdefault(instrument.id, number)) != number:
                text = f"legs {other} and {number} are both {instrument.symbol}: legs are of different instruments"
                yield Refusal("BAD_LIST", f"legs[{number}].symbol", text)
            currencies.add(instrument.currency)
    if len(currencies) > 1:
        yield Refusal(
            "BAD_LIST", "legs", f"a net price needs legs of one currency, not {', '.join(sorted(currencies))}"
        )
