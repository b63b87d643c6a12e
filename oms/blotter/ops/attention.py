"""How much waits for somebody on each page: the numbers beside the tabs."""

from oms.blotter.ops import exceptions, settlements

WAITING = {"settlements": settlements.waiting, "exceptions": exceptions.waiting}


def attention() -> dict[str, int]:
    """Rows that ask for somebody, by page. A SELECT a page."""
    return {slug: waiting() for slug, waiting in WAITING.items()}
