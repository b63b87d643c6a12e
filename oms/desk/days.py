"""The end and the start of a business date: each one run of steps that may be stopped anywhere and repeated.

Each step is done in transactions of its own and written down when it is done (orders.day.DayStep), so a run that died
goes on where it stopped. What a step does to an order is an event of the order, with the reason. The first step notes
what each venue did that day, and the later ones go by it.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Count, Value

from oms.base.clock import now
from oms.base.locks import lane_of_session
from oms.base.refusal import Refusal
from oms.desk import alerts, closing, results
from oms.desk.market_day import MarketDay, objections, venue_days
from oms.desk.unresolved import unresolved
from orders import sessions
from orders.models import Alert, DayStep, OrderRequest
from orders.reference import business_date
from orders.trading_hours import Unknown, last_close
from routing.models import Inbox, Outbox, Venue

LONGEST_REASON = 300
BY_ITSELF = "the clock"
LAST = {"end": "carry_orders", "start": "renew_orders"}
Counts = Mapping[str, int]


class Step(NamedTuple):
    """A step of a run: its name on the checklist, and what does it and counts."""

    name: str
    do: Callable[[MarketDay], Counts]


class Overview(NamedTuple):
    """A business date as operations looks at it. ``objections`` are why it cannot end now, if it is the present one."""

    date: date
    is_present: bool
    steps: list[DayStep]
    venues: list[Mapping[str, Any]]
    objections: list[Refusal]
    under_way: dict[str, int]

    def is_done(self, run: str) -> bool:
        """Whether the end, or the start, has been done to its last step."""
        return LAST[run] in {step.name for step in self.steps if step.run == run}


def overview(day: date | None = None) -> Overview | None:
    """The day (the present one) with its checklist; None for another that was never ended or started."""
    present = business_date()
    day = day or present
    steps = checklist(day)
    if day != present:
        noted = [step.venues for step in steps if step.venues]
        return Overview(day, False, steps, noted[-1] if noted else [], [], {}) if steps else None
    venues = venue_days(day, now())
    told: list[Mapping[str, Any]] = [venue._asdict() for venue in venues]
    return Overview(day, True, steps, told, objections(day, venues), under_way())


def checklist(day: date) -> list[DayStep]:
    """What was done for the day, in order."""
    return list(DayStep.objects.filter(date=day))


def end(day: date, actor: str, *, forced: str = "") -> list[DayStep] | Refusal:
    """Close the books of ``day``: day orders expire, good-till orders are carried. Repeating it changes nothing.

    It is refused while a venue that works orders of ours has not closed, unless ``forced`` says why it must be.
    """
    steps = (
        Step("check", _check),
        Step("expire_day_orders", lambda market: {"expired": closing.expire_day_orders(market)}),
        Step("expire_dated_orders", lambda market: {"expired": closing.expire_dated_orders(market)}),
        Step("write_results", lambda market: results.write(market.day)),
        Step("carry_orders", lambda market: {"carried": closing.carry_orders(market)}),
    )
    return _run("end", day, steps, actor, forced)


def start(day: date, actor: str) -> list[DayStep] | Refusal:
    """Begin ``day``: carried orders are renewed (378=1), and sent again where no venue holds them any more."""
    if not DayStep.objects.filter(run="end", name=LAST["end"], date__lt=day).exists():
        return Refusal("DAY_NOT_ENDED", "", f"no business date before {day} was ended")
    steps = (Step("renew_orders", lambda market: {"renewed": closing.renew_orders(market)}),)
    return _run("start", day, steps, actor, "")


def due() -> int:
    """End the business date by itself once the last venue has closed and the grace is over; answer the steps done.

    Not while every venue in use trades around the clock: then the day ends when operations say so.
    """
    if settings.END_OF_DAY_GRACE_S is None:
        return 0
    day, at = business_date(), now()
    hours = sessions.of_venues(Venue.objects.filter(active=True).values_list("mic", flat=True), day)
    try:
        closed = last_close(day, hours.values())
    except Unknown as why:
        return _unknown(day, str(why))
    if closed is None or at < closed + timedelta(seconds=settings.END_OF_DAY_GRACE_S):
        return 0
    before = DayStep.objects.filter(date=day, run="end")
    if before.filter(name=LAST["end"]).exists():
        return 0
    had = before.count()
    outcome = end(day, BY_ITSELF)
    if isinstance(outcome, Refusal):
        return 0 if outcome.code == "BUSY" else _unknown(day, outcome.text)
    return len(outcome) - had


def _unknown(day: date, why: str) -> int:
    """Tell operations, once for the same reason, that the day cannot end by itself."""
    text = f"{day} does not end by itself: {why}"[:500]
    if not Alert.objects.filter(kind="day", text=text).exists():
        alerts.save([(now(), Alert.Severity.CRITICAL.value, "day", "HOURS_UNKNOWN", None, None, text, {}, "")])
    return 0


def _run(run: str, day: date, steps: tuple[Step, ...], actor: str, forced: str) -> list[DayStep] | Refusal:
    if day != business_date():
        return Refusal("BAD_VALUE", "date", f"the business date is {business_date()}, not {day}")
    with lane_of_session("day") as mine:
        if not mine:
            return Refusal("BUSY", "", f"the {run} of {day} is being worked on")
        begun = _begun(run, day, actor, forced)
        if isinstance(begun, Refusal):
            return begun
        done = set(DayStep.objects.filter(date=day, run=run).values_list("name", flat=True))
        market = MarketDay(day, begun.venues)
        for step in steps:
            if step.name not in done:
                counts = step.do(market)
                DayStep.objects.create(date=day, run=run, name=step.name, counts=counts, actor=actor, done_at=now())
    return checklist(day)


def _begun(run: str, day: date, actor: str, forced: str) -> DayStep | Refusal:
    """The first step of the run, done now or before: what the venues did, and whether the day may end."""
    known = DayStep.objects.filter(date=day, run=run, name="venues").first()
    if known:
        return known
    venues = venue_days(day, now())
    objected = objections(day, venues) if run == "end" else []
    if objected and not forced:
        return Refusal(objected[0].code, "", "; ".join(one.text for one in objected))
    counts: dict[str, int] = {}
    for venue in venues:
        counts[venue.state.replace(" ", "_")] = counts.get(venue.state.replace(" ", "_"), 0) + 1
    told: list[dict[str, Any]] = [venue.told() for venue in venues]
    reason = forced[:LONGEST_REASON] if objected else ""
    return DayStep.objects.create(
        date=day, run=run, name="venues", counts=counts, venues=told, reason=reason, actor=actor, done_at=now()
    )


def under_way() -> dict[str, int]:
    """What is not finished: it is told, and does not stop the day. Each of them is an alert of its own. One SELECT."""
    pending = OrderRequest.objects.filter(state="pending")
    rows = {
        "pending_requests": pending,
        "unresolved": pending.filter(unresolved_at__isnull=False),
        "quarantined": Alert.objects.filter(kind="quarantine", acknowledged_at__isnull=True),
        "inbox": Inbox.objects.filter(done_at__isnull=True),
        "outbox": Outbox.objects.filter(sent_at__isnull=True),
    }
    first, *rest = [
        found.order_by().values(name=Value(name)).annotate(count=Count("pk")).values_list("name", "count")
        for name, found in rows.items()
    ]
    return {**dict.fromkeys(rows, 0), **dict(first.union(*rest, all=True))}


def _check(_market: MarketDay) -> Counts:
    while unresolved():
        pass
    return under_way()
