"""The one clock. Kernels never read it: time comes to them as an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    """This moment, in UTC, aware, to the microsecond."""
    return datetime.now(UTC)
