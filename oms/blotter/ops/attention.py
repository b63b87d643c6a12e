"""How much waits for somebody on each page: the numbers beside the tabs."""

from oms.blotter.ops import allocations, confirmations, exceptions, fails, settlements

WAITING = {
    "settlements": settlements.waiting,
    "fails": fails.waiting,
    "allocations": allocations.waiting,
    "confirmations": confirmations.waiting,
    "exceptions": exceptions.waiting,
}


def attention() -> dict[str, int]:
    """Rows that ask for somebody, by page. A SELECT or two a page."""
    return {slug: waiting() for slug, waiting in WAITING.items()}
