"""The inbox: messages as gateways store them, taken in order, marked with what became of them."""

from typing import Any

import pytest
from django.db import connection

from oms.base.clock import now
from oms.desk import enter, pump, route, stages
from orders.models import Alert, Order
from routing.models import Inbox, Outbox, VenueSession
from tests.desk.world import children
from tests.factories import Floor

pytestmark = pytest.mark.django_db


def stored(seq: int, child: Order, msg_type: str = "8", **fields: Any) -> Inbox:
    return Inbox.objects.create(
        session_id=child.venue,
        incarnation="1",
        msg_seq_num=seq,
        msg_type=msg_type,
        raw="",
        fields=fields,
        received_at=now(),
    )


@pytest.fixture
def child(desk: Floor) -> Order:
    [answer] = enter([desk.draft()], desk.actor)
    route()
    Outbox.objects.update(msg_seq_num=7, sent_at=now())
    return children(answer.order_id)[0]  # type: ignore[arg-type]


def root_of(child: Order) -> Order:
    return Order.objects.get(pk=child.parent_id)


def test_messages_are_taken_in_order_and_marked(child: Order) -> None:
    name = {"cl_ord_id": child.cl_ord_id}
    stored(1, child, exec_type="new", exec_id="E1", **name)
    stored(2, child, exec_type="trade", exec_id="E2", last_qty="30", last_px="99.5", **name)
    stored(3, child, exec_type="trade", exec_id="E2", last_qty="30", last_px="99.5", **name)
    stored(4, child, exec_type="trade", exec_id="E3", last_qty="1e3", last_px="99.5", **name)
    assert pump(child.venue) == 4
    assert list(Inbox.objects.order_by("id").values_list("outcome", flat=True)) == [
        "recorded", "recorded", "DUPLICATE_EXEC_ID", "BAD_NUMBER",
    ]  # fmt: skip
    assert root_of(child).cum_qty == 30
    assert Alert.objects.get().code == "BAD_NUMBER"
    assert pump(child.venue) == 0


def test_a_rejected_message_ends_the_order(child: Order) -> None:
    stored(1, child, "3", ref_seq_num=7, ref_msg_type="D", text="Value is incorrect")
    pump(child.venue)
    assert (root_of(child).ord_status, root_of(child).text) == ("rejected", "Value is incorrect")


def test_one_look_takes_every_inbox_and_a_number_is_that_of_its_own_session(child: Order) -> None:
    """Sequence numbers are those of a session: the seventh message to one venue is not the seventh to another."""
    other = VenueSession.objects.exclude(pk=child.venue).order_by("pk")[0]
    stored(1, child, exec_type="new", cl_ord_id=child.cl_ord_id, exec_id="E1")
    fields = {"ref_seq_num": 7, "text": "Value is incorrect"}
    Inbox.objects.create(
        session=other, incarnation="1", msg_seq_num=1, msg_type="3", raw="", fields=fields, received_at=now()
    )
    assert stages.record() == 2
    assert root_of(child).ord_status == "new"
    assert list(Inbox.objects.order_by("id").values_list("outcome", flat=True)) == ["recorded", "UNKNOWN_ORDER"]


@pytest.mark.django_db(transaction=True)
def test_an_inbox_that_another_worker_is_at_is_left_to_it(child: Order) -> None:
    stored(1, child, exec_type="new", cl_ord_id=child.cl_ord_id, exec_id="E1")
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"lane:inbox:{child.venue}"])
        busy = stages.record()
        cursor.execute("ROLLBACK")
    other.close()
    assert (busy, stages.record(), root_of(child).ord_status) == (0, 1, "new")


def test_a_business_reject_names_the_message(child: Order) -> None:
    stored(1, child, "j", business_reject_ref_id=child.cl_ord_id, ref_msg_type="D", text="not now")
    pump(child.venue)
    assert (root_of(child).ord_status, root_of(child).text) == ("rejected", "not now")


def test_what_cannot_be_read_waits_for_operations(child: Order) -> None:
    stored(1, child, malformed="tag 32='NaN' is not valid")
    stored(2, child, exec_type="new", cl_ord_id=child.cl_ord_id, exec_id="E1")
    pump(child.venue)
    assert Alert.objects.get().kind == "quarantine"
    assert root_of(child).ord_status == "new"


def test_an_exec_id_that_no_row_holds_waits_for_operations_and_those_like_it_are_not_mixed_up(child: Order) -> None:
    name = {"cl_ord_id": child.cl_ord_id, "exec_type": "trade", "last_px": "99.5"}
    stored(1, child, exec_type="new", cl_ord_id=child.cl_ord_id, exec_id="E1")
    stored(2, child, exec_id="F" * 96, last_qty="10", **name)
    for number, end in ((3, "1"), (4, "2")):
        stored(number, child, exec_id="F" * 96 + end, last_qty="10", **name)
    assert pump(child.venue) == 4
    assert root_of(child).cum_qty == 10
    assert list(Alert.objects.values_list("kind", "code")) == [("quarantine", "BAD_REPORT")] * 2


def test_what_a_venue_answers_again_is_told_again_only_when_it_differs_or_was_dealt_with(child: Order) -> None:
    def answered(number: int, cum_qty: str) -> int:
        stored(number, child, exec_type="order_status", ord_status="partially_filled", cum_qty=cum_qty,
               cl_ord_id=child.cl_ord_id)  # fmt: skip
        pump(child.venue)
        return Alert.objects.filter(code="CUM_QTY_DIFFERS").count()

    assert [answered(1, "10"), answered(2, "10"), answered(3, "20")] == [1, 1, 2]
    Alert.objects.update(acknowledged_at=now(), acknowledged_by=child.entered_by)
    assert answered(4, "20") == 3


def test_a_status_answer_tells_what_we_missed(child: Order) -> None:
    stored(1, child, exec_type="order_status", ord_status="new", cum_qty="0", cl_ord_id=child.cl_ord_id, exec_id="0")
    pump(child.venue)
    assert Order.objects.get(pk=child.pk).ord_status == "new"
    stored(2, child, exec_type="order_status", ord_status="partially_filled", cum_qty="10", cl_ord_id=child.cl_ord_id)
    pump(child.venue)
    assert Alert.objects.get().code == "CUM_QTY_DIFFERS"
    stored(3, child, exec_type="order_status", ord_status="canceled", cum_qty="0", cl_ord_id=child.cl_ord_id)
    pump(child.venue)
    assert root_of(child).ord_status == "canceled"
