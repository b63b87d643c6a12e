"""Netting: what an account owes and is owed of one security on one day against one counterparty, as one movement. Pure.

As a continuous net settlement system does (NSCC CNS): per account, instrument, settlement date, currency and
counterparty. Where securities come to nothing and money does not, each side is instructed, as a pair.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from settlement.parties import Parties
from settlement.rounding import ZERO


class Due(NamedTuple):
    """An obligation that waits to be netted. ``net_money``: what its buyer pays."""

    id: int
    account: int
    instrument: int
    is_buy: bool
    trade_date: date
    settl_date: date
    qty: Decimal
    net_money: Decimal
    currency: str
    parties: Parties


class Net(NamedTuple):
    """One movement and the obligations under it. ``is_pair``: the next one is the other way of the same."""

    account: int
    instrument: int
    direction: str
    trade_date: date
    settl_date: date
    qty: Decimal
    net_money: Decimal
    currency: str
    parties: Parties
    under: tuple[int, ...]
    is_pair: bool = False


def nets(dues: Iterable[Due]) -> list[Net]:
    """The movements that discharge ``dues``; each of them is under exactly one. In order of their keys."""
    groups: dict[tuple[object, ...], list[Due]] = defaultdict(list)
    for due in dues:
        groups[due.account, due.instrument, due.settl_date, due.currency, due.parties].append(due)
    found: list[Net] = []
    for group in groups.values():
        if sum((_signed(due, due.qty) for due in group), ZERO):
            found.append(_net(group))
        else:
            sides = [[due for due in group if due.is_buy is buys] for buys in (True, False)]
            found += [_net(sides[0])._replace(is_pair=True), _net(sides[1])]
    return found


def _net(group: list[Due]) -> Net:
    qty = sum((_signed(due, due.qty) for due in group), ZERO)
    money = sum((_signed(due, due.net_money) for due in group), ZERO)
    first = group[0]
    receives = qty > 0
    return Net(
        first.account, first.instrument, "receive" if receives else "deliver",
        max(due.trade_date for due in group), first.settl_date, abs(qty), money if receives else -money,
        first.currency, first.parties, tuple(due.id for due in group),
    )  # fmt: skip


def _signed(due: Due, amount: Decimal) -> Decimal:
    return amount if due.is_buy else -amount
