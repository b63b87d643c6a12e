"""Positions follow securities that were moved free of payment: one adjustment each, once it has settled.

Level-triggered: whatever settled and has no adjustment yet gets it, so it does not matter who was told of it, or when.
"""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat

from oms.base.clock import now
from oms.desk.adjusting import adjust
from orders.adjustments import Adjusted
from orders.models import PositionAdjustment
from settlement.models import Instruction

ACTOR = "settlement"
BITE = 500


def transferring() -> int:
    """Move the positions of the next transfers that have settled; how many there were."""
    source = Concat(Value("free:"), Cast("pk", CharField()))
    done = PositionAdjustment.objects.filter(source=OuterRef("source"))
    rows = Instruction.objects.filter(payment="free", state="settled").annotate(source=source)
    columns = ("source", "account_id", "instrument_id", "direction", "qty", "settled_on", "instrument__reference_price")
    waiting = rows.filter(~Exists(done)).order_by("pk").values_list(*columns)
    with transaction.atomic():
        at = now()
        taken: list[tuple[Any, ...]] = list(waiting[:BITE])
        # Nothing is paid, and what leaves leaves at its average cost; what comes in counts at the reference price.
        moved = [_adjusted(row, None) for row in taken]
        answers = adjust(moved, ACTOR, at)
        more = [_adjusted(row, row[-1] or Decimal(0)) for row, no in zip(taken, answers, strict=True) if no]
        again = adjust(more, ACTOR, at)
        return len(taken) - sum(answer is not None for answer in again)


def _adjusted(row: tuple[Any, ...], px: Decimal | None) -> Adjusted:
    name, account, instrument, direction, qty, day, _ = row
    moved = qty if direction == "receive" else -qty
    return Adjusted(name, account, instrument, "transfer", moved, px, Decimal(0), None, None, day)
