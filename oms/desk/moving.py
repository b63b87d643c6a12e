"""Moving the business date, and what is still open on the day that is left."""

from datetime import date
from typing import NamedTuple

from oms.base.refusal import Refusal
from oms.desk import dayclose
from orders.reference import business_date
from settlement.advance import advance


class Moved(NamedTuple):
    """The new business date, the day left, and the mandatory steps that are open on that day, in words."""

    today: date
    left: date
    open_steps: list[str]


def move(to_date: date | None, actor: str) -> Moved | Refusal:
    """Move the business date forward and say what is open on the day that is left. It never goes back.

    Leaving a day does not close it: the custodian's statements come when it is over.
    """
    left = business_date()
    today = advance(to_date, actor)
    if isinstance(today, Refusal):
        return today
    steps = dayclose.closing(left).open_steps
    return Moved(today, left, [f"{step.title}: {step.blocks}" for step in steps])
