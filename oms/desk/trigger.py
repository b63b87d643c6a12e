"""Orders that wait for the market: stops, if-touched orders, trailing stops, and pegs that had no price to begin with.

They are held here because no venue takes them. Everything is in rows, so a restart forgets nothing; what is stale never
fires, and whoever amends or cancels meanwhile has the order's lock.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import lane, locked
from orders.book import COLUMNS, Book, Line
from orders.lifecycle import Report
from orders.models import Order
from orders.reference import business_date
from orders.vocabulary import ExecType, Hold
from routing import market
from routing.models import Trail
from routing.triggers import Market, Watch, fires, trailed

BITE = 5_000


def trigger(limit: int = BITE) -> int:
    """Look at every order that waits for a price; answer how many fired. 0 also when another worker is at it.

    The number of statements is the same however many wait; those that do not fire are only read.
    """
    with transaction.atomic():
        if not lane("trigger"):
            return 0
        rows = Order.objects.filter(hold=Hold.TRIGGER).order_by("pk")
        waiting = list(rows.values_list("pk", "instrument_id", "side", "ord_type", "stop_px", "peg_offset_value",
                                        "peg_offset_type", "trail__best_px", "trail__stop_px")[:limit])  # fmt: skip
        return _look(waiting) if waiting else 0


def _look(waiting: Sequence[tuple[Any, ...]]) -> int:
    at, markets = now(), market.markets(row[1] for row in waiting)
    fired: dict[int, str] = {}
    trails: list[tuple[Any, ...]] = []
    for pk, instrument_id, side, ord_type, stop_px, offset, offset_type, best, trailing in waiting:
        seen = markets.get(instrument_id)
        if seen is None or not seen.fresh(at):
            continue
        watch = Watch(side, ord_type, trailing or stop_px, offset, offset_type, best)
        after = trailed(watch, seen)
        if after != watch:
            trails.append((pk, after.best, after.stop_px, at))
        why = fires(after, seen) if ord_type != "pegged" else "there is a price to peg to"
        if why:
            fired[pk] = why
    _follow(trails)
    return _fire(fired, markets, {row[0]: row[3] for row in trails}, at) if fired else 0


def _follow(trails: list[tuple[Any, ...]]) -> None:
    """Keep how far trailing stops have come. Two statements at most."""
    columns = ("order_id", "best_px", "stop_px", "updated_at")
    known = (
        set(Trail.objects.filter(pk__in=[row[0] for row in trails]).values_list("pk", flat=True)) if trails else set()
    )
    sets.insert(Trail, columns, [row for row in trails if row[0] not in known], skip_duplicates=True)
    sets.update(Trail, ["order_id"], columns[1:], [row for row in trails if row[0] in known])


def _fire(fired: Mapping[int, str], markets: Mapping[int, Market], trails: Mapping[int, Any], at: datetime) -> int:
    """Send on what fired, under its lock, if it still waits."""
    book = Book(at, business_date())
    book.take(locked(Order.objects.filter(pk__in=list(fired), hold=Hold.TRIGGER)).values_list(*COLUMNS))
    for line in book.lines.values():
        _release(book, line, fired[line.id], markets[line.instrument_id])
    book.save()
    bell.ring_on_commit("live", "route")
    return len(book.lines)


def _release(book: Book, line: Line, why: str, seen: Market) -> None:
    quote = f"quote {_shown(seen.bid)} x {_shown(seen.offer)} of {seen.at:%H:%M:%S.%f}"
    if line.emulated == "peg":
        book.note(line, Report(ExecType.ORDER_STATUS), actor="trigger", text=f"{why}; {quote}")
    else:
        book.note(line, Report(ExecType.TRIGGERED), actor="trigger", text=f"{why}; {quote}")
        line.triggered = True
    line.hold, line.to_route, line.changed = "", True, True


def _shown(price: Decimal | None) -> str:
    return "none" if price is None else f"{price.normalize():f}"
