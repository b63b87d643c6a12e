"""Two days against a running venue over FIX: what ends, what rests and is restated, and a venue that gets it wrong."""

import os
import signal
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from oms.base import bell
from oms.base.clock import now
from oms.desk import days, enter, stages
from oms.desk.route import route
from orders.models import Alert, ExecutionReport, Order
from routing.exchange.control import Control
from routing.models import Listing, Quote
from tests.desk.test_venue_days import calendar, on
from tests.factories import Floor
from tests.routing.gateway.conftest import Gateway
from tests.routing.venues import Venues, until

HOUR = timedelta(hours=1)


class Market:
    """XNAS as it runs, its calendar about the present hour, and our orders there."""

    def __init__(self, floor: Floor, venues: Venues) -> None:
        self.floor, self.control = floor, Control(venues.home)
        self.today = on(now().date())
        self.tomorrow = self.today + timedelta(1)
        Listing.objects.exclude(venue="XNAS").delete()
        self.opens()

    def opens(self, half: bool = False) -> None:
        """It is open: since an hour ago, for an hour."""
        calendar("XNAS", (self.today, now() - HOUR, now() + HOUR), self._next(), half=half)

    def closes(self) -> None:
        """By its calendar, and then by its own word."""
        calendar("XNAS", (self.today, now() - HOUR, now()), self._next())
        self.control.run("XNAS", "close")

    def _next(self) -> Any:
        return self.tomorrow, now() + 16 * HOUR, now() + 22 * HOUR

    def next_day(self) -> date:
        """The morning after: the firm is on the next business date."""
        return on(self.tomorrow)

    def order(self, time_in_force: str) -> Order:
        """A buy order far from the market that the venue has acknowledged."""
        Quote.objects.update(quoted_at=now())  # it may have taken a while to get here
        [answer] = enter([self.floor.draft(price="90", time_in_force=time_in_force)], self.floor.actor)
        assert answer.accepted, answer
        route()
        bell.ring("outbox:XNAS")
        return self.becomes(Order.objects.get(pk=answer.order_id), "new")

    def fill(self, order: Order, qty: int) -> None:
        """The venue fills ``qty`` of the order's one part that lives."""
        child = Order.objects.get(parent=order, leaves_qty__gt=0)
        cum = Order.objects.get(pk=order.pk).cum_qty
        self.control.run("XNAS", "fill", order=child.cl_ord_id, qty=qty, px="90")
        assert until(lambda: stages.drain("inbox") >= 0 and Order.objects.get(pk=order.pk).cum_qty == cum + qty, 90)

    def becomes(self, order: Order, status: str) -> Order:
        """Wait until what the venue says makes it so."""
        assert until(lambda: stages.drain("inbox") >= 0 and shown(order)[0] == status, 90), shown(order)
        order.refresh_from_db()
        return order


def shown(order: Order) -> tuple[str, int]:
    now_ = Order.objects.get(pk=order.pk)
    return now_.ord_status, int(now_.leaves_qty)


def told(order: Order) -> list[tuple[str, str, Any]]:
    """What was reported of the order: ExecType, ExecRestatementReason, DayCumQty."""
    rows = ExecutionReport.objects.filter(order=order).order_by("id")
    return list(rows.values_list("exec_type", "exec_restatement_reason", "day_cum_qty"))


@pytest.fixture
def market(floor: Floor, venues: Venues, gateway: Callable[..., Gateway]) -> Market:
    gateway()
    return Market(floor, venues)


def test_two_days_of_two_orders(market: Market, books: Callable[[], None]) -> None:
    day, carried = market.order("day"), market.order("good_till_cancel")
    market.fill(carried, 30)
    market.fill(day, 20)
    assert isinstance(days.end(market.today, "operations"), days.Refusal)
    books()
    market.closes()
    market.becomes(day, "expired")
    market.becomes(carried, "done_for_day")
    books()
    pid = os.fork()
    if pid == 0:  # the power goes in the middle of the end
        left = [12]

        def die(execute: Any, *call: Any) -> Any:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(*call)

        connection.connection = None
        with connection.execute_wrapper(die):
            days.end(market.today, "operations")
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    books()
    assert len(days.checklist(market.today)) < 5
    steps = days.end(market.today, "operations")
    assert not isinstance(steps, days.Refusal)
    assert [step.name for step in steps][-1] == "carry_orders"
    assert (shown(day), shown(carried)) == (("expired", 0), ("done_for_day", 70))
    books()
    days.start(market.next_day(), "operations")
    market.control.run("XNAS", "open")
    market.becomes(carried, "partially_filled")
    market.fill(carried, 10)
    order = Order.objects.get(pk=carried.pk)
    assert (order.prior_cum_qty, order.cum_qty, order.leaves_qty) == (30, 40, 60)
    assert told(carried)[-3:] == [("done_for_day", "", None), ("restated", "gt_renewal", 0), ("trade", "", 10)]
    assert shown(day) == ("expired", 0)
    assert not Alert.objects.exists()
    books()


def test_the_venue_opens_before_our_day_starts(market: Market, books: Callable[[], None]) -> None:
    carried = market.order("good_till_cancel")
    market.fill(carried, 30)
    market.closes()
    market.becomes(carried, "done_for_day")
    days.end(market.today, "operations")
    tomorrow = market.next_day()
    market.control.run("XNAS", "open")
    market.becomes(carried, "partially_filled")
    market.fill(carried, 10)
    days.start(tomorrow, "operations")
    assert told(carried)[-2:] == [("restated", "gt_renewal", 0), ("trade", "", 10)]
    assert Order.objects.get(pk=carried.pk).prior_cum_qty == 30
    books()


def test_a_holiday_passes_the_orders_by(market: Market, books: Callable[[], None]) -> None:
    day, carried = market.order("day"), market.order("good_till_cancel")
    calendar("XNAS", market._next())
    before = told(day), told(carried)
    assert not isinstance(days.end(market.today, "operations"), days.Refusal)
    days.start(market.next_day(), "operations")
    assert (told(day), told(carried)) == before
    market.fill(day, 20)
    assert shown(day) == ("partially_filled", 80)
    books()


def test_a_half_day_ends_by_itself_hours_early(market: Market, books: Callable[[], None], settings: Any) -> None:
    settings.END_OF_DAY_GRACE_S = 0
    day = market.order("day")
    market.opens(half=True)
    assert stages.drain("day") == 0
    calendar("XNAS", (market.today, now() - HOUR, now()), market._next(), half=True)
    market.control.run("XNAS", "close")
    market.becomes(day, "expired")
    assert stages.drain("day") == len(days.checklist(market.today))
    assert days.checklist(market.today)[-1].name == "carry_orders"
    assert stages.drain("day") == 0
    [venue] = [one for one in days.checklist(market.today)[0].venues if one["mic"] == "XNAS"]
    assert (venue["state"], venue["is_half_day"]) == ("closed", True)
    books()


def test_expired_between_sessions_does_not_kill_it(market: Market, books: Callable[[], None]) -> None:
    """The venue reports Expired at its close. It is kept with an alert, and sent again on the next day."""
    carried = market.order("good_till_cancel")
    market.fill(carried, 30)
    market.control.set_faults("XNAS", {"expire_gtc": 1})
    market.closes()
    assert until(lambda: stages.drain("inbox") >= 0 and Alert.objects.exists(), 90)
    assert [alert.code for alert in Alert.objects.all()] == ["EXPIRED_OVERNIGHT"]
    assert shown(carried) == ("partially_filled", 70)
    books()
    days.end(market.today, "operations")
    assert shown(carried) == ("done_for_day", 70)
    books()
    days.start(market.next_day(), "operations")
    route()
    bell.ring("outbox:XNAS")
    again = Order.objects.get(parent=carried, leaves_qty__gt=0)
    assert until(lambda: stages.drain("inbox") >= 0 and shown(again)[0] == "new", 90)
    assert (shown(carried), shown(again)) == (("partially_filled", 70), ("new", 70))
    # It remembers the old part after all, and says so: that is for operations.
    market.control.run("XNAS", "open")
    assert until(lambda: stages.drain("inbox") >= 0 and Alert.objects.filter(code="BAD_REPORT").exists(), 90)
    assert shown(carried) == ("partially_filled", 70)
    books()
