"""How much waits for somebody on each page: the numbers beside the tabs."""


def attention() -> dict[str, int]:
    """Rows that ask for somebody, by page. A SELECT a page."""
    return {}
