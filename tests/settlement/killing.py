"""kill -9 in a test: whoever works is gone at any point, with its connection and what it had in memory."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import InterfaceError, connection

from settlement import collect as collecting
from settlement import mail
from settlement.collect import home
from settlement.custody import voice
from settlement.custody.custodian import Custodian
from settlement.models import Balance


class Killed(BaseException):
    """kill -9: nothing below catches it."""


class Killer:
    """Ends our process before or after a random statement: the server rolls back what was not committed."""

    def __init__(self, dice: random.Random, chance: float) -> None:
        self.dice, self.chance = dice, chance
        self.kills = 0
        self.dead = False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self._now_and_then()
        answer = execute(sql, params, many, context)
        self._now_and_then()
        return answer

    def _now_and_then(self) -> None:
        if not self.dead and self.dice.random() < self.chance:
            self.kills += 1
            self.dead = True
            assert connection.connection is not None
            connection.connection.close()
            raise Killed

    def survive(self, work: Callable[[], Any]) -> Any:
        """What ``work`` answers; None if it was killed. Afterwards another process goes on."""
        self.dead = False
        try:
            with connection.execute_wrapper(self):
                return work()
        except Killed:
            self.kills += not self.dead
        except InterfaceError:
            if not self.dead:
                raise
        connection.close()
        return None


@contextmanager
def killing(dice: random.Random, chance: float) -> Iterator[None]:
    """Both sides die now and then, before or after they did something that others see."""
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


class Bank:
    """The custodian's process, started again after each kill."""

    def __init__(self) -> None:
        self.custodian: Custodian | None = None
        self.kills = 0

    def turn(self) -> int:
        """One turn; how many answers were given."""
        try:
            self.custodian = self.custodian or Custodian(home())
            return self.custodian.turn()
        except Killed:
            self.kills += 1
            if self.custodian:
                self.custodian.journal.close()
            self.custodian = None
            return 0


def theirs(custodian: Custodian) -> dict[tuple[str, str], D]:
    """What the custodian has of each account, by symbol or currency."""
    found = {}
    for code, account in custodian.books.accounts.items():
        found |= {(code, currency): amount for currency, amount in account.cash.items()}
        found |= {
            (code, security.symbol or account.symbols[security.isin]): qty for security, qty in account.holdings.items()
        }
    return {key: amount for key, amount in found.items() if amount}


def ours() -> dict[tuple[str, str], D]:
    """What the ledger has posted of each account, likewise."""
    rows = Balance.objects.filter(ledger_account__owner="account").exclude(posted=0).values_list(
        "ledger_account__account__code", "ledger_account__asset__currency",
        "ledger_account__asset__instrument__symbol", "posted",
    )  # fmt: skip
    found: dict[tuple[str, str], D] = {}
    for code, currency, symbol, posted in rows:
        key = (code, currency or symbol)
        found[key] = found.get(key, D(0)) + posted
    return {key: amount for key, amount in found.items() if amount}
