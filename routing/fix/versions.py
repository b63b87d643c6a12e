"""What differs between FIX 4.2, 4.4 and 5.0 SP2, and nowhere else: our words stay the same.

Outward a message's fields are put into the words of a version; inward they are put back. Reading accepts the form of
any version, since counterparties mix them. Our own form: OrdType says limit_if_touched, trailing_stop or pegged, StopPx
is the price that triggers, PegPriceType what is pegged to, ExecType says trade, trade_cancel, trade_correct or
order_status.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from routing.fix.kinds import Kind, codes
from routing.fix.malformed import Malformed, Reason
from routing.fix.parts import FIX42, FIX44, FIX50
from routing.fix.values import EXEC_TYPE, ORD_STATUS

Fields = dict[str, Any]
PLAIN = frozenset({"market", "limit"})
# Types that have no code of their own in every version.
TRANSLATED = frozenset({"limit_if_touched", "trailing_stop", "pegged"})
TRAILING, TOUCH = "trailing_stop_peg", "price_movement"
PEG_INSTRUCTIONS = {
    "primary": "primary_peg", "market": "market_peg", "midpoint": "mid_price_peg", "last": "last_peg",
    "opening": "opening_peg", "vwap": "peg_to_vwap", "limit_price": "peg_to_limit_price",
}  # fmt: skip
PEG_TYPES = {instruction: peg for peg, instruction in PEG_INSTRUCTIONS.items()}
APPL_VER = {"4": FIX42, "6": FIX44, "7": FIX50, "8": FIX50, "9": FIX50}
BEGIN_STRING = {FIX42: "FIX.4.2", FIX44: "FIX.4.4", FIX50: "FIXT.1.1"}
_OF_BEGIN = {begin: version for version, begin in BEGIN_STRING.items()}

# FIX 4.2: ExecType tells partial fills from fills, and ExecTransType (20) says what later versions say with ExecType.
_NOT_42 = ("trade", "trade_correct", "trade_cancel", "order_status", "triggered", "trade_in_a_clearing_hold",
           "trade_has_been_released_to_clearing")  # fmt: skip
_EXEC_TYPE_42 = {name: code for name, code in EXEC_TYPE.items() if name not in _NOT_42}
KINDS: dict[str, dict[str, Kind]] = {
    FIX42: {
        "exec_type": codes(_EXEC_TYPE_42 | {"partial_fill": "1", "fill": "2"}),
        "ord_status": codes(ORD_STATUS | {"replaced": "5"}),
    },
    FIX44: {},
    FIX50: {},
}
_TRANS = {"trade_cancel": "cancel", "trade_correct": "correct", "order_status": "status"}
_EXEC_OF_TRANS = {trans: exec_type for exec_type, trans in _TRANS.items()}
_FILLS = {"partial_fill": "trade", "fill": "trade"}
_EXEC_OF_STATUS = {"partially_filled": "partial_fill", "filled": "fill", "accepted_for_bidding": "new"}
_RULE_80A = {"A": "A", "P": "P", "I": "I", "W": "W", "R": "P", "G": "P"}
_CAPACITIES = frozenset("APIW")
# What FIX 4.2 has no field for and a reader of 4.2 can do without. Anything else without a field is refused.
SPARE = {
    FIX42: frozenset({
        "parties", "security_alt_ids", "ord_status_req_id", "mass_status_req_id", "last_rpt_requested", "cfi_code",
        "tot_num_reports", "legs", "copy_msg_indicator", "working_indicator", "last_fragment", "leg_ref_id", "product",
        "secondary_cl_ord_id", "secondary_exec_id", "trd_match_id", "alloc_type", "alloc_no_orders_type",
        "maturity_date", "strike_currency", "price_type",
    }),
    FIX44: frozenset({"mass_action_report_id"}),
    FIX50: frozenset(),
}  # fmt: skip


def of(begin_string: str, appl_ver_id: str | None = None) -> str:
    """The version a message is in, by its tags 8 and 1128. Raises Malformed for one we do not speak."""
    version = APPL_VER.get(appl_ver_id) if appl_ver_id else _OF_BEGIN.get(begin_string)
    if version is None:
        raise Malformed(f"{begin_string} {appl_ver_id or ''} is not spoken here", 8, Reason.VALUE_INCORRECT)
    return version


def outward(msg_type: str, fields: Mapping[str, Any], version: str) -> Fields:
    """The fields in the words of ``version``. Raises Malformed for what it cannot say."""
    spare = SPARE[version]
    found = {name: value for name, value in fields.items() if name not in spare and value is not None}
    _order_out(found, version)
    if msg_type == "E" and "orders" in found:
        found["orders"] = [_listed_out(order, version) for order in found["orders"]]
    if version == FIX42:
        _out_42(msg_type, found)
    elif version == FIX50 and msg_type == "r":
        found.setdefault("mass_action_report_id", found.get("order_id"))
    return found


def inward(msg_type: str, fields: Fields, version: str) -> Fields:
    """The fields in our own words; ``fields`` is changed."""
    if version == FIX42:
        _in_42(msg_type, fields)
    _order_in(fields)
    for order in fields.get("orders", ()):
        _order_in(order)
    return fields


def _listed_out(order: Mapping[str, Any], version: str) -> Fields:
    found = {name: value for name, value in order.items() if name not in SPARE[version] and value is not None}
    _order_out(found, version)
    if version == FIX42:
        _capacity_out(found)
    return found


def _order_out(fields: Fields, version: str) -> None:
    kind = fields.get("ord_type")
    if kind == "limit_if_touched":
        _touch_out(fields, version)
    elif kind == "trailing_stop":
        if version == FIX50:
            fields |= {"ord_type": "pegged", "peg_price_type": "trailing_stop"}
        else:
            fields |= {"ord_type": "stop"} | _instructed(fields, TRAILING)
    elif kind == "pegged" and version != FIX50:
        instruction = PEG_INSTRUCTIONS.get(fields.pop("peg_price_type", ""))
        if instruction:
            fields |= _instructed(fields, instruction)


def _touch_out(fields: Fields, version: str) -> None:
    if version != FIX50:
        fields["ord_type"] = "market_if_touched"
        return
    fields |= {"ord_type": "limit", "trigger_type": TOUCH}
    if "stop_px" in fields:
        fields["trigger_price"] = fields.pop("stop_px")


def _instructed(fields: Fields, instruction: str) -> Fields:
    return {"exec_inst": " ".join(sorted({*fields.get("exec_inst", "").split(), instruction}))}


def _order_in(fields: Fields) -> None:
    if "display_qty" in fields:
        # FIX 5.0 renamed MaxFloor.
        shown = fields.pop("display_qty")
        fields.setdefault("max_floor", shown)
    kind = fields.get("ord_type")
    instructions = fields.get("exec_inst", "").split()
    if kind in ("stop", "stop_limit") and TRAILING in instructions and "price" not in fields:
        fields["ord_type"] = "trailing_stop"
        _without(fields, instructions, TRAILING)
    elif kind == "pegged":
        _pegged_in(fields, instructions)
    elif kind == "market_if_touched" and "price" in fields:
        fields["ord_type"] = "limit_if_touched"
    elif kind in PLAIN and fields.get("trigger_type") == TOUCH:
        fields["ord_type"] = "limit_if_touched" if kind == "limit" else "market_if_touched"
        del fields["trigger_type"]
        if "trigger_price" in fields:
            fields["stop_px"] = fields.pop("trigger_price")


def _pegged_in(fields: Fields, instructions: list[str]) -> None:
    if fields.get("peg_price_type") == "trailing_stop" or TRAILING in instructions:
        fields["ord_type"] = "trailing_stop"
        fields.pop("peg_price_type", None)
        _without(fields, instructions, TRAILING)
        return
    for instruction in instructions:
        if instruction in PEG_TYPES:
            fields.setdefault("peg_price_type", PEG_TYPES[instruction])
            _without(fields, instructions, instruction)
            return


def _without(fields: Fields, instructions: list[str], instruction: str) -> None:
    left = [name for name in instructions if name != instruction]
    if left:
        fields["exec_inst"] = " ".join(left)
    else:
        fields.pop("exec_inst", None)


# FIX 4.2.


def _out_42(msg_type: str, fields: Fields) -> None:
    _capacity_out(fields)
    if msg_type in ("D", "G"):
        fields.setdefault("handl_inst", "automated")
    if msg_type in ("8", "N"):
        fields.pop("contingency_type", None)
    if msg_type == "8":
        _report_out(fields)


def _capacity_out(fields: Fields) -> None:
    capacity = fields.pop("order_capacity", None)
    if capacity is not None:
        if capacity not in _RULE_80A:
            raise Malformed(f"order_capacity {capacity!r} has no FIX 4.2 form", 528)
        fields["rule_80a"] = _RULE_80A[capacity]
    if fields.get("peg_offset_type") == "price":
        del fields["peg_offset_type"]


def _report_out(fields: Fields) -> None:
    kind = fields.get("exec_type")
    fields["exec_trans_type"] = _TRANS.get(str(kind), "new")
    if kind in _TRANS:
        status = fields.get("ord_status", "")
        fields["exec_type"] = _EXEC_OF_STATUS.get(status, status)
    elif kind == "trade":
        fields["exec_type"] = "fill" if _is_zero(fields.get("leaves_qty")) else "partial_fill"
    elif kind == "triggered":
        fields["exec_type"] = "restated"


def _in_42(msg_type: str, fields: Fields) -> None:
    if fields.get("rule_80a") in _CAPACITIES:
        fields["order_capacity"] = fields.pop("rule_80a")
    if msg_type == "8":
        trans, kind = fields.pop("exec_trans_type", "new"), fields.get("exec_type")
        if kind is not None:
            fields["exec_type"] = _EXEC_OF_TRANS.get(trans) or _FILLS.get(kind, kind)
    if fields.get("ord_status") == "replaced":
        fields["ord_status"] = _status_of(fields)


def _status_of(fields: Fields) -> str:
    """What an order is whose OrdStatus says only that it was replaced."""
    if "cum_qty" not in fields or _is_zero(fields["cum_qty"]):
        return "new"
    return "filled" if _is_zero(fields.get("leaves_qty")) else "partially_filled"


def _is_zero(value: Any) -> bool:
    try:
        return value is not None and not Decimal(value)
    except (InvalidOperation, TypeError):
        return False
