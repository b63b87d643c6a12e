"""Days over REST: read them, end and start them, and be told why not."""

from datetime import timedelta
from typing import Any

import pytest

from oms.base.clock import now
from orders.models import DayStep, Order
from tests.api.conftest import Rest
from tests.desk.test_days import shown, working
from tests.desk.test_venue_days import calendar, on, open_still, tomorrow
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(desk: Floor) -> Rest:
    return Rest(user("olga", role="operations"))


def test_a_day_is_ended_and_the_next_is_started(desk: Floor, olga: Rest) -> None:
    today = on(now().date())
    order = working(desk, time_in_force="good_till_cancel")
    before = olga.get(f"days/{today}/").json()
    assert (before["is_present"], before["ended"], before["steps"], before["objections"]) == (True, False, [], [])
    assert {venue["state"] for venue in before["venues"]} == {"around the clock"}
    assert before["under_way"]["outbox"] == 1
    ended = olga.post(f"days/{today}/end/", {})
    assert ended.status_code == 200, ended.content
    assert [step["name"] for step in ended.json()["steps"]] == [
        "venues", "check", "expire_day_orders", "expire_dated_orders", "write_results", "carry_orders",
    ]  # fmt: skip
    assert {step["actor"] for step in ended.json()["steps"]} == {"olga"}
    assert shown(order) == ("done_for_day", 100)
    assert olga.post(f"days/{today}/end/").json()["steps"] == ended.json()["steps"]
    early = olga.post(f"days/{today}/start/")
    assert (early.status_code, early.json()["code"]) == (409, "DAY_NOT_ENDED")
    next_ = on(today + timedelta(1))
    started = olga.post(f"days/{next_}/start/").json()
    assert (started["started"], shown(order)) == (True, ("new", 100))
    past = olga.get(f"days/{today}/").json()
    assert (past["is_present"], past["ended"], past["under_way"]) == (False, True, {})
    assert [step["name"] for step in olga.get("days/").json()["results"]][:2] == ["renew_orders", "venues"]


def test_it_says_what_it_waits_for_and_is_forced_with_a_reason(desk: Floor, olga: Rest) -> None:
    today = on(now().date())
    order = working(desk)
    child = Order.objects.get(parent=order)
    calendar(child.venue, open_still(today), tomorrow(today))
    no = olga.post(f"days/{today}/end/", {})
    assert (no.status_code, no.json()["code"]) == (409, "VENUE_OPEN")
    assert "1 open order and closes at" in no.json()["detail"]
    assert not DayStep.objects.exists()
    assert [one["code"] for one in olga.get(f"days/{today}/").json()["objections"]] == ["VENUE_OPEN"]
    forced = olga.post(f"days/{today}/end/", {"force": True, "reason": "storm"})
    assert forced.json()["steps"][0]["reason"] == "storm"
    assert shown(order) == ("expired", 0)


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("2026-13-01/end/", {}, 404, "NOT_FOUND"),
        ("1999-01-04/", None, 404, "NOT_FOUND"),
        ("1999-01-04/end/", {}, 422, "BAD_VALUE"),
        ("{today}/end/", {"force": True}, 400, "MISSING"),
        ("{today}/end/", {"force": True, "reason": "  "}, 400, "MISSING"),
        ("{today}/end/", {"reason": "why"}, 400, "BAD_VALUE"),
        ("{today}/end/", {"force": "yes", "reason": "why"}, 400, "BAD_VALUE"),
        ("{today}/end/", {"force": True, "reason": "x" * 301}, 400, "TOO_LONG"),
        ("{today}/start/", {"force": True}, 400, "UNKNOWN_FIELD"),
    ],
)
def test_what_is_wrong_is_named(olga: Rest, path: str, body: Any, status: int, code: str) -> None:
    address = "days/" + path.format(today=on(now().date()))
    answer = olga.get(address) if body is None else olga.post(address, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert not DayStep.objects.exists()
