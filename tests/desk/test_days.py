"""The end and the start of a day: what expires, what is carried, and that a run may be repeated."""

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import enter
from oms.desk.days import checklist, end, start
from oms.desk.record import record
from oms.desk.route import route
from orders.models import Alert, BusinessDate, ExecutionReport, Order
from risk.models import Usage
from tests.desk.test_chains import whole
from tests.desk.world import children, fill, says
from tests.factories import TODAY, Floor

pytestmark = pytest.mark.django_db
TOMORROW = TODAY + timedelta(days=1)


def working(desk: Floor, **terms: Any) -> Order:
    [answer] = enter([desk.draft(**terms)], desk.actor)
    assert answer.accepted, answer
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    record([says(child, "new")])
    return Order.objects.get(pk=answer.order_id)


def shown(order: Order) -> tuple[str, int]:
    now_ = Order.objects.get(pk=order.pk)
    return now_.ord_status, int(now_.leaves_qty)


def next_day() -> date:
    BusinessDate.objects.update(today=TOMORROW)
    return TOMORROW


def test_the_day_ends_once(desk: Floor) -> None:
    day, carried = working(desk), working(desk, time_in_force="good_till_cancel")
    dated = working(desk, time_in_force="good_till_cancel")
    Order.objects.filter(pk=dated.pk).update(time_in_force="good_till_date", expire_time=now() - timedelta(minutes=1))
    [held] = enter([desk.draft(hold="manual", handl_inst="manual")], desk.actor)
    steps = end(TODAY, "operations")
    assert not isinstance(steps, Refusal)
    assert [(step.name, step.counts) for step in steps][2:] == [
        ("expire_day_orders", {"expired": 2}), ("expire_dated_orders", {"expired": 1}),
        ("write_results", {"rows": 0, "incomplete": 0}), ("carry_orders", {"carried": 1}),
    ]  # fmt: skip
    assert (shown(day), shown(carried), shown(dated)) == (("expired", 0), ("done_for_day", 100), ("expired", 0))
    assert Order.objects.get(pk=held.order_id).ord_status == "expired"
    assert Usage.objects.get().open_buy_qty == 100
    events = ExecutionReport.objects.count()
    end(TODAY, "operations")
    assert ExecutionReport.objects.count() == events
    assert len(checklist(TODAY)) == 6


def test_a_carried_order_begins_a_new_day(desk: Floor) -> None:
    order = working(desk, time_in_force="good_till_cancel")
    [child] = children(order.id)
    record([fill(child, 30)])
    assert isinstance(start(TODAY, "operations"), Refusal)
    end(TODAY, "operations")
    start(next_day(), "operations")
    now_ = Order.objects.get(pk=order.pk)
    assert (now_.ord_status, now_.prior_cum_qty, now_.leaves_qty) == ("partially_filled", 30, 70)
    record([fill(child, 10)])
    event = ExecutionReport.objects.filter(order=order, exec_type="trade").latest("id")
    assert (event.day_cum_qty, event.cum_qty) == (10, 40)
    whole()


def test_a_venue_that_drops_it_overnight_does_not_kill_it(desk: Floor) -> None:
    order = working(desk, time_in_force="good_till_cancel")
    [child] = children(order.id)
    end(TODAY, "operations")
    record([says(child, "expired")])
    assert shown(order) == ("done_for_day", 100)
    start(next_day(), "operations")
    route()
    assert [one.order_qty for one in children(order.id)] == [100, 100]
    assert shown(order) == ("new", 100)
    assert [(alert.code, alert.severity) for alert in Alert.objects.all()] == [("EXPIRED_OVERNIGHT", 2)]
    whole()


def test_a_late_fill_after_the_end_is_booked(desk: Floor) -> None:
    order = working(desk)
    [child] = children(order.id)
    end(TODAY, "operations")
    record([fill(child, 40, D("99.5"))])
    assert Order.objects.get(pk=order.pk).cum_qty == 40
    whole()
