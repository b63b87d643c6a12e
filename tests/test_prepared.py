"""Queries that are put into SQL once answer as the ORM does, whatever they are asked about."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.base.prepared import Prepared
from orders.models import Account, Desk, Instrument
from tests.factories import Floor

pytestmark = pytest.mark.django_db
NAMED = Prepared(
    lambda symbols, markets: (
        Instrument.objects.filter(symbol__among=symbols, primary_mic__among=markets, round_lot__gt=0)
        .order_by("symbol")
        .values_list("pk", "symbol", "round_lot", "maturity_date")
    )
)
OF_DESK = Prepared(lambda desks: Account.objects.filter(desk_id__among=desks).order_by("pk").values_list("code"))


@pytest.mark.parametrize("symbols", [[], ["AAPL"], ["AAPL", "IBM", "nobody"], ['a "quoted", name\\', "{}", "NULL"]])
def test_it_answers_as_the_orm_does(desk: Floor, symbols: list[str]) -> None:
    rows = Instrument.objects.filter(symbol__in=symbols, primary_mic__in=["XNAS"], round_lot__gt=0).order_by("symbol")
    with CaptureQueriesContext(connection) as asked:
        found = NAMED(symbols, {"XNAS"})
    assert found == list(rows.values_list("pk", "symbol", "round_lot", "maturity_date"))
    assert len(asked) == bool(symbols)


def test_a_longer_text_is_not_cut_to_one_that_is_there(desk: Floor) -> None:
    longest = "A" * Instrument._meta.get_field("symbol").max_length
    Instrument.objects.filter(symbol="AAPL").update(symbol=longest)
    assert len(NAMED([longest], ["XNAS"])) == 1
    assert NAMED([longest + "B"], ["XNAS"]) == []


def test_it_is_asked_by_foreign_keys_too(desk: Floor) -> None:
    other = Desk.objects.create(code="FI", name="Bonds")
    Account.objects.create(code="GAMMA", name="Fund", desk=other)
    assert OF_DESK([other.pk]) == [("GAMMA",)]
    assert OF_DESK([desk.desk.pk, other.pk]) == [("ALPHA",), ("BETA",), ("GAMMA",)]
