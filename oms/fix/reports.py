"""Reports to clients, each built from the stored event and nothing else: the same event gives the same report."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from oms.base.money import plain, scaled
from oms.fix.codes import CXL_REJ_REASONS, ORD_REJ_REASONS, OTHER, ascii_text, told
from orders.legs import label
from orders.lists import LEG, WHOLE
from orders.models import ExecutionReport, ListOrder
from orders.rollup import FILLS
from orders.vocabulary import Composition, ExecType, Hold, MultiLegReportingType

Fields = dict[str, Any]
ZERO = Decimal(0)
PENDING = frozenset({ExecType.PENDING_CANCEL, ExecType.PENDING_REPLACE})
# ClOrdIDs that we give to requests of our own; a client may not use them.
OURS = "oms-"
COLUMNS = (
    "id", "order_id", "seq", "exec_id", "exec_type", "ord_status", "request", "cl_ord_id", "orig_cl_ord_id",
    "order_qty", "price", "stop_px", "last_qty", "last_px", "last_mkt", "cum_qty", "leaves_qty", "gross_trade_amt",
    "exec_ref_id", "text", "reason_code", "trade_date", "transact_time", "exec_restatement_reason", "day_cum_qty",
    "side", "order__sender_comp_id", "order__ord_type", "order__time_in_force", "order__account__code",
    "order__instrument__symbol", "order__composition", "order__hold",
)  # fmt: skip


class LegOf(NamedTuple):
    """Of which spread an order is a leg: the whole's OrderID and ClOrdID, and what the client calls the leg (654)."""

    order_id: int
    cl_ord_id: str
    ref: str


class Event(NamedTuple):
    """One event of a client's order, and what never changes about the order. ``ref``: our ExecID of what it undoes.

    ``leg`` says of which spread the order is a leg.
    """

    id: int
    order_id: int
    seq: int
    exec_id: str
    exec_type: str
    ord_status: str
    request: str
    cl_ord_id: str
    orig_cl_ord_id: str
    order_qty: Decimal
    price: Decimal | None
    stop_px: Decimal | None
    last_qty: Decimal
    last_px: Decimal | None
    last_mkt: str
    cum_qty: Decimal
    leaves_qty: Decimal
    gross_trade_amt: Decimal
    exec_ref_id: str
    text: str
    reason_code: str
    trade_date: Any
    transact_time: datetime
    exec_restatement_reason: str
    day_cum_qty: Decimal | None
    side: str
    sender_comp_id: str
    ord_type: str
    time_in_force: str
    account: str
    symbol: str
    composition: str
    hold: str
    ref: str = ""
    leg: LegOf | None = None

    @property
    def unasked(self) -> bool:
        """Whether the client did not ask for it: somebody here amended or canceled its order."""
        return self.cl_ord_id.startswith(OURS) and bool(self.orig_cl_ord_id)


def with_refs(events: Iterable[Event]) -> list[Event]:
    """Put our ExecID beside each ExecRefID: of the event of the order that booked the venue's. One SELECT at most."""
    found = list(events)
    undoing = [event for event in found if event.exec_ref_id]
    if not undoing:
        return found
    rows = ExecutionReport.objects.filter(
        order_id__in={event.order_id for event in undoing}, venue_exec_id__in={event.exec_ref_id for event in undoing}
    )
    ours = {(o, venue): exec_id for o, venue, exec_id in rows.values_list("order_id", "venue_exec_id", "exec_id")}
    return [event._replace(ref=ours.get((event.order_id, event.exec_ref_id), "")) for event in found]


def with_legs(events: Sequence[Event]) -> list[Event]:
    """Name spreads by their legs, and put beside each leg's event what it is a leg of. One SELECT at most."""
    ids = {event.order_id for event in events if event.composition == Composition.MULTILEG or event.hold == Hold.LEG}
    if not ids:
        return list(events)
    lists = ListOrder.objects.filter(order_id__in=ids, role__in=(WHOLE, LEG)).values("list_id")
    columns = ("list_id", "role", "order_id", "order__cl_ord_id", "leg_ref_id", "order__instrument__symbol")
    rows = ListOrder.objects.filter(list_id__in=lists).order_by("list_id", "seq_no").values_list(*columns)
    wholes: dict[int, tuple[int, str]] = {}
    symbols: dict[int, list[str]] = {}
    legs: dict[int, LegOf] = {}
    for list_id, role, order_id, name, ref, symbol in rows:
        if role == WHOLE:
            wholes[list_id] = order_id, name
        else:
            legs[order_id] = LegOf(*wholes[list_id], ref)
            symbols.setdefault(wholes[list_id][0], []).append(symbol)
    return [
        event._replace(
            leg=legs.get(event.order_id),
            symbol=label(symbols[event.order_id]) if event.order_id in symbols else event.symbol,
        )
        for event in events
    ]


def message(event: Event, accounts: Mapping[str, str], *, send_pending_new: bool = False) -> tuple[str, Fields] | None:
    """The message a client gets of this event, as type and fields; None if it is no business of the client's.

    ``accounts`` are our accounts' names as the client has them. A request is confirmed to the client when the venue
    confirms it, not when we make it. What the client did not ask for names no OrigClOrdID (Appendix D, E.1.b).
    """
    kind = event.exec_type
    if kind in (ExecType.ORDER_STATUS, ExecType.TRIGGERED) or (event.leg and kind not in FILLS):
        return None
    if kind == ExecType.PENDING_NEW and event.seq == 1 and not send_pending_new:
        return None
    if kind in PENDING and (event.request or event.unasked):
        return None
    if kind == ExecType.CANCEL_REJECTED:
        return None if event.unasked or not event.request else ("9", _cancel_reject(event))
    return "8", _execution(event, accounts) | _multileg(event)


def _execution(event: Event, accounts: Mapping[str, str]) -> Fields:
    """ExecutionReport (35=8)."""
    answers = bool(event.orig_cl_ord_id) and not event.unasked
    fields: Fields = {
        "order_id": str(event.order_id), "exec_id": event.exec_id, **_kind(event),
        "ord_status": event.ord_status, "cl_ord_id": event.orig_cl_ord_id if event.unasked else event.cl_ord_id,
        "account": accounts.get(event.account, event.account), "symbol": event.symbol, "side": event.side,
        "ord_type": event.ord_type, "time_in_force": event.time_in_force, "order_qty": plain(event.order_qty),
        "cum_qty": plain(event.cum_qty), "leaves_qty": plain(event.leaves_qty), "avg_px": avg_px(event),
        "transact_time": event.transact_time.isoformat(timespec="microseconds"),
        "trade_date": event.trade_date.isoformat(), **_last(event), **_day(event),
    }  # fmt: skip
    optional = {
        "orig_cl_ord_id": event.orig_cl_ord_id if answers else "", "price": plain(event.price),
        "stop_px": plain(event.stop_px), "text": _text(event), "exec_ref_id": event.ref,
    }  # fmt: skip
    fields |= {name: value for name, value in optional.items() if value}
    if event.exec_type == ExecType.REJECTED:
        fields["ord_rej_reason"] = ORD_REJ_REASONS.get(event.reason_code, OTHER)
    return fields


def _multileg(event: Event) -> Fields:
    """A spread is reported as one (442=3), the fills of its legs beside it (442=2) with the leg's own quantities.

    OrderID and ClOrdID of both are the whole's; SecondaryOrderID (198) is the leg's own order.
    """
    if event.leg is not None:
        named = event.leg.cl_ord_id if event.cl_ord_id.startswith(OURS) else event.cl_ord_id
        return {
            "order_id": str(event.leg.order_id), "secondary_order_id": str(event.order_id), "cl_ord_id": named,
            "multi_leg_reporting_type": MultiLegReportingType.INDIVIDUAL_LEG.value, "leg_ref_id": event.leg.ref,
        }  # fmt: skip
    if event.composition == Composition.MULTILEG:
        return {"multi_leg_reporting_type": MultiLegReportingType.MULTILEG_SECURITY.value}
    return {}


def _kind(event: Event) -> Fields:
    """ExecType (150), and why an order changed that the client did not ask to change (378)."""
    if event.exec_type == ExecType.REPLACED and event.unasked:
        return {"exec_type": ExecType.RESTATED.value, "exec_restatement_reason": "broker_option"}
    reason = event.exec_restatement_reason
    if not reason and event.exec_type == ExecType.CANCELED and not event.request:
        reason = "broker_option" if event.unasked else ""
    return {"exec_type": event.exec_type} | ({"exec_restatement_reason": reason} if reason else {})


def _last(event: Event) -> Fields:
    """LastQty and LastPx (32, 31): of a fill, a correction or a guarantee; a bust says 0 (Appendix D, J.1.a)."""
    if event.exec_type in (ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.STOPPED) and event.last_px is not None:
        market = {"last_mkt": event.last_mkt} if event.last_mkt else {}
        return {"last_qty": plain(event.last_qty), "last_px": plain(event.last_px)} | market
    return {"last_qty": "0", "last_px": "0"} if event.exec_type == ExecType.TRADE_CANCEL else {"last_qty": "0"}


def _day(event: Event) -> Fields:
    """DayOrderQty and DayCumQty (424, 425) of an order that was filled on an earlier day."""
    if event.day_cum_qty is None:
        return {}
    prior = event.cum_qty - event.day_cum_qty
    return {"day_order_qty": plain(event.order_qty - prior), "day_cum_qty": plain(event.day_cum_qty)}


def avg_px(event: Any) -> str:
    """AvgPx (6): the exact quotient of the exact sums, rounded here and nowhere before; 0 while nothing is filled."""
    return plain(scaled(event.gross_trade_amt / event.cum_qty)) or "0" if event.cum_qty else "0"


def _text(event: Event) -> str:
    if event.exec_type == ExecType.REJECTED:
        return told(event.reason_code, event.text)
    return ascii_text(event.text)


def _cancel_reject(event: Event) -> Fields:
    """OrderCancelReject (35=9): a request of the client's that the market refused."""
    reason = CXL_REJ_REASONS.get(event.reason_code, OTHER if event.reason_code else 0)
    return {
        "order_id": str(event.order_id), "cl_ord_id": event.cl_ord_id, "orig_cl_ord_id": event.orig_cl_ord_id,
        "ord_status": event.ord_status, "cxl_rej_reason": reason,
        "cxl_rej_response_to": "order_cancel_request" if event.request == "cancel" else "order_cancel_replace_request",
        "transact_time": event.transact_time.isoformat(timespec="microseconds"),
        "text": told(event.reason_code, event.text) or "refused",
    }  # fmt: skip
