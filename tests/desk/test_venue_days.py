"""Days by the venues' calendars: what ends and what waits, half days, holidays, force, and a kill at any moment."""

import os
import signal
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection

from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import days, enter
from oms.desk.days import checklist, end, start
from oms.desk.record import record
from oms.desk.route import route
from orders.models import (
    Alert,
    BusinessDate,
    DayStep,
    ExecutionReport,
    Order,
    SessionOverride,
    TradingCalendar,
    TradingSession,
)  # fmt: skip
from routing.models import Listing, Rule, Venue, VenueCapability
from tests.desk.test_chains import whole
from tests.desk.test_days import shown, working
from tests.desk.world import children, fill, says
from tests.factories import Floor, floor

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def calendar(mic: str, *sessions: tuple[date, datetime, datetime], half: bool = False) -> TradingCalendar:
    """A calendar of the venue's own, known for a month about now, with these sessions only."""
    today = now().date()
    made, _ = TradingCalendar.objects.update_or_create(
        code=f"T{mic}",
        defaults={"name": mic, "first_day": today - timedelta(20), "last_day": today + timedelta(60)},
    )
    made.sessions.all().delete()
    for day, opens, closes in sessions:
        TradingSession.objects.create(calendar=made, date=day, opens_at=opens, closes_at=closes, is_half_day=half)
    Venue.objects.filter(pk=mic).update(calendar=made)
    return made


def on(day: date) -> date:
    BusinessDate.objects.update(today=day)
    return day


def at_xnas() -> date:
    """Nothing is listed elsewhere, and XNAS takes good till date."""
    Listing.objects.exclude(venue="XNAS").delete()
    times = ["day", "good_till_cancel", "good_till_date"]
    VenueCapability.objects.create(venue_id="XNAS", ord_types=["limit"], times_in_force=times)
    return on(now().date())


@pytest.fixture
def today(desk: Floor) -> date:
    """The business date is the date of the clock; everything goes to XNAS unless a test lists it elsewhere."""
    return at_xnas()


def closed(today: date) -> tuple[date, datetime, datetime]:
    """A session of the day that closed a minute ago; the order was entered in it."""
    return today, now() - 8 * HOUR, now() - MINUTE


def open_still(today: date) -> tuple[date, datetime, datetime]:
    return today, now() - HOUR, now() + HOUR


def tomorrow(today: date) -> tuple[date, datetime, datetime]:
    return today + timedelta(1), now() + 16 * HOUR, now() + 22 * HOUR


def in_the_session(*orders: Order) -> None:
    """They were entered two hours ago."""
    for order in orders:
        family = [order.pk, *(child.pk for child in children(order.pk))]
        Order.objects.filter(pk__in=family).update(created_at=now() - 2 * HOUR)


def test_the_day_waits_for_the_last_venue_with_open_orders(desk: Floor, today: date) -> None:
    order = working(desk)
    calendar("XNAS", open_still(today), tomorrow(today))
    refusal = end(today, "operations")
    assert isinstance(refusal, Refusal)
    assert refusal.code == "VENUE_OPEN"
    assert "XNAS has 1 open order and closes at" in refusal.text
    assert (shown(order), checklist(today)) == (("new", 100), [])
    forced = end(today, "olga", forced="the venue is down for the day")
    assert not isinstance(forced, Refusal)
    assert (forced[0].name, forced[0].actor, forced[0].reason) == ("venues", "olga", "the venue is down for the day")
    assert shown(order) == ("expired", 0)
    whole()


def test_an_open_venue_without_orders_is_not_waited_for(desk: Floor, today: date) -> None:
    calendar("XNYS", open_still(today), tomorrow(today))
    order = working(desk)
    steps = end(today, "operations")
    assert not isinstance(steps, Refusal)
    states = {venue["mic"]: venue["state"] for venue in steps[0].venues}
    assert states == {"BATS": "around the clock", "XNAS": "around the clock", "XNYS": "open"}
    assert (shown(order), steps[0].reason) == (("expired", 0), "")


def test_nobody_knows_when_it_closes(desk: Floor, today: date) -> None:
    order = working(desk)
    Venue.objects.filter(pk="XNAS").update(calendar=None)
    refusal = end(today, "operations")
    assert isinstance(refusal, Refusal)
    assert (refusal.code, shown(order)) == ("HOURS_UNKNOWN", ("new", 100))
    calendar("XNAS", tomorrow(today)).sessions.all().delete()
    TradingCalendar.objects.filter(code="TXNAS").update(last_day=today - timedelta(1))
    refusal = end(today, "operations")
    assert isinstance(refusal, Refusal)
    assert "does not reach" in refusal.text


def test_orders_that_live_over_two_days(desk: Floor, today: date) -> None:
    """DAY expires; GTC, filled in part, is done for the day, then restated with the new day's quantities."""
    day, carried = working(desk), working(desk, time_in_force="good_till_cancel")
    record([fill(children(carried.id)[0], 30)])
    in_the_session(day, carried)
    calendar("XNAS", closed(today), tomorrow(today))
    end(today, "operations")
    assert (shown(day), shown(carried)) == (("expired", 0), ("done_for_day", 70))
    whole()
    start(on(today + timedelta(1)), "operations")
    now_ = Order.objects.get(pk=carried.pk)
    assert (now_.ord_status, now_.prior_cum_qty, now_.leaves_qty) == ("partially_filled", 30, 70)
    restated = ExecutionReport.objects.filter(order=carried).latest("id")
    assert (restated.exec_type, restated.exec_restatement_reason, restated.day_cum_qty) == ("restated", "gt_renewal", 0)
    record([fill(children(carried.id)[0], 10)])
    assert ExecutionReport.objects.filter(order=carried).latest("id").day_cum_qty == 10
    whole()


def test_a_holiday_is_no_day_of_an_order(desk: Floor, today: date) -> None:
    """The venue is shut: DAY orders are for its next session, GTC ones are neither carried nor restated."""
    day, carried = working(desk), working(desk, time_in_force="good_till_cancel")
    calendar("XNAS", tomorrow(today))
    events = ExecutionReport.objects.count()
    steps = end(today, "operations")
    assert not isinstance(steps, Refusal)
    assert steps[0].venues[1]["state"] == "shut"
    counts = {step.name: dict(step.counts) for step in steps}
    assert (counts["expire_day_orders"], counts["expire_dated_orders"]) == ({"expired": 0}, {"expired": 0})
    assert counts["carry_orders"] == {"carried": 0}
    assert (shown(day), shown(carried), ExecutionReport.objects.count()) == (("new", 100), ("new", 100), events)
    whole()
    start(on(today + timedelta(1)), "operations")
    assert ExecutionReport.objects.count() == events
    # The session it was for comes, and goes.
    calendar("XNAS", (today + timedelta(1), now() - HOUR, now() - timedelta(milliseconds=1)))
    in_the_session(day, carried)
    end(today + timedelta(1), "operations")
    assert (shown(day), shown(carried)) == (("expired", 0), ("done_for_day", 100))
    whole()


def test_what_rests_is_not_restated_while_its_venue_is_shut(desk: Floor, today: date) -> None:
    carried = working(desk, time_in_force="good_till_cancel")
    in_the_session(carried)
    calendar("XNAS", closed(today), (today + timedelta(2), now() + 30 * HOUR, now() + 36 * HOUR))
    end(today, "operations")
    start(on(today + timedelta(1)), "operations")
    assert shown(carried) == ("done_for_day", 100)
    end(today + timedelta(1), "operations")
    start(on(today + timedelta(2)), "operations")
    assert shown(carried) == ("new", 100)
    whole()


def test_a_day_order_entered_after_the_close_is_for_the_next_session(desk: Floor, today: date) -> None:
    early, late = working(desk), working(desk)
    in_the_session(early)
    calendar("XNAS", closed(today), tomorrow(today))
    end(today, "operations")
    assert (shown(early), shown(late)) == (("expired", 0), ("new", 100))


def test_an_order_in_two_markets_ends_with_the_last(desk: Floor, today: date) -> None:
    Rule.objects.update(best=False, split=[["XNAS", "0.5"], ["XNYS", "0.5"]])
    for instrument in desk.instruments.values():
        Listing.objects.create(instrument=instrument, venue_id="XNYS")
    [answer] = enter([desk.draft(qty=200)], desk.actor)
    route()
    parts = children(answer.order_id)  # type: ignore[arg-type]
    record([says(part, "new") for part in parts])
    order = Order.objects.get(pk=answer.order_id)
    in_the_session(order)
    calendar("XNAS", closed(today), tomorrow(today))
    calendar("XNYS", tomorrow(today))
    end(today, "operations")
    assert {part.venue: part.ord_status for part in children(order.pk)} == {"XNAS": "expired", "XNYS": "new"}
    assert shown(order)[0] == "new"
    whole()


def test_good_till_a_date_ends_in_the_venues_own_session(desk: Floor, today: date) -> None:
    """Good till this evening: there is no other session before it, so the close ends it, hours before its time."""
    terms = {"time_in_force": "good_till_date"}
    tonight = working(desk, expire_time=now() + 2 * HOUR, **terms)
    later = working(desk, expire_time=now() + timedelta(days=3), **terms)
    in_the_session(tonight, later)
    calendar("XNAS", closed(today), tomorrow(today))
    end(today, "operations")
    assert (shown(tonight), shown(later)) == (("expired", 0), ("done_for_day", 100))
    whole()


def test_a_special_closing_wins(desk: Floor, today: date) -> None:
    order = working(desk)
    made = calendar("XNAS", open_still(today), tomorrow(today))
    SessionOverride.objects.create(calendar=made, date=today, is_open=False, reason="flood", author="olga")
    steps = end(today, "operations")
    assert not isinstance(steps, Refusal)
    assert (steps[0].venues[1]["state"], shown(order)) == ("shut", ("new", 100))


@pytest.mark.parametrize("expires_first", [True, False])
def test_expired_between_sessions_does_not_end_what_is_carried(desk: Floor, today: date, expires_first: bool) -> None:
    order = working(desk, time_in_force="good_till_cancel")
    in_the_session(order)
    calendar("XNAS", closed(today), tomorrow(today))
    [child] = children(order.id)
    if not expires_first:
        end(today, "operations")
    record([says(child, "expired")])
    assert shown(order)[1] == 100
    assert [alert.code for alert in Alert.objects.all()] == ["EXPIRED_OVERNIGHT"]
    if expires_first:
        end(today, "operations")
    assert shown(order) == ("done_for_day", 100)
    start(on(today + timedelta(1)), "operations")
    route()
    assert (shown(order), [one.order_qty for one in children(order.id)]) == (("new", 100), [100, 100])
    whole()


def test_expired_before_the_opening_is_sent_again_at_once(desk: Floor, today: date) -> None:
    order = working(desk, time_in_force="good_till_cancel")
    calendar("XNAS", (today, now() + HOUR, now() + 8 * HOUR))
    [child] = children(order.id)
    record([says(child, "expired")])
    route()
    assert (shown(order), len(children(order.id))) == (("new", 100), 2)
    whole()


def test_expired_in_a_session_is_the_venues_word(desk: Floor, today: date) -> None:
    order = working(desk, time_in_force="good_till_cancel")
    calendar("XNAS", open_still(today), tomorrow(today))
    [child] = children(order.id)
    record([says(child, "expired")])
    assert (shown(order), Alert.objects.count()) == (("expired", 0), 0)


def test_a_venue_that_ends_its_day_after_ours_says_nothing_new(desk: Floor, today: date) -> None:
    day, carried = working(desk), working(desk, time_in_force="good_till_cancel")
    end(today, "operations")
    record([says(children(day.id)[0], "expired"), says(children(carried.id)[0], "done_for_day")])
    assert (shown(day), shown(carried)) == (("expired", 0), ("done_for_day", 100))
    assert not Alert.objects.exists()
    whole()


def test_after_a_half_days_cut_off_an_order_at_the_close_is_refused(desk: Floor, today: date) -> None:
    """The full day closes at 21:00 and takes orders till 20:50; this one closes in five minutes: ten were needed."""
    at = now()
    made = calendar("XNAS", (today, at - 4 * HOUR, at + 5 * MINUTE), half=True)
    full = today - timedelta(1)
    TradingSession.objects.create(
        calendar=made, date=full, opens_at=datetime.combine(full, time(14, 30), UTC),
        closes_at=datetime.combine(full, time(21, 0), UTC),
    )  # fmt: skip
    VenueCapability.objects.update(times_in_force=["day", "at_the_close"], close_cutoff=time(20, 50))
    [answer] = enter([desk.draft(time_in_force="at_the_close")], desk.actor)
    route()
    order = Order.objects.get(pk=answer.order_id)
    assert (order.ord_status, order.reason_code) == ("rejected", "NOT_SUPPORTED_BY_VENUE")
    assert "orders at_the_close after" in order.text
    assert not children(order.pk)
    # Once it has closed, the order is for the next session.
    TradingSession.objects.filter(calendar=made, date=today).update(closes_at=at - MINUTE)
    TradingSession.objects.create(
        calendar=made, date=today + timedelta(1), opens_at=at + 16 * HOUR, closes_at=at + 22 * HOUR
    )
    [answer] = enter([desk.draft(time_in_force="at_the_close")], desk.actor)
    route()
    assert len(children(answer.order_id)) == 1  # type: ignore[arg-type]


def test_the_day_ends_by_itself_once_after_the_grace(desk: Floor, today: date, settings: Any) -> None:
    order = working(desk)
    in_the_session(order)
    settings.END_OF_DAY_GRACE_S = 0
    assert days.due() == 0  # every venue trades around the clock
    calendar("XNAS", closed(today), tomorrow(today))
    settings.END_OF_DAY_GRACE_S = 600
    assert days.due() == 0
    settings.END_OF_DAY_GRACE_S = None
    assert days.due() == 0
    settings.END_OF_DAY_GRACE_S = 30
    done = days.due()
    assert (done, days.due()) == (len(checklist(today)), 0)
    assert {step.actor for step in checklist(today)} == {"the clock"}
    assert shown(order) == ("expired", 0)


def test_it_says_once_that_it_cannot_know_when(desk: Floor, today: date, settings: Any) -> None:
    settings.END_OF_DAY_GRACE_S = 0
    calendar("XNAS", closed(today))
    TradingCalendar.objects.filter(code="TXNAS").update(last_day=today - timedelta(1))
    assert (days.due(), days.due()) == (0, 0)
    assert [(alert.kind, alert.code) for alert in Alert.objects.all()] == [("day", "HOURS_UNKNOWN")]


def _killed_at(statement: int, day: date, run: Any) -> bool:
    """Run it in a process that is killed before its n-th statement; whether it was."""
    pid = os.fork()
    if pid == 0:
        left = [statement]

        def die(execute: Any, *call: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(*call)

        connection.connection = None  # the parent's: it is not closed from here
        with connection.execute_wrapper(die):
            run(day, "operations")
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


@pytest.mark.django_db(transaction=True)
def test_killed_before_any_statement_it_goes_on() -> None:
    """kill -9 before each statement of both runs in turn, each time resumed; then they end as if nothing had been."""
    desk = floor()
    today = at_xnas()
    day, carried = working(desk), working(desk, time_in_force="good_till_cancel")
    dated = working(desk, time_in_force="good_till_date", expire_time=now() + 2 * HOUR)
    in_the_session(day, carried, dated)
    calendar("XNAS", closed(today), tomorrow(today))
    for run, date_ in ((end, today), (start, today + timedelta(1))):
        on(date_)
        kills = 0
        while _killed_at(kills, date_, run):
            kills += 1
            whole()
        assert kills > 10
    assert (shown(day), shown(carried), shown(dated)) == (("expired", 0), ("new", 100), ("expired", 0))
    kinds = ExecutionReport.objects.filter(order=carried).order_by("id").values_list("exec_type", flat=True)
    assert list(kinds)[-2:] == ["done_for_day", "restated"]
    names = list(DayStep.objects.values_list("run", "name"))
    assert len(names) == len(set(names)) == 8
    whole()


@pytest.mark.django_db(transaction=True)
def test_one_run_at_a_time() -> None:
    desk = floor()
    day = on(now().date())
    order = working(desk)
    with days.lane_of_session("day") as mine:
        assert mine
        pid = os.fork()
        if pid == 0:
            connection.connection = None
            outcome = end(day, "another")
            os._exit(0 if isinstance(outcome, Refusal) and outcome.code == "BUSY" else 1)
        assert os.WEXITSTATUS(os.waitpid(pid, 0)[1]) == 0
    assert (shown(order), checklist(day)) == (("new", 100), [])
