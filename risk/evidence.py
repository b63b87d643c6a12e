"""Evidence of decisions as it is kept, and as it is read: one entry a rule.

Rules that measure alike are one entry: the number, and the family whose levels it is within. Its exceptions stand after
it, each by itself. In SQL the view ``risk_finding`` has a row a rule.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from oms.base import sets
from oms.base.money import plain
from risk.family import Family, passing
from risk.finding import Finding, Found, Together
from risk.models import Decision, RuleFamily
from risk.result import Number, Outcome, Result
from risk.terms import ZERO
from risk.verdict import Verdict

Entry = dict[str, Any]
COLUMNS = ("id", "control", "dry_run", "rules", "first_at")
_LABELS = {outcome: outcome.label for outcome in Outcome}


def written(found: Iterable[Found]) -> str:
    """What was found of one order, as JSON. What silent controls found is not in it, not even that they passed."""
    said: list[str] = []
    for one in found:
        if isinstance(one, Finding):
            if not one.silent:
                said.append(in_words(one))
            continue
        if len(one.others) < len(one.family.rules):
            said.append(_family(one))
        said += map(in_words, one.exceptions())
    return f"[{','.join(said)}]"


def families(verdicts: Iterable[Verdict], at: datetime) -> sets.Along:
    """The families that the evidence of ``verdicts`` names, to be kept along with it."""
    named: dict[int, Family] = {}
    for verdict in verdicts:
        for one in verdict.found:
            if isinstance(one, Together) and len(one.family.rules) > 1:
                named[one.family.id] = one.family
    rows = [(key, one.control, one.dry_run, one.evidence, at) for key, one in sorted(named.items())]
    return sets.Along(RuleFamily, COLUMNS, rows)


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
        family, without, way = families[one["family"]], set(one.get("except", ())), one.get("way", 0)
        for rule, version, *levels in family.rules:
            if rule not in without:
                yield _passed(family, rule, version, one.get("measured"), levels[way])


def _passed(family: RuleFamily, rule: int, version: int, measured: str | None, level: str | None) -> Entry:
    said = {"control": family.control, "rule": rule, "version": version, "outcome": "pass"}
    said |= {"dry_run": True} if family.dry_run else {}
    numbers = {"measured": measured, "limit": level} if measured is not None else {}
    return said | {name: number for name, number in numbers.items() if number is not None}


def _family(one: Together) -> str:
    """The number that is within the levels of all of them but the exceptions."""
    family, text, level = one.family, one.family.said, one.family.shown[0][one.way]
    if one.number is not None:
        text += f',"measured":"{_text(one.number)}"'
        if one.way and not family.alone:
            text += f',"way":{one.way}'
        if family.alone and level is not None:
            text += f',"limit":"{_text(level)}"'
    if one.others:
        text += f',"except":{[family.rules[place].id for place in one.others]}'
    return text + "}"


def in_words(finding: Finding) -> str:
    """One finding as JSON. What has two numbers, as most of what orders meet, is plain words and digits alone."""
    result, rule, row = finding
    if result.outcome is Outcome.PASS and not result.reason_code:
        if rule is None and row is None:
            return _standing(result)
        if rule is not None and isinstance(result.measured, Decimal) and isinstance(result.limit, Decimal):
            return f'{passing(rule)},"measured":"{plain(result.measured)}","limit":"{plain(result.limit)}"}}'
        if row is not None and isinstance(result.measured, Decimal):
            room = plain(max(row.hard - result.measured, ZERO))
            return (
                f'{{"control":"{result.control}","row":{row.id},"version":{row.version},"outcome":"pass",'
                f'"measured":"{plain(result.measured)}","limit":"{row.shown}","room":"{room}"}}'
            )
    return orjson.dumps(entry(finding)).decode()


@lru_cache(maxsize=4096)
def _standing(result: Result) -> str:
    """What a control without a rule finds where it objects to nothing is nearly always the same."""
    return orjson.dumps(entry(Finding(result))).decode()


def entry(finding: Finding) -> Entry:
    """One finding as evidence. What a pass leaves empty is left out."""
    result, rule, row = finding
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


def _text(number: Number) -> str | None:
    return plain(number) if isinstance(number, Decimal) else number
