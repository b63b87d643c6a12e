"""What each venue takes natively, as one table: order types, times in force, instructions, pegs. Pure data.

Whatever the table does not name is refused with OrdRejReason 11 (unsupported order characteristic) and a text that
says what. Real venues differ in the same way, which is why an order management system needs to know their tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DAY_ONLY = frozenset({"day", "immediate_or_cancel", "fill_or_kill"})
AUCTIONS = frozenset({"at_the_opening", "at_the_close"})
AT_ONCE = frozenset({"immediate_or_cancel", "fill_or_kill"})
GOOD_TILL = frozenset({"good_till_cancel", "good_till_date"})
STOPS = frozenset({"stop", "stop_limit"})
# ExecInst (18) that says what to do in a halt costs a venue nothing: all of them take it.
HALT = frozenset({"cancel_on_trading_halt", "reinstate_on_trading_halt"})
# PegPriceType in the ExecInst of FIX 4.4: R primary, P market, M midpoint.
PEG_INSTS = {"primary_peg": "primary", "market_peg": "market", "mid_price_peg": "midpoint"}


# Orders of these types without any of these terms, and not for an auction, need no further look.
PLAIN, SPECIAL = frozenset({"market", "limit"}), frozenset({"exec_inst", "max_floor", "cash_order_qty"})


@dataclass(frozen=True, slots=True)
class Capability:
    """What one venue takes. ``iceberg`` is MaxFloor (111), ``cash`` CashOrderQty (152)."""

    ord_types: frozenset[str]
    times_in_force: frozenset[str]
    exec_insts: frozenset[str] = HALT
    pegs: frozenset[str] = frozenset()
    iceberg: bool = False
    cash: bool = True


VENUES: Mapping[str, Capability] = {
    "XNAS": Capability(
        frozenset({"market", "limit", "stop", "stop_limit", "market_to_limit", "pegged"}),
        DAY_ONLY | GOOD_TILL | AUCTIONS,
        HALT | {"participate_dont_initiate"},
        frozenset({"primary", "market", "midpoint"}),
        iceberg=True,
    ),
    "XNYS": Capability(
        frozenset({"market", "limit", "stop", "stop_limit"}), DAY_ONLY | GOOD_TILL | AUCTIONS, iceberg=True
    ),
    "BATS": Capability(
        frozenset({"market", "limit", "pegged"}),
        DAY_ONLY | {"good_till_cancel"},
        HALT | {"participate_dont_initiate"},
        frozenset({"midpoint"}),
    ),
}  # fmt: skip


def unsupported(mic: str, terms: Mapping[str, Any]) -> str | None:
    """Why ``mic`` does not take an order of these ``terms`` (our names for the FIX fields), or None if it does."""
    can = VENUES[mic]
    ord_type, tif = terms.get("ord_type") or "", terms.get("time_in_force") or "day"
    if ord_type not in can.ord_types:
        return f"OrdType {ord_type or '(none)'} is not supported on {mic}"
    if tif not in can.times_in_force:
        return f"TimeInForce {tif} is not supported on {mic}"
    if ord_type in PLAIN and terms.keys().isdisjoint(SPECIAL):
        return None
    insts = set((terms.get("exec_inst") or "").split()) - PEG_INSTS.keys()
    if insts - can.exec_insts:
        return f"ExecInst {min(insts - can.exec_insts)} is not supported on {mic}"
    if terms.get("max_floor") and not can.iceberg:
        return f"MaxFloor is not supported on {mic}"
    if ord_type == "pegged" and peg(terms) not in can.pegs:
        return f"PegPriceType {peg(terms) or '(none)'} is not supported on {mic}"
    if terms.get("cash_order_qty") and not can.cash:
        return f"CashOrderQty is not supported on {mic}"
    return _together(ord_type, tif, insts, terms)


def peg(terms: Mapping[str, Any]) -> str:
    """What a pegged order follows: PegPriceType, or in FIX 4.4 the ExecInst that stands for it; '' if nothing."""
    said = terms.get("peg_price_type")
    return said or next((PEG_INSTS[one] for one in (terms.get("exec_inst") or "").split() if one in PEG_INSTS), "")


def _together(ord_type: str, tif: str, insts: set[str], terms: Mapping[str, Any]) -> str | None:
    """What a venue takes one by one and not together."""
    rests = ord_type in ("limit", "pegged", "stop_limit") and tif not in AT_ONCE
    if tif in AUCTIONS and ord_type not in ("market", "limit"):
        return f"TimeInForce {tif} is for market and limit orders"
    if terms.get("max_floor") and not (ord_type == "limit" and rests and tif not in AUCTIONS):
        return "MaxFloor is for limit orders that rest"
    if "participate_dont_initiate" in insts and not rests:
        return "ExecInst participate_dont_initiate is for orders that rest"
    if ord_type == "pegged" and tif in AT_ONCE:
        return f"a pegged order cannot be {tif}"
    if ord_type == "pegged" and (terms.get("peg_offset_type") or "price") != "price":
        return "PegOffsetType must be price"
    return None
