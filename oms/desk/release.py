"""What the orders of a batch still hold of their limits, once the batch is decided."""

from collections.abc import Mapping
from decimal import Decimal

from orders.book import Book
from risk.usage import Move

ZERO = Decimal(0)


def released(book: Book, filled: Mapping[int, Decimal] | None = None) -> list[Move]:
    """What happened to each root order that has new events: its leaves now, and what it filled."""
    filled = filled or {}
    return [
        Move(
            line.id,
            line.account_id,
            line.instrument_id,
            line.side,
            open_before=ZERO,
            open_after=line.state.leaves_qty,
            filled_qty=filled.get(line.id, ZERO),
            replace_pending=bool(line.state.replaces_pending and line.state.leaves_qty),
        )
        for line in book.lines.values()
        if line.is_root and line.noted and not line.is_new
    ]
