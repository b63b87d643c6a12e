"""The page of the days: what operations sees and does there, and the calendars beside it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from oms.base.clock import now
from orders.models import DayStep, Order, SessionOverride
from tests.admin.conftest import People
from tests.desk.test_days import shown, working
from tests.desk.test_venue_days import calendar, on, open_still, tomorrow
from tests.factories import Floor

pytestmark = pytest.mark.django_db
PAGE = "admin:orders_daystep_changelist"


def test_operations_ends_and_starts_the_day(desk: Floor, people: People) -> None:
    today = on(now().date())
    order = working(desk, time_in_force="good_till_cancel")
    client = people("operations")
    page = client.get(reverse(PAGE)).content.decode()
    assert f"End day {today}" in page
    assert "1 messages to venues not sent yet" in page
    client.post(reverse("admin:orders_daystep_run", args=["end"]))
    assert shown(order) == ("done_for_day", 100)
    page = client.get(reverse(PAGE)).content.decode()
    assert "carried 1" in page
    assert "a-operations" in page
    on(today + timedelta(1))
    page = client.post(reverse("admin:orders_daystep_run", args=["start"]), follow=True).content.decode()
    assert "It is started." in page
    assert shown(order) == ("new", 100)


def test_an_open_venue_is_shown_and_forcing_needs_a_reason(desk: Floor, people: People) -> None:
    today = on(now().date())
    order = working(desk)
    calendar(Order.objects.get(parent=order).venue, open_still(today), tomorrow(today))
    client, url = people("operations"), reverse("admin:orders_daystep_run", args=["end"])
    assert "1 open order and closes at" in client.post(url, follow=True).content.decode()
    assert "needs a reason" in client.post(url, {"force": "on"}, follow=True).content.decode()
    assert (shown(order), DayStep.objects.count()) == (("new", 100), 0)
    client.post(url, {"force": "on", "reason": "storm"})
    assert (shown(order), DayStep.objects.first().reason) == (("expired", 0), "storm")  # type: ignore[union-attr]


@pytest.mark.parametrize("role", ["compliance", "auditor", "trader"])
def test_nobody_else_runs_a_day(desk: Floor, people: People, role: str) -> None:
    on(now().date())
    assert people(role).post(reverse("admin:orders_daystep_run", args=["end"])).status_code == 403
    assert not DayStep.objects.exists()


def test_operations_closes_a_day_under_its_name(desk: Floor, people: People) -> None:
    today = on(now().date())
    calendar("XNAS", open_still(today))
    client, url = people("operations"), reverse("admin:orders_sessionoverride_add")
    bad = client.post(url, {"calendar": "24/7", "date": str(today), "reason": "flood", "is_open": "on"})
    assert b"never shuts" in bad.content
    assert b"An open day opens" in bad.content
    client.post(url, {"calendar": "TXNAS", "date": str(today), "reason": "flood"})
    made = SessionOverride.objects.get()
    assert (made.is_open, made.author, made.history.count()) == (False, "a-operations", 1)
