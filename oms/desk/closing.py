"""What the end and the start of a business date do to orders: what ends, what rests, what is renewed.

An order is asked at the venues where its open parts are; one that no venue has, at those that list its instrument.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet

from oms.base import bell
from oms.base.clock import now
from oms.desk.market_day import MarketDay
from oms.desk.release import released
from orders.book import Book, Line
from orders.lifecycle import CARRIED, Report
from orders.models import Order
from orders.reference import business_date
from orders.vocabulary import ExecRestatementReason, ExecType, Hold, Phase, TimeInForce
from risk import usage
from routing import rules

BITE = 2_000
END, START = "end of day", "start of day"
OVER = [str(tif) for tif in TimeInForce if tif not in CARRIED]


class Family(NamedTuple):
    """A root order, its parts that venues still have, when each was entered, and the venues that list it."""

    root: Line
    parts: list[Line]
    entered: dict[int, datetime]
    listed: frozenset[str]

    def holds(self, true_of: Callable[[str, Line], bool]) -> bool:
        """Whether it is so at any venue that has a part of it, or might have had it. With no venue at all it is."""
        if self.parts:
            return any(true_of(part.venue, part) for part in self.parts)
        return not self.listed or any(true_of(mic, self.root) for mic in self.listed)


Do = Callable[[Book, Family, MarketDay], bool]


def expire_day_orders(market: MarketDay) -> int:
    """End the orders that were good for a session which is over; answer how many. What waits for a later one stays."""
    return _all(_alone(_open(time_in_force__in=OVER)), market, _expire_day)


def expire_dated_orders(market: MarketDay) -> int:
    """End the orders whose date comes before another session of their venue; answer how many."""
    return _all(_alone(_open(time_in_force=TimeInForce.GOOD_TILL_DATE)), market, _expire_dated)


def carry_orders(market: MarketDay) -> int:
    """Done for Day for what lives on, at the venues that traded; answer how many orders rest now."""
    return _all(_open(time_in_force__in=sorted(CARRIED)), market, _carry)


def renew_orders(market: MarketDay) -> int:
    """Restated (378=1) for what rested, at the venues that trade; answer how many orders were renewed."""
    return _all(_open(time_in_force__in=sorted(CARRIED)), market, _renew)


def _open(**terms: object) -> QuerySet[Order]:
    return Order.objects.filter(Q(**terms), parent__isnull=True, leaves_qty__gt=0)


def _alone(rows: QuerySet[Order]) -> QuerySet[Order]:
    """Without the members of blocks: they end with their block (oms/desk/unblock.py)."""
    return rows.exclude(hold=Hold.BLOCK)


def _all(rows: QuerySet[Order], market: MarketDay, do: Do) -> int:
    """Do it to every family, a bounded number in a transaction; how many it was something for."""
    keys = list(rows.order_by("pk").values_list("pk", "account_id", "instrument_id"))
    done = 0
    for at in range(0, len(keys), BITE):
        with transaction.atomic():
            bite = keys[at : at + BITE]
            usage.lock({(account, instrument) for _, account, instrument in bite}, [pk for pk, _, _ in bite])
            book = Book(now(), business_date())
            book.load([pk for pk, _, _ in bite], families=True)
            held = usage.held(book.lines)
            done += sum(do(book, family, market) for family in _families(book, [pk for pk, _, _ in bite]))
            book.save()
            usage.move(released(book, held))
            bell.ring_on_commit("live", "route")
    return done


def _families(book: Book, root_ids: Iterable[int]) -> list[Family]:
    """The families of the roots that are still open now that they are locked."""
    entered = dict(Order.objects.filter(pk__in=list(book.lines)).values_list("pk", "created_at"))
    listings = rules.listings({line.instrument_id for line in book.lines.values()})
    parts: dict[int, list[Line]] = {}
    for line in book.lines.values():
        if line.parent_id is not None and line.state.is_open:
            parts.setdefault(line.parent_id, []).append(line)
    roots = (book.lines[pk] for pk in root_ids)
    return [
        Family(root, parts.get(root.id, []), entered, listings.get(root.instrument_id, frozenset()))
        for root in roots
        if root.state.is_open
    ]


def _expire_day(book: Book, family: Family, market: MarketDay) -> bool:
    """A part at a venue that was shut is for its next session, and keeps the whole open."""

    def over(mic: str, line: Line) -> bool:
        return market.had(mic, line.state.time_in_force, family.entered[line.id])

    return _end(book, family, over, f"{END}: good for the day only")


def _expire_dated(book: Book, family: Family, market: MarketDay) -> bool:
    def over(mic: str, line: Line) -> bool:
        # A part may be good for less, as what a trigger sent is: it ends with the whole.
        assert family.root.expire_time is not None
        return market.is_over(mic, family.root.expire_time, book.at)

    if not family.parts and any(not over(mic, family.root) for mic in family.listed):
        return False
    return _end(book, family, over, f"{END}: its date has come")


def _end(book: Book, family: Family, over: Callable[[str, Line], bool], why: str) -> bool:
    """The venue's own Expired comes first where it sends one; a fill that comes late is booked in any case."""
    ends = family.holds(over)
    for part in family.parts:
        if over(part.venue, part):
            book.note(part, Report(ExecType.EXPIRED), actor=END, text=why)
    if not ends or any(part.state.is_open for part in family.parts):
        return False
    # What works a leg is the whole's business, also after the end.
    family.root.to_route, family.root.hold = False, family.root.hold if family.root.hold == Hold.LEG else ""
    book.note(family.root, Report(ExecType.EXPIRED), actor=END, text=why)
    return True


def _carry(book: Book, family: Family, market: MarketDay) -> bool:
    """The whole rests when a part does: the others are at venues that are shut, where nothing can be filled."""

    def lived(mic: str, line: Line) -> bool:
        return market.lived(mic, line.state.time_in_force, family.entered[line.id])

    if not family.holds(lived):
        return False
    resting = [part for part in family.parts if lived(part.venue, part)]
    tired = [line for line in (*resting, family.root) if line.state.phase != Phase.DONE_FOR_DAY]
    for line in tired:
        book.note(line, Report(ExecType.DONE_FOR_DAY), actor=END, text="carried to the next day")
    return family.root in tired


def _renew(book: Book, family: Family, market: MarketDay) -> bool:
    """A new day: DayOrderQty and DayCumQty begin anew. What no venue holds any more is sent again."""
    root = family.root
    if not family.holds(lambda mic, _: market.trades(mic)):
        return False
    renewal = Report(ExecType.RESTATED, reason=ExecRestatementReason.GT_RENEWAL)
    rested = [
        line
        for line in (*(part for part in family.parts if market.trades(part.venue)), root)
        if line.state.phase == Phase.DONE_FOR_DAY
    ]
    for line in rested:
        book.note(line, renewal, actor=START, text="renewed for the day")
    if root in rested and not family.parts and not root.hold:
        root.to_route = True
    return root in rested
