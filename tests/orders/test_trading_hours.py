"""When venues trade: our questions against the library's own answers, for real calendars of four years."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

import exchange_calendars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.management.commands.load_calendars import read
from orders.trading_hours import Hours, Session, Unknown, last_close

FIRST, LAST = date(2024, 1, 1), date(2027, 12, 31)
CODES = ("XNYS", "XLON", "XETR", "XHKG", "24/7")
# An order may be good for twenty days more, and the session after that must be known.
MOMENTS = st.datetimes(datetime(2024, 1, 10), datetime(2027, 12, 1), timezones=st.just(UTC))


@cache
def oracle(code: str) -> Any:
    return exchange_calendars.get_calendar(code, start=FIRST, end=LAST, side="left")


@cache
def hours(code: str) -> Hours:
    calendar, rows = read(code, FIRST, LAST)
    return Hours(code, FIRST, LAST, tuple(Session(*row[1:]) for row in rows), calendar.around_the_clock)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@settings(deadline=None, max_examples=300)
@given(code=st.sampled_from(CODES), moment=MOMENTS)
def test_open_and_next_open_are_the_librarys(code: str, moment: datetime) -> None:
    ours, theirs = hours(code), oracle(code)
    minute = moment.replace(second=0, microsecond=0)
    assert ours.is_open(minute) == theirs.is_open_on_minute(minute)
    session = ours.at(minute)
    expected = theirs.minute_to_session(minute, direction="none") if theirs.is_open_on_minute(minute, ignore_breaks=True) else None  # fmt: skip
    assert (session and session.date) == ((expected is not None and expected.date()) or None)
    assert ours.next_open(minute) == theirs.next_open(minute).to_pydatetime()


@settings(deadline=None, max_examples=300)
@given(code=st.sampled_from(CODES), day=st.dates(date(2024, 1, 10), date(2027, 12, 15)))
def test_sessions_and_half_days_are_the_librarys(code: str, day: date) -> None:
    ours, theirs = hours(code), oracle(code)
    session = ours.on(day)
    assert (session is not None) == theirs.is_session(str(day))
    if session:
        assert session.closes_at == theirs.session_close(str(day)).to_pydatetime()
        assert session.is_half_day == (str(day) in {str(one.date()) for one in theirs.early_closes})


@settings(deadline=None, max_examples=300)
@given(code=st.sampled_from(CODES), moment=MOMENTS, tif=st.sampled_from(["day", "at_the_close", "at_the_opening"]))
def test_an_order_ends_after_it_was_entered_and_with_its_session(code: str, moment: datetime, tif: str) -> None:
    ours = hours(code)
    ends, session = ours.ends_at(tif, moment), ours.entered_for(moment, tif)
    assert ends is not None
    assert ends > moment
    assert ends == (session.opens_at if tif == "at_the_opening" else session.closes_at)
    assert not (ours.at(moment) and tif != "at_the_opening" and ours.at(moment) != session)


@settings(deadline=None, max_examples=300)
@given(code=st.sampled_from(CODES), moment=MOMENTS, days=st.integers(1, 20), second=st.integers(0, 86_399))
def test_an_order_good_till_a_date_ends_in_a_session_or_at_a_close(
    code: str, moment: datetime, days: int, second: int
) -> None:
    ours, until = hours(code), moment + timedelta(days=days, seconds=second % 60)
    ends = ours.ends_at("good_till_date", moment, until)
    assert ends is not None
    assert moment < ends <= until
    # No session opens between the end and the date it was good till.
    assert ends == until or ours.next_open(ends) > until


@pytest.mark.parametrize(
    ("day", "closes", "half"),
    [("2026-11-25", "21:00", False), ("2026-11-27", "18:00", True), ("2026-12-24", "18:00", True),
     ("2026-07-02", "20:00", False)],
)  # fmt: skip
def test_new_york_closes_early_twice_a_winter(day: str, closes: str, half: bool) -> None:
    session = hours("XNYS").on(date.fromisoformat(day))
    assert session is not None
    assert (f"{session.closes_at:%H:%M}", session.is_half_day) == (closes, half)


@pytest.mark.parametrize("day", ["2026-11-26", "2026-12-25", "2026-11-28", "2027-01-01"])
def test_thanksgiving_christmas_and_saturdays_have_no_session(day: str) -> None:
    assert hours("XNYS").on(date.fromisoformat(day)) is None


def test_when_orders_end() -> None:
    new_york = hours("XNYS")
    holiday, half, evening = utc("2026-11-26 15:00"), utc("2026-11-27 15:00"), utc("2026-11-25 22:00")
    assert new_york.ends_at("day", holiday) == utc("2026-11-27 18:00")
    assert new_york.ends_at("day", evening) == utc("2026-11-27 18:00")
    assert new_york.ends_at("at_the_close", half) == utc("2026-11-27 18:00")
    assert new_york.ends_at("at_the_opening", half) == utc("2026-11-30 14:30")
    assert new_york.ends_at("immediate_or_cancel", half) == half
    assert new_york.ends_at("good_till_cancel", half) is None
    # Good till Thanksgiving is good till the close of the day before.
    assert new_york.ends_at("good_till_date", utc("2026-11-24 15:00"), utc("2026-11-26 23:59")) == utc(
        "2026-11-25 21:00"
    )
    assert new_york.trades_between(date(2026, 11, 25), utc("2026-11-26 23:59")) is False
    assert new_york.trades_between(date(2026, 11, 25), utc("2026-11-27 15:00")) is True


def test_the_last_close_of_several_venues() -> None:
    venues = [hours("XNYS"), hours("XLON"), hours("24/7")]
    assert last_close(date(2026, 11, 25), venues) == utc("2026-11-25 21:00")
    assert last_close(date(2026, 11, 26), venues) == utc("2026-11-26 16:30")
    assert last_close(date(2026, 12, 25), venues) == utc("2026-12-26 00:00")
    assert last_close(date(2026, 11, 25), [hours("24/7")]) is None


def test_the_closing_auctions_cut_off_moves_with_a_half_day() -> None:
    new_york = hours("XNYS")
    full, half = new_york.on(date(2026, 11, 25)), new_york.on(date(2026, 11, 27))
    assert full is not None
    assert half is not None
    assert new_york.cut_off(full, time(20, 50)) == utc("2026-11-25 20:50")
    assert new_york.cut_off(half, time(20, 50)) == utc("2026-11-27 17:50")


def test_beyond_what_is_known_is_no_answer() -> None:
    with pytest.raises(Unknown, match="is known from 2024-01-01 to 2027-12-31"):
        hours("XNYS").on(date(2028, 1, 3))
    with pytest.raises(Unknown, match="knows no session after"):
        hours("XNYS").next_open(utc("2027-12-31 22:00"))
