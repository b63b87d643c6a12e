"""How much waits for somebody on each page: the numbers beside the tabs."""

from oms.blotter.ops import (
    allocations,
    breaks,
    confirmations,
    corporate,
    days,
    exceptions,
    fails,
    settlements,
    signoffs,
    ssi,
)

WAITING = {
    "settlements": settlements.waiting, "fails": fails.waiting, "breaks": breaks.waiting, "sign-offs": signoffs.waiting,
    "allocations": allocations.waiting, "confirmations": confirmations.waiting,
    "corporate-actions": corporate.waiting, "exceptions": exceptions.waiting,
    "standing-instructions": ssi.waiting, "days": days.waiting,
}  # fmt: skip


def attention() -> dict[str, int]:
    """Rows that ask for somebody, by page. A SELECT or a few a page, whatever there is."""
    return {slug: waiting() for slug, waiting in WAITING.items()}
