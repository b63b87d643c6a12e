"""Taking order messages out of the outbox before they leave; each is answered in the venue's stead, by the inbox.

Call it while the wires are held (oms.base.fence): then a row that was never tried has not left, and one that was tried
and has no number may have. Of the latter nobody here knows, so it goes out no more, and the venue is asked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from oms.base import bell, sets
from oms.base.locks import locked
from orders.models import Order
from routing.gateway import refused
from routing.gateway.receive import COLUMNS as INBOX_COLUMNS
from routing.gateway.recover import COLUMNS as OUTBOX_COLUMNS
from routing.gateway.send import OWN
from routing.models import Inbox, Outbox, VenueSession

# What brings an order to a venue or changes it there; a cancel never makes anything worse.
NEW, CHANGED = ("AB", "D"), ("AC", "G")


class Withheld(NamedTuple):
    """The child orders that never left, and how many messages were taken out."""

    order_ids: tuple[int, ...]
    messages: int


def wires() -> list[str]:
    """The sessions that orders leave through, also those that are not to be used any more. One SELECT."""
    rows = VenueSession.objects.filter(purpose=VenueSession.Purpose.ORDER)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def withhold(about: QuerySet[Order], reason_code: str, text: str, at: datetime, *, send_again: bool) -> Withheld:
    """Withhold the messages that wait about the child orders ``about``. ``send_again``: the parent goes elsewhere.

    A cancel of an order that never left has no object and is withheld with it. Four statements.
    """
    orders = about.filter(outbox__sent_at__isnull=True, outbox__msg_type__in=NEW + CHANGED)
    waiting = Outbox.objects.filter(
        Q(msg_type__in=(*NEW, *CHANGED, "F")), sent_at__isnull=True, order_id__in=orders.values("pk")
    )
    columns = ("id", "session_id", "order_id", "msg_type", "cl_ord_id", "attempts", "fields", "order__cl_ord_id")
    rows = list(locked(waiting).values_list(*columns))
    unsent = {order_id for _, _, order_id, kind, _, tried, *_ in rows if kind in NEW and not tried}
    done = [row for row in rows if row[3] != "F" or row[2] in unsent]
    sets.update(Outbox, ["id"], ["sent_at"], [(row[0], at) for row in done])
    more = {"reason_code": reason_code, **({"send_again": True} if send_again else {})}
    sets.insert(Inbox, INBOX_COLUMNS, [_answer(row, text, at, more) for row in done])
    asked = _asked([row for row in done if row[5]], at)
    sets.insert(Outbox, OUTBOX_COLUMNS, asked)
    bell.ring_on_commit(*(["inbox"] if done else []), *sorted({f"outbox:{row[0]}" for row in asked}))
    return Withheld(tuple(sorted(unsent)), len(done))


def _answer(row: tuple[Any, ...], text: str, at: datetime, more: dict[str, Any]) -> tuple[Any, ...]:
    """What stands for the venue's answer: that it was refused, or that nobody knows yet."""
    pk, session, _, msg_type, cl_ord_id, tried, *_ = row
    if tried:
        fields = {"cl_ord_id": cl_ord_id, "exec_type": "order_status", "ord_status": "pending_new",
                  "text": f"may have left before: {text}"}  # fmt: skip
        return session, OWN, pk, "8", "", fields, at, ""
    fields = refused.of(msg_type, cl_ord_id, text) | {"ref_msg_type": msg_type} | more
    return session, OWN, pk, "j", "", fields, at, ""


def _asked(rows: Sequence[tuple[Any, ...]], at: datetime) -> list[tuple[Any, ...]]:
    """A status request (H) for each order that may have left."""
    about = {row[2]: row for row in rows}
    return [
        (session, pk, "H", name, "", {"cl_ord_id": name, "symbol": fields["symbol"], "side": fields["side"]}, at, 0)
        for pk, (_, session, _, _, _, _, fields, name) in sorted(about.items())
    ]
