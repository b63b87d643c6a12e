"""Writing rules: the only way to change one, so that each change has a version, an author and a reason."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from oms.base import bell
from oms.base.locks import locked
from oms.base.refusal import Refusal
from risk.models import Rule


def put(rule: Rule, actor: Any, reason: str = "") -> Rule | list[Refusal]:
    """Save a new or edited ``rule`` under its next version, or answer every fault. ``actor`` is a user.

    An edit made on a version that is no longer the latest is refused.
    """
    faults = _faults(rule)
    if faults:
        return faults
    with transaction.atomic():
        if rule.pk is not None:
            latest = locked(Rule.objects.filter(pk=rule.pk)).values_list("version", flat=True).first()
            if latest != rule.version:
                text = f"Rule {rule.pk} is at version {latest}; you changed version {rule.version}"
                return [Refusal("VERSION_CONFLICT", "version", text)]
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
