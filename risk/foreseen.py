"""What a verdict says to whoever asks before an order is sent: rules with and without it, the room left. Pure."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from risk.result import Outcome, Result
from risk.verdict import Finding, Verdict

ZERO = Decimal(0)


class Line(NamedTuple):
    """One rule, row of the table of limits, or standing control.

    ``before`` is what it finds without the order; None of a standing control. ``room`` is how far the order stays from
    the limit, in what is measured: 0 where it is beyond; None where nothing is measured, or against nothing, and of
    standing controls, which have no level.
    """

    after: Finding
    before: Finding | None
    room: Decimal | None


def lines(verdict: Verdict) -> Iterator[Line]:
    """Everything that looked at the order, but for what is for Compliance alone."""
    # Standing controls come first; what PT-36 makes of the others comes last, and is asked of the order alone.
    first = next((at for at, one in enumerate(verdict.findings) if one.rule or one.row), len(verdict.findings))
    before = dict(enumerate(verdict.before, first))
    for place, finding in enumerate(verdict.findings):
        if not finding.silent:
            found = before.get(place)
            same = found is not None and (found.rule, found.row) == (finding.rule, finding.row)
            yield Line(finding, found if same else None, _room(finding))


def _room(finding: Finding) -> Decimal | None:
    result = finding.result
    # A row that warns says by how much its limit is missed, not its warning level.
    limit = finding.row.hard if finding.row is not None else result.limit
    if finding.rule is None and finding.row is None:
        return None
    if not _compared(result) or not isinstance(limit, Decimal) or not isinstance(result.measured, Decimal):
        return None
    if finding.row is not None:
        return max(limit - result.measured, ZERO)
    return abs(limit - result.measured) if result.outcome is Outcome.PASS else ZERO


def _compared(result: Result) -> bool:
    """Whether two numbers stood against each other; what is missing or too old was never compared."""
    return result.reason_code not in ("DATA_MISSING", "DATA_STALE")
