"""Orders and amendments as JSON or CSV, read into what the desk takes."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

from oms.api.fields import Field, above_zero, ascii_text, choice, day, flag, instant, key, number, several, take, text
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import Actor, Amendment, Draft
from oms.desk.lookup import directory
from oms.desk.words import faults as words_of
from orders.vocabulary import ExecInst, HandlInst, OrdType, PegOffsetType, PegPriceType, PriceType, Side, TimeInForce

TIF_ALIASES = {
    "gtc": TimeInForce.GOOD_TILL_CANCEL.value,
    "ioc": TimeInForce.IMMEDIATE_OR_CANCEL.value,
    "fok": TimeInForce.FILL_OR_KILL.value,
}


class Wait(StrEnum):
    """What a client may have us hold an order for; other holds are our own."""

    STAGED = "staged"
    MANUAL = "manual"


ORDER = {
    "account": Field(text(16)),
    "symbol": Field(text(29)),
    "side": Field(choice(Side)),
    "ord_type": Field(choice(OrdType)),
    "order_qty": Field(above_zero, None, nullable=True),
    # Absent means Day (FIX 4.4, tag 59).
    "time_in_force": Field(choice(TimeInForce, TIF_ALIASES), TimeInForce.DAY.value),
    "price": Field(above_zero, None, nullable=True),
    "cl_ord_id": Field(ascii_text(64), ""),
    "acknowledge_soft": Field(flag, False),
    "stop_px": Field(above_zero, None, nullable=True),
    "cash_order_qty": Field(above_zero, None, nullable=True),
    "max_floor": Field(above_zero, None, nullable=True),
    "exec_inst": Field(several(ExecInst), ""),
    "peg_price_type": Field(choice(PegPriceType), ""),
    "peg_offset_value": Field(number, None, nullable=True),
    "peg_offset_type": Field(choice(PegOffsetType), ""),
    "expire_time": Field(instant, None, nullable=True),
    "handl_inst": Field(choice(HandlInst), HandlInst.AUTOMATED.value),
    "hold": Field(choice(Wait), ""),
    "strategy": Field(ascii_text(32), ""),
    "acknowledge_reason": Field(text(500, empty=True), ""),
    "override_id": Field(key, None, nullable=True),
    "price_type": Field(choice(PriceType), ""),
    "settl_date": Field(day, None, nullable=True),
}
AMENDMENT = {
    "order_qty": Field(above_zero, None),
    "price": Field(above_zero, None),
    "stop_px": Field(above_zero, None),
    "cl_ord_id": Field(ascii_text(64), ""),
    "acknowledge_soft": Field(flag, False),
    "acknowledge_reason": Field(text(500, empty=True), ""),
    "override_id": Field(key, None, nullable=True),
}
CANCELLATION = {"cl_ord_id": Field(ascii_text(64), "")}
# Stands in for a field that could not be read while the others are looked up.
ANYTHING = {
    "account": "", "symbol": "", "side": "buy", "ord_type": "market", "order_qty": Decimal(1), "time_in_force": "day",
    "price": None,
}  # fmt: skip

Faults = tuple[Refusal, ...]
Read = Draft | Faults


def drafts(items: Sequence[Any], actor: Actor) -> list[Read]:
    """A draft for each item, or all that is wrong with it, unknown accounts and symbols included."""
    read = [_draft(item) for item in items]
    partial = {at: values for at, (values, faults) in enumerate(read) if faults}
    known = _unknown_names(partial, actor) if partial else {}
    return [faults + known[at] if faults else Draft(**values) for at, (values, faults) in enumerate(read)]


def amendment(given: Mapping[str, Any], order_id: int, version: int | None) -> Amendment | Faults:
    """The amendment of an order, or all that is wrong with it."""
    values, faults = take(given, AMENDMENT)
    if not faults and all(values[name] is None for name in ("order_qty", "price", "stop_px")):
        faults = (Refusal("MISSING", "order_qty", "give order_qty, price or stop_px"),)
    return faults or Amendment(order_id, version=version, **values)


def _draft(item: Any) -> tuple[dict[str, Any], Faults]:
    if not isinstance(item, dict):
        return {}, (Refusal("BAD_JSON", "", "an order must be a JSON object"),)
    values, faults = take(item, ORDER)
    if faults and "ord_type" in values:
        # How the rest goes together is judged in the same answer; what could not be read has been named already.
        named = {fault.field for fault in faults}
        words = words_of(Draft(**{**ANYTHING, **values}), now())
        faults += tuple(one for one in words if one.field in values and one.field not in named)
    return values, faults


def _unknown_names(partial: Mapping[int, dict[str, Any]], actor: Actor) -> dict[int, Faults]:
    """What is wrong with the accounts and symbols of items that are refused anyway: two SELECTs for all of them."""
    stand_ins = {
        at: Draft(**{**ANYTHING, **{name: values[name] for name in ("account", "symbol") if name in values}})
        for at, values in partial.items()
    }
    found = directory(stand_ins.values(), actor)
    return {
        at: tuple(fault for fault in found.find(draft)[2] if fault.field in partial[at])
        for at, draft in stand_ins.items()
    }
