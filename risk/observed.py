"""What only Compliance is told of: findings of silent controls, and of controls of what was traded."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from oms.base import sets
from oms.base.money import plain
from risk.models import Observation
from risk.result import Outcome
from risk.terms import Terms
from risk.verdict import Finding, Verdict

COLUMNS = ("order_id", "account_id", "instrument_id", "control", "at", "outcome", "seen", "finding")


def silently(terms: Sequence[Terms], verdicts: Sequence[Verdict], at: datetime) -> None:
    """Keep what silent controls object to. One statement, and none where they object to nothing."""
    rows = []
    for each, verdict in zip(terms, verdicts, strict=True):
        for finding in verdict.findings:
            if finding.silent and finding.result.outcome is not Outcome.PASS:
                seen = f"order {each.order_id} at {at.isoformat()}"
                rows.append(row(finding, at, seen, each.order_id, each.account_id, each.instrument_id))
    save(rows)


def row(
    finding: Finding, at: datetime, seen: str, order_id: int | None, account_id: int | None, instrument_id: int | None
) -> tuple[Any, ...]:
    """One observation. ``seen`` names what it is about, so that it is kept once."""
    result = finding.result
    text = result.outcome.label
    return order_id, account_id, instrument_id, result.control, at, text, seen[:120], found(finding)


def save(rows: Sequence[tuple[Any, ...]]) -> set[tuple[str, str]]:
    """Write observations that are not there yet; answer (control, what it is about) of the new ones. Two statements."""
    fresh = sets.insert(Observation, COLUMNS, rows, skip_duplicates=True, returning="id")
    return set(Observation.objects.filter(pk__in=fresh).values_list("control", "seen")) if fresh else set()


def found(finding: Finding) -> dict[str, Any]:
    """One finding as evidence. What a pass leaves empty is left out."""
    result, rule = finding.result, finding.rule
    entry = {
        "control": result.control,
        "rule": rule and rule.id,
        "version": rule and rule.version,
        "dry_run": (rule and rule.dry_run) or None,
        "outcome": result.outcome.label,
        "code": result.reason_code,
        "measured": _text(result.measured),
        "limit": _text(result.limit),
        "text": result.text,
    }
    return {name: value for name, value in entry.items() if value not in (None, "")}


def _text(number: Decimal | str | None) -> str | None:
    return plain(number) if isinstance(number, Decimal) else number
