"""Closing a business date: its checklist is worked through, and the day is closed when nothing mandatory is open.

Each step that is done is written down by itself, so a run that was stopped goes on where it was. A day that must be
closed although something is open takes two persons: one says why, another closes it.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from django.db import transaction

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import lane_of_session, locked
from oms.base.refusal import Refusal
from oms.desk import checklist, closesteps  # noqa: F401 - registers the steps
from oms.desk.checklist import OPEN, Looked, Registered, Step
from orders.models import DayStep
from orders.reference import business_date
from risk.models import WatchMark
from settlement.models import CloseStep, DayClose

COMMAND, CLOCK = "end of day", "the clock"
# What a day waits for comes from others, and is looked for this often.
PAUSE = timedelta(seconds=60)
LONGEST_REASON = 300


class Person(NamedTuple):
    """Who closes: a user, or with id 0 the command line or the clock, which never override."""

    id: int
    username: str


class Closing(NamedTuple):
    """A day's checklist as it stands, and whether it is closed or asked to be."""

    date: date
    steps: list[Step]
    row: DayClose | None

    @property
    def is_closed(self) -> bool:
        """Whether the day is closed."""
        return bool(self.row and self.row.closed_at)

    @property
    def open_steps(self) -> list[Step]:
        """What must be done before it can be closed."""
        return [step for step in self.steps if step.mandatory and step.state == OPEN]


def closing(day: date) -> Closing:
    """The checklist of the day as it stands now."""
    return Closing(day, checklist.look(day), DayClose.objects.filter(date=day).first())


def close(day: date, who: Person, reason: str = "") -> Closing | Refusal:
    """Work through the checklist of ``day`` and close it. Repeating it does what was not done, and closes once.

    With open mandatory steps it is refused (DAY_OPEN). With a ``reason`` the wish to close it nevertheless is noted;
    another person who calls this then closes it, and what was open stays on record.
    """
    if day >= business_date():
        return Refusal("WRONG_DAY", "date", f"{day} is not over: the business date is {business_date()}")
    if day.isoweekday() > 5:
        return Refusal("WRONG_DAY", "date", f"{day} is at a weekend")
    if before := _before(day):
        return Refusal("DAY_OPEN", "date", f"{before} was ended and is not closed: close it first")
    with lane_of_session("close") as mine:
        if not mine:
            return Refusal("BUSY", "", f"the close of {day} is being worked on")
        if not closing(day).is_closed:
            _work(day, who)
            refusal = _end(day, who, reason.strip()[:LONGEST_REASON])
            if refusal:
                return refusal
    return closing(day)


def due() -> int:
    """Work through the first day that is over and not closed, by itself; answer how many steps are newly done.

    It is closed once nothing mandatory is open. What is looked at only once waits until nothing else is.
    """
    day = _before(business_date())
    if day is None or not _long_enough():
        return 0
    before = CloseStep.objects.filter(date=day).count()
    with lane_of_session("close") as mine:
        if not mine:
            return 0
        _work(day, Person(0, CLOCK), patiently=True)
    if not any(step.mandatory and step.blocks and not checklist.STEPS[step.name].once for step in closing(day).steps):
        close(day, Person(0, CLOCK))
    return CloseStep.objects.filter(date=day).count() - before


def _long_enough() -> bool:
    """Whether the last look is some time ago; this one is noted."""
    at, mark = now(), WatchMark.objects.filter(pk="close").first()
    if mark is not None and at - mark.at < PAUSE:
        return False
    WatchMark.objects.update_or_create(pk="close", defaults={"at": at})
    return True


def _before(day: date) -> date | None:
    """An earlier day that traded, was ended, and is not closed."""
    ended = DayStep.objects.filter(run="end", name="carry_orders", date__lt=day)
    closed = DayClose.objects.filter(closed_at__isnull=False).values("date")
    return ended.exclude(date__in=closed).order_by("date").values_list("date", flat=True).first()


def _work(day: date, who: Person, *, patiently: bool = False) -> None:
    """Do what can be done and write down each step that is: in transactions of their own."""
    done = set(CloseStep.objects.filter(date=day).values_list("name", flat=True))
    for step in checklist.STEPS.values():
        if step.once and (patiently or step.name in done):
            continue
        if step.act:
            step.act(day)
        found = step.look(day)
        if not found.blocks and step.name not in done:
            _note(day, step, found, who)


def _note(day: date, step: Registered, found: Looked, who: Person) -> None:
    row = (day, step.name, dict(found.counts), who.username, now())
    sets.insert(CloseStep, ("date", "name", "counts", "actor", "done_at"), [row], skip_duplicates=True)


def _end(day: date, who: Person, reason: str) -> Refusal | None:
    """Close the day, or note that somebody wants it closed, or answer why neither."""
    open_steps = closing(day).open_steps
    with transaction.atomic():
        row = locked(DayClose.objects.filter(date=day)).first() or DayClose(date=day)
        if row.closed_at:
            return None
        if open_steps and not row.reason:
            if not reason or not who.id:
                return Refusal("DAY_OPEN", "", _words(open_steps))
            row.reason, row.asked_by_id, row.asked_at = reason, who.id, now()
            row.left = [step.name for step in open_steps]
        elif open_steps:
            if row.asked_by_id == who.id and row.reason == reason:
                return None
            if row.asked_by_id == who.id or not who.id:
                return Refusal("SECOND_PERSON", "", f"{row.asked_by} asked to close {day}: somebody else does it")
            row.left = [step.name for step in open_steps]
            row.closed_by_id, row.closed_at = who.id, now()
        else:
            row.reason, row.left, row.asked_by, row.asked_at = "", [], None, None
            row.closed_by_id, row.closed_at = who.id or None, now()
        row.save()
    return None


def _words(steps: Sequence[Step]) -> str:
    return "; ".join(f"{step.title}: {step.blocks}" for step in steps)[:1000]
