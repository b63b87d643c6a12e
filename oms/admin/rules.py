"""Rules of Compliance: the list, the editor with its reading, tests, approval, backtests, the end, and the history."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from oms.admin import ruleform
from oms.admin.base import COMPLIANCE, ByRole, may, tell
from oms.base.clock import now
from oms.base.money import plain as decimal
from oms.base.refusal import Refusal
from risk import backtests, writing
from risk.models import Backtest, RuleStep, RuleVersion, WrittenRule
from risk.pipeline import Level, cases, plain, read

MOST_FOUND = 200
STEPS = Prefetch("steps", RuleStep.objects.select_related("by", "maker", "enforced"))


@admin.register(WrittenRule)
class WrittenRules(ByRole):
    """Rules that Compliance writes. Everything goes through ``risk.writing``; nothing is ever changed in place."""

    editors = COMPLIANCE
    ordering = ("code",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A rule is followed by its next version, never changed."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Where the pages' buttons lead."""
        wrap = self.admin_site.admin_view
        return [
            path("reading/", wrap(self.reading), name="risk_writtenrule_reading"),
            path("<int:pk>/edit/", wrap(self.edit_view), name="risk_writtenrule_edit"),
            path("version/<int:pk>/<str:verb>/", wrap(self.do), name="risk_writtenrule_do"),
            path("backtest/<int:pk>/", wrap(self.backtest_view), name="risk_writtenrule_backtest"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Every rule with its last version and what is in force. Three statements."""
        self._must_view(request)
        versions = RuleVersion.objects.select_related("author").prefetch_related(STEPS).order_by("-number")
        rows, at = [], now()
        for rule in WrittenRule.objects.prefetch_related(Prefetch("versions", versions)):
            shown = [_shown(version, at) for version in rule.versions.all()]
            standing = next((one for one in shown if one["state"] in ("in force", "dry run")), None)
            rows.append({"rule": rule, "last": shown[0] if shown else None, "standing": standing})
        return self._page(request, "oms/admin/rules.html", "Rules of Compliance", rows=rows)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One rule: the version asked for, or the last, and all that was ever done."""
        self._must_view(request)
        rule = WrittenRule.objects.filter(pk=int(object_id)).first() if object_id.isdecimal() else None
        if rule is None:
            raise Http404
        versions = list(rule.versions.select_related("author", "rule").prefetch_related(STEPS))
        asked = request.GET.get("version", "")
        version = next((one for one in versions if str(one.number) == asked), versions[0])
        shown = [_shown(one, now()) for one in versions]
        current = shown[versions.index(version)]
        tests = [step for step in version.steps.all() if step.kind == RuleStep.Kind.TESTED]
        ends = [step for step in version.steps.all() if step.kind == RuleStep.Kind.END_ASKED]
        return self._page(
            request, "oms/admin/rule.html", f"{rule.code} {version.title}", rule=rule, current=current, versions=shown,
            cases=_cases(version, tests[-1] if tests else None), test=tests[-1] if tests else None,
            end_asked=ends[-1] if ends else None,
            history=sorted((step for one in versions for step in one.steps.all()), key=lambda step: -step.pk),
            backtests=version.backtests.select_related("asked_by"), is_last=version == versions[0],
            is_author=version.author_id == request.user.pk, week_ago=now() - timedelta(7),
            soon=now() + timedelta(minutes=1),
        )  # fmt: skip

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A new rule."""
        return self._edit(request, ruleform.blank(), "New rule", "")

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The next version of a rule."""
        version = RuleVersion.objects.filter(rule_id=pk).select_related("rule").order_by("-number").first()
        if version is None:
            raise Http404
        return self._edit(
            request,
            ruleform.of_version(version),
            f"{version.rule.code}: version {version.number + 1}",
            version.rule.code,
        )

    def _edit(self, request: HttpRequest, form: dict[str, Any], title: str, code: str) -> HttpResponse:
        if not may(request, COMPLIANCE):
            raise PermissionDenied
        faults: list[Refusal] = []
        if request.method == "POST":
            sent = ruleform.sent(request.POST)
            # A rule keeps its code for ever, whatever the form says.
            code = code or sent.code
            form = ruleform.form(code, sent.seen, sent.draft)
            written = sent.faults or writing.draft(code, sent.draft, request.user, sent.seen)
            if isinstance(written, RuleVersion):
                tell(
                    self, request, [], f"{written} is written. Run its test cases, and have another person approve it."
                )
                return HttpResponseRedirect(reverse("admin:risk_writtenrule_change", args=[written.rule_id]))
            faults = written
        return self._page(request, "oms/admin/rule_edit.html", title, form=form, faults=faults)

    def reading(self, request: HttpRequest) -> HttpResponse:
        """What the form says so far, in words, with every fault and what its test cases come to. Nothing is kept."""
        if not may(request, COMPLIANCE) or request.method != "POST":
            raise PermissionDenied
        sent = ruleform.sent(request.POST)
        understood = writing.understand(sent.code, sent.draft.pipeline, sent.draft.cases)
        faults = [*sent.faults, *(understood if isinstance(understood, list) else ())]
        answer: dict[str, Any] = {"plain": "", "cases": [], "faults": [fault._asdict() for fault in faults]}
        if isinstance(understood, writing.Understood):
            answer["plain"] = plain(understood.pipeline)
            outcomes = cases.run(understood.pipeline, understood.cases, now())
            answer["cases"] = [
                {"name": one.case.name, "level": one.answer.level, "green": one.green, "text": one.answer.text}
                for one in outcomes
            ]
            answer["lacking"] = [fault.text for fault in cases.lacking(understood.cases)]
        else:
            rule = read(sent.draft.pipeline)
            answer["plain"] = "" if isinstance(rule, list) else plain(rule)
        return JsonResponse(answer)

    def do(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """A button of the rule's page."""
        if not may(request, COMPLIANCE) or request.method != "POST":
            raise PermissionDenied
        version = RuleVersion.objects.filter(pk=pk).first()
        if version is None:
            raise Http404
        reason = request.POST.get("reason", "")
        if verb == "test":
            self._tell(request, writing.test(pk, request.user), _tested)
        elif verb == "approve":
            self._tell(
                request,
                writing.approve(pk, request.user, reason),
                lambda _: "Approved: it is in force from its date on.",
            )
        elif verb == "ask-end":
            self._tell(request, writing.ask_end(pk, request.user, reason), lambda _: "Asked: another person ends it.")
        elif verb == "retire":
            self._tell(request, writing.retire(pk, request.user), lambda _: "Retired: it stops no order from now on.")
        elif verb == "backtest":
            return self._backtest(request, version)
        else:
            raise Http404
        where = reverse("admin:risk_writtenrule_change", args=[version.rule_id])
        return HttpResponseRedirect(f"{where}?version={version.number}")

    def _backtest(self, request: HttpRequest, version: RuleVersion) -> HttpResponse:
        since, until = (_day(request.POST.get(name, "")) for name in ("since", "until"))
        asked: Backtest | list[Refusal]
        if since is None or until is None:
            asked = [Refusal("BAD_VALUE", "since", "give both dates, such as 2026-11-24T00:00 (UTC)")]
        else:
            asked = backtests.ask(version.pk, since, until, request.user)
        if isinstance(asked, Backtest):
            return HttpResponseRedirect(reverse("admin:risk_writtenrule_backtest", args=[asked.pk]))
        tell(self, request, asked)
        where = reverse("admin:risk_writtenrule_change", args=[version.rule_id])
        return HttpResponseRedirect(f"{where}?version={version.number}")

    def backtest_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far a backtest is, what it rests on, and what it found."""
        self._must_view(request)
        row = Backtest.objects.filter(pk=pk).select_related("version__rule", "asked_by").first()
        if row is None:
            raise Http404
        found = row.findings.select_related("order__account", "order__instrument")
        level = request.GET.get("level", "")
        if level in tuple(Level):
            found = found.filter(level=level)
        rule = read(row.version.resolved)
        return self._page(
            request, "oms/admin/rule_backtest.html", f"Backtest of {row.version}", row=row,
            found=[(one, decimal(one.order.order_qty), decimal(one.order.price)) for one in found[:MOST_FOUND]],
            count=found.count(), most=MOST_FOUND, level=level, plain="" if isinstance(rule, list) else plain(rule),
        )  # fmt: skip

    def _tell(self, request: HttpRequest, answer: RuleStep | list[Refusal], words: Any) -> None:
        if isinstance(answer, RuleStep):
            tell(self, request, [], words(answer))
        else:
            tell(self, request, answer)

    def _must_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _page(self, request: HttpRequest, template: str, title: str, **more: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request), "title": title, "opts": self.opts,
            "may_write": may(request, COMPLIANCE), **more,
        }  # fmt: skip
        return TemplateResponse(request, template, context)


def _shown(version: RuleVersion, at: datetime) -> dict[str, Any]:
    """A version as pages show it."""
    rule, steps = read(version.resolved), list(version.steps.all())
    approval = next((step for step in steps if step.kind == RuleStep.Kind.APPROVED), None)
    return {
        "version": version, "state": writing.state(version, steps, at), "approval": approval,
        "plain": "" if isinstance(rule, list) else plain(rule), "rule": None if isinstance(rule, list) else rule,
        "cases": len(version.cases),
    }  # fmt: skip


def _cases(version: RuleVersion, test: RuleStep | None) -> list[tuple[Any, str, str, Any]]:
    """Every test case with its order and what surrounds it in words, and what it came to when it was run last."""
    came_to = {one["name"]: one for one in (test.results or [] if test else [])}
    rows = []
    for case in version.cases:
        around = {name: value for name, value in case.items() if name not in ("name", "expect", "order")}
        order = ", ".join(f"{name} {value}" for name, value in sorted(case["order"].items()))
        text = json.dumps(around, ensure_ascii=False) if around else ""
        rows.append((case, order, text, came_to.get(case["name"].strip())))
    return rows


def _tested(step: RuleStep) -> str:
    results = step.results or []
    good = sum(1 for one in results if one["green"])
    return f"{good} of {len(results)} test cases came out as expected."


def _day(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
