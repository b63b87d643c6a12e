"""Risk rules, restrictions, kill switches and decisions. Compliance keeps them, through risk's own verbs."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from oms.admin.base import AUDITORS, COMPLIANCE, ByRole, Kept, ReadOnly, may, tell
from oms.base.refusal import Refusal
from orders.models import Account, Desk, Instrument, User
from risk import kill, rules
from risk.controls import CATALOGUE
from risk.models import Decision, KillSwitch, Reservation, Restriction, Rule, Usage
from risk.params import declared
from routing.models import Venue


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


class EngageForm(forms.ModelForm):  # type: ignore[type-arg]
    """A kill switch to be thrown, its target named as people name it."""

    target = forms.CharField(
        required=False,
        max_length=150,
        help_text="desk code, user name, account code, symbol.MIC or venue; nothing for the firm",
    )

    class Meta:
        model = KillSwitch
        fields = ("scope", "target", "reason")

    def clean(self) -> dict[str, Any]:
        """The target becomes the key of its row."""
        values = super().clean() or {}
        scope, target = values.get("scope", ""), values.get("target", "").strip()
        found = key_of(scope, target) if target else ""
        if found is None:
            self.add_error("target", f"There is no {scope} {target}.")
        elif scope and (scope == KillSwitch.Scope.FIRM) != (found == ""):
            self.add_error("target", "The firm has no target; every other scope needs one.")
        else:
            self.instance.scope_id = found
        return values

    def _get_validation_exclusions(self) -> set[str]:
        """The switch that is on already is answered by the verb, not by the form."""
        return {*super()._get_validation_exclusions(), "scope"}


def key_of(scope: str, target: str) -> str | None:
    """The scope id of what people call ``target``; None if there is no such thing."""
    symbol, _, mic = target.rpartition(".")
    rows: dict[str, QuerySet[Any]] = {
        "desk": Desk.objects.filter(code=target),
        "trader": User.objects.filter(username=target),
        "account": Account.objects.filter(code=target),
        "instrument": Instrument.objects.filter(symbol=symbol, primary_mic=mic),
        "venue": Venue.objects.filter(mic=target),
    }
    found = rows[scope].values_list("pk", flat=True).first() if scope in rows else None
    return None if found is None else str(found)


@admin.register(KillSwitch)
class KillSwitches(ByRole):
    """Kill switches: engaged here, released here by another person, never edited."""

    editors = COMPLIANCE
    form = EngageForm
    list_display = ("scope", "scope_id", "reason", "engaged_by", "engaged_at", "released_by", "released_at", "active")
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
        return may(request, COMPLIANCE)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Engage it. Whoever engages one that is on already is shown that one."""
        engaged = kill.engage(obj.scope, obj.scope_id, request.user, obj.reason)
        if isinstance(engaged, Refusal):
            tell(self, request, [engaged])
        else:
            obj.pk = engaged.pk

    @admin.action(description="Release selected kill switches", permissions=["operate"])
    def release(self, request: HttpRequest, rows: QuerySet[KillSwitch]) -> None:
        """One by one: each needs another person than engaged it."""
        answers = [kill.release(key, request.user) for key in rows.order_by("pk").values_list("pk", flat=True)]
        refusals = [answer for answer in answers if isinstance(answer, Refusal)]
        done = len(answers) - len(refusals)
        tell(self, request, refusals, f"{done} kill switches released" if done else "")


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
