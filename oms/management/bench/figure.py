"""One measured figure, printed as a JSON object on a line of its own."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """``ratio`` is ours by theirs (``against``), so that higher is better; absent where there is nothing to compare.

    ``parts`` are shares and counts that belong to the figure and mean little without it.
    """

    name: str
    value: float
    unit: str
    against: str | None = None
    against_value: float | None = None
    ratio: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    parts: Mapping[str, float] | None = None
    note: str | None = None

    def line(self) -> str:
        """The figure as JSON, without what is absent."""
        given = {key: _rounded(value) for key, value in asdict(self).items() if value is not None}
        return json.dumps(given)


def _rounded(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _rounded(part) for name, part in value.items()}
    return round(value, 3) if isinstance(value, float) else value


def percentiles(samples_s: Sequence[float]) -> tuple[float, float]:
    """p50 and p99 of durations in seconds, in milliseconds."""
    cuts = statistics.quantiles(samples_s, n=100, method="inclusive")
    return cuts[49] * 1000, cuts[98] * 1000
