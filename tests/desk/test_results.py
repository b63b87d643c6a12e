"""What a day has made of positions: written once at its end, valued at named prices and rates, never guessed."""

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.desk import results
from orders.models import Account, DayResult, FxRate, Instrument, LotBook
from routing.models import Quote
from tests.factories import TODAY, Floor, quote
from tests.orders.test_adjustments import adjusted, book, bought, sound, split

pytestmark = pytest.mark.django_db
DAYS = [TODAY + timedelta(days=n) for n in range(4)]


def close(desk: Floor, day: date, px: str | None, rate: str | None = None) -> DayResult:
    """End the day of AAPL in the first account at ``px``, a euro being worth ``rate`` of the base currency."""
    Quote.objects.all().delete()
    if px is not None:
        quote(desk.instruments["AAPL"], "XNAS", px, px)
    FxRate.objects.all().delete()
    if rate is not None:
        FxRate.objects.create(base="EUR", quote="USD", rate=D(rate), source="test")
    results.write(day)
    return DayResult.objects.get(account=desk.accounts[0], day=day)


def figures(row: DayResult, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)


@pytest.fixture
def abroad(desk: Floor) -> Floor:
    """AAPL is traded in euro by an account that counts in dollars; nothing is on file of it."""
    Instrument.objects.filter(symbol="AAPL").update(currency="EUR", reference_price=None)
    return desk


def test_a_day_adds_to_the_days_before(desk: Floor) -> None:
    bought(desk, 100, "10")
    bought(desk, 100, "20")
    first = close(desk, DAYS[0], "16")
    assert figures(first, "qty", "avg_cost", "price", "unrealised", "day_unrealised") == (200, 15, 16, 200, 200)
    assert first.price_source == "market"
    assert first.price_at is not None
    assert figures(first, "base", "fx_rate", "day_base") == ("USD", 1, 200)
    bought(desk, 150, "18", "sell")
    second = close(desk, DAYS[1], "18")
    assert figures(second, "realised", "fifo_realised", "day_realised", "day_fifo_realised") == (450, 700, 450, 700)
    assert figures(second, "unrealised", "day_unrealised", "day_base") == (150, -50, 400)
    assert LotBook.objects.get().lots == [["50.00000000", "20.00000000", TODAY.isoformat()]]
    sound()


def test_the_rate_has_its_own_result_on_cash_and_on_what_is_held(abroad: Floor) -> None:
    bought(abroad, 100, "10")
    first = close(abroad, DAYS[0], "12", "1.10")
    assert figures(first, "base", "fx_rate", "day_unrealised", "day_base") == ("USD", D("1.10"), 200, 220)
    assert first.fx_at is not None
    assert figures(first, "day_fx_cash", "day_fx_position") == (0, 0)
    second = close(abroad, DAYS[1], "13", "1.20")
    # 1000 euro were paid and are owed, 1200 were held: the euro rose by ten cents.
    assert figures(second, "day_fx_cash", "day_fx_position", "day_base") == (-100, 120, 120)
    total = sum(sum(figures(row, "day_base", "day_fx_cash", "day_fx_position")) for row in (first, second))
    assert total == (second.realised + second.unrealised) * second.fx_rate  # type: ignore[operator]
    sound()


def test_what_cannot_be_known_is_not_zero(abroad: Floor) -> None:
    bought(abroad, 100, "10")
    row = close(abroad, DAYS[0], None)
    assert figures(row, "unrealised", "day_unrealised", "day_base", "fx_rate") == (None, None, None, None)
    assert row.missing == "price, fx_rate"
    row = close(abroad, DAYS[1], "12", "1.10")
    assert figures(row, "unrealised", "day_unrealised", "day_base") == (200, None, None)
    assert row.missing == "price before"
    assert results.write(DAYS[2])["incomplete"] == 0
    sound()


def test_dividends_and_splits_are_in_the_day(desk: Floor) -> None:
    bought(desk, 100, "10")
    close(desk, DAYS[0], "10")
    assert book(split(desk, "s", 100, 2, 1), adjusted(desk, "d", "dividend", money=D(30))) == [None, None]
    row = close(desk, DAYS[1], "5")
    assert figures(row, "qty", "unrealised", "day_unrealised", "day_dividends", "day_base") == (200, 0, 0, 30, 30)
    sound()


def test_a_price_on_file_is_named_as_such(desk: Floor) -> None:
    bought(desk, 100, "10")
    row = close(desk, DAYS[0], None)
    assert figures(row, "price", "price_source", "price_at") == (100, "reference", None)


def test_a_repeated_run_writes_nothing_and_a_flat_position_ends(desk: Floor) -> None:
    bought(desk, 100, "10")
    before = close(desk, DAYS[0], "10")
    bought(desk, 100, "11", "sell")
    assert results.write(DAYS[0]) == {"rows": 0, "incomplete": 0}
    assert DayResult.objects.get() == before
    assert close(desk, DAYS[1], "12").day_realised == 100
    assert results.write(DAYS[2]) == {"rows": 0, "incomplete": 0}, "flat and unmoved"
    sound()


def test_what_was_written_stays(desk: Floor) -> None:
    bought(desk, 100, "10")
    row = close(desk, DAYS[0], "10")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        DayResult.objects.update(realised=5)
    row.pk, row.day, row.unrealised, row.missing = None, DAYS[1], None, ""
    with pytest.raises(IntegrityError, match="day_result_"), transaction.atomic():
        row.save(force_insert=True)


def test_one_and_many_cost_the_same_number_of_statements(desk: Floor) -> None:
    account = Account.objects.create(code="GAMMA", name="x", desk=desk.desk, base_currency="EUR")
    counts = []
    for day, rows in ((DAYS[0], 1), (DAYS[1], 3)):
        wanted = [(desk.accounts[0].pk, "AAPL"), (desk.accounts[1].pk, "IBM"), (account.pk, "MSFT")][:rows]
        book(*(
            adjusted(desk, f"{day}{pk}", "transfer", 10, 5, account_id=pk, instrument_id=desk.instruments[name].pk)
            for pk, name in wanted
        ))  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            assert results.write(day)["rows"] == rows
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert now()
