"""What was heard before under an ExecID. A report counts once, whatever became of it: recorded, or in quarantine.

A report in quarantine waits for a person. Hearing it again decides nothing, though room for it may have appeared in
the meantime by a bust or a replace: a venue that replays its day must not book what operations has yet to look at.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from oms.base import sets
from oms.base.prepared import Prepared
from oms.base.refusal import Refusal
from oms.desk.arrivals import ZERO, Arrival
from orders.book import Line
from orders.models import Alert
from orders.rollup import FILLS
from orders.vocabulary import ExecType

# Why a report about a known order is in quarantine under its own ExecID. An answer to a status request is not.
_KEPT = ("OVERFILL", "BAD_REPORT")


_IN_QUARANTINE = Prepared(
    lambda orders: Alert.objects.filter(kind="quarantine", code__in=_KEPT, order_id__among=orders).values_list(
        "order_id", "payload"
    )
)


class Told(NamedTuple):
    """What a report said: the child order it was about, and the fill."""

    order_id: int
    exec_type: str
    last_qty: Decimal
    last_px: Decimal | None


class Heard:
    """The ExecIDs of a batch that were heard before or in it, by venue. To be made after the orders are locked."""

    def __init__(self, arrivals: Iterable[Arrival], lines: Mapping[int, Line], order_ids: Iterable[int]) -> None:
        self.told: dict[tuple[str, str], set[Told]] = defaultdict(set)
        exec_ids = {arrival.exec_id for arrival in arrivals if arrival.exec_id}
        for venue, exec_id, *fill in _recorded({line.venue for line in lines.values()}, exec_ids):
            self.told[venue, exec_id].add(Told(*fill))
        for order_id, payload in _IN_QUARANTINE(set(order_ids) & lines.keys()):
            qty, px = (Decimal(payload.get(name) or 0) for name in ("last_qty", "last_px"))
            said = Told(order_id, payload.get("exec_type", ""), qty, px or None)
            self.told[lines[order_id].venue, payload.get("exec_id", "")].add(said)

    def note(self, child: Line, arrival: Arrival) -> None:
        """Remember a report, whatever is to become of it."""
        if arrival.exec_id:
            said = Told(child.id, arrival.exec_type, arrival.last_qty, arrival.last_px)
            self.told[child.venue, arrival.exec_id].add(said)

    def again(self, child: Line, arrival: Arrival) -> Refusal | None:
        """Why the report is not to be applied: it was heard before, or something else was under its ExecID."""
        said = self.told.get((child.venue, arrival.exec_id), set()) if arrival.exec_id else set()
        if not said:
            return None
        if any(_same(one, child, arrival) for one in said):
            return Refusal("DUPLICATE_EXEC_ID", "exec_id", f"ExecID {arrival.exec_id} was recorded before")
        text = f"ExecID {arrival.exec_id} was recorded before with another order, quantity or price"
        return Refusal("BAD_REPORT", "exec_id", text)


# Each name is looked up in report_venue_exec_id_once, whatever is known of the table. As a condition on columns a busy
# morning, before its statistics, looks at every execution of the venue.
_RECORDED = """
SELECT r.last_mkt, r.venue_exec_id, r.order_id, r.exec_type, r.last_qty, r.last_px
FROM unnest(%s::text[]) venue CROSS JOIN unnest(%s::text[]) name
JOIN orders_executionreport r ON r.last_mkt = venue AND r.venue_exec_id = name
    AND NOT r.is_root AND NOT r.venue_exec_id = '' AND NOT r.last_mkt = ''
"""


def _recorded(venues: Iterable[str], exec_ids: Iterable[str]) -> list[tuple[Any, ...]]:
    """The executions that venues told us under these names."""
    with connection.cursor() as cursor:
        cursor.execute(_RECORDED, [sets.literal(sorted(venues)), sets.literal(sorted(exec_ids))])
        return cursor.fetchall()


def _same(said: Told, child: Line, arrival: Arrival) -> bool:
    """Whether it says the same fill of the same order. What undoes a fill may repeat it or not (Appendix D, J.1.a)."""
    if said.order_id != child.id or (arrival.exec_type in FILLS and arrival.exec_type != said.exec_type):
        return False
    if arrival.exec_type != ExecType.TRADE:
        return True
    return (said.last_qty, said.last_px or ZERO) == (arrival.last_qty, arrival.last_px or ZERO)
