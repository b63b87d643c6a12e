"""The life of a rule of Compliance: drafted, tested, approved by another person, in force, ended by two people.

Nothing is changed, ever: whoever edits writes the next version. What is in force under CR-01 is the last approved
version, from its date on; the one before it ends at that moment.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.db import transaction
from django.db.models import Q

from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from risk import naming
from risk.controls.compliance import CONTROL
from risk.models import Rule, RuleStep, RuleVersion, WrittenRule
from risk.pipeline import Pipeline, cases, read, refer
from risk.result import show

CODE = re.compile(r"[A-Z][A-Z0-9-]{1,23}")
LONGEST_TITLE, LONGEST_WHY, LONGEST_NOTE, LONGEST_REASON = 80, 500, 200, 500
LONGEST_JSON = 256 * 1024
Kind = RuleStep.Kind


class Draft(NamedTuple):
    """What somebody wrote. ``pipeline`` and ``cases`` are JSON as it came; ``note`` says what was changed, and why."""

    title: str
    pipeline: Any
    cases: Any
    why: str = ""
    dry_run: bool = False
    effective_from: datetime | None = None
    effective_to: datetime | None = None
    note: str = ""


class Understood(NamedTuple):
    """A draft that makes sense: the rule with the others' filters in place, read, and its cases."""

    resolved: Any
    pipeline: Pipeline
    cases: list[cases.Case]


def draft(code: str, text: Draft, actor: Any, seen: int = 0) -> RuleVersion | list[Refusal]:
    """Write the next version of rule ``code``, or answer every fault. ``seen`` is the version it was made from.

    Nothing is saved of a draft that does not make sense.
    """
    faults = [*_code(code), *_texts(text)]
    understood = understand(code, text.pipeline, text.cases)
    if isinstance(understood, list):
        faults += understood
    if faults or isinstance(understood, list):
        return faults
    at = now()
    with transaction.atomic():
        WrittenRule.objects.bulk_create(
            [WrittenRule(code=code, created_at=at, created_by=actor)], ignore_conflicts=True
        )
        rule = locked(WrittenRule.objects.filter(code=code)).get()
        last = rule.versions.order_by("-number").values_list("number", flat=True).first() or 0
        if last != seen:
            text_ = f"Rule {code} is at version {last}; you wrote from version {seen}"
            # A rule that begins is not left without a version.
            transaction.set_rollback(True)
            return [Refusal("VERSION_CONFLICT", "seen", text_)]
        return RuleVersion.objects.create(
            rule=rule, number=last + 1, title=text.title.strip(), why=text.why.strip(), pipeline=text.pipeline,
            resolved=understood.resolved, cases=text.cases, dry_run=text.dry_run, effective_from=text.effective_from,
            effective_to=text.effective_to, author=actor, at=at, note=text.note.strip(),
        )  # fmt: skip


def understand(code: str, pipeline: Any, raw_cases: Any) -> Understood | list[Refusal]:
    """What a draft says, or everything that is wrong with it. Three statements and one for each kind of name."""
    faults = _writable(pipeline, raw_cases)
    if faults:
        return faults
    others = _last_written() if refer.names_in(pipeline) else {}
    # What is no object names no other rule, and is for the reader to refuse.
    resolved = refer.inlined(code, pipeline, others) if isinstance(pipeline, dict) else pipeline
    named_wrongly = isinstance(pipeline, dict) and isinstance(resolved, list)
    rule = resolved if named_wrongly else read(resolved)
    if isinstance(rule, list):
        faults += rule
    else:
        faults += naming.unknown(rule)
    found = cases.read(raw_cases)
    faults += [one for one in found if isinstance(one, Refusal)]
    if faults or isinstance(rule, list):
        return faults
    return Understood(resolved, rule, [one for one in found if isinstance(one, cases.Case)])


def test(version_id: int, actor: Any) -> RuleStep | list[Refusal]:
    """Run the version's own cases and keep what came of them."""
    version = RuleVersion.objects.filter(pk=version_id).first()
    if version is None:
        return [_unknown(version_id)]
    at = now()
    outcomes, faults = _run(version, at)
    if faults:
        return faults
    return RuleStep.objects.create(
        version=version, kind=Kind.TESTED, by=actor, at=at, results=[_result(one) for one in outcomes],
        green=bool(outcomes) and all(one.green for one in outcomes) and not cases.lacking([o.case for o in outcomes]),
    )  # fmt: skip


def approve(version_id: int, actor: Any, reason: str = "") -> RuleStep | list[Refusal]:
    """Bring a version into force from its date on, or say why not. Whoever wrote it may not.

    Its cases are run once more: they hold for the version as it is, not for what somebody once tested.
    """
    with transaction.atomic():
        version = RuleVersion.objects.filter(pk=version_id).select_related("rule").first()
        if version is None:
            return [_unknown(version_id)]
        locked(WrittenRule.objects.filter(pk=version.rule_id)).get()
        at = now()
        start = max(version.effective_from or at, at)
        faults = [
            *_not_approvable(version, actor, start),
            *_long(reason, "reason", LONGEST_REASON),
            *_untested(version, at),
        ]
        if faults:
            return faults
        _end(version.rule, start, actor, f"version {version.number} follows")
        rule = Rule(
            control=CONTROL, name=version.title, dry_run=version.dry_run, effective_from=start,
            effective_to=version.effective_to, params={"name": version.title, "pipeline": version.resolved},
            **naming.columns(read(version.resolved)),
        )  # fmt: skip
        _save(rule, actor, f"{version} approved")
        return RuleStep.objects.create(
            version=version, kind=Kind.APPROVED, by=actor, maker_id=version.author_id, at=at, reason=reason.strip(),
            enforced=rule,
        )  # fmt: skip


def ask_end(version_id: int, actor: Any, reason: str) -> RuleStep | list[Refusal]:
    """Ask that an approved version be retired. Another person does it."""
    with transaction.atomic():
        version, faults = _approved(version_id)
        if not reason.strip():
            faults.append(Refusal("MISSING", "reason", "a rule ends for a reason: state it"))
        faults += _long(reason, "reason", LONGEST_REASON)
        if version is None or faults:
            return faults
        return RuleStep.objects.create(version=version, kind=Kind.END_ASKED, by=actor, at=now(), reason=reason.strip())


def retire(version_id: int, actor: Any) -> RuleStep | list[Refusal]:
    """End an approved version whose end another person asked for. It stops no order from now on."""
    with transaction.atomic():
        version, faults = _approved(version_id)
        if version is None or faults:
            return faults
        asked = version.steps.filter(kind=Kind.END_ASKED).order_by("-pk").first()
        if asked is None:
            return [
                Refusal("SECOND_PERSON", "", "nobody has asked that this rule end: ask, and another person ends it")
            ]
        if asked.by_id == actor.pk:
            return [Refusal("SAME_PERSON", "", "Whoever asked that a rule end may not end it: ask another person")]
        at = now()
        _end(version.rule, at, actor, f"{version} retired")
        return RuleStep.objects.create(
            version=version, kind=Kind.RETIRED, by=actor, maker_id=asked.by_id, at=at, reason=asked.reason
        )


def state(version: RuleVersion, steps: Sequence[RuleStep], at: datetime) -> str:
    """Where a version stands: draft, tested, failing, approved (its date is to come), in force, over or retired."""
    kinds = {step.kind for step in steps}
    if Kind.RETIRED in kinds:
        return "retired"
    approval = next((step for step in steps if step.kind == Kind.APPROVED), None)
    if approval is not None:
        rule = approval.enforced
        assert rule is not None
        if not rule.active or (rule.effective_to is not None and rule.effective_to <= at):
            return "over"
        return "approved" if rule.effective_from > at else "dry run" if rule.dry_run else "in force"
    tests = [step for step in steps if step.kind == Kind.TESTED]
    return "draft" if not tests else "tested" if tests[-1].green else "failing"


def _not_approvable(version: RuleVersion, actor: Any, start: datetime) -> list[Refusal]:
    """Everything but the tests that stands against an approval."""
    faults = []
    last = version.rule.versions.order_by("-number").values_list("number", flat=True).first()
    if last != version.number:
        faults.append(Refusal("RULE_CHANGED", "version", f"version {last} was written since: look at that one"))
    if version.steps.filter(kind=Kind.APPROVED).exists():
        faults.append(Refusal("RULE_CHANGED", "version", f"{version} is approved already"))
    if version.author_id == actor.pk:
        text = "Whoever wrote this version may not approve it: ask another person"
        faults.append(Refusal("SAME_PERSON", "", text))
    if version.effective_to is not None and version.effective_to <= start:
        text = f"it would end on {version.effective_to:%Y-%m-%d %H:%M} UTC, before it begins"
        faults.append(Refusal("BAD_PERIOD", "effective_to", text))
    return faults


def _untested(version: RuleVersion, at: datetime) -> list[Refusal]:
    """What is wrong with the tests: none were run, one fails, or they do not show both ends."""
    outcomes, faults = _run(version, at)
    if faults:
        return faults
    if not version.steps.filter(kind=Kind.TESTED).exists():
        faults.append(Refusal("RULE_NOT_TESTED", "cases", "nobody has run the test cases of this version"))
    faults += cases.lacking([outcome.case for outcome in outcomes])
    for one in outcomes:
        if not one.green:
            text = f"test case {one.case.name!r} expects {one.case.expect}, and the rule says {one.answer.level}"
            faults.append(Refusal("RULE_NOT_TESTED", "cases", text))
    return faults


def _run(version: RuleVersion, at: datetime) -> tuple[list[cases.Outcome], list[Refusal]]:
    rule, found = read(version.resolved), cases.read(version.cases)
    faults = [*(rule if isinstance(rule, list) else ()), *(one for one in found if isinstance(one, Refusal))]
    if faults or isinstance(rule, list):
        return [], faults
    return cases.run(rule, [one for one in found if isinstance(one, cases.Case)], at), []


def _result(outcome: cases.Outcome) -> dict[str, Any]:
    """One outcome as it is kept and shown."""
    answer = outcome.answer
    return {
        "name": outcome.case.name, "expect": outcome.case.expect.value, "level": answer.level.value,
        "green": outcome.green, "number": _shown(answer.number), "limit": _shown(answer.limit),
        "room": _shown(answer.room), "text": answer.text,
    }  # fmt: skip


def _shown(number: Any) -> str:
    return "" if number is None else number if isinstance(number, str) else show(number)


def _approved(version_id: int) -> tuple[RuleVersion | None, list[Refusal]]:
    """A version in force or to come, its rule locked; or why there is nothing to end."""
    version = RuleVersion.objects.filter(pk=version_id).select_related("rule").first()
    if version is None:
        return None, [_unknown(version_id)]
    locked(WrittenRule.objects.filter(pk=version.rule_id)).get()
    standing = state(version, list(version.steps.select_related("enforced")), now())
    if standing not in ("approved", "in force", "dry run"):
        return None, [Refusal("RULE_CHANGED", "version", f"{version} is not in force: it is {standing}")]
    return version, []


def _end(rule: WrittenRule, at: datetime, actor: Any, reason: str) -> None:
    """End what is in force of a rule at ``at``; what would begin only then never does."""
    standing = Rule.objects.filter(Q(effective_to__isnull=True) | Q(effective_to__gt=at), active=True)
    for one in locked(standing.filter(approvals__version__rule=rule)):
        if one.effective_from < at:
            one.effective_to = at
        else:
            one.active = False
        one.version += 1
        _save(one, actor, reason)


def _save(rule: Rule, actor: Any, reason: str) -> None:
    # The two attributes by which django-simple-history is told who and why.
    rule._history_user, rule._change_reason = actor, reason[:100]  # type: ignore[attr-defined]
    rule.save()


def _last_written() -> dict[str, Any]:
    """The last version of every rule, by code. One statement."""
    rows = RuleVersion.objects.order_by("rule_id", "-number").distinct("rule_id")
    return dict(rows.values_list("rule__code", "pipeline"))


def _writable(*raw: Any) -> list[Refusal]:
    """What the database could not keep, or nobody could read."""
    try:
        text = orjson.dumps(raw, default=str)
    except TypeError:
        return [Refusal("BAD_TEXT", "pipeline", "the rule and its cases must be JSON, in text that can be written")]
    if b"\\u0000" in text:
        return [Refusal("BAD_TEXT", "pipeline", "the rule or its cases hold a character that is not allowed")]
    if len(text) > LONGEST_JSON:
        return [Refusal("TOO_LONG", "pipeline", f"the rule and its cases: at most {LONGEST_JSON // 1024} KiB")]
    return []


def _code(code: str) -> list[Refusal]:
    if CODE.fullmatch(code):
        return []
    text = "code must be 2 to 24 capital letters, digits and dashes, and begin with a letter: TECH-WEIGHT"
    return [Refusal("BAD_VALUE", "code", text)]


def _texts(text: Draft) -> list[Refusal]:
    faults = [
        *([] if text.title.strip() else [Refusal("MISSING", "title", "say in a few words what the rule is called")]),
        *_long(text.title, "title", LONGEST_TITLE),
        *_long(text.why, "why", LONGEST_WHY),
        *_long(text.note, "note", LONGEST_NOTE),
    ]
    if text.effective_from and text.effective_to and text.effective_to <= text.effective_from:
        faults.append(Refusal("BAD_PERIOD", "effective_to", "the rule must end after it begins"))
    return faults


def _long(text: str, field: str, longest: int) -> list[Refusal]:
    if "\x00" in text:
        return [Refusal("BAD_TEXT", field, f"{field} holds a character that is not allowed")]
    return [Refusal("TOO_LONG", field, f"{field}: at most {longest} characters")] if len(text) > longest else []


def _unknown(version_id: int) -> Refusal:
    return Refusal("UNKNOWN_RULE", "version", f"there is no version {version_id} of a rule")
