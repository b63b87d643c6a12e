"""From the journal to the reports clients are to be sent: every event once, in commit order.

The cursor advances in the transaction that writes the reports, so an event is turned into a report exactly once, and
whatever happens then, the report sent is that of the event. The first event of an order a client enters is told sooner,
in the transaction that enters it, and then passed over here.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q

from oms.base import sets
from oms.base.appendonly import CommitOrder
from oms.base.clock import now
from oms.fix.replies import COLUMNS as REPORT
from oms.fix.reports import COLUMNS, Event, message, with_legs, with_refs
from orders import feed
from orders.models import ExecutionReport
from orders.vocabulary import Composition
from routing.models import ClientReport, ClientSession

CURSOR = "fix:clients"
# Small enough that an answer which is ready to go waits little for the reports of others.
BATCH = 500
_FEED = ("tx", "id", "seq", "is_root", "order__composition", "order__sender_comp_id")


class Reader(NamedTuple):
    """A session that is told of events: of its own orders, or of its accounts (a drop copy)."""

    code: str
    copies: bool
    accounts: Mapping[str, str]
    send_pending_new: bool


def readers() -> list[Reader]:
    """Every enabled session that is told anything. ``accounts`` are ours, by their names. One SELECT.

    One that cannot be run for now is told all the same: its reports wait until it can.
    """
    sessions = ClientSession.objects.filter(enabled=True).exclude(purpose=ClientSession.Purpose.DROP_COPY_IN)
    return [
        Reader(
            one.code, one.purpose == ClientSession.Purpose.DROP_COPY_OUT,
            _by_ours(one.account_map), one.send_pending_new,
        )
        for one in sessions.order_by("code")
    ]  # fmt: skip


def _by_ours(names: Any) -> dict[str, str]:
    """Their names by our accounts; of a row that was written past every form, what makes sense."""
    pairs = names.items() if isinstance(names, dict) else ()
    return {ours: theirs for theirs, ours in pairs if isinstance(ours, str)}


def first_words(reader: Reader) -> list[tuple[Any, ...]]:
    """Reports of the orders that the present transaction enters for the reader's session: rows to be written in it.

    An order's first event has nothing before it that a client should hear sooner, so it need not wait until every
    older transaction has ended, as the feed must. Two SELECTs at most.
    """
    told = Q(is_root=True) | Q(order__composition=Composition.MULTILEG)
    here = ExecutionReport.objects.filter(told, tx=CommitOrder(), seq=1, order__sender_comp_id=reader.code)
    return _rows(_load(list(here.order_by("id").values_list("id", flat=True))), {reader.code: reader}, [], set())


def publish(told: list[Reader]) -> int:
    """Turn the next events into reports; answer how many events were read."""
    with transaction.atomic():
        place = feed.hold(CURSOR)
        events = list(feed.after(place, BATCH).values_list(*_FEED))
        if not events:
            return 0
        own = {reader.code: reader for reader in told if not reader.copies}
        copying = [reader for reader in told if reader.copies]
        heard = _heard(own, [pk for _, pk, seq, _, _, sender in events if seq == 1 and sender in own])
        wanted = [
            pk for _, pk, _, is_root, made_of, sender in events
            if (is_root or made_of == Composition.MULTILEG) and (copying or (sender in own and pk not in heard))
        ]  # fmt: skip
        rows = _rows(_load(wanted), own, copying, heard)
        sets.insert(ClientReport, REPORT, rows, skip_duplicates=True)
        feed.advance(CURSOR, feed.Place(*events[-1][:2]))
        return len(events)


def _load(ids: list[int]) -> list[Event]:
    if not ids:
        return []
    rows = {row[0]: Event(*row) for row in ExecutionReport.objects.filter(pk__in=ids).values_list(*COLUMNS)}
    return with_legs(with_refs(rows[pk] for pk in ids))


def _heard(own: Collection[str], firsts: list[int]) -> set[int]:
    """The first events that were told with the order they began."""
    if not firsts:
        return set()
    rows = ClientReport.objects.filter(session_id__in=list(own), report_id__in=firsts)
    return {pk for pk in rows.values_list("report_id", flat=True) if pk is not None}


def _rows(
    events: list[Event], own: Mapping[str, Reader], copying: list[Reader], heard: set[int]
) -> list[tuple[Any, ...]]:
    at, rows = now(), []
    for event in events:
        reader = own.get(event.sender_comp_id) if event.id not in heard else None
        for one in [*([reader] if reader else []), *(c for c in copying if event.account in c.accounts)]:
            said = message(event, one.accounts, send_pending_new=one.send_pending_new)
            if said:
                msg_type, fields = said
                fields = fields | {"copy_msg_indicator": True} if one.copies and msg_type == "8" else fields
                rows.append((one.code, event.id, msg_type, fields, at, 0))
    return rows
