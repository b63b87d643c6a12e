"""Lots of positions in the database: folded on demand, kept at the end of the day, the same either way."""

from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.desk import record
from orders import history, lots
from orders.lots import Line
from orders.models import LotBook, Position
from orders.moves import Key
from orders.replay import differences
from tests.desk.world import says
from tests.factories import Floor
from tests.orders.test_adjustments import adjusted, book, bought, sound, split

pytestmark = pytest.mark.django_db


def key(desk: Floor, account: int = 0, symbol: str = "AAPL") -> Key:
    return desk.accounts[account].pk, desk.instruments[symbol].pk


def line(desk: Floor, at: Any = None) -> Line:
    return lots.of([key(desk)], at)[key(desk)]


def parcels(desk: Floor) -> list[tuple[D, D]]:
    return [(lot.qty, lot.px) for lot in line(desk).lots]


def kept(desk: Floor) -> Line:
    with transaction.atomic():
        return lots.keep([key(desk)], now())[key(desk)].line


def test_sales_close_the_oldest_first(desk: Floor) -> None:
    bought(desk, 100, "10")
    bought(desk, 100, "20")
    bought(desk, 150, "30", "sell")
    assert parcels(desk) == [(50, 20)]
    assert line(desk).realised == 2500
    assert Position.objects.get().realised == 2250, "by average cost"
    sound()


def test_what_is_kept_goes_on_where_it_stood(desk: Floor) -> None:
    bought(desk, 100, "10")
    assert kept(desk) == line(desk)
    bought(desk, 100, "20")
    assert book(split(desk, "s", 200, 2, 1)) == [None]
    assert parcels(desk) == [(200, 5), (200, 10)]
    assert kept(desk) == line(desk)
    bought(desk, 300, "12", "sell")
    assert parcels(desk) == [(100, 10)]
    assert line(desk).realised == 200 * 7 + 100 * 2
    sound()


def test_a_bust_behind_what_is_kept_folds_the_line_anew(desk: Floor) -> None:
    child = bought(desk, 100, "10", exec_id="BAD")
    bought(desk, 100, "20")
    kept(desk)
    bought(desk, 50, "30", "sell")
    record([says(child, "trade_cancel", exec_ref_id="BAD")])
    assert parcels(desk) == [(50, 20)]
    assert line(desk).realised == 500
    sound()
    kept(desk)
    assert line(desk).realised == 500
    sound()


def test_a_past_instant_is_as_it_was_known_then(desk: Floor) -> None:
    child = bought(desk, 100, "10", exec_id="BAD")
    then = now()
    before = history.holdings([key(desk)], then), line(desk, then)
    kept(desk)
    bought(desk, 100, "20")
    record([says(child, "trade_cancel", exec_ref_id="BAD")])
    book(adjusted(desk, "d", "dividend", money=D(5)))
    assert (history.holdings([key(desk)], then), line(desk, then)) == before
    assert before[0][key(desk)].qty == 100
    present = history.holdings([key(desk)], now())[key(desk)]
    row = Position.objects.get(account=desk.accounts[0])
    assert present == tuple(getattr(row, name) for name in present._fields)
    assert history.holdings([key(desk)], then - timedelta(days=1))[key(desk)].qty == 0


def test_parcels_of_one_day_and_price_are_one_lot(desk: Floor) -> None:
    bought(desk, 100, "10")
    bought(desk, 50, "10")
    bought(desk, 50, "11")
    assert parcels(desk) == [(150, 10), (50, 11)]


def test_a_lot_may_come_with_the_day_it_was_opened(desk: Floor) -> None:
    day = now().date() - timedelta(days=400)
    assert book(adjusted(desk, "t", "transfer", 10, 7, money=D(0), opened_on=day)) == [None]
    assert line(desk).lots[0].opened_on == day


def test_what_was_kept_is_checked_against_the_journal(desk: Floor) -> None:
    bought(desk, 100, "10")
    kept(desk)
    LotBook.objects.update(realised=1)
    assert [difference.what for difference in differences()] == [f"lots {key(desk)}"]


def test_one_and_many_cost_the_same_number_of_statements(desk: Floor) -> None:
    bought(desk, 100, "10")
    keys = [key(desk, account, symbol) for account in (0, 1) for symbol in ("AAPL", "MSFT", "IBM")]
    for some in (keys[:1], keys):
        with CaptureQueriesContext(connection) as queries:
            lots.of(some)
        assert len(queries) == 3
