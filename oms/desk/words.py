"""What an order of each type must say, may say and must not say: one table for every door. Pure."""

import re
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from oms.base.refusal import Refusal
from oms.desk.asked import Draft, unreasoned
from orders.vocabulary import (
    MAY_BE_PRICED,
    PRICED,
    TRIGGERED,
    ExecInst,
    HandlInst,
    Hold,
    OrdType,
    PegOffsetType,
    PegPriceType,
    Side,
    TimeInForce,
)

_STRATEGY = re.compile(r"[A-Za-z0-9._-]{0,32}", re.ASCII)
AT_ONCE = frozenset({TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL})
AUCTION = frozenset({TimeInForce.AT_THE_OPENING, TimeInForce.AT_THE_CLOSE})
# A market may not wait for itself, and an instruction to rest means nothing for what never rests.
RESTS = frozenset({OrdType.LIMIT, OrdType.PEGGED})
_KNOWN: tuple[tuple[str, type[StrEnum], bool], ...] = (
    ("side", Side, True),
    ("ord_type", OrdType, True),
    ("time_in_force", TimeInForce, True),
    ("peg_price_type", PegPriceType, False),
    ("peg_offset_type", PegOffsetType, False),
    ("handl_inst", HandlInst, True),
    ("hold", Hold, False),
)


def faults(draft: Draft, at: datetime) -> Iterator[Refusal]:
    """Everything that is wrong with the draft's own words, before anything is looked up."""
    for field, kind, needed in _KNOWN:
        value = getattr(draft, field)
        if value not in set(kind) and (value or needed):
            known = ", ".join(member for member in kind if member)
            yield Refusal("BAD_VALUE", field, f"{field} must be one of {known}, not {value!r}")
    for instruction in draft.exec_inst.split(" ") if draft.exec_inst else ():
        if instruction not in set(ExecInst):
            text = f"exec_inst must be of {', '.join(ExecInst)}, not {instruction!r}"
            yield Refusal("BAD_VALUE", "exec_inst", text)
    yield from _quantity(draft)
    yield from _prices(draft)
    yield from _pegs(draft)
    yield from _instructions(draft)
    yield from _times(draft, at)
    if len(draft.cl_ord_id) > 64 or not draft.cl_ord_id.isascii() or not (draft.cl_ord_id or "x").isprintable():
        yield Refusal("BAD_TEXT", "cl_ord_id", "cl_ord_id must be at most 64 printable ASCII characters")
    if (draft.acknowledge_soft or draft.acknowledge_reason) and (fault := unreasoned(draft)):
        yield fault


def _quantity(draft: Draft) -> Iterator[Refusal]:
    """OrderQty (38), or CashOrderQty (152) of a market order; MaxFloor (111) of what rests."""
    if draft.order_qty is None and draft.cash_order_qty is None:
        yield Refusal("MISSING", "order_qty", "order_qty or cash_order_qty is needed")
    if draft.order_qty is not None and draft.cash_order_qty is not None:
        yield Refusal("BAD_VALUE", "cash_order_qty", "give order_qty or cash_order_qty, not both")
    for field in ("order_qty", "cash_order_qty", "max_floor"):
        value = getattr(draft, field)
        if value is not None and value <= 0:
            yield Refusal("NOT_POSITIVE", field, f"{field} must be greater than 0")
    if draft.cash_order_qty is not None and draft.ord_type != OrdType.MARKET:
        yield Refusal("BAD_VALUE", "cash_order_qty", "only a market order can be for an amount of money")
    if draft.max_floor is not None:
        if draft.ord_type not in PRICED:
            yield Refusal("BAD_VALUE", "max_floor", "only an order with a limit can show a part of itself")
        if draft.order_qty is not None and draft.max_floor > draft.order_qty:
            yield Refusal("BAD_VALUE", "max_floor", "max_floor must not be greater than order_qty")
        if draft.time_in_force in AT_ONCE | AUCTION:
            yield Refusal("BAD_VALUE", "max_floor", f"an order {draft.time_in_force} does not rest")


def _prices(draft: Draft) -> Iterator[Refusal]:
    """Price (44) and StopPx (99)."""
    name = str(draft.ord_type).replace("_", " ")
    if draft.ord_type in PRICED and draft.price is None:
        yield Refusal("MISSING", "price", f"a {name} order needs a price")
    if draft.ord_type not in MAY_BE_PRICED and draft.price is not None:
        yield Refusal("BAD_VALUE", "price", f"a {name} order takes no price")
    if draft.ord_type == OrdType.MARKET_TO_LIMIT and draft.price is not None:
        yield Refusal("BAD_VALUE", "price", f"a {name} order takes no price")
    if draft.ord_type in TRIGGERED - {OrdType.TRAILING_STOP} and draft.stop_px is None:
        yield Refusal("MISSING", "stop_px", f"a {name} order needs a stop_px")
    if draft.ord_type not in TRIGGERED and draft.stop_px is not None:
        yield Refusal("BAD_VALUE", "stop_px", f"a {name} order takes no stop_px")
    for field in ("price", "stop_px"):
        value = getattr(draft, field)
        if value is not None and value <= 0:
            yield Refusal("NOT_POSITIVE", field, f"{field} must be greater than 0")
    if draft.ord_type in TRIGGERED and draft.time_in_force in AT_ONCE | AUCTION:
        yield Refusal("BAD_VALUE", "time_in_force", f"a {name} order waits, so it cannot be {draft.time_in_force}")


def _pegs(draft: Draft) -> Iterator[Refusal]:
    """PegPriceType (1094) and PegOffsetValue (211) of pegged orders and trailing stops."""
    pegged, trailing = draft.ord_type == OrdType.PEGGED, draft.ord_type == OrdType.TRAILING_STOP
    if pegged and not draft.peg_price_type:
        yield Refusal("MISSING", "peg_price_type", f"a pegged order needs one of {', '.join(PegPriceType)}")
    if not pegged and draft.peg_price_type:
        yield Refusal("BAD_VALUE", "peg_price_type", "only a pegged order has a peg_price_type")
    if trailing and (draft.peg_offset_value is None or draft.peg_offset_value <= 0):
        yield Refusal("MISSING", "peg_offset_value", "a trailing stop needs a peg_offset_value above 0")
    if not pegged and not trailing and draft.peg_offset_value is not None:
        yield Refusal("BAD_VALUE", "peg_offset_value", "only pegged orders and trailing stops have an offset")
    if trailing and draft.peg_offset_type == PegOffsetType.BASIS_POINTS and (draft.peg_offset_value or 0) >= 10_000:
        yield Refusal("BAD_VALUE", "peg_offset_value", "a trailing stop trails by less than 10,000 basis points")
    if pegged and draft.peg_offset_type == PegOffsetType.BASIS_POINTS:
        yield Refusal("BAD_VALUE", "peg_offset_type", "a pegged order's offset is a price")
    if pegged and draft.time_in_force in AT_ONCE | AUCTION:
        yield Refusal("BAD_VALUE", "time_in_force", f"a pegged order rests, so it cannot be {draft.time_in_force}")


def _instructions(draft: Draft) -> Iterator[Refusal]:
    """ExecInst (18), HandlInst (21), TargetStrategy (847)."""
    if not _STRATEGY.fullmatch(draft.strategy):
        yield Refusal("BAD_VALUE", "strategy", "strategy must be a code of at most 32 letters, digits and . _ -")
    if ExecInst.PARTICIPATE_DONT_INITIATE in draft.exec_inst.split():
        if draft.ord_type not in RESTS:
            yield Refusal("BAD_VALUE", "exec_inst", f"a {draft.ord_type} order takes liquidity, so it is not post-only")
        if draft.time_in_force in AT_ONCE | AUCTION:
            yield Refusal("BAD_VALUE", "exec_inst", f"an order {draft.time_in_force} cannot be post-only")
    if draft.handl_inst == HandlInst.MANUAL and draft.hold not in (Hold.MANUAL, Hold.STAGED, Hold.WAVE):
        yield Refusal("BAD_VALUE", "handl_inst", "a care order is held: give hold manual or staged")


def _times(draft: Draft, at: datetime) -> Iterator[Refusal]:
    """TimeInForce (59) and ExpireTime (126)."""
    dated = draft.time_in_force == TimeInForce.GOOD_TILL_DATE
    if dated and draft.expire_time is None:
        yield Refusal("MISSING", "expire_time", "good_till_date needs an expire_time")
    if not dated and draft.expire_time is not None:
        yield Refusal("BAD_VALUE", "expire_time", "only good_till_date has an expire_time")
    if draft.expire_time is not None and draft.expire_time <= at:
        yield Refusal("BAD_VALUE", "expire_time", f"expire_time {draft.expire_time:%Y-%m-%d %H:%M} UTC is past")
