"""Requests nobody answers, and reports operations must decide about."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db.models import F

from oms.base.clock import now
from oms.desk import Actor, Amendment, Cancellation, amend, cancel
from oms.desk.quarantine import decide
from oms.desk.record import record
from oms.desk.unresolved import unresolved
from orders.models import Alert, ExecutionReport, Order, OrderRequest, Position
from routing.models import Outbox
from tests.desk.test_chains import fresh, shown, whole
from tests.desk.world import fill, says, sent
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db


def time_passes() -> None:
    """Everything was sent, a minute ago."""
    ago = now() - timedelta(minutes=1)
    Outbox.objects.update(sent_at=ago, msg_seq_num=F("id"))
    OrderRequest.objects.update(created_at=ago)


def status(child: Order, ord_status: str, **more: object) -> object:
    return says(child, "order_status", exec_id="", ord_status=ord_status, cum_qty=fresh(child).cum_qty, **more)


def test_what_has_not_left_is_not_waited_for(desk: Floor, pair: tuple[Order, Order]) -> None:
    cancel([Cancellation(pair[0].id)], desk.actor)
    OrderRequest.objects.update(created_at=now() - timedelta(minutes=1))
    assert unresolved() == 0


def test_an_unanswered_cancel_is_unresolved_and_never_a_rejection(desk: Floor, pair: tuple[Order, Order]) -> None:
    root, child = pair
    cancel([Cancellation(root.id)], desk.actor)
    time_passes()
    assert unresolved() == 1
    assert (fresh(root).unresolved, fresh(child).unresolved, shown(root)[0]) == (True, True, "pending_cancel")
    assert not ExecutionReport.objects.filter(exec_type="cancel_rejected").exists()
    assert [message.msg_type for message in sent()] == ["D", "F", "H"]
    assert Alert.objects.get().code == "UNRESOLVED"
    assert unresolved() == 0
    whole()


@pytest.mark.parametrize(("answer", "expected"), [("canceled", "canceled"), ("new", "new")])
def test_the_status_settles_a_cancel(desk: Floor, pair: tuple[Order, Order], answer: str, expected: str) -> None:
    root, child = pair
    cancel([Cancellation(root.id, cl_ord_id="Y")], desk.actor)
    time_passes()
    unresolved()
    record([status(child, answer)])  # type: ignore[list-item]
    assert (shown(root)[0], fresh(root).unresolved) == (expected, False)
    assert OrderRequest.objects.get(cl_ord_id="Y").state == ("accepted" if answer == "canceled" else "rejected")
    whole()


@pytest.mark.parametrize(("qty", "expected"), [(150, ("new", 150)), (100, ("new", 100))])
def test_the_status_settles_a_replace(
    desk: Floor, pair: tuple[Order, Order], qty: int, expected: tuple[str, int]
) -> None:
    root, child = pair
    amend([Amendment(root.id, order_qty=D(150))], desk.actor)
    time_passes()
    unresolved()
    record([status(child, "new", order_qty=D(qty))])  # type: ignore[list-item]
    assert shown(root)[:2] == expected
    whole()


def test_the_answer_itself_settles_it(desk: Floor, pair: tuple[Order, Order]) -> None:
    root, child = pair
    cancel([Cancellation(root.id)], desk.actor)
    time_passes()
    unresolved()
    record([says(child, "canceled", sent("F")[0].cl_ord_id)])
    assert (shown(root)[0], fresh(root).unresolved, fresh(child).unresolved) == ("canceled", False, False)
    whole()


def overfilled(child: Order) -> Alert:
    first = fill(child, 100, exec_id="A")
    over = fill(child, 30, exec_id="B")
    over = over._replace(fields={"exec_type": "trade", "exec_id": "B", "last_qty": "30", "last_px": "100"})
    assert [one and one.code for one in record([first, over])] == [None, "OVERFILL"]
    return Alert.objects.get()


def test_operations_accepts_an_overfill(desk: Floor, pair: tuple[Order, Order]) -> None:
    root, child = pair
    alert = overfilled(child)
    operations = Actor.of(user("otto", desk=desk.desk, role="operations"))
    trader = decide(alert.pk, "accept", "agreed with the venue", desk.actor)
    assert trader is not None
    assert trader.code == "NOT_ALLOWED"
    assert decide(alert.pk, "accept", "agreed with the venue", operations) is None
    assert shown(root) == ("filled", 130, 130, 0)
    assert Position.objects.get().qty == 130
    alert.refresh_from_db()
    assert (alert.acknowledged_by_id, alert.resolution) == (operations.user_id, "accepted: agreed with the venue")
    assert decide(alert.pk, "accept", "again", operations) is not None
    whole()


def test_operations_dismisses_an_overfill(desk: Floor, pair: tuple[Order, Order]) -> None:
    root, child = pair
    alert = overfilled(child)
    operations = Actor.of(user("otto", desk=desk.desk, role="operations"))
    assert decide(alert.pk, "dismiss", "the venue busts it", operations) is None
    assert shown(root) == ("filled", 100, 100, 0)
    whole()


def test_a_report_of_an_unknown_order_is_given_to_its_order(desk: Floor, pair: tuple[Order, Order]) -> None:
    root, child = pair
    lost = fill(child, 40, cl_ord_id="nobody's", exec_id="U1")
    lost = lost._replace(fields={"exec_type": "trade", "exec_id": "U1", "last_qty": "40", "last_px": "99"})
    record([lost])
    operations = Actor.of(user("otto", desk=desk.desk, role="operations"))
    alert = Alert.objects.get()
    missing = decide(alert.pk, "accept", "found", operations)
    assert missing is not None
    assert decide(alert.pk, "accept", "found", operations, child.id) is None
    assert shown(root) == ("partially_filled", 100, 40, 60)
    whole()
