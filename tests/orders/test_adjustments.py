"""Adjustments of positions: folded with executions in one order, booked once, and never without what risk counts."""

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import enter, record, route
from oms.desk.adjusting import adjust
from oms.management.books.checker import check
from orders.adjustments import Adjusted
from orders.models import Position, PositionAdjustment
from orders.replay import differences
from risk.models import Usage
from tests.desk.world import children, fill, says
from tests.factories import TODAY, Floor, instrument

pytestmark = pytest.mark.django_db


def sound() -> None:
    """Every invariant holds but that of settled positions: nothing is settled here."""
    assert [one for one in check() if one.broken and not one.name.startswith("I27")] == []
    assert list(differences()) == []


def bought(desk: Floor, qty: int, px: str, side: str = "buy", **exec_id: str) -> Any:
    """A fill of an order of its own; its child."""
    answer = enter([desk.draft(qty=qty, price="1000" if side == "buy" else "1", side=side)], desk.actor)[0]
    assert answer.order_id is not None, answer
    route()
    child = children(answer.order_id)[0]
    record([says(child, "new"), fill(child, qty, px, **exec_id)])
    return child


def adjusted(desk: Floor, source: str, kind: str, qty: Any = 0, px: Any = None, **more: Any) -> Adjusted:
    terms: dict[str, Any] = {
        "account_id": desk.accounts[0].pk, "instrument_id": desk.instruments["AAPL"].pk, "money": None,
        "factor_new": None, "factor_old": None, "trade_date": TODAY, "opened_on": None,
    }  # fmt: skip
    return Adjusted(source=source, kind=kind, qty=D(qty), px=None if px is None else D(px), **(terms | more))


def book(*rows: Adjusted) -> list[Refusal | None]:
    with transaction.atomic():
        return adjust(rows, "ops", now())


def held(desk: Floor, account: int = 0) -> tuple[Any, ...]:
    row = Position.objects.get(account=desk.accounts[account], instrument=desk.instruments["AAPL"])
    return row.qty, row.avg_cost, row.realised, row.net_cash


def split(desk: Floor, source: str, qty: int, new: int, old: int) -> Adjusted:
    return adjusted(desk, source, "split", qty, factor_new=D(new), factor_old=D(old))


def test_a_transfer_counts_at_its_price_and_is_neither_bought_nor_sold(desk: Floor) -> None:
    bought(desk, 100, "10")
    into = desk.accounts[1].pk
    assert book(
        adjusted(desk, "t1:out", "transfer", -40, 12),
        adjusted(desk, "t1:in", "transfer", 40, 12, account_id=into),
    ) == [None, None]
    assert held(desk) == (60, 10, 80, -520)
    assert held(desk, 1) == (40, 12, 0, -480)
    assert Position.objects.get(account=into).bought_qty == 0
    usage = Usage.objects.get(kind="account", scope_id=into)
    assert usage.position_qty == 40, "what came by transfer counts for risk"
    sound()


def test_units_may_leave_at_cost_and_free_of_payment(desk: Floor) -> None:
    bought(desk, 100, "10")
    bought(desk, 100, "20")
    assert book(adjusted(desk, "t", "transfer", -50, money=D(0))) == [None]
    assert held(desk) == (150, 15, 0, -3000)
    row = PositionAdjustment.objects.get()
    assert (row.px, row.money) == (15, 0), "what was left to us is written down"
    sound()


def test_a_split_scales_cost_and_leaves_the_value(desk: Floor) -> None:
    bought(desk, 100, "10")
    assert book(split(desk, "s", 100, 2, 1)) == [None]
    assert held(desk) == (200, 5, 0, -1000)
    bought(desk, 100, "8")
    assert held(desk) == (300, 6, 0, -1800)
    sound()


def test_dividends_are_income_and_no_result_of_trading(desk: Floor) -> None:
    bought(desk, 100, "10")
    assert book(adjusted(desk, "d", "dividend", money=D(25))) == [None]
    assert held(desk) == (100, 10, 0, -975)
    assert Position.objects.get(account=desk.accounts[0]).dividends == 25
    sound()


def test_a_bust_rebooks_across_what_was_adjusted_since(desk: Floor) -> None:
    bought(desk, 100, "10")
    child = bought(desk, 100, "20", exec_id="BAD")
    assert book(adjusted(desk, "t", "transfer", -100, 30), split(desk, "s", 100, 2, 1)) == [None, None]
    assert held(desk)[:3] == (200, D("7.5"), 1500)
    bought(desk, 50, "9", "sell")
    record([says(child, "trade_cancel", exec_ref_id="BAD")])
    # 100 at 10 less 100 at 30 is flat; the split brought what it brought; 50 are sold at 9 for nothing paid.
    assert held(desk) == (50, 0, 2450, 2450)
    sound()


def test_what_is_repeated_is_done_and_not_booked_again(desk: Floor) -> None:
    bought(desk, 100, "10")
    row = adjusted(desk, "t", "transfer", -40)
    assert book(row, row) == [None, None]
    assert book(row) == [None]
    assert held(desk)[0] == 60
    refusal = book(row._replace(qty=D(-41)))[0]
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == ("SOURCE_REUSED", "source")
    assert held(desk)[0] == 60
    assert PositionAdjustment.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"source": ""}, "BAD_VALUE", "source"),
        ({"source": "x" * 97}, "BAD_VALUE", "source"),
        ({"kind": "gift"}, "BAD_VALUE", "kind"),
        ({"kind": "split"}, "MISSING", "factor_new"),
        ({"kind": "split", "factor_new": D(2)}, "NOT_POSITIVE", "factor_new"),
        ({"kind": "split", "factor_new": D(2), "factor_old": D(0)}, "NOT_POSITIVE", "factor_new"),
        ({"kind": "dividend"}, "BAD_VALUE", "qty"),
        ({"qty": D(0)}, "MISSING", "qty"),
        ({"qty": D(10)}, "MISSING", "px"),
        ({"qty": D(-101)}, "MISSING", "px"),
    ],
)
def test_what_makes_no_sense_is_refused_and_moves_nothing(desk: Floor, wrong: dict[str, Any], code: str, field: str) -> None:  # fmt: skip
    bought(desk, 100, "10")
    before = held(desk)
    good = adjusted(desk, "good", "transfer", -10)
    refusal, other = book(adjusted(desk, "bad", "transfer", -10)._replace(**wrong), good)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == (code, field)
    assert other is None, "a bad row does not spoil its neighbour"
    assert held(desk)[0] == before[0] - 10
    assert PositionAdjustment.objects.count() == 1


def test_one_and_many_cost_the_same_number_of_statements(desk: Floor) -> None:
    stocks = [instrument(f"S{n}", desk.instruments["AAPL"].tick_table, []) for n in range(60)]

    def statements(name: str, many: int) -> int:
        rows = [
            adjusted(desk, f"{name}{n}", "transfer", 10, 5, instrument_id=stocks[n].pk, account_id=account.pk)
            for n in range(many) for account in desk.accounts[: 1 + (many > 1)]
        ]  # fmt: skip
        rows = [row._replace(source=f"{row.source}:{row.account_id}") for row in rows]
        with (
            CaptureQueriesContext(
                connection,
            ) as queries,
            transaction.atomic(),
        ):
            assert set(adjust(rows, "ops", now())) == {None}
        return len(queries)

    assert statements("one", 1) == statements("many", 60)
    sound()


def test_only_the_positions_named_are_locked(desk: Floor) -> None:
    aapl, ibm = desk.instruments["AAPL"].pk, desk.instruments["IBM"].pk
    here, there = (account.pk for account in desk.accounts)
    rows = [
        adjusted(desk, f"{account}{stock}", "transfer", 10, 5, account_id=account, instrument_id=stock)
        for account in (here, there) for stock in (aapl, ibm)
    ]  # fmt: skip
    assert set(book(*rows)) == {None}
    with CaptureQueriesContext(connection) as queries:
        book(*(row._replace(source=row.source + "'") for row in (rows[0], rows[3])))
    update = next(q["sql"] for q in queries if q["sql"].startswith('UPDATE "orders_position"'))
    assert str(there) in update
    assert set(Position.objects.values_list("version", flat=True)) == {1, 2}
    assert Position.objects.filter(version=2).count() == 2


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [
        ("kind", "gift", "adjustment_kind_known"),
        ("source", "", "adjustment_has_source"),
        ("px", None, "adjustment_has_price"),
        ("factor_new", D(2), "adjustment_factors_both"),
        ("kind", "split", "adjustment_split_has_factors"),
        ("kind", "coupon", "adjustment_income_moves_no_units"),
        ("qty", D(0), "adjustment_moves_something"),
    ],
)
def test_the_database_refuses_it_as_well(desk: Floor, column: str, value: Any, name: str) -> None:
    row: dict[str, Any] = {
        "source": "x", "account": desk.accounts[0], "instrument": desk.instruments["AAPL"], "kind": "transfer",
        "qty": 1, "px": 1, "trade_date": date(2026, 11, 23), "after_event": 0, "actor": "x", "recorded_at": now(),
    }  # fmt: skip
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        PositionAdjustment.objects.create(**(row | {column: value}))
