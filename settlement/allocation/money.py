"""The money of an allocation: the block's, divided so that every amount over the accounts comes to it to the cent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from settlement.allocation.shares import SCALE, parts
from settlement.net import net
from settlement.obligations import Decision, Execution, Owed, Tables, Terms, owe
from settlement.rounding import ZERO, half_up, minor_unit

QUANTUM = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Block:
    """What is divided: the executions together. ``owed`` is what they would oblige to; ``fees`` by code.

    ``owed.price`` is the average price: the exact quotient of the exact sums, rounded half up to 8 decimals.
    """

    owed: Owed
    fees: dict[str, Decimal]


def block(fills: Iterable[Execution], terms: Terms, tables: Tables) -> Block:
    """The executions of one or more orders as one trade. Raises Unsupported, as what one owes does.

    Each owes what it would owe alone, so caps and minimums of fees are the trades', and commission is its order's on
    what these executions of it come to.
    """
    decisions: list[Decision] = []
    done: dict[int, tuple[Decimal, Decimal, Decimal]] = {}
    for fill in fills:
        qty, gross, charged = done.get(fill.order_id, (ZERO, ZERO, ZERO))
        qty, gross = qty + fill.last_qty, gross + fill.last_qty * fill.last_px
        made = owe(fill._replace(cum_qty=qty, gross_trade_amt=gross), terms, tables, charged)
        decisions.append(made)
        done[fill.order_id] = qty, gross, charged + made.owed.commission
    fees: dict[str, Decimal] = {}
    for made in decisions:
        for code, amount in made.fees.items():
            fees[code] = fees.get(code, ZERO) + amount
    first = decisions[0].owed
    sums: dict[str, Any] = {name: sum((getattr(d.owed, name) for d in decisions), ZERO) for name in ADDED}
    whole = first._replace(
        execution_id=None, price=average([(d.owed.qty, d.owed.price) for d in decisions]),
        settl_date=max(d.owed.settl_date for d in decisions), venue_exec_id="", **sums,
    )  # fmt: skip
    return Block(whole, fees)


ADDED = ("qty", "gross_trade_amt", "principal", "accrued", "commission", "fees", "net_money")


def average(fills: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """The average price of (quantity, price): exact until it is rounded half up to the 8 decimals that are kept."""
    counted = [(_count(qty), _count(px)) for qty, px in fills]
    gross, qty = sum(qty * px for qty, px in counted), sum(qty for qty, _ in counted)
    return half_up(Fraction(gross, qty * 10**SCALE), QUANTUM)


def _count(value: Decimal) -> int:
    """How many of the smallest amounts that are kept."""
    return int(value.scaleb(SCALE).to_integral_value())


def shared(whole: Block, accounts: Sequence[tuple[int, int, Decimal]]) -> list[Decision]:
    """What each account owes of ``whole``: (share's id, account, quantity), which come to the whole quantity.

    Principal, accrued interest, commission and each fee are divided pro rata to the quantities in the smallest amount
    of the currency that can be paid; the cents that are over go to the largest remainders, the earlier account first.
    """
    owed, qtys = whole.owed, [qty for _, _, qty in accounts]
    assert sum(qtys, ZERO) == owed.qty
    unit = minor_unit(owed.currency)
    gross = parts(qtys, owed.gross_trade_amt, QUANTUM)
    paid, interest, due = (parts(qtys, amount, unit) for amount in (owed.principal, owed.accrued, owed.commission))
    by_code = {code: parts(qtys, amount, unit) for code, amount in whole.fees.items()}
    found = []
    for at, (share_id, account_id, qty) in enumerate(accounts):
        fees = {code: amounts[at] for code, amounts in by_code.items() if amounts[at]}
        side = "buy" if owed.side == "buy" else "sell"
        money = net(side, gross[at], paid[at], interest[at], due[at], sum(fees.values(), ZERO))
        mine = owed._replace(
            account_id=account_id, qty=qty, gross_trade_amt=gross[at], principal=paid[at], accrued=interest[at],
            commission=due[at], fees=money.fees, net_money=money.net_money, allocation_id=share_id,
        )  # fmt: skip
        found.append(Decision(mine, fees))
    return found
