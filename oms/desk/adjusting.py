"""Adjusting positions: the book moves, and what risk counts of accounts moves with it, in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from oms.base.refusal import Refusal
from orders import adjustments
from orders.adjustments import Adjusted
from risk import usage


def adjust(rows: Sequence[Adjusted], actor: str, at: datetime) -> list[Refusal | None]:
    """Book ``rows`` in the caller's transaction; one refusal or None each, in order. Twelve statements.

    Limits are locked first, so call it before anything is locked in positions or ledger. Departments can't import the
    desk: they get this function handed in, as ``orders.adjustments.adjust`` alone would leave risk behind.
    """
    if not rows:
        return []
    keys = {row.key for row in rows}
    usage.lock(keys)
    answers = adjustments.adjust(rows, actor, at)
    usage.follow(keys)
    return answers
