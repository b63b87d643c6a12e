"""Orders and amendments as JSON or CSV, read into what the desk takes."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from oms.api.fields import Field, above_zero, ascii_text, choice, flag, take, text
from oms.base.refusal import Refusal
from oms.desk import Actor, Amendment, Draft
from oms.desk.lookup import directory
from orders.vocabulary import OrdType, Side, TimeInForce

TIF_ALIASES = {
    "gtc": TimeInForce.GOOD_TILL_CANCEL.value,
    "ioc": TimeInForce.IMMEDIATE_OR_CANCEL.value,
    "fok": TimeInForce.FILL_OR_KILL.value,
}
ORDER = {
    "account": Field(text(16)),
    "symbol": Field(text(29)),
    "side": Field(choice(Side)),
    "ord_type": Field(choice(OrdType)),
    "order_qty": Field(above_zero),
    # Absent means Day (FIX 4.4, tag 59).
    "time_in_force": Field(choice(TimeInForce, TIF_ALIASES), TimeInForce.DAY.value),
    "price": Field(above_zero, None, nullable=True),
    "cl_ord_id": Field(ascii_text(64), ""),
    "acknowledge_soft": Field(flag, False),
}
AMENDMENT = {
    "order_qty": Field(above_zero, None),
    "price": Field(above_zero, None),
    "cl_ord_id": Field(ascii_text(64), ""),
    "acknowledge_soft": Field(flag, False),
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
    if not faults and values["order_qty"] is None and values["price"] is None:
        faults = (Refusal("MISSING", "order_qty", "give order_qty, price or both"),)
    return faults or Amendment(order_id, version=version, **values)


def _draft(item: Any) -> tuple[dict[str, Any], Faults]:
    if not isinstance(item, dict):
        return {}, (Refusal("BAD_JSON", "", "an order must be a JSON object"),)
    values, faults = take(item, ORDER)
    if values.get("ord_type") == OrdType.LIMIT and values.get("price", 0) is None:
        faults += (Refusal("MISSING", "price", "a limit order needs a price"),)
    if values.get("ord_type") == OrdType.MARKET and values.get("price") is not None:
        faults += (Refusal("BAD_VALUE", "price", "a market order takes no price"),)
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
