"""Answers that are no event of an order: to a status request, to a duplicate, to what cannot be acted upon."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from oms.base import sets
from oms.base.money import parse_decimal, plain
from oms.base.refusal import Refusal
from oms.desk import roots
from oms.fix.codes import CXL_REJ_REASONS, ORD_REJ_REASONS, OTHER, ascii_text, told
from oms.fix.reports import avg_px
from orders.legs import label
from orders.models import Order
from orders.vocabulary import Composition, MultiLegReportingType
from routing.models import ClientReport

Fields = dict[str, Any]
COLUMNS = ("session_id", "report_id", "msg_type", "fields", "created_at", "attempts")
RESPONDS_TO = {
    "F": "order_cancel_request", "G": "order_cancel_replace_request", "AC": "order_cancel_replace_request",
}  # fmt: skip


class Present(NamedTuple):
    """An order as it is now: what a status request is answered with."""

    id: int
    cl_ord_id: str
    symbol: str
    side: str
    ord_type: str
    time_in_force: str
    ord_status: str
    order_qty: Decimal
    price: Decimal | None
    cum_qty: Decimal
    leaves_qty: Decimal
    gross_trade_amt: Decimal
    composition: str


def present(order_ids: Iterable[int]) -> dict[int, Present]:
    """The state of orders now. One SELECT; another where there is a spread, whose symbol names its legs."""
    rows = Order.objects.filter(pk__in=set(order_ids)).order_by("pk")
    columns = ("pk", "cl_ord_id", "instrument__symbol", *Present._fields[3:])
    found = {row[0]: Present(*row) for row in rows.values_list(*columns)}
    wholes = [pk for pk, order in found.items() if order.composition == Composition.MULTILEG]
    for pk, legs in roots.by_whole(roots.legs(wholes)).items():
        found[pk] = found[pk]._replace(symbol=label([leg.symbol for leg in legs]))
    return found


class Replies:
    """The answers of one batch to one session, written with what they answer."""

    def __init__(self, session: str, at: datetime) -> None:
        self.session, self.at = session, at
        self.rows: list[tuple[Any, ...]] = []

    def say(self, msg_type: str, fields: Fields) -> None:
        """Have ``fields`` sent as ``msg_type``."""
        self.rows.append((self.session, None, msg_type, fields, self.at, 0))

    def save(self) -> None:
        """Write them in the order they were said. One statement."""
        sets.insert(ClientReport, COLUMNS, self.rows)

    def status(self, order: Present, request: Mapping[str, Any], **more: Any) -> None:
        """ExecType Order Status (I): how the order stands. LastQty is absent (Appendix D, F.1.b and G.1.c)."""
        echo = {name: request[name] for name in ("ord_status_req_id", "mass_status_req_id") if request.get(name)}
        fields = self._of(order, "order_status", request) | echo | more
        del fields["last_qty"]
        self.say("8", fields)

    def duplicate(self, order: Present, request: Mapping[str, Any]) -> None:
        """A ClOrdID that was used: the second order is refused, in the words of the first one's state (F.1.b)."""
        text = told("DUPLICATE_CL_ORD_ID", f"ClOrdID {request['cl_ord_id']} was used for order {order.id}")
        self.say("8", self._of(order, "rejected", request) | {"ord_rej_reason": 6, "text": text})

    def rejected(self, request: Mapping[str, Any], refusals: Iterable[Refusal], exec_type: str = "rejected") -> None:
        """An order that never was one: OrderID NONE, and every reason."""
        refusals = list(refusals)
        reason = ORD_REJ_REASONS.get(refusals[0].code, OTHER) if refusals else OTHER
        text = "; ".join(told(one.code, _placed(one)) for one in refusals)
        fields: Fields = {
            "order_id": "NONE", "exec_id": _number(), "exec_type": exec_type, "ord_status": "rejected",
            "cl_ord_id": request.get("cl_ord_id") or "NONE", "symbol": request.get("symbol") or "[N/A]",
            "side": request.get("side") or "buy", "order_qty": _shown(request), "cum_qty": "0", "leaves_qty": "0",
            "avg_px": "0", "ord_rej_reason": reason, "text": ascii_text(text) or "refused", **self._time(),
        }  # fmt: skip
        self.say("8", fields | {"last_qty": "0"} | ({"order_qty": "0"} if exec_type == "order_status" else {}))

    def cancel_reject(
        self, msg_type: str, request: Mapping[str, Any], refusal: Refusal, order: Present | None = None
    ) -> None:
        """OrderCancelReject (35=9) to a request that we do not pass on. Of an unknown order: OrderID NONE (B.1.f)."""
        self.say("9", {
            "order_id": str(order.id) if order else "NONE", "cl_ord_id": request.get("cl_ord_id") or "NONE",
            "orig_cl_ord_id": request.get("orig_cl_ord_id") or "NONE",
            "ord_status": order.ord_status if order else "rejected",
            "cxl_rej_response_to": RESPONDS_TO[msg_type],
            "cxl_rej_reason": CXL_REJ_REASONS.get(refusal.code, OTHER), "text": told(refusal.code, refusal.text),
            **self._time(),
        })  # fmt: skip

    def business_reject(self, seq: int, msg_type: str, reason: int, text: str, ref_id: str = "") -> None:
        """BusinessMessageReject (35=j): understood by the session, and not done here."""
        fields: Fields = {"ref_seq_num": seq, "ref_msg_type": msg_type, "business_reject_reason": reason}
        fields |= {"text": ascii_text(text)} | ({"business_reject_ref_id": ref_id} if ref_id else {})
        self.say("j", fields)

    def _of(self, order: Present, exec_type: str, request: Mapping[str, Any]) -> Fields:
        price = {"price": plain(order.price)} if order.price is not None else {}
        if order.composition == Composition.MULTILEG:
            price["multi_leg_reporting_type"] = MultiLegReportingType.MULTILEG_SECURITY.value
        return {
            "order_id": str(order.id), "exec_id": _number(), "exec_type": exec_type, "ord_status": order.ord_status,
            "cl_ord_id": request.get("cl_ord_id") or order.cl_ord_id, "symbol": order.symbol, "side": order.side,
            "ord_type": order.ord_type, "time_in_force": order.time_in_force, "order_qty": plain(order.order_qty),
            "cum_qty": plain(order.cum_qty), "leaves_qty": plain(order.leaves_qty), "last_qty": "0",
            "avg_px": avg_px(order), **price, **self._time(),
        }  # fmt: skip

    def _time(self) -> Fields:
        return {"transact_time": self.at.isoformat(timespec="microseconds")}


def _placed(refusal: Refusal) -> str:
    return f"{refusal.field}: {refusal.text}" if refusal.field else refusal.text


def _shown(request: Mapping[str, Any]) -> str:
    """OrderQty as it was asked for; 0 for what is no quantity, which could not be said again."""
    qty = parse_decimal(request.get("order_qty") or "0", "order_qty")
    return (plain(qty) or "0") if isinstance(qty, Decimal) and qty > 0 else "0"


def _number() -> str:
    """An ExecID for a report that is no event; kept in the row, so that a repetition has the same."""
    return uuid.uuid4().hex[:20]
