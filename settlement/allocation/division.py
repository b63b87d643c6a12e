"""A trade divided: who gets how much, and the money of each. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from oms.base.refusal import Refusal
from settlement.allocation.money import Block, block, shared
from settlement.allocation.shares import Ask, Method, divide
from settlement.calendars import Unsupported
from settlement.obligations import Decision, Execution, Owed, Tables, Terms
from settlement.rounding import ZERO

Amounts = tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Division:
    """The block, and of each ask the quantity and what it owes: None for an account that gets nothing."""

    whole: Block
    qtys: Sequence[Decimal]
    decisions: Sequence[Decision | None]

    def amounts(self) -> list[Amounts]:
        """Of each ask AllocQty, AvgPx, gross, principal, accrued, commission, fees and net money."""
        return [amounts(one.owed) if one else (ZERO, self.whole.owed.price, *NOTHING) for one in self.decisions]


NOTHING = (ZERO,) * 6


def amounts(owed: Owed) -> Amounts:
    """Quantity, price and money of what is owed, in the order of the columns."""
    return (
        owed.qty, owed.price, owed.gross_trade_amt, owed.principal, owed.accrued, owed.commission, owed.fees,
        owed.net_money,
    )  # fmt: skip


def division(
    method: Method,
    asks: Sequence[Ask],
    lot: Decimal,
    fills: Sequence[Execution],
    terms: Terms,
    tables: Tables,
    share_ids: Sequence[int],
) -> Division | Refusal:
    """``fills`` divided over ``asks``, whose shares have ``share_ids``; or why they cannot be."""
    if not fills:
        return Refusal("BAD_ALLOCATION", "", "nothing is executed")
    try:
        whole = block(fills, terms, tables)
    except Unsupported as why:
        return Refusal("BAD_ALLOCATION", "", f"it cannot be settled: {why}")
    qtys = divide(method, asks, whole.owed.qty, lot)
    if isinstance(qtys, Refusal):
        return qtys
    rows = [(id_, ask.account_id, qty) for id_, ask, qty in zip(share_ids, asks, qtys, strict=True) if qty]
    made = iter(shared(whole, rows))
    return Division(whole, qtys, [next(made) if qty else None for qty in qtys])
