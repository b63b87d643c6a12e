"""Whatever trades live through, nothing is lost and nothing is made: units, money, profit, and both sides' books.

A life is an order and all that follows from it. ``TRADE_LIVES`` sets how many: 100 of one house unless it says more,
which take some ten seconds; 10000 for a long run, ``EACH`` (500) in each house. ``HOUSE`` is the seed of the first: a
house that failed is lived in again by its number.
"""

import os
import random
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db.models import Sum

from oms.desk import booking, followed, stages
from oms.desk.allocating import Pick
from orders.models import ExecutionReport, Order, Position
from orders.reference import price_factor
from settlement import repair
from settlement.actions.tables import MarketClaim
from settlement.advance import advance
from settlement.allocation.tables import WAITING
from settlement.collect import home
from settlement.custody import says
from settlement.custody.custodian import Custodian
from settlement.models import (
    Allocation,
    Balance,
    CorporateAction,
    Entitlement,
    Instruction,
    LedgerEntry,
    Obligation,
)
from tests.factories import Floor
from tests.settlement.killing import killing, ours, theirs
from tests.settlement.lives import WORK, House

LIVES = int(os.environ.get("TRADE_LIVES", "100"))
EACH = min(LIVES, int(os.environ.get("EACH", "500")))
FIRST = int(os.environ.get("HOUSE", "1"))
SEEDS = range(FIRST, FIRST + -(-LIVES // EACH))
CENT = D("0.01")
DAYS = 45


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_and_nothing_is_made(floor: Floor, books: Callable[[], None], seed: int) -> None:
    dice = random.Random(seed)
    house = House(floor, dice, 0.002, max(EACH // 10, 4))
    Custodian(home()).journal.close()
    with killing(dice, 0.01):
        live(house)
    settle_down(house)
    assert house.killer.kills + house.bank.kills > 0
    every_execution_is_settled_once(house)
    cash_and_value_are_profit_less_fees_and_income()
    assert house.bank.custodian is not None
    assert theirs(house.bank.custodian) == ours()
    books()


def live(house: House) -> None:
    """Days on which anything happens, until there were enough lives."""
    acts = (
        *[house.trade] * 3, *[house.fill] * 5, house.undo, house.take_back, *[house.allocations] * 2, house.repair,
        *[house.work] * 4, *[house.bank.turn] * 3, house.misbehave, house.announce,
    )  # fmt: skip
    while house.lives < EACH:
        for _ in range(house.dice.randrange(8, 20)):
            house.dice.choice(acts)()
            house.again()
        house.next_day()


def settle_down(house: House) -> None:
    """Nobody fails or dies any more; what is open is ended, allocated, repaired and settled."""
    says.clear(home())
    house.killer.chance = 0
    for _ in range(DAYS):
        house.take_back(1)
        house.allocate({one.order_id for one in followed.to_do()})
        booking.book(
            [Pick(pk) for pk in Allocation.objects.filter(state__in=WAITING).values_list("pk", flat=True)], house.ops
        )
        house.again()
        mend()
        all_work(house)
        if not any(left().values()):
            break
        advance(None, "olga")
    # Penalties are paid in the month after.
    advance(date(2027, 3, 1), "olga")
    all_work(house)
    assert not any(left().values()), left()
    assert not Balance.objects.exclude(pending_in=0, pending_out=0).exists()


def all_work(house: House) -> None:
    """Everybody works until nobody finds anything."""
    while sum(stages.drain(name) for name in WORK) + house.bank.turn():
        house.acknowledge()
        house.again()


def mend() -> None:
    """Operations releases what is held, and instructs again what was cancelled and is still owed."""
    rows = Instruction.objects.filter(state__in=["draft", "ready", "rejected"])
    repair.release(list(rows.values_list("pk", flat=True)), "olga", "mended")
    cancelled = Instruction.objects.filter(state="cancelled")
    repair.resend(list(cancelled.values_list("pk", flat=True)), "olga", "mended")


def left() -> dict[str, list[Any]]:
    """What is not over. Penalties are pending long after."""
    return {
        "orders": list(Order.objects.filter(parent=None, leaves_qty__gt=0).values_list("id", "ord_status")),
        "instructions": list(
            Instruction.objects.exclude(state__in=["settled", "cancelled"]).values_list(
                "id", "state", "on_hold", "settl_date"
            )
        ),
        "allocations": [one.order_id for one in followed.to_do()],
        "actions": list(
            CorporateAction.objects.exclude(state__in=["processed", "cancelled"]).values_list("id", "state", "pay_date")
        ),
    }


def every_execution_is_settled_once(house: House) -> None:
    """By order: what has settled of it, less what was taken back, is what stands of it."""
    stands: dict[int, D] = defaultdict(D)
    for one in house.stands.values():
        stands[one.root_id] += one.qty
    shared = dict(Allocation.objects.filter(state="booked").values_list("orders__order_id", "pk"))
    settled: dict[int, D] = defaultdict(D)
    money: dict[int, D] = defaultdict(D)
    entries = LedgerEntry.objects.filter(phase="posted", obligation__isnull=False)
    rows = entries.values_list(
        "obligation_id", "asset__instrument_id", "amount", "debit_account__owner", "credit_account__owner"
    )
    units: dict[int, D] = defaultdict(D)
    for obligation, instrument, amount, debit, credit in rows:
        sign = (debit == "account") - (credit == "account")
        (units if instrument else money)[obligation] += sign * amount
    for row in Obligation.objects.select_related("cancellation"):
        gone = hasattr(row, "cancellation")
        sign = 1 if row.side == "buy" else -1
        assert units[row.pk] == (0 if gone else sign * row.qty), row.pk
        assert money[row.pk] == (0 if gone else -sign * row.net_money), row.pk
        if not gone:
            settled[row.order_id] += row.qty if row.reverses_id is None else -row.qty
    # Shares of an allocation name its first order.
    firsts = {pk: min(a for a, b in shared.items() if b == pk) for pk in shared.values()}
    of_all: dict[int, D] = defaultdict(D)
    for order_id, qty in stands.items():
        of_all[firsts[shared[order_id]] if order_id in shared else order_id] += qty
    wrong = {pk: (settled[pk], of_all[pk]) for pk in settled.keys() | of_all.keys() if settled[pk] != of_all[pk]}
    assert not wrong, (wrong, story(*wrong))


def story(*order_ids: int) -> list[Any]:
    """What happened to the orders, for whoever looks into it."""
    columns = ("id", "exec_type", "venue_exec_id", "exec_ref_id", "last_qty", "trade_date")
    fills = ExecutionReport.objects.filter(order_id__in=order_ids, exec_type__startswith="trade").order_by("id")
    asked = Allocation.objects.filter(orders__order_id__in=order_ids)
    owed = Obligation.objects.filter(order_id__in=order_ids).order_by("id")
    return [
        *fills.values_list(*columns), *asked.values_list("id", "state", "trade_date", "qty", "revision"),
        *owed.values_list("id", "execution", "allocation__allocation", "qty", "reverses", "cancellation"),
    ]  # fmt: skip


def cash_and_value_are_profit_less_fees_and_income() -> None:
    """Over all accounts: what is there in money and securities is what was made of them."""
    entries = LedgerEntry.objects.filter(phase="posted", asset__currency="USD").exclude(transaction__kind="penalty")
    entries = entries.exclude(transaction__source__startswith="paid:penalty:")
    came, went = (
        entries.filter(**{f"{side}_account__owner": "account"}).aggregate(sum=Sum("amount"))["sum"] or D(0)
        for side in ("debit", "credit")
    )
    owed = Obligation.objects.filter(cancellation=None)
    costs = sum(
        (one.commission + one.fees + (one.accrued if one.side == "buy" else -one.accrued) for one in owed), D(0)
    )
    value = made = D(0)
    for one in Position.objects.select_related("instrument"):
        unit = one.instrument.multiplier * price_factor(one.instrument.asset_class)
        mark = D("101.37")
        value += one.qty * mark * unit
        made += one.realised + one.dividends + (mark - one.avg_cost) * one.qty * unit
    rounded = owed.count() + Entitlement.objects.count() + 2 * MarketClaim.objects.count() + 1
    assert abs(came - went + value - (made - costs)) <= CENT * rounded
