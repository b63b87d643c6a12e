"""Risk rules, restrictions and decisions. Compliance keeps them, through risk's own verbs."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from oms.admin.base import AUDITORS, COMPLIANCE, Kept, ReadOnly, ReasonForm, may, tell
from oms.base.refusal import Refusal
from risk import evidence, rules
from risk.controls import CATALOGUE
from risk.models import Decision, Reservation, Restriction, Rule, RuleProposal, Usage
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
        elif isinstance(written, RuleProposal):
            said = f"Proposal {written.pk} waits under Proposed rules for another person; until then nothing changes."
            tell(self, request, (), said)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """What was only proposed is no row yet."""
        return super().log_addition(request, obj, message) if obj.pk else None

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponseBase:
        """Of what was only proposed there is no page yet."""
        if obj.pk:
            return super().response_add(request, obj, post_url_continue)
        return HttpResponseRedirect(reverse("admin:risk_ruleproposal_changelist"))


def _worded(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    return "yes" if value is True else str(value)


@admin.register(RuleProposal)
class RuleProposals(ReadOnly):
    """Rules that two must agree on (PT-36), as one of them wants them; approved or refused here by another."""

    action_form = ReasonForm
    list_display = ("id", "state", "what", "wants", "author", "at", "reason", "decided_by", "decided_at", "answer")
    list_filter = ("state",)
    list_select_related = ("rule", "author", "decided_by")
    actions = ("approve", "refuse")

    @admin.display(description="rule")
    def what(self, one: RuleProposal) -> str:
        """Its control and name, and the version it changes."""
        version = f", version {one.seen}" if one.seen else ", new"
        return f"{one.fields['control']} {one.fields['name']}{version}"

    @admin.display(description="as it would be")
    def wants(self, one: RuleProposal) -> str:
        """Its parameters, its scope and its times, without what is empty."""
        rest = {name: value for name, value in one.fields.items() if name not in ("control", "name") and value}
        return "; ".join(
            f"{name.removesuffix('_id').replace('_', ' ')} {_worded(value)}" for name, value in rest.items()
        )

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may decide."""
        return may(request, COMPLIANCE)

    @admin.action(description="Approve: it comes into force", permissions=["operate"])
    def approve(self, request: HttpRequest, rows: QuerySet[RuleProposal]) -> None:
        """One by one, each by another person than proposed it."""
        self._decide(request, rows, approve=True)

    @admin.action(description="Refuse", permissions=["operate"])
    def refuse(self, request: HttpRequest, rows: QuerySet[RuleProposal]) -> None:
        """One by one, for a reason."""
        self._decide(request, rows, approve=False)

    def _decide(self, request: HttpRequest, rows: QuerySet[RuleProposal], *, approve: bool) -> None:
        keys, reason = list(rows.order_by("pk").values_list("pk", flat=True)), request.POST.get("reason", "")
        answers = [rules.decide(key, request.user, reason, approve=approve) for key in keys]
        refusals = [answer for answer in answers if isinstance(answer, Refusal)]
        done = len(answers) - len(refusals)
        tell(self, request, refusals, f"{done} {'in force' if approve else 'refused'}" if done else "")


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
    exclude = ("findings",)
    readonly_fields = ("checks",)

    @admin.display(description="findings")
    def checks(self, row: Decision) -> SafeString:
        """One line for each rule, row of the table of limits and standing control."""
        lines = evidence.of([row])[row.pk]
        return format_html_join(mark_safe("<br>"), "{}", ((_line(one),) for one in lines))


def _line(finding: dict[str, Any]) -> str:
    """A finding in words, the numbers first."""
    names = ("control", "outcome", "rule", "row", "version", "measured", "limit", "room", "code", "text")
    said = [f"{name} {finding[name]}" for name in names[2:] if finding.get(name) is not None]
    return f"{finding['control']}: {finding['outcome']}" + (f"; {', '.join(said)}" if said else "")


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
