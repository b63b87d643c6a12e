"""Executions become obligations, instructions and pending ledger transfers: load, decide, save, exactly once.

The journal's cursor moves in the transaction that writes what was made of the events behind it, and a unique
constraint on the execution is the second wall. What cannot be settled (no cycle, no coupon terms, a bust of something
unknown) is kept as an alert for operations and does not stop the rest.
"""

from collections.abc import Iterable, Sequence

from django.db import transaction

from oms.base import bell
from oms.base.locks import lane
from orders import feed
from orders.models import ExecutionReport
from settlement.allocation.whose import settle_themselves
from settlement.batch import FILLS, UNDOES, Batch, Ref, ref
from settlement.models import Obligation
from settlement.obligations import Execution
from settlement.standing import standing

CURSOR = "settlement"


def settle(limit: int = 1_000) -> int:
    """Take the next ``limit`` journal events; answer how many were read, 0 when none (or another worker) was there."""
    with transaction.atomic():
        if not lane("settle"):
            return 0
        place = feed.hold(CURSOR)
        rows = list(feed.after(place, limit).values_list("tx", "is_root", *Execution._fields))
        events = [Execution(*row[2:]) for row in rows if row[1] and row[4] in (*FILLS, *UNDOES)]
        events = _not_done(settle_themselves(events))
        whole = _until_entangled(events)
        if len(whole) < len(events):
            left = events[len(whole)].id
            rows = rows[: [row[2] for row in rows].index(left)]
        if not rows:
            return 0
        _settle(whole)
        feed.advance(CURSOR, feed.Place(rows[-1][0], rows[-1][2]))
        return len(rows)


def settle_again(execution_ids: Iterable[int]) -> int:
    """Settle executions that were put aside, now that what was missing is there; answer how many there were to do.

    A fill that was busted meanwhile must be named together with its bust.
    """
    with transaction.atomic():
        feed.hold(CURSOR)
        ids = list(execution_ids)
        done = Obligation.objects.filter(execution_id__in=ids).values("execution_id")
        rows = ExecutionReport.objects.filter(pk__in=ids, is_root=True, exec_type__in=[*FILLS, *UNDOES])
        left = [Execution(*row) for row in rows.exclude(pk__in=done).order_by("id").values_list(*Execution._fields)]
        left = settle_themselves(left)
        found = len(left)
        while left:
            whole = _until_entangled(left)
            _settle(whole)
            left = left[len(whole) :]
        return found


def _not_done(events: list[Execution]) -> list[Execution]:
    """Without those that have their obligation: a cursor that was set back, as after a restore, passes over them."""
    done = set(
        Obligation.objects.filter(execution_id__among=[e.id for e in events]).values_list("execution_id", flat=True)
    )
    return [event for event in events if event.id not in done]


def _until_entangled(events: Sequence[Execution]) -> list[Execution]:
    """The events up to the first that undoes another of them: it goes with the next batch, when that one is written."""
    fills: set[Ref] = set()
    for index, event in enumerate(events):
        if event.exec_type in UNDOES and ref(event) in fills:
            return list(events[:index])
        fills.add((event.order_id, event.last_mkt, event.venue_exec_id))
    return list(events)


def _settle(events: Sequence[Execution]) -> None:
    if not events:
        return
    batch = Batch(events, standing())
    for event in events:
        batch.take(event)
    batch.save()
    bell.ring_on_commit("instruct")
