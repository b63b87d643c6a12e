"""Custodian and ledger agree, whatever fails, comes in parts, is repeated, broken, late, and whoever is killed when."""

import os
import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from oms.base.clock import now
from orders.models import BusinessDate
from settlement.advance import advance
from settlement.collect import home
from settlement.custody import says
from settlement.custody.custodian import Custodian
from settlement.exceptions import CustodyException
from settlement.instruct import instruct
from settlement.models import Instruction
from settlement.settle import settle
from tests.factories import Floor
from tests.settlement.checks import broken
from tests.settlement.killing import Bank, Killed, killing, ours, theirs
from tests.settlement.world import fill

SEEDS = [int(seed) for seed in os.environ.get("AGREEMENT_SEEDS", "1,2,3").split(",")]
ROUNDS, EACH = 25, 4
# What the custodian is told to spoil leaves these items behind, and nothing else may.
EXPECTED = {"MALFORMED_XML", "DUPLICATE_DIFFERS", "BAD_REPORT"}


class Both(Bank):
    """The two sides, started again after each kill."""

    def turn(self) -> int:
        """One turn of each; how much was done."""
        done = 0
        try:
            done += instruct()
        except Killed:
            self.kills += 1
        return done + super().turn()


def misbehave(dice: random.Random) -> None:
    saying = dice.choice([
        ("fail", "AAPL", "deliver"), ("fail", "AAPL", "receive"), ("partial", "AAPL", "0.4"), ("partial", "AAPL", "0.7"),
        ("no_cash", "ALPHA", ""), ("unmatched", "*", ""), ("duplicate", "5", ""), ("malformed", "3", ""), ("late", "", ""),
        ("contradict", "4", ""),
    ])  # fmt: skip
    if dice.random() < 0.5:
        says.clear(home())
    else:
        assert says.say(home(), *saying) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_custodian_and_ledger_agree_after_any_life(floor: Floor, seed: int) -> None:
    dice, both = random.Random(seed), Both()
    Custodian(home()).journal.close()
    with killing(dice, 0.02):
        for number in range(ROUNDS):
            wanted = [
                (dice.choice(["buy", "sell"]), dice.randrange(1, 500), str(dice.randrange(900, 1100) / D(100)))
                for _ in range(EACH)
            ]
            fill(floor, wanted, account=dice.choice(floor.accounts), trade_date=today(), prefix=f"R{number}")
            while settle():
                pass
            try_to(lambda: misbehave(dice))
            for _ in range(3):
                both.turn()
            if dice.random() < 0.4:
                advance(None, "olga")
            # What was lost on the way is asked for again.
            Instruction.objects.update(asked_at=now() - timedelta(minutes=1))
    assert both.kills > 5
    says.clear(home())
    advance(None, "olga")
    advance(None, "olga")
    while both.turn():
        pass
    Instruction.objects.exclude(state="settled").update(asked_at=now() - timedelta(minutes=1))
    while both.turn():
        pass
    assert set(Instruction.objects.values_list("state", flat=True)) == {"settled"}
    assert both.custodian is not None
    assert theirs(both.custodian) == ours()
    assert set(CustodyException.objects.values_list("code", flat=True)) <= EXPECTED
    assert broken() == {}


def try_to(work: Callable[[], None]) -> None:
    try:
        work()
    except Killed:
        return


def today() -> Any:
    return BusinessDate.objects.get().today
