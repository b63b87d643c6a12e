"""Messages on their way to venues: built from an order's line, written with it, sent by the session's gateway."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from oms.base import sets
from oms.base.money import plain
from orders.book import Line
from orders.legs import label, leg_side
from orders.vocabulary import MAY_BE_PRICED, OrdType, TimeInForce
from routing.capabilities import OURS
from routing.models import Outbox

Fields = dict[str, Any]
COLUMNS = (
    "session_id",
    "order_id",
    "msg_type",
    "cl_ord_id",
    "orig_cl_ord_id",
    "fields",
    "created_at",
    "attempts",
)


class Outgoing:
    """The outbox rows of one batch. A child's ``sender_comp_id`` is the session it goes through."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.rows: list[tuple[Any, ...]] = []

    def add(self, child: Line, msg_type: str, fields: Fields) -> None:
        """Have ``fields`` sent as ``msg_type`` through the child's session."""
        names = fields["cl_ord_id"], fields.get("orig_cl_ord_id", "")
        self.rows.append((child.sender_comp_id, child.id, msg_type, *names, fields, self.at, 0))

    def save(self) -> None:
        """Write the rows. Within an order their ids ascend: they are taken under the order's lock."""
        sets.insert(Outbox, COLUMNS, self.rows)

    def bells(self) -> Sequence[str]:
        """The bells of the gateways that have something to send."""
        return sorted({f"outbox:{row[0]}" for row in self.rows})


def new_message(child: Line, account: str, symbol: str, at: datetime) -> Fields:
    """NewOrderSingle (35=D)."""
    fields = _order(child, child.cl_ord_id, child.state.order_qty, child.state.price, at)
    return fields | _terms(child, child.state.stop_px) | {
        "account": account,
        "symbol": symbol,
        "ex_destination": child.venue,
    }  # fmt: skip


def replace_message(
    child: Line,
    cl_ord_id: str,
    orig: str,
    order_qty: Decimal,
    price: Decimal | None,
    symbol: str,
    at: datetime,
    stop_px: Decimal | None = None,
) -> Fields:
    """OrderCancelReplaceRequest (35=G). It restates the order: ``order_qty`` is the new total, not what remains."""
    fields = _order(child, cl_ord_id, order_qty, price, at) | _terms(child, stop_px)
    return fields | {"orig_cl_ord_id": orig, "symbol": symbol}


def cancel_message(child: Line, cl_ord_id: str, orig: str, symbol: str, at: datetime) -> Fields:
    """OrderCancelRequest (35=F)."""
    fields = _order(child, cl_ord_id, child.state.order_qty, None, at) | {
        "orig_cl_ord_id": orig,
        "symbol": symbol,
    }
    del fields["ord_type"]
    return fields


class Leg(NamedTuple):
    """A leg as a message names it: ``side`` is what the leg does, ``ref`` (654) what we call it."""

    symbol: str
    side: str
    ratio_qty: Decimal
    ref: str


def of_legs(fields: Fields, legs: Sequence[Leg]) -> Fields:
    """NewOrderMultileg (35=AB), MultilegOrderCancelReplace (35=AC): what D and G say, the net price, and the legs."""
    return fields | {
        "symbol": label([leg.symbol for leg in legs]),
        "legs": [
            {
                "leg_symbol": leg.symbol, "leg_ratio_qty": plain(leg.ratio_qty),
                "leg_side": leg_side(leg.side, fields["side"]), "leg_ref_id": leg.ref,
            }
            for leg in legs
        ],
    }  # fmt: skip


def _order(child: Line, cl_ord_id: str, order_qty: Decimal, price: Decimal | None, at: datetime) -> Fields:
    fields: Fields = {
        "cl_ord_id": cl_ord_id,
        "side": str(child.side),
        "ord_type": str(child.ord_type),
        "order_qty": plain(order_qty),
        "transact_time": at.isoformat(timespec="milliseconds"),
    }
    if child.ord_type in MAY_BE_PRICED and price is not None:
        fields["price"] = plain(price)
    return fields


def _terms(child: Line, stop_px: Decimal | None) -> Fields:
    """What an order says beside quantity and price; a plain one says only how long it is good."""
    fields: Fields = {"time_in_force": str(child.state.time_in_force)}
    if stop_px is not None:
        fields["stop_px"] = plain(stop_px)
    if child.max_floor is not None:
        fields["max_floor"] = plain(child.max_floor)
    if told := [word for word in child.exec_inst.split() if word not in OURS]:
        fields["exec_inst"] = " ".join(told)
    if child.peg_price_type:
        fields["peg_price_type"] = child.peg_price_type
    if child.peg_offset_value is not None and child.ord_type in (OrdType.PEGGED, OrdType.TRAILING_STOP):
        fields["peg_offset_value"] = plain(child.peg_offset_value)
        fields["peg_offset_type"] = child.peg_offset_type or "price"
    if child.settl_date is not None:
        fields["settl_date"] = child.settl_date.isoformat()
    if child.expire_time is not None and child.state.time_in_force == TimeInForce.GOOD_TILL_DATE:
        fields["expire_time"] = child.expire_time.isoformat(timespec="milliseconds")
    return fields
