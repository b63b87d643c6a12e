"""Cash and securities in and out: two people, position and ledger together, and what orders may spend of it."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.base.refusal import Refusal
from oms.desk import Actor, balances, enter, record, route
from oms.desk.actions import act
from oms.desk.cash import ladders
from oms.desk.transfers import Wanted, decide, propose
from orders import lots
from orders.models import Alert, BusinessDate, Position, User
from risk.models import Usage
from settlement import ladder
from settlement.advance import advance
from settlement.collect import home
from settlement.custody.custodian import Custodian
from settlement.instruct import instruct
from settlement.load import load_calendars, load_rates
from settlement.models import Balance, BookTransfer, Break, CustodyMovement, LedgerTransaction, Reconciliation
from settlement.recon.comparing import reconcile
from settlement.settle import settle
from tests import factories
from tests.desk.world import children, fill, says
from tests.factories import Floor
from tests.risk.test_supply import rule as add_rule
from tests.settlement.checks import broken

# Settlement reads what is committed.
pytestmark = pytest.mark.django_db(transaction=True)
Books = Callable[[], None]


@pytest.fixture
def desk(transactional_db: None) -> Floor:
    load_calendars(2026, 2027)
    load_rates()
    return factories.floor()


@pytest.fixture
def maker(desk: Floor) -> Actor:
    return Actor.of(factories.user("olga", desk=desk.desk, role="operations"))


@pytest.fixture
def checker(desk: Floor) -> Actor:
    return Actor.of(factories.user("oscar", desk=desk.desk, role="operations"))


def cash(amount: Any = 20_000, reference: str = "t1", **more: Any) -> Wanted:
    terms: dict[str, Any] = {
        "reference": reference, "account": "ALPHA", "amount": D(amount), "reason": "opening", "currency": "USD",
    }  # fmt: skip
    return Wanted(**(terms | more))


def shares(amount: Any = 100, reference: str = "t2", **more: Any) -> Wanted:
    return cash(amount, reference, **({"currency": "", "symbol": "AAPL", "px": D(10)} | more))


def booked(maker: Actor, checker: Actor, *wanted: Wanted) -> list[Refusal | None]:
    ids = propose(wanted, maker)
    assert all(isinstance(one, int) for one in ids), ids
    return decide(ids, checker, book=True)  # type: ignore[arg-type]


def test_what_was_booked_is_in_position_risk_and_ledger(desk: Floor, maker: Actor, checker: Actor, books: Books) -> None:  # fmt: skip
    day = date(2025, 3, 4)
    assert booked(maker, checker, cash(), shares(opened_on=day), shares(-40, "t3", px=None)) == [None, None, None]
    position = Position.objects.get()
    assert (position.qty, position.avg_cost, position.net_cash, position.realised) == (60, 10, 0, 0)
    assert Usage.objects.get().position_qty == 60
    key = position.account_id, position.instrument_id
    assert [(int(lot.qty), lot.opened_on) for lot in lots.of([key])[key].lots] == [(60, day)]
    held = {one.currency or one.instrument_id: one.posted for one in ladder.holdings([desk.accounts[0].pk])}
    assert held == {"USD": 20_000, position.instrument_id: 60}
    assert set(LedgerTransaction.objects.values_list("kind", flat=True)) == {"transfer"}
    assert set(BookTransfer.objects.values_list("state", flat=True)) == {"booked"}
    books()


def test_whoever_proposes_does_not_book(desk: Floor, maker: Actor, checker: Actor) -> None:
    (pk,) = propose([cash()], maker)
    assert isinstance(pk, int)
    (refusal,) = decide([pk], maker, book=True)
    assert refusal is not None
    assert refusal.code == "SAME_PERSON"
    (refusal,) = decide([pk], desk.actor, book=True)
    assert refusal is not None
    assert refusal.code == "NOT_ALLOWED"
    assert [one.code for one in propose([cash()], desk.actor) if isinstance(one, Refusal)] == ["NOT_ALLOWED"]
    with pytest.raises(IntegrityError, match="transfer_maker_not_checker"), transaction.atomic():
        BookTransfer.objects.update(state="booked", decided_by=User.objects.get(username="olga"), decided_at="2026-11-23T10:00Z")  # fmt: skip
    assert not Balance.objects.exists()
    assert decide([pk], checker, book=False) == [None]
    (refusal,) = decide([pk], checker, book=True)
    assert refusal is not None
    assert refusal.code == "UNKNOWN_TRANSFER"
    assert not Balance.objects.exists()


def test_a_transfer_is_proposed_and_booked_once(desk: Floor, maker: Actor, checker: Actor) -> None:
    first, again = propose([cash(), cash()], maker)
    assert first == again == propose([cash()], maker)[0]
    (other,) = propose([cash(5)], maker)
    assert isinstance(other, Refusal)
    assert other.code == "SOURCE_REUSED"
    assert isinstance(first, int)
    assert decide([first, first], checker, book=True) == [None, None]
    assert Balance.objects.filter(posted=20_000).count() == 1


def test_no_more_leaves_than_has_settled(desk: Floor, maker: Actor, checker: Actor, books: Books) -> None:
    booked(maker, checker, cash(), shares())
    answers = booked(maker, checker, cash(-15_000, "a"), cash(-6_000, "b"), shares(-101, "c", px=None))
    assert [one and one.code for one in answers] == [None, "TOO_MUCH", "TOO_MUCH"]
    assert BookTransfer.objects.filter(state="proposed").count() == 2
    assert Position.objects.get().qty == 100
    books()


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        (cash(reference=""), "BAD_VALUE", "reference"),
        (cash(reason=" "), "MISSING", "reason"),
        (cash(account="NOBODY"), "UNKNOWN_ACCOUNT", "account"),
        (cash(symbol="AAPL"), "BAD_VALUE", "currency"),
        (cash(0), "BAD_VALUE", "amount"),
        (cash(currency="usd"), "BAD_VALUE", "currency"),
        (cash(px=D(1)), "BAD_VALUE", "px"),
        (shares(symbol="NONE"), "UNKNOWN_INSTRUMENT", "symbol"),
        (shares(px=None), "MISSING", "px"),
    ],
)
def test_what_makes_no_sense_is_not_noted(desk: Floor, maker: Actor, wrong: Wanted, code: str, field: str) -> None:
    refusal, good = propose([wrong, cash(reference="good")], maker)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == (code, field)
    assert BookTransfer.objects.get().pk == good


def test_a_balance_that_is_not_the_sum_of_its_entries_is_told(desk: Floor, maker: Actor, checker: Actor) -> None:
    booked(maker, checker, cash(), shares())
    assert balances.rederive() == {"differing": 0}
    Balance.objects.filter(posted=20_000).update(posted=20_001)
    assert balances.rederive() == {"differing": 1}
    (alert,) = Alert.objects.all()
    assert alert.code == "BALANCE_DIFFERS"
    assert "posted 20001 for 20000" in alert.text


def test_one_and_many_cost_the_same_number_of_statements(desk: Floor, maker: Actor, checker: Actor) -> None:
    counts = []
    booked(maker, checker, cash(), shares())  # accounts of the ledger are opened
    for size in (1, 40):
        wanted = [one for n in range(size) for one in (cash(1, f"c{size}-{n}"), shares(1, f"s{size}-{n}"))]
        with CaptureQueriesContext(connection) as queries:
            ids = propose(wanted, maker)
            assert not any(decide(ids, checker, book=True))  # type: ignore[arg-type]
        counts.append(len(queries))
    assert counts[0] == counts[1]


def bought(desk: Floor, qty: int, px: str, side: str = "buy") -> None:
    answer = enter([desk.draft(qty=qty, price=px, side=side)], desk.actor)[0]
    assert answer.order_id is not None, answer
    route()
    child = children(answer.order_id)[0]
    record([says(child, "new"), fill(child, qty, px)])


def test_the_ladder_has_settled_unsettled_and_reserved(desk: Floor, maker: Actor, checker: Actor) -> None:
    booked(maker, checker, cash())
    bought(desk, 100, "50")
    while settle():
        pass
    enter([desk.draft(qty=10, price="90")], desk.actor)
    (one,) = ladders([desk.accounts[0].pk])
    assert (one.currency, one.settled, one.incoming, one.reserved) == ("USD", D(20_000), D(0), D(900))
    assert one.projected == one.rungs[-1].projected
    assert one.outgoing >= 5_000
    assert one.available == one.projected - 900
    assert [rung.settl_date for rung in one.rungs] == [date(2026, 11, 24)]
    assert broken() == {}


def test_buying_power_is_what_the_ledger_has(desk: Floor, maker: Actor, checker: Actor) -> None:
    add_rule("PT-17")
    assert enter([desk.draft()], desk.actor)[0].refusals[0].code == "DATA_MISSING", "nobody knows the account's money"
    booked(maker, checker, cash())
    bought(desk, 100, "100")  # 10000 of 20000, not taken up by settlement yet
    (answer,) = enter([desk.draft(qty=101, price="100")], desk.actor)
    assert [one.code for one in answer.refusals] == ["BUYING_POWER"]
    while settle():
        pass
    (answer,) = enter([desk.draft(qty=101, price="100")], desk.actor)
    assert [one.code for one in answer.refusals] == ["BUYING_POWER"]
    assert enter([desk.draft(qty=90, price="100")], desk.actor)[0].accepted
    assert enter([desk.draft(qty=10, price="100")], desk.actor)[0].accepted, "exactly all of it"
    assert not enter([desk.draft(qty=1, price="1")], desk.actor)[0].accepted


def test_money_that_has_not_settled_counts_as_the_rule_says(desk: Floor, maker: Actor, checker: Actor) -> None:
    booked(maker, checker, cash(1_000), shares())
    bought(desk, 100, "50", "sell")
    rule = add_rule("PT-17", unsettled="waits")
    assert not enter([desk.draft(qty=20, price="100")], desk.actor)[0].accepted
    rule.delete()
    add_rule("PT-17")
    assert enter([desk.draft(qty=20, price="100")], desk.actor)[0].accepted


def test_the_custodian_states_what_was_transferred(
    desk: Floor, maker: Actor, checker: Actor, settings: Any, tmp_path: Path, books: Books
) -> None:
    settings.OMS_HOME = tmp_path
    custodian = Custodian(home())
    instruct()
    custodian.turn()
    assert booked(maker, checker, cash(), shares()) == [None, None]
    while act():
        pass
    custodian.turn()
    assert booked(maker, checker, shares(-40, "t3", px=None), cash(-500, "t4")) == [None, None]
    # Nobody has told it of these when the day ends: they count on the day all the same.
    left = BusinessDate.objects.get().today
    advance(None, "olga")
    instruct()
    custodian.turn()
    instruct()
    while reconcile():
        pass
    runs = {run.statement.kind: run for run in Reconciliation.objects.select_related("statement")}
    assert {kind: (run.ours, run.theirs, run.breaks) for kind, run in runs.items()} == {
        "holdings": (1, 1, 0), "movements": (2, 2, 0), "cash": (3, 3, 0),
    }  # fmt: skip
    assert {run.statement.day for run in runs.values()} == {left}
    assert not Break.objects.exists()
    names = CustodyMovement.objects.values_list("pk", "sent_at")
    assert len(names) == 4
    assert all(sent for _, sent in names)
    books()
