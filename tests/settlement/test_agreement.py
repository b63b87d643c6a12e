"""Custodian and ledger agree, whatever fails, comes in parts, is repeated, broken, late, and whoever is killed when."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from oms.base.clock import now
from orders.models import BusinessDate
from settlement import collect as collecting
from settlement import mail
from settlement.advance import advance
from settlement.collect import home
from settlement.custody import says, voice
from settlement.custody.custodian import Custodian
from settlement.exceptions import CustodyException
from settlement.instruct import instruct
from settlement.models import Balance, Instruction
from settlement.settle import settle
from tests.factories import Floor
from tests.settlement.checks import broken
from tests.settlement.world import fill

SEEDS = [int(seed) for seed in os.environ.get("AGREEMENT_SEEDS", "1,2,3").split(",")]
ROUNDS, EACH = 25, 4
# What the custodian is told to spoil leaves these items behind, and nothing else may.
EXPECTED = {"MALFORMED_XML", "DUPLICATE_DIFFERS", "BAD_REPORT"}


class Killed(BaseException):
    """kill -9: nothing below catches it."""


@contextmanager
def killing(dice: random.Random, chance: float) -> Iterator[None]:
    """Both processes die now and then, before or after they did something that others see."""
    with pytest.MonkeyPatch.context() as patch:
        for where, name in (
            (mail, "put"), (mail, "archive"), (mail, "replace"), (collecting, "_remember"), (collecting, "exceptional"),
            (collecting.answers, "apply"), (Custodian, "_write"), (voice, "answer"), (voice, "state"),
        ):  # fmt: skip
            patch.setattr(where, name, dying(getattr(where, name), dice, chance))
        yield


def dying(work: Callable[..., Any], dice: random.Random, chance: float) -> Callable[..., Any]:
    def does(*args: Any, **more: Any) -> Any:
        if dice.random() < chance:
            raise Killed
        done = work(*args, **more)
        if dice.random() < chance:
            raise Killed
        return done

    return does


class Both:
    """The two sides, started again after each kill."""

    def __init__(self) -> None:
        self.custodian: Custodian | None = None
        self.kills = 0

    def turn(self) -> int:
        """One turn of each; how much was done."""
        done = 0
        try:
            done += instruct()
        except Killed:
            self.kills += 1
        try:
            self.custodian = self.custodian or Custodian(home())
            done += self.custodian.turn()
        except Killed:
            self.kills += 1
            if self.custodian:
                self.custodian.journal.close()
            self.custodian = None
        return done


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


def theirs(custodian: Custodian) -> dict[tuple[str, str], D]:
    found = {}
    for code, account in custodian.books.accounts.items():
        found |= {(code, currency): amount for currency, amount in account.cash.items()}
        found |= {(code, security.symbol): qty for security, qty in account.holdings.items()}
    return {key: amount for key, amount in found.items() if amount}


def ours() -> dict[tuple[str, str], D]:
    rows = Balance.objects.filter(ledger_account__owner="account").exclude(posted=0).values_list(
        "ledger_account__account__code", "ledger_account__asset__currency",
        "ledger_account__asset__instrument__symbol", "posted",
    )  # fmt: skip
    found: dict[tuple[str, str], D] = {}
    for code, currency, symbol, posted in rows:
        key = (code, currency or symbol)
        found[key] = found.get(key, D(0)) + posted
    return found
