"""What only Compliance is told of: findings of silent controls, and of controls of what was traded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from oms.base import sets
from risk.evidence import entry
from risk.models import Observation
from risk.terms import Terms
from risk.verdict import Finding, Verdict

COLUMNS = ("order_id", "account_id", "instrument_id", "control", "at", "outcome", "seen", "finding")


def silently(terms: Sequence[Terms], verdicts: Sequence[Verdict], at: datetime) -> None:
    """Keep what silent controls object to. One statement, and none where they object to nothing."""
    rows = []
    for each, verdict in zip(terms, verdicts, strict=True):
        for finding in verdict.objections:
            if finding.silent:
                seen = f"order {each.order_id} at {at.isoformat()}"
                rows.append(row(finding, at, seen, each.order_id, each.account_id, each.instrument_id))
    save(rows)


def row(
    finding: Finding, at: datetime, seen: str, order_id: int | None, account_id: int | None, instrument_id: int | None
) -> tuple[Any, ...]:
    """One observation. ``seen`` names what it is about, so that it is kept once."""
    result = finding.result
    text = result.outcome.label
    return order_id, account_id, instrument_id, result.control, at, text, seen[:120], entry(finding)


def save(rows: Sequence[tuple[Any, ...]]) -> set[tuple[str, str]]:
    """Write observations that are not there yet; answer (control, what it is about) of the new ones. Two statements."""
    fresh = sets.insert(Observation, COLUMNS, rows, skip_duplicates=True, returning="id")
    return set(Observation.objects.filter(pk__in=fresh).values_list("control", "seen")) if fresh else set()
