"""What a client says after the trade: that it does not know it (Q), which is for operations."""

from collections.abc import Mapping, Sequence
from typing import Any

from oms.base import sets
from oms.base.clock import now
from oms.fix.replies import Replies
from oms.fix.trading import Party
from orders.models import Alert, Order

Request = Mapping[str, Any]
COLUMNS = ("at", "severity", "kind", "code", "desk_id", "order_id", "text", "payload", "resolution")


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
