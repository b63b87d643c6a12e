"""The custodian's own books: what each account holds and has, and what moved today. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from settlement.custody.held import Held, Said
from settlement.messages import (
    CashLine,
    CashStatement,
    Holding,
    HoldingsStatement,
    Instruct,
    Moved,
    Movement,
    MovementsStatement,
    Statement,
)
from settlement.rounding import ZERO

# A pair of currencies, which no ISIN names: what is delivered of it is money in the first of them.
_PAIR = re.compile(r"([A-Z]{3})[A-Z]{3}")


class Security(NamedTuple):
    """What is held: by ISIN, and by symbol where there is none; face amounts are never added to units."""

    isin: str
    symbol: str
    face: bool


@dataclass(slots=True)
class Account:
    """One account: securities, money, and what moved on the day that is open."""

    holdings: dict[Security, Decimal] = field(default_factory=dict)
    symbols: dict[str, str] = field(default_factory=dict)
    cash: dict[str, Decimal] = field(default_factory=dict)
    opening: dict[str, Decimal] = field(default_factory=dict)
    moved: list[Moved] = field(default_factory=list)
    paid: dict[str, list[CashLine]] = field(default_factory=dict)

    def hold(self, security: Security, qty: Decimal, symbol: str) -> None:
        """Securities come in, or go out."""
        self.holdings[security] = self.holdings.get(security, ZERO) + qty
        if security.isin and symbol:
            self.symbols[security.isin] = symbol

    def pay(self, currency: str, amount: Decimal, line: CashLine) -> None:
        """Money comes in, or goes out."""
        before = self.cash.get(currency, ZERO)
        self.opening.setdefault(currency, before)
        self.cash[currency] = before + amount
        self.paid.setdefault(currency, []).append(line)


class Books:
    """Every account."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}

    def account(self, code: str) -> Account:
        """The account, opened if it is new."""
        return self.accounts.setdefault(code, Account())

    def settle(self, held: Held, said: Said) -> None:
        """Book a confirmation: securities and money together."""
        it, account = held.it, self.account(held.it.account)
        inwards = it.direction == "receive"
        qty, money = (said.qty, -said.money) if inwards else (-said.qty, said.money)
        if currency := currency_of(it):
            account.pay(currency, qty, CashLine(it.reference, qty, said.day, "settlement", held.custodian_reference))
        else:
            account.hold(security_of(it), qty, it.symbol)
            account.moved.append(
                Moved(
                    it.reference, held.custodian_reference, it.isin, it.symbol, it.direction, said.qty, it.currency,
                    money, said.day, it.face,
                )
            )  # fmt: skip
        if it.currency and money:
            line = CashLine(it.reference, money, said.day, "settlement", held.custodian_reference)
            account.pay(it.currency, money, line)

    def book(self, it: Movement) -> None:
        """Book a movement that nobody instructed."""
        account = self.account(it.account)
        if it.currency:
            account.pay(it.currency, it.amount, CashLine(it.reference, it.amount, it.day, it.kind))
            return
        account.hold(security_of(it), it.amount, it.symbol)
        direction = "receive" if it.amount >= 0 else "deliver"
        if it.amount:
            account.moved.append(
                Moved(it.reference, "", it.isin, it.symbol, direction, abs(it.amount), "", ZERO, it.day, it.face)
            )

    def available(self, it: Instruct) -> Decimal:
        """What the account holds of what the instruction delivers."""
        account = self.account(it.account)
        if currency := currency_of(it):
            return account.cash.get(currency, ZERO)
        return account.holdings.get(security_of(it), ZERO)

    def affords(self, it: Instruct, money: Decimal) -> bool:
        """Whether the account has the money."""
        return self.account(it.account).cash.get(it.currency, ZERO) >= money

    def statements(self, day: date) -> Iterator[Statement]:
        """What every account held and what moved on ``day``, which is over."""
        for code, account in sorted(self.accounts.items()):
            yield HoldingsStatement(_name("H", code, day), code, day, tuple(_holdings(account)))
            yield MovementsStatement(_name("M", code, day), code, day, tuple(account.moved))
            for currency, closing in sorted(account.cash.items()):
                opening = account.opening.get(currency, closing)
                lines = tuple(account.paid.get(currency, ()))
                yield CashStatement(_name(f"C-{currency}", code, day), code, currency, day, opening, closing, lines)

    def close(self) -> None:
        """The day is over: nothing has moved yet on the next one."""
        for account in self.accounts.values():
            account.moved, account.paid, account.opening = [], {}, {}


def security_of(it: Instruct | Movement) -> Security:
    """What an instruction or a movement moves."""
    return Security(it.isin, "" if it.isin else it.symbol, it.face)


def currency_of(it: Instruct) -> str:
    """The currency that is delivered where the instruction is of a pair of them, else ""."""
    pair = None if it.isin else _PAIR.fullmatch(it.symbol)
    return pair[1] if pair else ""


def _holdings(account: Account) -> Iterator[Holding]:
    for security, qty in sorted(account.holdings.items()):
        if qty:
            symbol = security.symbol or account.symbols.get(security.isin, "")
            yield Holding(security.isin, symbol, qty, security.face)


def _name(kind: str, account: str, day: date) -> str:
    return f"{kind}-{account}-{day:%Y%m%d}"
