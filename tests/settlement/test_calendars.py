"""Business days and settlement dates: properties that hold for every calendar, and the dates people argue about."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.calendars import Calendar, Unsupported, build, weekdays
from settlement.cycles import settlement_date
from settlement.standard_calendars import CYCLES, calendars

START, END = date(2024, 1, 1), date(2027, 12, 31)
days = st.dates(date(2024, 6, 1), date(2027, 6, 1))
holidays = st.frozensets(st.dates(START, END), max_size=60)


def when(market: str, asset: str, trade_date: str, pair: str = "") -> str:
    return settlement_date(market, asset, date.fromisoformat(trade_date), calendars(), CYCLES, pair).isoformat()


@given(holidays, days, st.integers(1, 20))
def test_adding_n_days_passes_exactly_n_business_days(closed: frozenset[date], day: date, n: int) -> None:
    calendar = Calendar("X", closed, START, END)
    later = calendar.add(day, n)
    assert calendar.is_business_day(later)
    assert calendar.between(day, later) == n
    assert calendar.between(day, later - timedelta(days=1)) == n - 1


@given(holidays, days, st.integers(1, 20))
def test_going_back_undoes_going_forward_from_a_business_day(closed: frozenset[date], day: date, n: int) -> None:
    calendar = Calendar("X", closed, START, END)
    day = calendar.roll(day)
    assert calendar.add(calendar.add(day, n), -n) == day


@given(holidays, days, st.integers(0, 5))
def test_settlement_never_falls_on_a_closed_day_and_keeps_the_order_of_trades(
    closed: frozenset[date], day: date, n: int
) -> None:
    calendar = Calendar("X", closed, START, END)
    assert calendar.add(day, n) <= calendar.add(day + timedelta(days=1), n)


def test_beyond_what_is_known_there_is_no_answer() -> None:
    calendar = Calendar("X", frozenset(), START, END)
    with pytest.raises(Unsupported, match="known from 2024-01-01 to 2027-12-31"):
        calendar.add(END, 1)


def test_an_override_closes_a_day_and_opens_a_holiday() -> None:
    monday, tuesday = date(2026, 11, 23), date(2026, 11, 24)
    built = build([("X", START, END)], [("X", monday)], [("X", monday, True), ("X", tuesday, False)])["X"]
    assert built.is_business_day(monday)
    assert not built.is_business_day(tuesday)


def test_weekdays_ignore_holidays() -> None:
    assert weekdays(date(2026, 12, 24), 1) == date(2026, 12, 25)
    assert weekdays(date(2026, 12, 25), 2) == date(2026, 12, 29)


@pytest.mark.parametrize(
    ("market", "asset", "trade_date", "expected"),
    [
        # A trade on Columbus Day settles with Friday's: the day trades and does not count.
        ("US", "equity", "2026-10-12", "2026-10-13"),
        ("US", "equity", "2026-10-09", "2026-10-13"),
        ("US", "etf", "2026-07-02", "2026-07-06"),
        ("US", "equity", "2024-05-24", "2024-05-29"),  # the last T+2 trade date
        ("US", "equity", "2024-05-28", "2024-05-29"),  # the first T+1 trade date: a double day
        ("US", "option", "2026-11-25", "2026-11-27"),
        ("US", "treasury", "2026-04-02", "2026-04-03"),  # SIFMA opens on a Good Friday with a jobs report
        ("US", "equity", "2026-04-02", "2026-04-06"),
        ("US", "equity", "2027-12-30", "2027-12-31"),  # New Year's Day 2028 on a Saturday closes nothing
        ("EU", "equity", "2027-10-08", "2027-10-12"),
        ("EU", "equity", "2027-10-11", "2027-10-12"),
        ("FR", "corp_bond", "2026-04-30", "2026-05-05"),
        ("DE", "equity", "2025-12-30", "2026-01-02"),
        ("UK", "gilt", "2026-08-28", "2026-09-01"),
        ("GB", "equity", "2025-12-23", "2025-12-29"),
        ("CH", "equity", "2026-07-30", "2026-08-03"),
        ("CH", "equity", "2025-12-22", "2025-12-29"),
        ("CA", "equity", "2026-09-29", "2026-09-30"),
        ("MX", "equity", "2026-03-13", "2026-03-17"),
        ("HK", "equity", "2026-02-13", "2026-02-20"),
        ("SG", "equity", "2026-02-13", "2026-02-19"),
        ("AU", "equity", "2026-04-23", "2026-04-27"),
        ("BR", "equity", "2026-02-12", "2026-02-18"),
        ("IN", "equity", "2026-01-14", "2026-01-16"),
        ("JP", "equity", "2026-09-17", "2026-09-24"),
    ],
)
def test_dates_people_argue_about(market: str, asset: str, trade_date: str, expected: str) -> None:
    assert when(market, asset, trade_date) == expected


@pytest.mark.parametrize(
    ("pair", "trade_date", "expected"),
    [
        ("EURUSD", "2023-06-16", "2023-06-20"),  # Juneteenth on T+1 is ignored
        ("EUR/USD", "2026-11-24", "2026-11-27"),  # Thanksgiving on T+2 is not
        ("EURGBP", "2026-07-01", "2026-07-03"),
        ("USDCAD", "2026-10-09", "2026-10-13"),
        ("CADUSD", "2026-10-09", "2026-10-13"),
        ("EURGBP", "2026-10-08", "2026-10-13"),  # T+2 is Columbus Day: good in both, not in USD
        ("USDCHF", "2026-12-22", "2026-12-24"),
    ],
)
def test_spot_fx(pair: str, trade_date: str, expected: str) -> None:
    assert when("FX", "fx_spot", trade_date, pair) == expected


@pytest.mark.parametrize(
    ("market", "asset", "trade_date", "pair"),
    [
        ("ZZ", "equity", "2026-11-24", ""),
        ("US", "warrant", "2026-11-24", ""),
        ("IN", "equity", "2022-06-01", ""),  # moved share by share
        ("IN", "equity", "2027-03-01", ""),  # holidays not published yet
        ("FX", "fx_spot", "2026-11-24", "USDKRW"),
        ("FX", "fx_spot", "2026-11-24", "USD"),
        ("EU", "equity", "2014-10-03", ""),
    ],
)
def test_what_the_tables_do_not_say_is_unsupported(market: str, asset: str, trade_date: str, pair: str) -> None:
    with pytest.raises(Unsupported):
        when(market, asset, trade_date, pair)
