"""The end of day: its checklist, on the overview."""

from typing import Any

from oms.blotter.ops.cells import Block, Cell, Row, moment, state, table, text
from oms.desk import checklist, closesteps  # noqa: F401 - registers the steps
from orders.reference import business_date


def tiles() -> tuple[Cell, ...]:
    """No number of its own."""
    return ()


def blocks() -> tuple[Block, ...]:
    """Each step of the business date's close: its state, what it counted, what blocks it."""
    today = business_date()
    rows = (
        Row(step.name, (
            text(step.title, tone="strong"), state("done" if step.state == "done" else "to_do"), _counts(step.counts),
            text(step.blocks if step.state != "done" else "", tone="warn" if step.mandatory else "quiet"),
            text("yes" if step.mandatory else "", tone="quiet"), text(step.actor), moment(step.done_at),
        ))
        for step in checklist.look(today)
    )  # fmt: skip
    return (table(f"End of day {today}", "Step | State | Counted | Waits for | Must | By | At (UTC)", rows),)


def _counts(counts: Any) -> Cell:
    return text(", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in counts.items()), tone="quiet")
