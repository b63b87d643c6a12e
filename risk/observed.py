"""What only Compliance is told of: findings of silent controls, and of controls of what was traded."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from oms.base import sets
from oms.base.money import plain
from risk.models import Observation
from risk.result import Outcome
from risk.terms import ZERO, Terms
from risk.verdict import Finding, Verdict

COLUMNS = ("order_id", "account_id", "instrument_id", "control", "at", "outcome", "seen", "finding")


def silently(terms: Sequence[Terms], verdicts: Sequence[Verdict], at: datetime) -> None:
    """Keep what silent controls object to. One statement, and none where they object to nothing."""
    rows = []
    for each, verdict in zip(terms, verdicts, strict=True):
        for finding in verdict.findings:
            if finding.result.outcome is not Outcome.PASS and finding.silent:
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


def objection(finding: Finding) -> dict[str, Any]:
    """As ``found``, of a finding that is no pass."""
    entry = found(finding)
    assert isinstance(entry, dict), entry
    return entry


def found(finding: Finding) -> dict[str, Any] | orjson.Fragment:
    """One finding as evidence. What a pass leaves empty is left out."""
    result, rule, row = finding
    if row is not None and not result.reason_code and isinstance(result.measured, Decimal):
        # An order stays within most of its limits, so these are written at once: plain words and digits alone.
        room = plain(max(row.hard - result.measured, ZERO))
        return orjson.Fragment(
            f'{{"control":"{result.control}","row":{row.id},"version":{row.version},"outcome":"pass",'
            f'"measured":"{plain(result.measured)}","limit":"{row.shown}","room":"{room}"}}'
        )
    if rule is not None and _plain_pass(finding):
        return orjson.Fragment(
            f'{{"control":"{result.control}","rule":{rule.id},"version":{rule.version},"outcome":"pass",'
            f'"measured":"{plain(result.measured)}","limit":"{plain(result.limit)}"}}'  # type: ignore[arg-type]
        )
    entry: dict[str, Any] = {"control": result.control}
    if rule is not None:
        entry |= {"rule": rule.id, "version": rule.version}
        if rule.dry_run:
            entry["dry_run"] = True
    elif row is not None:
        entry |= {"row": row.id, "version": row.version}
    entry["outcome"] = _LABELS[result.outcome]
    if result.reason_code:
        entry["code"] = result.reason_code
    if result.measured is not None:
        entry["measured"] = _text(result.measured)
    if result.limit is not None:
        entry["limit"] = _text(result.limit)
    if row is not None and isinstance(result.measured, Decimal):
        entry["room"] = plain(max(row.hard - result.measured, ZERO))
    if result.text:
        entry["text"] = result.text
    return entry


def _plain_pass(finding: Finding) -> bool:
    """Whether it is two numbers and nothing else, as most of what rules find is."""
    result, rule, _ = finding
    return (
        result.outcome is Outcome.PASS and rule is not None and not rule.dry_run and not result.reason_code
        and not result.text and isinstance(result.measured, Decimal) and isinstance(result.limit, Decimal)
    )  # fmt: skip


_LABELS = {outcome: outcome.label for outcome in Outcome}


def _text(number: Decimal | str) -> str | None:
    return plain(number) if isinstance(number, Decimal) else number
