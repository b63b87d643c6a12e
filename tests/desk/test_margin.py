"""Futures and options when a day is over, on the real database: margin, expiry, exercise, assignment."""

from datetime import date
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.desk.margin import exercise, margin
from oms.management.books.checker import check
from orders.models import Account, Alert, BusinessDate, Instrument, Position
from settlement import ladder
from settlement.advance import advance
from settlement.collect import home
from settlement.custody.custodian import Custodian
from settlement.derivatives.prices import Price, put
from settlement.instruct import instruct
from settlement.models import Instruction, LedgerTransaction, Obligation, OptionNotice, SettlementPrice, VariationMargin
from tests import factories
from tests.desk.holding import hold
from tests.settlement.world import MONDAY, instrument, world

pytestmark = pytest.mark.django_db(transaction=True)
TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)


@pytest.fixture
def floor(transactional_db: None) -> factories.Floor:
    return world()


def trading(floor: factories.Floor, **terms: Any) -> Instrument:
    """The contract that ``hold`` deals in."""
    made = instrument("ESZ6", **({"asset_class": "future", "multiplier": D(50), "maturity_date": TUESDAY} | terms))
    floor.instruments["AAPL"], floor.instruments["UNDER"] = made, floor.instruments["AAPL"]
    return made


def priced(of: Instrument, day: date, px: Any) -> None:
    assert put([Price(of.pk, day, D(px), "CME")], "olga", BusinessDate.objects.get().today) == [None]


def moved_to(day: date) -> None:
    assert advance(day, "olga") == day
    while margin():
        pass


def held(floor: factories.Floor, account: int = 0, of: str = "AAPL") -> Position:
    return Position.objects.get(account=floor.accounts[account], instrument=floor.instruments[of])


def dollars(floor: factories.Floor, account: int = 0) -> D:
    rows = ladder.holdings([floor.accounts[account].pk])
    return sum((one.posted for one in rows if one.currency == "USD"), D(0))


def test_margin_is_booked_once_the_day_is_over_and_paid_the_next(floor: factories.Floor, books: Any) -> None:
    es = trading(floor, maturity_date=date(2026, 12, 18))
    hold(floor, "buy", 3, "5960")
    hold(floor, "sell", 1, "5961", account=1)
    priced(es, MONDAY, "5962.50")
    assert margin() == 0
    moved_to(TUESDAY)
    rows: Any = list(VariationMargin.objects.order_by("account_id").values_list("qty", "amount", "value_date"))
    assert rows == [(3, 375, TUESDAY), (-1, -75, TUESDAY)]
    assert [held(floor).net_cash, dollars(floor), dollars(floor, 1)] == [D(375), D(375), D(-75)]
    assert margin() == 0
    hold(floor, "sell", 2, "5950", day=TUESDAY)
    priced(es, TUESDAY, "5955")
    moved_to(WEDNESDAY)
    assert VariationMargin.objects.get(day=TUESDAY, account=floor.accounts[0]).amount == (
        (D(5955) - D("5962.5")) * 50 + 2 * (D(5950) - D("5962.5")) * 50
    )
    total = sum(VariationMargin.objects.filter(account=floor.accounts[0]).values_list("amount", flat=True))
    assert total == held(floor).realised + (D(5955) - held(floor).avg_cost) * 50
    books()


def test_trades_of_the_next_day_do_not_count(floor: factories.Floor) -> None:
    es = trading(floor, maturity_date=date(2026, 12, 18))
    hold(floor, "buy", 3, "5960")
    advance(TUESDAY, "olga")
    hold(floor, "buy", 5, "5900", day=TUESDAY)
    priced(es, MONDAY, "5962.50")
    while margin():
        pass
    assert VariationMargin.objects.get().amount == 375


def test_a_corrected_price_is_made_good_the_next_day(floor: factories.Floor) -> None:
    es = trading(floor, maturity_date=date(2026, 12, 18))
    hold(floor, "buy", 1, "5960")
    priced(es, MONDAY, "5970")
    moved_to(TUESDAY)
    priced(es, MONDAY, "5961")
    priced(es, TUESDAY, "5961")
    moved_to(WEDNESDAY)
    assert list(VariationMargin.objects.order_by("day").values_list("amount", flat=True)) == [500, -450]


def test_a_future_expires_at_its_final_price(floor: factories.Floor, books: Any) -> None:
    es = trading(floor)
    hold(floor, "buy", 2, "5960")
    priced(es, MONDAY, "5970")
    moved_to(TUESDAY)
    priced(es, TUESDAY, "5980")
    moved_to(WEDNESDAY)
    es.refresh_from_db()
    assert (es.state, held(floor).qty, held(floor).realised, held(floor).net_cash) == ("expired", 0, 2000, 2000)
    units = [one.posted + one.pending_in - one.pending_out for one in ladder.holdings([floor.accounts[0].pk])
             if one.instrument_id]  # fmt: skip
    assert sum(units) == 0
    books()


def test_a_missing_price_is_told_once(floor: factories.Floor) -> None:
    trading(floor, maturity_date=date(2026, 12, 18))
    hold(floor, "buy", 3, "5960")
    moved_to(TUESDAY)
    margin()
    assert [alert.text for alert in Alert.objects.filter(kind="margin")] == [
        f"no settlement price of ESZ6 for {MONDAY}"
    ]


def option(floor: factories.Floor, kind: str = "call") -> Instrument:
    return trading(
        floor, asset_class="option", multiplier=D(100), put_or_call=kind, strike_price=D(230),
        underlying=floor.instruments["AAPL"],
    )  # fmt: skip


def test_in_the_money_options_exercise_and_are_assigned(floor: factories.Floor, books: Any) -> None:
    call = option(floor)
    hold(floor, "buy", 2, "5")
    hold(floor, "sell", 1, "5", account=1)
    advance(TUESDAY, "olga")
    priced(floor.instruments["UNDER"], TUESDAY, "240")
    moved_to(WEDNESDAY)
    call.refresh_from_db()
    assert (call.state, held(floor).qty, held(floor).realised) == ("expired", 0, -1000)
    got, gone = held(floor, of="UNDER"), held(floor, 1, "UNDER")
    assert (got.qty, got.avg_cost, got.net_cash) == (200, 230, -46_000)
    assert (gone.qty, gone.avg_cost, gone.net_cash, held(floor, 1).realised) == (-100, 230, 23_000, 500)
    waits = LedgerTransaction.objects.filter(kind="exercise").values_list("value_date", flat=True)
    assert set(waits) == {WEDNESDAY}
    books()


def test_what_is_exercised_and_assigned_settles_through_the_custodian_once(
    floor: factories.Floor, settings: Any, tmp_path: Path, books: Any
) -> None:
    settings.OMS_HOME = tmp_path
    custodian = Custodian(home())
    option(floor)
    hold(floor, "buy", 2, "5")
    hold(floor, "sell", 1, "5", account=1)
    for day in (MONDAY, TUESDAY):
        advance(day, "olga")
        instruct()
        custodian.turn()
        instruct()
    priced(floor.instruments["UNDER"], TUESDAY, "240")
    paid = [dollars(floor, account) for account in (0, 1)]
    moved_to(WEDNESDAY)
    owed = Obligation.objects.exclude(source="").order_by("account_id")
    assert [(one.side, one.qty, one.price, one.net_money, one.settl_date, one.order_id) for one in owed] == [
        ("buy", 200, 230, 46_000, WEDNESDAY, None), ("sell", 100, 230, 23_000, WEDNESDAY, None),
    ]  # fmt: skip
    sent = Instruction.objects.filter(obligations__in=owed).order_by("account_id")
    assert [(one.direction, one.qty, one.state) for one in sent] == [
        ("receive", 200, "ready"),
        ("deliver", 100, "ready"),
    ]
    assert [dollars(floor, account) for account in (0, 1)] == paid, "nothing has settled yet"
    while margin():
        pass
    assert Obligation.objects.exclude(source="").count() == 2
    instruct()
    custodian.turn()
    instruct()
    assert {one.state for one in sent.all()} == {"settled"}
    assert [dollars(floor, account) - before for account, before in enumerate(paid)] == [-46_000, 23_000]
    settled = {one.account_id: one.posted for one in ladder.holdings([account.pk for account in floor.accounts])
               if one.instrument_id == floor.instruments["UNDER"].pk}  # fmt: skip
    assert settled == {floor.accounts[0].pk: 200, floor.accounts[1].pk: -100}
    books()


def test_an_exercise_is_owed_once(floor: factories.Floor) -> None:
    option(floor)
    hold(floor, "buy", 2, "5")
    advance(TUESDAY, "olga")
    priced(floor.instruments["UNDER"], TUESDAY, "240")
    moved_to(WEDNESDAY)
    one = Obligation.objects.exclude(source="").get()
    one.pk = None
    with pytest.raises(IntegrityError, match="obligation_source_once"), transaction.atomic():
        one.save(force_insert=True)
    one.source = ""
    with pytest.raises(IntegrityError, match="obligation_has_one_cause"), transaction.atomic():
        one.save(force_insert=True)
    for forgery in ("qty = qty + 1", "side = 'sell'", "source = 'xp:0:0'"):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE settlement_obligation DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE settlement_obligation SET {forgery} WHERE source <> ''")
            assert "I95" in {found.name.partition(":")[0] for found in check() if found.broken}, forgery
            transaction.set_rollback(True)


def test_out_of_the_money_options_expire_worthless(floor: factories.Floor, books: Any) -> None:
    option(floor, "put")
    hold(floor, "buy", 2, "5")
    advance(TUESDAY, "olga")
    priced(floor.instruments["UNDER"], TUESDAY, "230")
    moved_to(WEDNESDAY)
    assert (held(floor).qty, held(floor).realised) == (0, -1000)
    assert not Position.objects.filter(instrument=floor.instruments["UNDER"]).exclude(qty=0).exists()
    books()


def notice(floor: factories.Floor, kind: str, qty: Any, day: date) -> OptionNotice:
    return OptionNotice.objects.create(
        source=f"{kind}:{day}", account=floor.accounts[0], instrument=floor.instruments["AAPL"], kind=kind, qty=qty,
        day=day, proposed_by="olga", proposed_at=now(),
    )  # fmt: skip


def test_a_holder_may_abandon_what_would_exercise(floor: factories.Floor) -> None:
    option(floor)
    hold(floor, "buy", 2, "5")
    said = notice(floor, "abandon", 1, TUESDAY)
    assert exercise(said.pk, "olga").code == "SECOND_PERSON"  # type: ignore[union-attr]
    assert exercise(said.pk, "otto") is None
    advance(TUESDAY, "olga")
    priced(floor.instruments["UNDER"], TUESDAY, "240")
    moved_to(WEDNESDAY)
    assert (held(floor).qty, held(floor, of="UNDER").qty) == (0, 100)


def test_an_early_exercise_is_booked_when_it_is_confirmed(floor: factories.Floor, books: Any) -> None:
    option(floor)
    hold(floor, "buy", 2, "5")
    too_much = notice(floor, "exercise", 3, MONDAY)
    assert exercise(too_much.pk, "otto").code == "TOO_MUCH"  # type: ignore[union-attr]
    OptionNotice.objects.filter(pk=too_much.pk).update(qty=1)
    assert exercise(too_much.pk, "otto") is None
    assert (held(floor).qty, held(floor, of="UNDER").qty) == (1, 100)
    assert exercise(too_much.pk, "otto").code == "BAD_VALUE"  # type: ignore[union-attr]
    books()


@pytest.mark.parametrize("accounts", [1, 40])
def test_the_number_of_statements_does_not_grow_with_the_holders(floor: factories.Floor, accounts: int) -> None:
    es = trading(floor, maturity_date=date(2026, 12, 18))
    made = [Account(code=f"A{n}", name=f"A{n}", desk=floor.desk, base_currency="USD") for n in range(accounts)]
    Account.objects.bulk_create(made)
    rows = [Position(account=one, instrument=es, qty=7, avg_cost=5, bought_qty=7) for one in made]
    Position.objects.bulk_create(rows)
    priced(es, MONDAY, "6")
    BusinessDate.objects.update(today=TUESDAY)
    from django.db import connection

    with CaptureQueriesContext(connection) as taken:
        margin()
    assert VariationMargin.objects.count() == accounts
    assert SettlementPrice.objects.get().margin_at is not None
    assert len(taken) == STATEMENTS


STATEMENTS = 76
