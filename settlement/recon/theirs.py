"""Statements as rows and as items: what is kept of each kind, and what of it is compared."""

import hashlib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from oms.base.money import plain
from settlement.messages.statement import CashStatement, HoldingsStatement, MovementsStatement
from settlement.recon.executions import ExecutionsStatement
from settlement.recon.items import Item
from settlement.rounding import ZERO

Statement = HoldingsStatement | MovementsStatement | CashStatement | ExecutionsStatement
CUSTODIAN = "custodian"
BALANCE = "balance"
LINE = (
    "reference", "custodian_reference", "isin", "direction", "qty", "price", "money", "currency", "day", "subject",
)  # fmt: skip


class Line(NamedTuple):
    """A statement's line by the columns of its table; ``isin`` is the symbol where there is no ISIN."""

    reference: str = ""
    custodian_reference: str = ""
    isin: str = ""
    direction: str = ""
    qty: Decimal | None = None
    price: Decimal | None = None
    money: Decimal | None = None
    currency: str = ""
    day: date | None = None
    subject: str = ""


class Received(NamedTuple):
    """A statement by the columns of its table. ``account`` is its code, ``statement_id`` what a correction repeats."""

    message_id: str
    kind: str
    source: str
    account: str
    currency: str
    day: date
    opening: Decimal | None
    closing: Decimal | None
    lines: tuple[Line, ...]
    statement_id: str = ""

    def digest(self) -> bytes:
        """All that it says, digested: tells a repetition from another statement under the same name."""
        told = [self[:8], *self.lines]
        text = "\n".join(
            "|".join(plain(v) or "" if isinstance(v, Decimal) else str(v) for v in row[:9]) for row in told
        )
        return hashlib.sha256(text.encode()).digest()


def _plain(value: Any) -> str:
    return plain(value) or "" if isinstance(value, Decimal) else str(value)


def received(it: Statement) -> Received:
    """The statement as it is kept."""
    made = _received(it)
    return made._replace(statement_id=getattr(it, "statement_id", "") or it.message_id)


def _received(it: Statement) -> Received:
    if isinstance(it, HoldingsStatement):
        held = tuple(Line(isin=one.isin or one.symbol, qty=one.qty) for one in it.lines)
        return Received(it.message_id, "holdings", CUSTODIAN, it.account, "", it.day, None, None, held)
    if isinstance(it, MovementsStatement):
        moved = tuple(
            Line(
                one.reference, one.custodian_reference, one.isin or one.symbol, one.direction, one.qty, None, one.money,
                one.currency, one.settled_on,
            )
            for one in it.lines
        )  # fmt: skip
        return Received(it.message_id, "movements", CUSTODIAN, it.account, "", it.day, None, None, moved)
    if isinstance(it, CashStatement):
        paid = tuple(
            Line(one.reference, one.custodian_reference, money=one.amount, day=one.value_date, subject=one.kind)
            for one in it.lines
        )
        return Received(it.message_id, "cash", CUSTODIAN, it.account, it.currency, it.day, it.opening, it.closing, paid)
    made = tuple(
        Line(one.exec_id, "", one.asset, one.side, one.qty, one.price, None, one.currency, it.day, one.subject)
        for one in it.lines
    )
    return Received(it.message_id, "dropcopy", it.source, "", "", it.day, None, None, made)


def items(kind: str, currency: str, lines: Iterable[tuple[int, Line]]) -> list[Item]:
    """What the numbered lines of a statement say, to be compared. A holding is named by its security."""
    make = {"holdings": _holding, "movements": _movement, "cash": _payment, "dropcopy": _execution}[kind]
    return [make(f"{number:09d}", line, currency) for number, line in lines]


def _holding(id_: str, line: Line, _: str) -> Item:
    return Item(id_, line.isin, line.isin, qty=line.qty or ZERO)


def _movement(id_: str, line: Line, _: str) -> Item:
    return Item(
        id_, line.reference, line.isin, line.direction, line.qty or ZERO, ZERO, line.money or ZERO, line.currency,
        line.day or date.min,
    )  # fmt: skip


def _payment(id_: str, line: Line, currency: str) -> Item:
    return Item(id_, line.reference, currency, money=line.money or ZERO, currency=currency, day=line.day or date.min)


def _execution(id_: str, line: Line, _: str) -> Item:
    qty, price = line.qty or ZERO, line.price or ZERO
    return Item(id_, line.reference, line.isin, line.direction, qty, price if qty else ZERO, currency=line.currency)


def balance(currency: str, amount: Decimal, which: str) -> Item:
    """A booked balance; ``which`` side's."""
    return Item(which, BALANCE, currency, money=amount, currency=currency)


def told(item: Item) -> dict[str, Any]:
    """An item as a break keeps it."""
    values = {name: plain(v) if isinstance(v, Decimal) else str(v) for name, v in item._asdict().items()}
    return {name: value for name, value in values.items() if value not in ("", "0", "0001-01-01")}


def untold(kept: dict[str, Any]) -> Item:
    """The item that was kept."""
    values: dict[str, Any] = dict(kept)
    for name in ("qty", "price", "money"):
        if name in values:
            values[name] = Decimal(values[name])
    if "day" in values:
        values["day"] = date.fromisoformat(values["day"])
    return Item(**values)


def key(item: Item) -> str:
    """What names the thing a break is about: the same on every day, whichever side has it."""
    if item.reference:
        return " ".join(part for part in (item.reference, item.asset, item.side) if part)[:160]
    amounts = (plain(item.qty or item.money) or "", item.currency, str(item.day))
    return " ".join(("-", item.asset, item.side, *amounts))[:160]
