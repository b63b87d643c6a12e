"""Open orders over the ex-date: adjusted at their venue, ended, or left alone."""

from pathlib import Path
from typing import Any

import pytest

from oms.desk import enter
from oms.desk.actions import act
from oms.desk.record import record
from oms.desk.route import route
from orders.models import (
    Alert,
    ExecutionReport,
    Order,
    OrderRequest,
)
from settlement.actions.tables import CorporateAction
from settlement.advance import advance
from tests import factories, limiting
from tests.desk import world as venue
from tests.desk.holding import TUESDAY, D, announced, moved_to

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def floor(transactional_db: None, settings: Any, tmp_path: Path) -> factories.Floor:
    settings.OMS_HOME = tmp_path
    from tests.settlement.world import world

    return world()


def resting(floor: factories.Floor, **changes: Any) -> Order:
    """A GTC order that a venue works; its only child."""
    (reply,) = enter([floor.draft(time_in_force="good_till_cancel", **changes)], floor.actor)
    assert reply.accepted, reply
    while route():
        pass
    (child,) = venue.children(reply.order_id or 0)
    record([venue.says(child, "new")])
    return child


def test_an_order_at_a_venue_is_replaced_there(floor: factories.Floor, books: Any) -> None:
    child = resting(floor, qty=100, price="100.00")
    day = resting_day(floor)
    pk = announced(floor, "cash_dividend", amount=D("0.25"))
    moved_to(TUESDAY)
    (message,) = venue.sent("G")
    assert (message.fields["price"], message.fields["order_qty"]) == ("99.75", "100")
    assert CorporateAction.objects.get(pk=pk).orders_at is None
    child.refresh_from_db()
    request = OrderRequest.objects.get(order=child, kind="replace")
    record([venue.says(child, "replaced", request.cl_ord_id, order_qty=D(100), price=D("99.75"))])
    while act():
        pass
    root = root_of(child)
    assert (root.price, root.cl_ord_id, root.ord_status) == (D("99.75"), f"ca{pk}.{root.pk}", "new")
    event = ExecutionReport.objects.get(order=root, exec_type="pending_replace")
    assert (event.actor, event.reason_code) == (f"CA{pk}", "CORPORATE_ACTION")
    assert f"CA{pk}" in event.text
    assert CorporateAction.objects.get(pk=pk).orders_at is not None
    assert Order.objects.get(pk=day).price == 100
    assert act() == 0
    assert len(venue.sent("G")) == 1
    books()


def root_of(child: Order) -> Order:
    assert child.parent_id is not None
    return Order.objects.get(pk=child.parent_id)


def resting_day(floor: factories.Floor) -> int:
    (reply,) = enter([floor.draft()], floor.actor)
    return reply.order_id or 0


def test_a_split_turns_what_is_left_to_work(floor: factories.Floor) -> None:
    child = resting(floor, qty=100, price="100.00")
    record([venue.fill(child, 40, "100")])
    announced(floor, "split", new=D(2), old=D(1))
    moved_to(TUESDAY)
    (message,) = venue.sent("G")
    assert (message.fields["price"], message.fields["order_qty"]) == ("50", "160")


def test_a_reverse_split_takes_orders_back(floor: factories.Floor) -> None:
    child = resting(floor, qty=100, price="100.00")
    announced(floor, "reverse_split", new=D(1), old=D(10))
    moved_to(TUESDAY)
    (message,) = venue.sent("F")
    record([venue.says(child, "canceled", message.cl_ord_id)])
    while act():
        pass
    root = root_of(child)
    assert (root.ord_status, root.reason_code) == ("canceled", "CORPORATE_ACTION")


def test_what_a_venue_does_not_adjust_is_taken_back(floor: factories.Floor) -> None:
    child = resting(floor, qty=100, price="100.00")
    announced(floor, "cash_dividend", amount=D("0.25"))
    moved_to(TUESDAY)
    request = OrderRequest.objects.get(order=child, kind="replace")
    record([venue.says(child, "cancel_rejected", request.cl_ord_id, orig_cl_ord_id=child.cl_ord_id, ord_status="new")])
    act()
    (message,) = venue.sent("F")
    assert message.order_id == child.pk
    assert Alert.objects.filter(kind="corporate_action", order_id=root_of(child).pk).count() == 1


def test_an_adjustment_that_risk_refuses_ends_the_order(floor: factories.Floor) -> None:
    """Twice the shares are more than the account may hold."""
    child = resting(floor, qty=100, price="100.00")
    limiting.limit("long_position", 150, account=floor.accounts[0], instrument=floor.instruments["AAPL"])
    announced(floor, "split", new=D(2), old=D(1))
    moved_to(TUESDAY)
    assert [one.msg_type for one in venue.sent() if one.order_id == child.pk] == ["D", "F"]
    assert "could not be adjusted" in Alert.objects.get(code="CORPORATE_ACTION").text


def test_an_order_entered_on_the_ex_date_knows_the_new_price(floor: factories.Floor) -> None:
    announced(floor, "cash_dividend", amount=D("0.25"))
    advance(TUESDAY, "olga")
    child = resting(floor, qty=100, price="100.00")
    while act():
        pass
    assert venue.sent("G") == []
    assert root_of(child).price == 100


def test_do_not_reduce_stays(floor: factories.Floor) -> None:
    child = resting(floor, qty=100, price="100.00", exec_inst="do_not_reduce")
    announced(floor, "cash_dividend", amount=D("0.25"))
    moved_to(TUESDAY)
    assert venue.sent("G") == []
    assert "exec_inst" not in venue.sent("D")[0].fields
    assert root_of(child).price == 100
