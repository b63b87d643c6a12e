"""What operations decides about a report that could not be applied: book it, give it to its order, or leave it."""

from django.db import transaction

from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from oms.desk.arrivals import ZERO, Arrival, parse
from oms.desk.asked import Actor
from oms.desk.record import record
from orders.models import Alert, Order
from orders.vocabulary import ExecType, Role

DECIDES = frozenset({Role.OPERATIONS})
ACCEPT, DISMISS = "accept", "dismiss"


def decide(alert_id: int, action: str, reason: str, actor: Actor, order_id: int | None = None) -> Refusal | None:
    """Decide one quarantined report; None when it is done. The decision stands with its reason and its name.

    ``accept`` books it: an overfill by raising the order's quantity to what was filled (a restatement, then the fill),
    a report of an unknown order as one of the child order ``order_id``. ``dismiss`` leaves it: talk to the venue.
    """
    if not actor.may(DECIDES):
        return Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not decide about reports")
    if action not in (ACCEPT, DISMISS):
        return Refusal("BAD_VALUE", "action", "action must be accept or dismiss")
    if not reason.strip():
        return Refusal("MISSING", "reason", "say why")
    with transaction.atomic():
        alert = locked(Alert.objects.filter(pk=alert_id, kind="quarantine")).first()
        if alert is None or alert.resolution:
            return Refusal("UNKNOWN_ORDER", "", f"no report {alert_id} waits for a decision")
        refusal = _accept(alert, actor, order_id) if action == ACCEPT else None
        if refusal is None:
            alert.acknowledged_by_id, alert.acknowledged_at = actor.user_id, now()
            alert.resolution = f"{action}ed: {reason}"[:500]
            alert.save(update_fields=["acknowledged_by", "acknowledged_at", "resolution"])
        else:
            transaction.set_rollback(True)
        return refusal


def _accept(alert: Alert, actor: Actor, order_id: int | None) -> Refusal | None:
    child = Order.objects.filter(pk=order_id or alert.order_id or 0, parent__isnull=False).first()
    if child is None:
        return Refusal("MISSING", "order_id", "name the order at the venue that the report is about")
    arrival = parse(child.sender_comp_id, "8", alert.payload)
    if isinstance(arrival, Refusal):
        return arrival
    arrival = arrival._replace(cl_ord_id=child.cl_ord_id, orig_cl_ord_id="", decided=True)
    wanted = [*_room(child, arrival), arrival]
    return next((refusal for refusal in record(wanted) if refusal), None)


def _room(child: Order, arrival: Arrival) -> list[Arrival]:
    """An overfill needs room: the order is restated to what it has come to."""
    after = child.cum_qty + arrival.last_qty
    if arrival.exec_type != ExecType.TRADE or after <= child.order_qty:
        return []
    return [arrival._replace(
        exec_type=ExecType.RESTATED, exec_id="", last_qty=ZERO, last_px=None, order_qty=after, price=None,
        reason="other", text="the quantity follows the fills, as operations decided",
    )]  # fmt: skip
