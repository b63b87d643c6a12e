"""Kill switches: engaged after the name was repeated, released by another person, and what each took back.

The page at /kill-switches/ does the same live, and shows counts by venue; this is the record.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from oms.admin.base import COMPLIANCE, OPERATIONS, ByRole, ReadOnly, may, tell
from oms.base.refusal import Refusal
from oms.desk import killing, targets
from orders.models import User
from risk.models import KillSwitch, Taken


class EngageForm(forms.ModelForm):  # type: ignore[type-arg]
    """A kill switch to be thrown, its target named as people name it, twice."""

    target = forms.CharField(
        required=False, max_length=150,
        help_text="desk code, user name, account code, client, SenderCompID, symbol.MIC or venue; nothing for the firm",
    )  # fmt: skip
    confirm = forms.CharField(max_length=150, help_text="the target once more; FIRM for the firm")

    class Meta:
        model = KillSwitch
        fields = ("scope", "target", "reason", "confirm")

    def clean(self) -> dict[str, Any]:
        """The target becomes the key of its row, if it was meant."""
        values = super().clean() or {}
        found = targets.find(values.get("scope", ""), values.get("target", ""))
        if isinstance(found, Refusal):
            self.add_error("scope" if found.field == "scope" and "scope" in self.fields else "target", found.text)
        elif values.get("confirm", "").strip() != found.name:
            self.add_error("confirm", f"Repeat the name to confirm: {found.name}.")
        else:
            self.instance.scope_id = found.scope_id
        return values

    def _get_validation_exclusions(self) -> set[str]:
        """The switch that is on already is answered by the verb, not by the form."""
        return {*super()._get_validation_exclusions(), "scope"}


@admin.register(KillSwitch)
class KillSwitches(ByRole):
    """Kill switches: engaged here, released here by another person, never edited."""

    editors = COMPLIANCE | OPERATIONS
    form = EngageForm
    list_display = (
        "scope", "scope_id", "reason", "engaged_by", "engaged_at", "done_at", "released_by", "released_at", "active",
    )  # fmt: skip
    list_filter = ("scope", ("released_at", admin.EmptyFieldListFilter))
    list_select_related = ("engaged_by", "released_by")
    actions = ("release",)

    @admin.display(boolean=True)
    def active(self, switch: KillSwitch) -> bool:
        """Whether it stops trading now."""
        return switch.active

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What was engaged stays on record as it was."""
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may release."""
        return may(request, COMPLIANCE | OPERATIONS)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Engage it. Whoever engages one that is on already is shown that one."""
        assert isinstance(request.user, User)
        said = form.cleaned_data
        engaged = killing.engage(obj.scope, said["target"], obj.reason, said["confirm"], request.user)
        if isinstance(engaged, Refusal):
            tell(self, request, [engaged])
        else:
            obj.pk = engaged.pk

    @admin.action(description="Release selected kill switches", permissions=["operate"])
    def release(self, request: HttpRequest, rows: QuerySet[KillSwitch]) -> None:
        """One by one: each needs another person than engaged it."""
        user = request.user
        assert isinstance(user, User)
        answers = [killing.release(key, "", user) for key in rows.order_by("pk").values_list("pk", flat=True)]
        refusals = [answer for answer in answers if isinstance(answer, Refusal)]
        done = len(answers) - len(refusals)
        tell(self, request, refusals, f"{done} kill switches released" if done else "")


@admin.register(Taken)
class TakenBack(ReadOnly):
    """Every order that a switch took back: where it was, and when its cancel was asked for."""

    list_display = ("switch", "order", "venue", "unsent", "asked_at", "tried_at")
    list_filter = ("unsent", ("asked_at", admin.EmptyFieldListFilter))
    search_fields = ("=order__id", "=switch__id")
    list_select_related = ("switch", "order")
