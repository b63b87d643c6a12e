"""What is owed for no execution of its own, as shares of booked allocations and exercised options are: obligations,
instructions and pending ledger entries, as of executions.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from settlement.batch import Batch, targets
from settlement.models import Obligation
from settlement.obligations import Decision, Owed
from settlement.standing import Standing


def oblige(decisions: Sequence[Decision], tables: Standing) -> list[int]:
    """Write what is owed, in the caller's transaction; answer the obligations' ids in order."""
    if not decisions:
        return []
    batch = Batch([], tables, {made.owed.instrument_id for made in decisions})
    batch.decisions += decisions
    return batch.save()


def take_back(share_ids: Iterable[int], day: date, tables: Standing) -> None:
    """Undo what the shares owe: called off while nothing of it has left us, reversed by an obligation after that."""
    standing = Obligation.objects.filter(
        allocation_id__in=list(share_ids), reverses=None, reversed_by=None, cancellation=None
    )
    found = targets(list(standing.order_by("id").values_list("id", *Owed._fields)))
    if found:
        batch = Batch([], tables, {one.owed.instrument_id for one in found})
        for one in found:
            batch.take_back(one, day)
        batch.save()
