"""Queries that are put into SQL once answer as the ORM does, whatever they are asked about."""

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.base.locks import locked
from oms.base.prepared import Prepared, single
from orders.models import Account, Alert, Desk, Instrument
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


AFTER = Prepared(lambda last: Alert.objects.filter(pk__gt=single(last)).order_by("pk").values_list("pk", "payload")[:2])
LOCKED = Prepared(lambda codes: locked(Desk.objects.filter(code__among=codes)).values_list("code"))
EITHER = Prepared(
    lambda codes, names: Desk.objects.filter(Q(code__among=codes) | Q(name__among=names)).values_list("code"),
    either=True,
)


def test_an_argument_may_be_a_single_value_and_json_is_read_as_the_orm_reads_it(desk: Floor) -> None:
    first, second, third = (
        Alert.objects.create(at=now(), severity=1, kind="k", code="C", text="", payload=payload).pk
        for payload in ({"n": 1}, {"n": [2, "x"]}, {})
    )
    assert AFTER(first - 1) == [(first, {"n": 1}), (second, {"n": [2, "x"]})]
    assert AFTER(second) == [(third, {})]
    assert AFTER.column(first) == [second, third]


def test_either_of_two_conditions_may_have_no_values(desk: Floor) -> None:
    code, name = desk.desk.code, desk.desk.name
    assert [EITHER([code], []), EITHER([], [name]), EITHER([], [])] == [[(code,)], [(code,)], []]


@pytest.mark.django_db(transaction=True)
def test_a_lock_outside_a_transaction_is_refused_however_often_it_was_asked(desk: Floor) -> None:
    with transaction.atomic():
        assert LOCKED([desk.desk.code]) == [(desk.desk.code,)]
    with pytest.raises(RuntimeError, match="outside a transaction"):
        LOCKED([desk.desk.code])
