"""Evidence of decisions as it is kept, and as it is read: one entry a rule.

Rules that measure alike are one entry: the number, and the family whose levels it is within. Its exceptions stand after
it, each by itself. In SQL the view ``risk_finding`` has a row a rule.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from oms.base import sets
from oms.base.money import plain
from risk.family import Family
from risk.finding import Finding, Found, Together
from risk.models import Decision, RuleFamily
from risk.result import Number, Outcome
from risk.terms import ZERO
from risk.verdict import Verdict

Entry = dict[str, Any]
COLUMNS = ("id", "control", "dry_run", "rules", "first_at")
_LABELS = {outcome: outcome.label for outcome in Outcome}


def written(found: Iterable[Found]) -> str:
    """What was found of one order, as JSON. What silent controls found is not in it, not even that they passed."""
    entries: list[Entry | orjson.Fragment] = []
    for one in found:
        if isinstance(one, Finding):
            if not one.silent:
                entries.append(entry(one))
        elif len(one.family.rules) == 1:
            entries += map(entry, one.findings())
        else:
            entries.append(_family(one))
            entries += map(entry, one.exceptions())
    return orjson.dumps(entries).decode()


def keep(verdicts: Iterable[Verdict], at: datetime) -> None:
    """Keep the families that the evidence of ``verdicts`` names. One statement, and none where it names none."""
    named: dict[int, Family] = {}
    for verdict in verdicts:
        for one in verdict.found:
            if isinstance(one, Together) and len(one.family.rules) > 1:
                named[one.family.id] = one.family
    rows = [(key, one.control, one.dry_run, one.evidence, at) for key, one in sorted(named.items())]
    sets.insert(RuleFamily, COLUMNS, rows, skip_duplicates=True)


def of(decisions: Sequence[Decision]) -> dict[int, list[Entry]]:
    """The evidence of each decision, by its id: an entry for each rule, row and control that looked. One SELECT.

    Nothing is looked up where no entry names a family.
    """
    ids = {one["family"] for decision in decisions for one in decision.findings if "family" in one}
    families = RuleFamily.objects.in_bulk(ids) if ids else {}
    return {one.pk: list(_expanded(one.findings, families)) for one in decisions}


def _expanded(entries: Iterable[Entry], families: dict[int, RuleFamily]) -> Iterator[Entry]:
    for one in entries:
        if "family" not in one:
            yield one
            continue
        family, without = families[one["family"]], set(one.get("except", ()))
        for rule, version, level in family.rules:
            if rule not in without:
                yield _passed(family, rule, version, one.get("measured"), level)


def _passed(family: RuleFamily, rule: int, version: int, measured: str | None, level: str | None) -> Entry:
    said = {"control": family.control, "rule": rule, "version": version, "outcome": "pass"}
    said |= {"dry_run": True} if family.dry_run else {}
    return said | ({} if measured is None else {"measured": measured, "limit": level})


def _family(one: Together) -> orjson.Fragment:
    """Written at once, since an order has many: plain words and digits alone, and grades."""
    text = f'{{"control":"{one.family.control}","family":{one.family.id},"outcome":"pass"'
    if one.number is not None:
        text += f',"measured":"{_text(one.number)}"'
    if one.others:
        text += f',"except":{[one.family.rules[place].id for place in one.others]}'
    return orjson.Fragment(text + "}")


def objection(finding: Finding) -> Entry:
    """As ``entry``, of a finding that is no pass."""
    said = entry(finding)
    assert isinstance(said, dict), said
    return said


def entry(finding: Finding) -> Entry | orjson.Fragment:
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
    said: Entry = {"control": result.control}
    if rule is not None:
        said |= {"rule": rule.id, "version": rule.version}
        if rule.dry_run:
            said["dry_run"] = True
    elif row is not None:
        said |= {"row": row.id, "version": row.version}
    said["outcome"] = _LABELS[result.outcome]
    if result.reason_code:
        said["code"] = result.reason_code
    if result.measured is not None:
        said["measured"] = _text(result.measured)
    if result.limit is not None:
        said["limit"] = _text(result.limit)
    if row is not None and isinstance(result.measured, Decimal):
        said["room"] = plain(max(row.hard - result.measured, ZERO))
    if result.text:
        said["text"] = result.text
    return said


def _plain_pass(finding: Finding) -> bool:
    """Whether it is two numbers and nothing else, as most of what rules find is."""
    result, rule, _ = finding
    return (
        result.outcome is Outcome.PASS and rule is not None and not rule.dry_run and not result.reason_code
        and not result.text and isinstance(result.measured, Decimal) and isinstance(result.limit, Decimal)
    )  # fmt: skip


def _text(number: Number) -> str | None:
    return plain(number) if isinstance(number, Decimal) else number
