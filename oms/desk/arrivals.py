"""A venue's report as the desk takes it, and how the fields of a message become one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from oms.base.money import parse_decimal
from oms.base.refusal import Refusal
from orders.lifecycle import Report
from orders.vocabulary import ExecRestatementReason, ExecType, MultiLegReportingType

ZERO = Decimal(0)
# As long as a row of the journal holds (orders/report.py): one that was cut could be taken for another's.
LONGEST_EXEC_ID = 96
# A venue may confirm that it has our request. We noted the request when we made it.
ECHOES = frozenset({ExecType.PENDING_NEW, ExecType.PENDING_CANCEL, ExecType.PENDING_REPLACE})


# Session-level Reject and BusinessMessageReject: the venue could not make sense of, or would not take, our message.
REJECTS = frozenset({"3", "j"})


def rejected(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A reject of one of our messages as the report it amounts to: an order refused, or a request refused.

    ``cl_ord_id`` is that of the message: BusinessRejectRefID (379), or found by RefSeqNum (45) before this is called.
    """
    kind = ExecType.REJECTED if fields.get("ref_msg_type") in ("D", "AB") else ExecType.CANCEL_REJECTED
    return {"cl_ord_id": fields.get("business_reject_ref_id", ""), **fields, "exec_type": kind}


# CxlRejReason (102) as our reason codes.
CXL_REJ_REASONS = {
    "0": "TOO_LATE_TO_CANCEL",
    "1": "UNKNOWN_ORDER",
    "2": "BROKER_OPTION",
    "3": "REQUEST_PENDING",
    "6": "DUPLICATE_CL_ORD_ID",
}


class Arrival(NamedTuple):
    """An ExecutionReport (35=8) or OrderCancelReject (35=9) about a child order of ours.

    ``session`` and ``cl_ord_id`` name the request it is about. ``order_qty`` is None where the venue leaves it out.
    ``cum_qty`` is the venue's own sum, for comparison. ``fields`` is the whole message as parsed.
    """

    session: str
    cl_ord_id: str
    orig_cl_ord_id: str
    exec_type: str
    ord_status: str
    exec_id: str
    last_qty: Decimal
    last_px: Decimal | None
    order_qty: Decimal | None
    price: Decimal | None
    cum_qty: Decimal | None
    exec_ref_id: str
    text: str
    transact_time: datetime | None
    fields: Mapping[str, Any]
    stop_px: Decimal | None = None
    reason: str = ""
    decided: bool = False

    def report(self, request: str) -> Report:
        """The lifecycle's view of it; ``request`` is what the named ClOrdID had asked for."""
        return Report(
            self.exec_type, self.last_qty, self.last_px, self.order_qty, self.price, request,
            stop_px=self.stop_px, reason=self.reason,
        )  # fmt: skip

    @property
    def leg(self) -> str:
        """Which leg of a spread it is about: LegRefID (654), or else its symbol; '' for a whole order."""
        if self.fields.get("multi_leg_reporting_type") != MultiLegReportingType.INDIVIDUAL_LEG:
            return ""
        return str(self.fields.get("leg_ref_id") or self.fields.get("symbol") or "?")

    @property
    def reason_code(self) -> str:
        """Our code for why the venue refused: CxlRejReason (102) for a request, VENUE_REJECTED for an order.

        What we refused in its stead says why; no message from outside has that field.
        """
        if "reason_code" in self.fields:
            return str(self.fields["reason_code"])
        if self.exec_type == ExecType.CANCEL_REJECTED:
            return CXL_REJ_REASONS.get(str(self.fields.get("cxl_rej_reason", "")), "VENUE_REJECTED")
        return "VENUE_REJECTED"


def parse(session: str, msg_type: str, fields: Mapping[str, Any]) -> Arrival | Refusal:
    """The arrival in ``fields``, or what is wrong with them. Numbers go through the one strict parser."""
    if "malformed" in fields:
        return Refusal("BAD_REPORT", "", f"the venue's message cannot be read: {fields['malformed']}")
    if msg_type in REJECTS:
        fields = rejected(fields)
    exec_type = ExecType.CANCEL_REJECTED if msg_type == "9" else fields.get("exec_type", "")
    if exec_type not in set(ExecType):
        return Refusal("BAD_REPORT", "exec_type", f"ExecType {exec_type!r} is not one we know")
    exec_id = str(fields.get("exec_id", ""))
    if len(exec_id) > LONGEST_EXEC_ID:
        text = f"an ExecID has at most {LONGEST_EXEC_ID} characters here, not {len(exec_id)}: two could look like one"
        return Refusal("BAD_REPORT", "exec_id", text)
    numbers: dict[str, Decimal | None] = {}
    for name in ("last_qty", "last_px", "order_qty", "price", "cum_qty", "stop_px"):
        value = fields.get(name)
        number = None if value in (None, "") else parse_decimal(value, name)
        if isinstance(number, Refusal):
            return number
        numbers[name] = number
    return Arrival(
        session,
        str(fields.get("cl_ord_id", "")),
        str(fields.get("orig_cl_ord_id", "")),
        exec_type,
        str(fields.get("ord_status", "")),
        exec_id,
        numbers["last_qty"] or ZERO,
        numbers["last_px"],
        numbers["order_qty"],
        numbers["price"],
        numbers["cum_qty"],
        str(fields.get("exec_ref_id", "")),
        str(fields.get("text", ""))[:500],
        _time(fields.get("transact_time")),
        fields,
        numbers["stop_px"],
        _reason(fields.get("exec_restatement_reason")),
    )


def _reason(value: Any) -> str:
    """ExecRestatementReason (378) by name; one we do not know is other."""
    if value in (None, ""):
        return ""
    known = list(ExecRestatementReason)
    if str(value) in known:
        return str(value)
    code = str(value)
    return str(known[int(code)]) if code.isdigit() and int(code) < len(known) - 1 else ExecRestatementReason.OTHER


def _time(text: Any) -> datetime | None:
    """A timestamp in ISO 8601; without a zone it is UTC, as FIX has it. None if it is missing or unreadable."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
