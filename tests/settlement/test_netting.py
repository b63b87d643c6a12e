"""Netting: many obligations become one movement, nothing is lost in it, and settling it settles each of them."""

from collections import Counter
from datetime import date
from decimal import Decimal as D
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.lifecycle import Report
from orders.models import BusinessDate
from orders.vocabulary import ExecType
from settlement.answers import Answer, apply
from settlement.instruct import send
from settlement.models import (
    AwaitingNetting,
    Balance,
    Instruction,
    InstructionObligation,
    LedgerTransaction,
    NettingSwitch,
    Obligation,
)
from settlement.netrun import net
from settlement.netting import Due, Net, nets
from settlement.parties import Parties
from settlement.settle import settle
from tests.factories import Floor
from tests.settlement.checks import broken
from tests.settlement.world import MONDAY, fill, undo

TUESDAY = date(2026, 11, 24)
NSCC, OCC = Parties("DTCYUS33", "NSCC"), Parties("DTCYUS33", "OCC")

DUES = st.lists(
    st.builds(
        Due,
        id=st.just(0),
        account=st.integers(1, 3),
        instrument=st.integers(1, 3),
        is_buy=st.booleans(),
        trade_date=st.sampled_from([date(2026, 11, 20), MONDAY]),
        settl_date=st.sampled_from([TUESDAY, date(2026, 11, 25)]),
        qty=st.integers(1, 20).map(D),
        net_money=st.integers(-50, 5_000).map(lambda n: D(n) / 100),
        currency=st.sampled_from(["USD", "EUR"]),
        parties=st.sampled_from([NSCC, OCC]),
    ),
    max_size=25,
).map(lambda dues: [due._replace(id=number) for number, due in enumerate(dues)])


def totals(rows: list[Any], buys: Any) -> dict[tuple[Any, ...], Any]:
    """Securities and money by what they are netted over; what comes to nothing is left out."""
    sums: dict[tuple[Any, ...], Any] = {}
    for row in rows:
        key = (row.account, row.instrument, row.settl_date, row.currency, row.parties)
        sign = 1 if buys(row) else -1
        qty, money = sums.get(key, (D(0), D(0)))
        sums[key] = (qty + sign * row.qty, money + sign * row.net_money)
    return {key: amounts for key, amounts in sums.items() if amounts != (0, 0)}


def conserves(dues: list[Due]) -> list[Net]:
    found = nets(dues)
    assert totals(found, lambda one: one.direction == "receive") == totals(dues, lambda due: due.is_buy)
    assert Counter(id_ for one in found for id_ in one.under) == Counter(due.id for due in dues)
    assert all(one.qty > 0 for one in found)
    return found


# A busy machine draws slowly.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(DUES)
def test_netting_conserves_securities_and_money_and_maps_each_obligation_once(dues: list[Due]) -> None:
    conserves(dues)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ten_thousand_obligations_net_to_what_they_sum_to(seed: int) -> None:
    random = Random(seed)
    dues = [
        Due(
            number, random.randint(1, 50), random.randint(1, 10), random.random() < 0.5, MONDAY, TUESDAY,
            D(random.randint(1, 1_000)), D(random.randint(1, 10_000_000)) / 100, "USD", NSCC,
        )
        for number in range(10_000)
    ]  # fmt: skip
    assert len(conserves(dues)) <= 1_000


def test_nothing_of_a_security_but_money_is_a_pair() -> None:
    due = Due(1, 1, 1, True, MONDAY, TUESDAY, D(10), D(100), "USD", NSCC)
    pair: list[Any] = nets([due, due._replace(id=2, is_buy=False, net_money=D(110))])
    assert [(one.direction, one.qty, one.net_money, one.is_pair) for one in pair] == [
        ("receive", 10, 100, True), ("deliver", 10, 110, False),
    ]  # fmt: skip


@pytest.fixture
def netting(floor: Floor) -> Floor:
    NettingSwitch.objects.create(place_of_settlement="DTCYUS33", valid_from=date(2026, 1, 1), nets=True)
    return floor


def settle_all() -> None:
    while settle():
        pass


def own() -> dict[str, Any]:
    rows = Balance.objects.filter(ledger_account__owner="account", ledger_account__account__code="ALPHA")
    columns = ("ledger_account__asset__currency", "posted", "pending_in", "pending_out")
    return {row[0] or "securities": row[1:] for row in rows.values_list(*columns)}


def test_trades_wait_for_the_run_and_become_one_movement_that_settles_them_all(netting: Floor) -> None:
    fill(netting, [("buy", 100, "10"), ("buy", 50, "11"), ("sell", 30, "12")])
    settle_all()
    assert (AwaitingNetting.objects.count(), Instruction.objects.count()) == (3, 0)
    assert net() == 0  # the day is not over
    assert net(MONDAY) == 3
    assert net(MONDAY) == 0
    held = Instruction.objects.get()
    assert (held.direction, held.qty, held.net_money, held.is_net) == ("receive", 120, D("1190.01"), True)
    assert (held.state, held.place_of_settlement, held.counterparty) == ("ready", "DTCYUS33", "NSCC")
    assert held.obligations.count() == 3
    send()
    assert apply(
        [
            Answer(held.reference, "partial", "CU", TUESDAY, D(40), D("396.67"), message_id="M1"),
        ]
    ) == [None]
    assert own()["securities"][0] == 40
    assert broken() == {}
    rest = Answer(held.reference, "settled", "CU", TUESDAY, D(80), D("793.34"), message_id="M2")
    assert apply([rest]) == [None]
    assert own() == {"securities": (120, 0, 0), "USD": (D("-1190.01"), 0, 0)}
    assert broken() == {}


def test_the_business_date_moving_on_nets_what_was_traded_before(netting: Floor) -> None:
    fill(netting, [("buy", 10, "10")])
    settle_all()
    BusinessDate.objects.update(today=TUESDAY)
    assert net() == 1
    held = Instruction.objects.get()
    assert (held.is_net, held.qty) == (False, 10)
    assert broken() == {}


def test_a_bust_before_the_run_is_called_off_and_after_it_is_reversed(netting: Floor) -> None:
    first, second, _ = fill(netting, [("buy", 100, "10"), ("buy", 50, "10"), ("buy", 5, "10")])
    settle_all()
    undo(first, f"X{first.id}-0", Report(ExecType.TRADE_CANCEL, D(100), D(10)))
    settle_all()
    assert AwaitingNetting.objects.count() == 2
    assert own()["securities"] == (0, 55, 0)
    assert net(MONDAY) == 2
    undo(second, f"X{second.id}-1", Report(ExecType.TRADE_CANCEL, D(50), D(10)))
    settle_all()
    back = Obligation.objects.get(reverses__isnull=False)
    assert (back.side, back.qty) == ("sell", 50)
    assert net(MONDAY) == 1
    assert list(Instruction.objects.order_by("id").values_list("direction", "qty")) == [
        ("receive", 55),
        ("deliver", 50),
    ]
    assert LedgerTransaction.objects.filter(kind="reversal").count() == 1
    assert broken() == {}


def test_a_sale_and_purchase_of_as_much_leave_a_pair_that_is_linked(netting: Floor) -> None:
    fill(netting, [("buy", 10, "10"), ("sell", 10, "11")])
    settle_all()
    net(MONDAY)
    first, second = Instruction.objects.order_by("id")
    assert (second.linked_to, second.linkage, first.linked_to) == (first, "paired", None)
    send()
    apply(
        [
            Answer(one.reference, "settled", "CU", TUESDAY, one.qty, one.net_money, message_id=one.reference)
            for one in (first, second)
        ]
    )
    assert own()["securities"] == (0, 0, 0)
    assert own()["USD"][0] == second.net_money - first.net_money
    assert broken() == {}


def test_the_run_costs_as_many_statements_for_many_as_for_one(netting: Floor) -> None:
    counts = []
    for size in (1, 300):
        fill(netting, [("buy" if n % 3 else "sell", 10, "10.01") for n in range(size)], prefix=f"N{size}")
        settle_all()
        with CaptureQueriesContext(connection) as queries:
            assert net(MONDAY) == size
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16
    assert InstructionObligation.objects.count() == 301
    assert broken() == {}
