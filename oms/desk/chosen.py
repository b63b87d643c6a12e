"""Orders chosen by a filter line or one by one: what is shown of them, and what their new terms follow from."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q, QuerySet

from oms.base.refusal import Refusal
from oms.desk.asked import Actor
from orders.adjust import Bands, Terms
from orders.filter import faults_of, parse
from orders.filtered import matching
from orders.models import Instrument, Order
from orders.ticks import bands_by_table

# More at once than anybody looks through; bites keep each transaction bounded.
MOST = 10_000


class Choice(NamedTuple):
    """Which orders: those that work and that the filter line lets pass, or those named."""

    line: str | None = None
    order_ids: tuple[int, ...] = ()


class Shown(NamedTuple):
    """A root order as whoever chooses sees it. ``venues`` are those that work a part of it."""

    order_id: int
    version: int
    cl_ord_id: str
    account: str
    symbol: str
    instrument_id: int
    side: str
    ord_type: str
    order_qty: Decimal
    cum_qty: Decimal
    leaves_qty: Decimal
    price: Decimal | None
    ord_status: str
    venues: tuple[str, ...] = ()


_COLUMNS = (
    "id", "version", "cl_ord_id", "account__code", "instrument__symbol", "instrument_id", "side", "ord_type",
    "order_qty", "cum_qty", "leaves_qty", "price", "ord_status",
)  # fmt: skip


def choose(choice: Choice, actor: Actor) -> list[Shown] | tuple[Refusal, ...]:
    """The orders among those the actor may change, the oldest first, or why none are shown. Three SELECTs."""
    read = parse(choice.line or "")
    if read.faults:
        return tuple(faults_of(read, "filter"))
    which = Q(pk__in=choice.order_ids) if choice.line is None else Q(matching(read.terms), leaves_qty__gt=0)
    rows = Order.objects.filter(which, parent__isnull=True, desk_id__in=actor.desk_ids).order_by("pk")
    count = max(rows.count(), len(set(choice.order_ids)))
    if count > MOST:
        return (Refusal("TOO_MANY", "", f"{count} orders; at most {MOST} at a time, so narrow the choice"),)
    found = show(rows)
    missing = sorted(set(choice.order_ids) - {one.order_id for one in found})
    if missing and choice.line is None:
        return tuple(Refusal("UNKNOWN_ORDER", "order_ids", f"no order {key} on your desks") for key in missing[:20])
    return found


def show(rows: QuerySet[Order]) -> list[Shown]:
    """What is shown of the root orders of a queryset. Two SELECTs."""
    found = [Shown(*row) for row in rows.values_list(*_COLUMNS)]
    venues: dict[int, set[str]] = defaultdict(set)
    children = Order.objects.filter(parent_id__in=[one.order_id for one in found], leaves_qty__gt=0)
    for parent_id, venue in children.values_list("parent_id", "venue"):
        venues[parent_id or 0].add(venue)
    return [one._replace(venues=tuple(sorted(venues[one.order_id]))) for one in found]


def terms_of(shown: Sequence[Shown]) -> dict[int, Terms]:
    """What the new terms of each order follow from, by its id. Two SELECTs."""
    wanted = {one.instrument_id for one in shown}
    rows = Instrument.objects.filter(pk__in=wanted).values_list("pk", "tick_table_id", "round_lot")
    tables: dict[int, Bands] = dict(bands_by_table())
    facts = {pk: (tables.get(table, ()), lot) for pk, table, lot in rows}
    return {
        one.order_id: Terms(
            one.side, one.ord_type, one.price, one.order_qty, one.cum_qty, one.leaves_qty, *facts[one.instrument_id]
        )
        for one in shown
    }
