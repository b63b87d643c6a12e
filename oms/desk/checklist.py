"""The checklist of a day's close: steps by name, in order, each with what it found. Whoever owns a step registers it.

A step is looked at (``look``: is it done, how many of what, what blocks it) and some are also worked (``act``), which
must be safe to repeat. Mandatory steps must be done before the day is closed.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from settlement.models import CloseStep

DONE, OPEN = "done", "open"


class Looked(NamedTuple):
    """What a look at a step found. ``blocks`` says in words what it waits for, and is empty when it is done."""

    counts: Mapping[str, int]
    blocks: str = ""


class Step(NamedTuple):
    """A step of a day as operations sees it: its state, since when and by whom, and what blocks it."""

    name: str
    title: str
    mandatory: bool
    state: str
    counts: Mapping[str, int]
    blocks: str
    actor: str = ""
    done_at: datetime | None = None


class Registered(NamedTuple):
    """A step as its owner registered it."""

    name: str
    title: str
    look: Callable[[date], Looked]
    act: Callable[[date], object] | None
    mandatory: bool
    once: bool


STEPS: dict[str, Registered] = {}


def register(
    name: str,
    title: str,
    look: Callable[[date], Looked],
    *,
    act: Callable[[date], object] | None = None,
    mandatory: bool = True,
    once: bool = False,
    before: str = "",
) -> None:
    """Add a step at the end, or before another; a name is registered once. ``name`` has at most 32 characters.

    ``once``: looking is work, so it is looked at when the day is closed and what was found then stands.
    """
    if name in STEPS:
        raise ValueError(f"step {name} is registered twice")
    steps = list(STEPS.items())
    at = next((i for i, (known, _) in enumerate(steps) if known == before), len(steps))
    steps.insert(at, (name, Registered(name, title, look, act, mandatory, once)))
    STEPS.clear()
    STEPS.update(steps)


def look(day: date) -> list[Step]:
    """All steps of the day as they stand now. A fixed number of SELECTs."""
    known = {row.name: row for row in CloseStep.objects.filter(date=day)}
    return [_looked(step, day, known.get(step.name)) for step in STEPS.values()]


def _looked(step: Registered, day: date, row: CloseStep | None) -> Step:
    found = _kept(row) if step.once else step.look(day)
    state = OPEN if found.blocks else DONE
    who = (row.actor, row.done_at) if row and state == DONE else ("", None)
    return Step(step.name, step.title, step.mandatory, state, found.counts, found.blocks, *who)


def _kept(row: CloseStep | None) -> Looked:
    return Looked(row.counts) if row else Looked({}, "done when the day is closed")
