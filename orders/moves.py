"""What moved positions, in the order it was booked: live executions and adjustments in one line. Pure.

What was busted never was; what was corrected stands, as corrected, where it was first made. An adjustment comes after
the events that were there when it was written. Adjustments are facts: one that was booked for a quantity of which a
part is busted later stays as it was booked, until a correction follows.
"""

from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from typing import Any

from orders.executions import Execution, Executions
from orders.positions import Move, Unit, worth
from orders.vocabulary import ExecType, Side

Key = tuple[int, int]  # account, instrument

# The columns of the journal, and of adjustments, that positions follow from.
DEALT = ("id", "account_id", "instrument_id", "side", "order_id", "exec_type", "venue_exec_id", "exec_ref_id",
         "last_qty", "last_px", "trade_date")  # fmt: skip
ADJUSTED = ("after_event", "id", "account_id", "instrument_id", "kind", "qty", "px", "money", "factor_new",
            "factor_old", "trade_date", "opened_on")  # fmt: skip


def moves(
    events: Iterable[tuple[Any, ...]], adjustments: Iterable[tuple[Any, ...]], units: Mapping[int, Unit]
) -> Iterator[tuple[Key, Move]]:
    """The moves from what root orders dealt (DEALT by id) and from adjustments (ADJUSTED by after_event)."""
    traded = ((at, 0, key, move) for at, key, move in _live(events, units))
    for _, _, key, move in merge(traded, map(_adjusted, adjustments), key=lambda one: one[:2]):
        yield key, move


def _live(events: Iterable[tuple[Any, ...]], units: Mapping[int, Unit]) -> Iterator[tuple[int, Key, Move]]:
    orders: dict[int, Executions] = {}
    first: list[tuple[int, Key, str, int, str]] = []
    for id_, account, instrument, side, order_id, exec_type, exec_id, ref_id, qty, px, day in events:
        executions = orders.setdefault(order_id, Executions())
        executions.take(exec_type, Execution(exec_id, qty, px, day), ref_id)
        if exec_type == ExecType.TRADE:
            first.append((id_, (account, instrument), side, order_id, exec_id))
    for id_, key, side, order_id, exec_id in first:
        live = orders[order_id].find(exec_id)
        if live is not None:
            yield id_, key, executed(side, live, units[key[1]])


def executed(side: str, live: Execution, unit: Unit) -> Move:
    """The move that an execution is."""
    qty = Side(side).sign * live.qty
    return Move(qty, live.px, worth(qty, live.px, unit), live.trade_date)


def _adjusted(row: tuple[Any, ...]) -> tuple[int, int, Key, Move]:
    after, id_, account, instrument, kind, qty, px, money, new, old, trade_date, opened_on = row
    return after, id_, (account, instrument), Move(qty, px, money, opened_on or trade_date, kind, new, old)
