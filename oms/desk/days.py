"""The end and the start of a business date: each one run of steps that may be stopped anywhere and repeated.

Each step is done in transactions of its own and written down when it is done (orders.day.DayStep), so a run that died
goes on where it stopped. What a step does to an order is an event of the order, with the reason.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet

from oms.base import bell
from oms.base.clock import now
from oms.base.locks import lane_of_session
from oms.base.refusal import Refusal
from oms.desk.release import released
from oms.desk.unresolved import unresolved
from orders.book import Book, Line
from orders.lifecycle import CARRIED, Report
from orders.models import DayStep, Order, OrderRequest
from orders.reference import business_date
from orders.vocabulary import ExecRestatementReason, ExecType, Phase, TimeInForce
from risk import usage
from routing.models import Inbox, Outbox

BITE = 2_000
END, START = "end of day", "start of day"
OVER = [str(tif) for tif in TimeInForce if tif not in CARRIED]
Counts = Mapping[str, int]


class Step(NamedTuple):
    """A step of a run: its name on the checklist, and what does it and counts."""

    name: str
    do: Callable[[date], Counts]


def checklist(day: date) -> list[DayStep]:
    """What was done for the day, in order."""
    return list(DayStep.objects.filter(date=day))


def end(day: date, actor: str) -> list[DayStep] | Refusal:
    """Close the books of ``day``: day orders expire, good-till orders are carried. Repeating it changes nothing."""
    steps = (Step("check", _check), Step("expire_day_orders", _expire_day), Step("expire_dated_orders", _expire_dated),
             Step("carry_orders", _carry))  # fmt: skip
    return _run("end", day, steps, actor)


def start(day: date, actor: str) -> list[DayStep] | Refusal:
    """Begin ``day``: carried orders are renewed (378=1), and sent again where no venue holds them any more."""
    if not DayStep.objects.filter(run="end", name="carry_orders", date__lt=day).exists():
        return Refusal("DAY_NOT_ENDED", "", f"no business date before {day} was ended")
    return _run("start", day, (Step("renew_orders", _renew),), actor)


def _run(run: str, day: date, steps: tuple[Step, ...], actor: str) -> list[DayStep] | Refusal:
    if day != business_date():
        return Refusal("BAD_VALUE", "date", f"the business date is {business_date()}, not {day}")
    with lane_of_session(f"day:{day}") as mine:
        if not mine:
            return Refusal("BUSY", "", f"the {run} of {day} is being worked on")
        done = set(DayStep.objects.filter(date=day, run=run).values_list("name", flat=True))
        for step in steps:
            if step.name not in done:
                counts = step.do(day)
                DayStep.objects.create(date=day, run=run, name=step.name, counts=counts, actor=actor, done_at=now())
    return checklist(day)


def _check(_day: date) -> Counts:
    """What is still under way. It is told, and does not stop the day: each of them is an alert of its own."""
    while unresolved():
        pass
    return {
        "pending_requests": OrderRequest.objects.filter(state="pending").count(),
        "inbox": Inbox.objects.filter(done_at__isnull=True).count(),
        "outbox": Outbox.objects.filter(sent_at__isnull=True).count(),
    }


def _expire_day(_day: date) -> Counts:
    return {"expired": _all(_open(time_in_force__in=OVER), _expired(f"{END}: good for the day only"))}


def _expire_dated(_day: date) -> Counts:
    dated = _open(time_in_force=TimeInForce.GOOD_TILL_DATE, expire_time__lte=now())
    return {"expired": _all(dated, _expired(f"{END}: its date has come"))}


def _carry(_day: date) -> Counts:
    rows = _open(time_in_force__in=sorted(CARRIED)).exclude(phase=Phase.DONE_FOR_DAY)
    return {"carried": _all(rows, _done)}


def _renew(_day: date) -> Counts:
    rows = Order.objects.filter(parent__isnull=True, phase=Phase.DONE_FOR_DAY, time_in_force__in=sorted(CARRIED))
    return {"renewed": _all(rows.filter(leaves_qty__gt=0), _renewed)}


def _open(**terms: object) -> QuerySet[Order]:
    return Order.objects.filter(Q(**terms), parent__isnull=True, leaves_qty__gt=0)


def _all(rows: QuerySet[Order], do: Callable[[Book, Line, list[Line]], None]) -> int:
    """Do it to every family, a bounded number in a transaction; how many there were."""
    keys = list(rows.order_by("pk").values_list("pk", "account_id", "instrument_id"))
    for at in range(0, len(keys), BITE):
        with transaction.atomic():
            bite = keys[at : at + BITE]
            usage.lock({(account, instrument) for _, account, instrument in bite}, [pk for pk, _, _ in bite])
            book = Book(now(), business_date())
            book.load([pk for pk, _, _ in bite], families=True)
            held = usage.held(book.lines)
            children: dict[int, list[Line]] = {}
            for line in book.lines.values():
                if line.parent_id is not None:
                    children.setdefault(line.parent_id, []).append(line)
            for pk, _, _ in bite:
                do(book, book.lines[pk], children.get(pk, []))
            book.save()
            usage.move(released(book, held))
            bell.ring_on_commit("live", "route")
    return len(keys)


def _expired(why: str) -> Callable[[Book, Line, list[Line]], None]:
    """The venue's own Expired comes first where it sends one; a fill that comes late is booked in any case."""

    def do(book: Book, root: Line, children: list[Line]) -> None:
        root.to_route, root.hold = False, ""
        for line in (*(child for child in children if child.state.is_open), root):
            book.note(line, Report(ExecType.EXPIRED), actor=END, text=why)

    return do


def _done(book: Book, root: Line, children: list[Line]) -> None:
    for line in (*(child for child in children if child.state.is_open), root):
        book.note(line, Report(ExecType.DONE_FOR_DAY), actor=END, text="carried to the next day")


def _renewed(book: Book, root: Line, children: list[Line]) -> None:
    """A new day: DayOrderQty and DayCumQty begin anew. What no venue holds any more is sent again."""
    renewal = Report(ExecType.RESTATED, reason=ExecRestatementReason.GT_RENEWAL)
    living = [child for child in children if child.state.leaves_qty]
    for line in (*living, root):
        book.note(line, renewal, actor=START, text="renewed for the day")
    if not living and not root.hold:
        root.to_route = True
