"""What the orders of a batch still hold of their limits, once the batch is decided."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from orders.book import Book, Line
from risk.room import NOTHING, Hold, kept
from risk.usage import Move

ZERO = Decimal(0)


class Filled(NamedTuple):
    """What fills, busts and corrections of a batch come to: quantity, and what today's changes of them are worth.

    ``gross`` is the sum of quantity by price; a fill of an earlier day that is taken back changes nothing of today's.
    """

    qty: Decimal = ZERO
    gross: Decimal = ZERO


def released(book: Book, held: Mapping[int, Hold], filled: Mapping[int, Filled] | None = None) -> list[Move]:
    """For each root order with new events: what it held (``held``), what it holds now, and what it filled.

    While a replace is in flight an order goes on holding the greater of its old and its new quantity, less fills, at
    the dearer price.
    """
    filled = filled or {}
    moves = []
    for line in book.lines.values():
        if not line.is_root or not line.noted or line.is_new:
            continue
        hold, (got, gross), leaves = held.get(line.id, NOTHING), filled.get(line.id, Filled()), line.state.leaves_qty
        pending = bool(line.state.replaces_pending and leaves)
        after = max(leaves, hold.qty - got) if pending else leaves
        unit = hold.unit if pending else unit_of(line, hold)
        if hold.qty != after or got or gross or (after and unit != hold.unit):
            moves.append(Move(
                line.id, line.account_id, line.instrument_id, line.side, hold.qty, after, got, hold, unit,
                gross * hold.per_px, book.trade_date,
            ))  # fmt: skip
    return moves


def unit_of(line: Line, hold: Hold) -> Decimal:
    """The money a unit of the order counts as: at its price if it has one, else as it was valued when checked."""
    return hold.unit if line.state.price is None else kept(abs(line.state.price) * hold.per_px)
