"""The checklist of a day's close: on the overview for the business date, beside each day on its page."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from oms.blotter.ops.cells import Block, Cell, Row, moment, state, table, text
from oms.desk import checklist, closesteps  # noqa: F401 - registers the steps
from oms.desk.checklist import Step
from orders.reference import business_date


def tiles() -> tuple[Cell, ...]:
    """No number of its own."""
    return ()


def blocks() -> tuple[Block, ...]:
    """Each step of the business date's close."""
    today = business_date()
    return (steps_of(checklist.look(today), f"End of day {today}", f"{reverse('ops-sheet', args=['days'])}"),)


def steps_of(steps: Iterable[Step], title: str, href: str = "") -> Block:
    """Each step: its state, what it counted, what blocks it."""
    rows = (
        Row(step.name, (
            text(step.title, tone="strong"), state("done" if step.state == "done" else "to_do"), _counts(step.counts),
            text(step.blocks if step.state != "done" else "", tone="warn" if step.mandatory else "quiet"),
            text("yes" if step.mandatory else "", tone="quiet"), text(step.actor), moment(step.done_at),
        ))
        for step in steps
    )  # fmt: skip
    return table(title, "Step | State | Counted | Waits for | Must | By | At (UTC)", rows, href=href)


def _counts(counts: Any) -> Cell:
    return text(", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in counts.items()), tone="quiet")
