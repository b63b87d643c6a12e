"""From the journal to the reports clients are to be sent: every event once, in commit order.

The cursor advances in the transaction that writes the reports, so an event is turned into a report exactly once, and
whatever happens then, the report sent is that of the event.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import transaction

from oms.base import sets
from oms.base.clock import now
from oms.fix.replies import COLUMNS as REPORT
from oms.fix.reports import COLUMNS, Event, message, with_legs, with_refs
from orders import feed
from orders.models import ExecutionReport
from orders.vocabulary import Composition
from routing.models import ClientReport, ClientSession

CURSOR = "fix:clients"
BATCH = 2_000
_FEED = ("tx", "id", "is_root", "order__composition", "order__sender_comp_id")


class Reader(NamedTuple):
    """A session that is told of events: of its own orders, or of its accounts (a drop copy)."""

    code: str
    copies: bool
    accounts: Mapping[str, str]
    send_pending_new: bool


def readers() -> list[Reader]:
    """Every enabled session that is told anything. ``accounts`` are ours, by their names. One SELECT."""
    sessions = ClientSession.objects.filter(enabled=True).exclude(purpose=ClientSession.Purpose.DROP_COPY_IN)
    return [
        Reader(
            one.code, one.purpose == ClientSession.Purpose.DROP_COPY_OUT,
            {ours: theirs for theirs, ours in one.account_map.items()}, one.send_pending_new,
        )
        for one in sessions.order_by("code")
    ]  # fmt: skip


def publish(told: list[Reader]) -> int:
    """Turn the next events into reports; answer how many events were read."""
    with transaction.atomic():
        place = feed.hold(CURSOR)
        events = list(feed.after(place, BATCH).values_list(*_FEED))
        if not events:
            return 0
        own = {reader.code: reader for reader in told if not reader.copies}
        copying = [reader for reader in told if reader.copies]
        wanted = [
            pk for _, pk, is_root, made_of, sender in events
            if (is_root or made_of == Composition.MULTILEG) and (copying or sender in own)
        ]  # fmt: skip
        rows = _rows(_load(wanted), own, copying)
        sets.insert(ClientReport, REPORT, rows, skip_duplicates=True)
        feed.advance(CURSOR, feed.Place(*events[-1][:2]))
        return len(events)


def _load(ids: list[int]) -> list[Event]:
    if not ids:
        return []
    rows = {row[0]: Event(*row) for row in ExecutionReport.objects.filter(pk__in=ids).values_list(*COLUMNS)}
    return with_legs(with_refs(rows[pk] for pk in ids))


def _rows(events: list[Event], own: Mapping[str, Reader], copying: list[Reader]) -> list[tuple[Any, ...]]:
    at, rows = now(), []
    for event in events:
        reader = own.get(event.sender_comp_id)
        for one in [*([reader] if reader else []), *(c for c in copying if event.account in c.accounts)]:
            said = message(event, one.accounts, send_pending_new=one.send_pending_new)
            if said:
                msg_type, fields = said
                fields = fields | {"copy_msg_indicator": True} if one.copies and msg_type == "8" else fields
                rows.append((one.code, event.id, msg_type, fields, at, 0))
    return rows
