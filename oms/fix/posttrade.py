"""What a client says after the trade: who it is for (J), and that it does not know it (Q). Both are for operations."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from oms.base import sets
from oms.base.clock import now
from oms.base.money import parse_decimal
from oms.base.refusal import Refusal
from oms.fix.replies import Replies
from oms.fix.trading import Party
from orders.models import Alert, Order

Request = Mapping[str, Any]
COLUMNS = ("at", "severity", "kind", "code", "desk_id", "order_id", "text", "payload", "resolution")


def allocations(requests: Sequence[Request], party: Party, replies: Replies) -> list[str]:
    """AllocationInstruction (35=J): received (P with 87=3) and put before operations, or refused as a whole (87=1)."""
    outcomes, notices = [], []
    for request in requests:
        wrong = _wrong(request)
        answer = {"alloc_id": request["alloc_id"], "transact_time": now().isoformat(timespec="milliseconds")}
        if wrong:
            replies.say("P", answer | {"alloc_status": "block_level_reject", "alloc_rej_code": 7, "text": wrong})
        else:
            replies.say("P", answer | {"alloc_status": "received"})
            text = f"{party.code} allocates {request.get('quantity')} {request.get('symbol')}: {request['alloc_id']}"
            notices.append(_notice("allocation", text, request, None))
        outcomes.append("BAD_VALUE" if wrong else "received")
    sets.insert(Alert, COLUMNS, notices)
    return outcomes


def _wrong(request: Request) -> str:
    """Why the instruction cannot be used as it is: the parts must come to the whole."""
    total = parse_decimal(request.get("quantity", ""), "quantity")
    parts = [parse_decimal(one.get("alloc_qty", ""), "alloc_qty") for one in request.get("allocs", ())]
    numbers = [one for one in (total, *parts) if isinstance(one, Decimal)]
    if not parts or len(numbers) != len(parts) + 1:
        return "Quantity (53) and each AllocQty (80) must be plain numbers"
    if sum(numbers[1:], Decimal(0)) != numbers[0]:
        return f"the accounts come to {sum(numbers[1:], Decimal(0)):f} of Quantity {numbers[0]:f}"
    return ""


def unknown_trades(requests: Sequence[Request], party: Party, replies: Replies) -> list[str]:
    """DontKnowTrade (35=Q): somebody here must bust it, correct it, or talk to the client."""
    numbers = {request["order_id"] for request in requests if str(request["order_id"]).isdigit()}
    mine = Order.objects.filter(sender_comp_id=party.code, pk__in={int(number) for number in numbers})
    desks = {str(pk): desk for pk, desk in mine.values_list("pk", "desk_id")}
    rows = []
    for request in requests:
        text = f"{party.code} does not know execution {request['exec_id']} ({request.get('dk_reason')})"
        order_id = str(request["order_id"])
        rows.append(_notice("dont_know_trade", text, request, int(order_id) if order_id in desks else None))
    sets.insert(Alert, COLUMNS, rows)
    return ["received"] * len(requests)


def _notice(kind: str, text: str, request: Request, order_id: int | None) -> tuple[Any, ...]:
    severity = Alert.Severity.CRITICAL if kind == "dont_know_trade" else Alert.Severity.WARNING
    return now(), severity.value, kind, "", None, order_id, text[:500], dict(request), ""


def not_ours(msg_type: str) -> Refusal:
    """A message that this session may not send."""
    return Refusal("NOT_ALLOWED", "", f"this session may not send {msg_type}")
