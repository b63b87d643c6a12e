"""What the orders of a batch still hold of their limits, once the batch is decided."""

from collections.abc import Mapping
from decimal import Decimal

from orders.book import Book
from risk.usage import Move

ZERO = Decimal(0)


def released(book: Book, held: Mapping[int, Decimal], filled: Mapping[int, Decimal] | None = None) -> list[Move]:
    """For each root order with new events: what it held (``held``), what it holds now, and what it filled.

    While a replace is in flight an order goes on holding the greater of its old and its new quantity, less fills.
    """
    filled = filled or {}
    moves = []
    for line in book.lines.values():
        if not line.is_root or not line.noted or line.is_new:
            continue
        before, got, leaves = held.get(line.id, ZERO), filled.get(line.id, ZERO), line.state.leaves_qty
        after = max(leaves, before - got) if line.state.replaces_pending and leaves else leaves
        if before != after or got:
            moves.append(Move(line.id, line.account_id, line.instrument_id, line.side, before, after, got))
    return moves
