"""Breaches as a workbench for compliance, what breaches lead to, daily loss limits, and the evidence of reviews."""

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from oms.admin.base import COMPLIANCE, TRADING, WATCHERS, Kept, ReadOnly, ReasonForm, Roles, may, tell
from oms.base.clock import now
from oms.base.refusal import REASONS, Refusal
from oms.desk import breaches, targets
from oms.desk.asked import Actor
from orders.models import Account, Desk, User
from orders.vocabulary import Role
from risk import cases, losses
from risk.caselife import LIVE, MAY, PENDING, Case, State, Verb, step
from risk.cases import Wish
from risk.controls import CATALOGUE
from risk.models import Breach, BreachPolicy, LossLimit, LossStop, PortfolioReview, Rule

MOST = 200
STATES: dict[str, list[str]] = {
    "to do": sorted(PENDING), "live": sorted(LIVE), **{str(state): [str(state)] for state in State}, "all": list(State),
}  # fmt: skip
# Verb, its key on the page, what the button says, and whether a text goes with it.
BUTTONS = (
    (Verb.ACKNOWLEDGE, "a", "Acknowledge"), (Verb.ASSIGN, "s", "Assign"), (Verb.NOTE, "n", "Note"),
    (Verb.CURE, "c", "Put into cure"), (Verb.ASK_WAIVER, "w", "Ask for a waiver"),
    (Verb.GRANT_WAIVER, "g", "Grant the waiver"), (Verb.REFUSE_WAIVER, "r", "Refuse the waiver"),
)  # fmt: skip


@admin.register(Breach)
class Breaches(ReadOnly):
    """The workbench. Cases open and close by themselves; here they are worked by keyboard."""

    viewers: ClassVar[Roles] = WATCHERS | TRADING
    desk_path = "desk"

    def get_urls(self) -> list[URLPattern]:
        """The details of one case, and what is done with it, beside the usual pages."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/panel/", view(self.panel), name="risk_breach_panel"),
            path("<int:pk>/act/", view(self.act), name="risk_breach_act"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The cases that the filters name, newest first; with ``rows=1`` their rows alone, for a page that is open."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        chosen = _chosen(request)
        rows = _filtered(self.get_queryset(request), chosen, request)
        shown = list(rows.select_related("account", "instrument", "owner", "desk").order_by("-pk")[:MOST])
        context: dict[str, Any] = {"rows": shown, "more": len(shown) == MOST, "today": now().date()}
        if "rows" in request.GET:
            return TemplateResponse(request, "oms/admin/_breach_rows.html", context)
        context |= {
            **self.admin_site.each_context(request), "title": "Breaches", "opts": self.opts, "chosen": chosen,
            "states": list(STATES), "kinds": Breach.Kind.values, "origins": Breach.Origin.values,
            "selected": request.GET.get("selected", ""), "is_nav_sidebar_enabled": False,
        }  # fmt: skip
        return TemplateResponse(request, "oms/admin/breaches.html", context)

    def panel(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One case with its numbers, its story and the buttons of whoever looks."""
        row = self._one(request, pk)
        reason = REASONS.get(row.reason_code)
        context = {
            "row": row, "events": row.events.order_by("-seq"), "remedy": reason.remedy if reason else "",
            "buttons": _buttons(row, request), "control": CATALOGUE.get(row.control), "today": now().date(),
            "people": User.objects.filter(role=Role.COMPLIANCE, is_active=True).order_by("username"),
            "rule": row.rule, "query": request.GET.urlencode(),
        }  # fmt: skip
        return TemplateResponse(request, "oms/admin/_breach.html", context)

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do one thing with one case, and back to the list as it was."""
        row = self._one(request, pk)
        if request.method != "POST":
            raise PermissionDenied
        answer = _done(row, request)
        if isinstance(answer, Refusal):
            tell(self, request, [answer])
        else:
            tell(self, request, [], f"Breach {pk} is {answer.state.replace('_', ' ')}")
        query = QueryDict(request.POST.get("query", "")[:500], mutable=True)
        query["selected"] = str(pk)
        return HttpResponseRedirect(f"{reverse('admin:risk_breach_changelist')}?{query.urlencode()}")

    def _one(self, request: HttpRequest, pk: int) -> Breach:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("account", "instrument", "owner", "desk", "order", "rule")
        row: Breach | None = rows.filter(pk=pk).first()
        if row is None:
            raise Http404
        return row


def _chosen(request: HttpRequest) -> dict[str, str]:
    """The filters; what is not one of their values is left out."""
    asked = {name: request.GET.get(name, "") for name in ("state", "owner", "origin", "kind")}
    values = {"state": STATES, "owner": ("me", "nobody"), "origin": Breach.Origin.values, "kind": Breach.Kind.values}
    known = {name: value for name, value in asked.items() if value in values[name]}
    return {"state": "to do", "owner": "", "origin": "", "kind": "", **known}


def _filtered(rows: QuerySet[Breach], chosen: dict[str, str], request: HttpRequest) -> QuerySet[Breach]:
    which = Q(state__in=STATES[chosen["state"]])
    if chosen["owner"]:
        which &= Q(owner=request.user.pk) if chosen["owner"] == "me" else Q(owner=None)
    for name in ("origin", "kind"):
        if chosen[name]:
            which &= Q(**{name: chosen[name]})
    return rows.filter(which)


def _buttons(row: Breach, request: HttpRequest) -> list[dict[str, str]]:
    """What whoever looks may do now: the kernel is asked, with a text, as though it were given."""
    assert isinstance(request.user, User)
    who = breaches.who(Actor.of(request.user))
    case = Case(State(row.state), row.waiver_asked_by_id)
    return [
        {"verb": verb, "key": key, "name": name}
        for verb, key, name in BUTTONS
        if verb in MAY and not isinstance(step(case, verb, who, "said"), Refusal)
    ]


def _done(row: Breach, request: HttpRequest) -> Breach | Refusal:
    assert isinstance(request.user, User)
    actor, said = Actor.of(request.user), request.POST
    if said.get("verb") not in [str(verb) for verb, _, _ in BUTTONS]:
        return Refusal("BAD_VALUE", "verb", "that cannot be done with a breach")
    owner, version = said.get("owner", ""), said.get("version", "")
    until: date | None = None
    if said.get("until"):
        try:
            until = date.fromisoformat(said["until"])
        except ValueError:
            return Refusal("BAD_VALUE", "until", "the last day of a waiver is written 2026-11-30")
    wish = Wish(
        row.pk, Verb(said["verb"]), said.get("text", "").strip(), int(version) if version.isdecimal() else None,
        int(owner) if owner.isdecimal() and len(owner) < 10 else None, until,
    )  # fmt: skip
    [answer] = cases.act([wish], breaches.who(actor), breaches.visible(actor))
    return answer


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a breach leads to. A rule's policy is for the rule's own control."""

    control = forms.ChoiceField(choices=[(c.id, f"{c.id} {c.name}") for c in CATALOGUE.values() if not c.silent])

    class Meta:
        model = BreachPolicy
        fields = ("control", "rule", "action", "cure_days", "calendar")

    def clean(self) -> dict[str, Any]:
        """A rule of another control would never be met."""
        values = super().clean() or {}
        rule: Rule | None = values.get("rule")
        if rule is not None and rule.control != values.get("control"):
            self.add_error("rule", f"This is a rule of {rule.control}.")
        return values


@admin.register(BreachPolicy)
class BreachPolicies(Kept):
    """What a breach of each control or rule leads to: an alert, a hold or a cancel; and by when it must be cured."""

    editors = COMPLIANCE
    deletable = True
    form = PolicyForm
    list_display = ("control", "rule", "action", "cure_days", "calendar")
    list_filter = ("action",)
    list_select_related = ("rule",)


class LimitForm(forms.ModelForm):  # type: ignore[type-arg]
    """Levels of a daily loss, the scope named as people name it, and the version they were changed on."""

    target = forms.CharField(
        max_length=150, help_text="account code, desk code, user name, or SenderCompID of a strategy"
    )
    reason = forms.CharField(required=False, max_length=100, help_text="why; kept in the history")
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = LossLimit
        fields = ("scope", "target", "currency", "warn", "reduce_only", "halt", "cancel", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "target" in self.fields:
            self.fields["target"].initial = named(self.instance)
            self.fields["seen"].initial = self.instance.version

    def clean(self) -> dict[str, Any]:
        """The target becomes the key of its row; whoever changed the levels meanwhile is not overwritten."""
        values = super().clean() or {}
        scope, target = values.get("scope", ""), values.get("target", "").strip()
        found = target if scope == LossLimit.Scope.STRATEGY else _key(scope, target)
        if scope and target and not found:
            self.add_error("target", f"There is no {scope} {target}.")
        self.instance.scope_id = found or ""
        if self.instance.pk and values.get("seen") != self.instance.version:
            raise forms.ValidationError(f"The levels are at version {self.instance.version} now: open them again.")
        return values


def _key(scope: str, target: str) -> str:
    found = targets.find(scope, target) if scope and target else None
    return found.scope_id if isinstance(found, targets.Target) else ""


def named(limit: LossLimit) -> str:
    """The scope of a limit as people name it."""
    models: dict[str, tuple[type[Model], str]] = {
        "account": (Account, "code"), "desk": (Desk, "code"), "trader": (User, "username"),
    }  # fmt: skip
    if limit.scope not in models:
        return limit.scope_id
    model, column = models[limit.scope]
    return str(
        model._default_manager.filter(pk=limit.scope_id).values_list(column, flat=True).first() or limit.scope_id
    )


@admin.register(LossLimit)
class LossLimits(Kept):
    """Levels of today's loss and what each leads to. Each change is a version; one that is over is made inactive."""

    editors = COMPLIANCE
    form = LimitForm
    list_display = (
        "scope",
        "scope_id",
        "currency",
        "warn",
        "reduce_only",
        "halt",
        "cancel",
        "active",
        "version",
        "author",
    )
    list_filter = ("scope", "active")
    list_select_related = ("author",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through risk, which checks them and gives them their version."""
        written = losses.put(obj, request.user, form.cleaned_data.get("reason", ""))
        if isinstance(written, list):
            tell(self, request, written)


@admin.register(LossStop)
class LossStops(ReadOnly):
    """What losses have led to, day by day; released here, for the day, by another person."""

    action_form = ReasonForm
    list_display = (
        "limit", "date", "action", "level", "realised", "unrealised", "at", "released_by", "released_at", "reason",
    )  # fmt: skip
    list_filter = ("action", "date", ("released_at", admin.EmptyFieldListFilter))
    list_select_related = ("limit", "released_by")
    actions = ("release",)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may release."""
        return may(request, COMPLIANCE)

    @admin.action(description="Release for the day", permissions=["operate"])
    def release(self, request: HttpRequest, rows: QuerySet[LossStop]) -> None:
        """One by one: each needs another person than set its levels, and one who does not trade in its scope."""
        reason = request.POST.get("reason", "")
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        answers = [losses.release(key, request.user, reason) for key in keys]
        refusals = [answer for answer in answers if isinstance(answer, Refusal)]
        done = len(answers) - len(refusals)
        tell(self, request, refusals, f"{done} released for the day" if done else "")


@admin.register(PortfolioReview)
class PortfolioReviews(ReadOnly):
    """The evidence of portfolio compliance: every rule that ran on every portfolio, also those that passed."""

    list_display = ("id", "run", "account", "date", "trigger", "by", "at", "outcome")
    list_filter = ("outcome", "trigger", "date")
    search_fields = ("=account__code", "=run")
    list_select_related = ("account",)
