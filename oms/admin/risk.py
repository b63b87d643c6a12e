"""Risk rules, restrictions and decisions. Compliance keeps them, through risk's own verbs."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from oms.admin.base import AUDITORS, COMPLIANCE, Kept, ReadOnly, may, tell
from risk import rules
from risk.controls import CATALOGUE
from risk.models import Decision, Reservation, Restriction, Rule, Usage
from risk.params import declared


def parameters_help() -> str:
    """What each control takes, for the form."""
    lines = []
    for control in CATALOGUE.values():
        if control.by_rule:
            names = ", ".join(declared(control.params)) or "nothing"
            lines.append(f"{control.id} {control.name}: {names}")
    return "A JSON object; numbers as text. " + "; ".join(lines)


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rule, the reason for the change, and the version it was made on."""

    control = forms.ChoiceField(choices=[(c.id, f"{c.id} {c.name}") for c in CATALOGUE.values() if c.by_rule])
    reason = forms.CharField(required=False, max_length=100, help_text="why; kept in the rule's history")
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Rule
        fields = (
            "control", "name", "desk", "account", "instrument", "asset_class", "params", "dry_run", "active",
            "effective_from", "effective_to",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # For those who may only read, the fields are not part of the form.
        if "params" in self.fields:
            self.fields["params"].help_text = parameters_help()
        if self.instance.pk:
            self.fields["seen"].initial = self.instance.version

    def clean(self) -> dict[str, Any]:
        """Whoever changed the rule meanwhile is not overwritten."""
        values = super().clean() or {}
        if self.instance.pk and values.get("seen") != self.instance.version:
            raise forms.ValidationError(f"The rule is at version {self.instance.version} now: open it again.")
        return values


@admin.register(Rule)
class Rules(Kept):
    """Rules. Each change is a new version; one that is over is made inactive."""

    editors = COMPLIANCE
    form = RuleForm
    list_display = (
        "control", "name", "desk", "account", "instrument", "asset_class", "params", "dry_run", "active", "version",
    )  # fmt: skip
    list_filter = ("control", "active", "dry_run", "asset_class", "desk")
    search_fields = ("name", "control")
    list_select_related = ("desk", "account", "instrument")
    autocomplete_fields = ("instrument", "account")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through risk, which checks it and gives it its version."""
        written = rules.put(obj, request.user, form.cleaned_data.get("reason", ""))
        # The form has checked the same things, so a refusal here is a rival who was quicker by a moment.
        if isinstance(written, list):
            tell(self, request, written)


@admin.register(Restriction)
class Restrictions(Kept):
    """The lists: restricted, sell-only, watch, grey, exclusion, easy to borrow. An entry ends by its date."""

    editors = COMPLIANCE
    viewers = COMPLIANCE
    list_display = ("kind", "instrument", "issuer", "account", "side", "effective_from", "effective_to", "source")
    list_filter = ("kind", "side")
    search_fields = ("=instrument__symbol", "issuer")
    list_select_related = ("instrument", "account")
    autocomplete_fields = ("instrument", "account")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Why a name is restricted is for compliance and auditors."""
        return may(request, COMPLIANCE | AUDITORS)


@admin.register(Decision)
class Decisions(ReadOnly):
    """What risk decided on every order, and why."""

    list_display = ("id", "order", "kind", "at", "outcome", "accepted", "basis")
    list_filter = ("outcome", "accepted", "kind")
    search_fields = ("=order__id",)
    list_select_related = ("order",)


@admin.register(Usage)
class Usages(ReadOnly):
    """How much of the limits is in use."""

    list_display = (
        "kind", "scope_id", "instrument", "position_qty", "open_buy_qty", "open_sell_qty", "open_buy_value",
        "open_sell_value", "open_orders", "executed_value", "executed_on",
    )  # fmt: skip
    list_filter = ("kind",)
    search_fields = ("=instrument__symbol",)
    list_select_related = ("instrument",)


@admin.register(Reservation)
class Reservations(ReadOnly):
    """What each order holds of a limit."""

    list_display = ("order", "usage", "side", "qty", "unit", "traded", "traded_on")
    search_fields = ("=order__id",)
    list_select_related = ("order", "usage")
