"""Writing rules: the only way to change one, so that each change has a version, an author and a reason.

Rules that say what one person alone may let through (PT-36) are no one person's to change: what is wanted is a
proposal, which another approves.
"""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from oms.base import bell
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from risk.controls.brakes import FOUR_EYES
from risk.models import Rule, RuleProposal

BY_TWO = frozenset({FOUR_EYES})
COLUMNS = ("control", "name", "desk_id", "account_id", "instrument_id", "asset_class", "params", "dry_run", "active")
TIMES = ("effective_from", "effective_to")


def put(rule: Rule, actor: Any, reason: str = "") -> Rule | RuleProposal | list[Refusal]:
    """Save a new or edited ``rule`` under its next version, or answer every fault. ``actor`` is a user.

    An edit made on a version that is no longer the latest is refused. Of controls that two must agree on the answer is
    the proposal, and the rule stays as it is.
    """
    faults = _faults(rule)
    if faults:
        return faults
    with transaction.atomic():
        stored = locked(Rule.objects.filter(pk=rule.pk)).first() if rule.pk is not None else None
        if conflict := _conflict(rule, stored):
            return [conflict]
        if BY_TWO & {rule.control, stored.control if stored else rule.control}:
            return _propose(rule, actor, reason)
        return _write(rule, actor, reason)


def decide(proposal_id: int, actor: Any, answer: str, *, approve: bool) -> RuleProposal | Refusal:
    """Bring a proposed rule into force, or refuse it for a reason. ``actor``, a user, is not its author."""
    with transaction.atomic():
        one = locked(RuleProposal.objects.filter(pk=proposal_id)).first()
        if one is None or one.state != RuleProposal.State.ASKED:
            return Refusal("PROPOSAL_DECIDED", "id", f"proposal {proposal_id} does not wait for anybody")
        if one.author_id == actor.pk:
            return Refusal("SAME_PERSON", "", "whoever proposed the rule may not decide on it: ask another person")
        if not approve and not answer.strip():
            return Refusal("MISSING", "reason", "a proposal is refused for a reason: state it")
        one.decided_by, one.decided_at, one.answer = actor, now(), answer[:100]
        one.state = RuleProposal.State.APPROVED if approve else RuleProposal.State.REFUSED
        if approve:
            written = _enforced(one, actor)
            if isinstance(written, Refusal):
                return written
            one.rule = written
        one.save()
        return one


def _propose(rule: Rule, actor: Any, reason: str) -> RuleProposal | list[Refusal]:
    if rule.pk is not None and RuleProposal.objects.filter(rule_id=rule.pk, state="asked").exists():
        text = f"a change of rule {rule.pk} waits already: have it approved or refused first"
        return [Refusal("VERSION_CONFLICT", "version", text)]
    fields = {name: getattr(rule, name) for name in COLUMNS}
    times = {name: at.isoformat() if (at := getattr(rule, name)) else None for name in TIMES}
    return RuleProposal.objects.create(
        rule_id=rule.pk, seen=rule.version if rule.pk is not None else 0, fields=fields | times, reason=reason[:100],
        author=actor, at=now(),
    )  # fmt: skip


def _enforced(one: RuleProposal, actor: Any) -> Rule | Refusal:
    """The rule as it was proposed, under its next version, unless it has changed meanwhile."""
    times = {name: datetime.fromisoformat(one.fields[name]) if one.fields[name] else None for name in TIMES}
    values = {name: one.fields[name] for name in COLUMNS} | times
    stored = locked(Rule.objects.filter(pk=one.rule_id)).first() if one.rule_id else None
    rule = Rule.objects.get(pk=one.rule_id) if one.rule_id else Rule()
    for name, value in values.items():
        setattr(rule, name, value)
    rule.version = one.seen or 1
    faults = [*filter(None, [_conflict(rule, stored)]), *_faults(rule)]
    if faults:
        return faults[0]
    return _write(rule, actor, f"proposed by {one.author}: {one.reason}")


def _conflict(rule: Rule, stored: Rule | None) -> Refusal | None:
    if stored is None or stored.version == rule.version:
        return None
    text = f"Rule {rule.pk} is at version {stored.version}; you changed version {rule.version}"
    return Refusal("VERSION_CONFLICT", "version", text)


def _write(rule: Rule, actor: Any, reason: str) -> Rule:
    if rule.pk is not None:
        rule.version += 1
    # The two attributes by which django-simple-history is told who and why.
    rule._history_user, rule._change_reason = actor, reason[:100] or None  # type: ignore[attr-defined]
    rule.save()
    bell.ring_on_commit("intrade")
    return rule


def _faults(rule: Rule) -> list[Refusal]:
    try:
        rule.full_clean()
    except ValidationError as error:
        return [
            Refusal("BAD_VALUE", "" if name == "__all__" else name, text)
            for name, texts in error.message_dict.items()
            for text in texts
        ]
    return []
