"""Rules of Compliance: read them, have a draft read back with its faults and test cases, and write a version."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import idempotency, pages, schema
from oms.api.access import FIRM_WIDE
from oms.api.answers import answer
from oms.api.fields import Field, flag, instant, key, take, text
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.base.clock import now
from orders.vocabulary import Role
from risk import writing
from risk.models import RuleStep, RuleVersion, WrittenRule
from risk.pipeline import cases, plain, read
from risk.writing import Draft

COMPLIANCE = frozenset({Role.COMPLIANCE})
CODE = "(?P<code>[A-Z0-9-]{1,24})"


def _any(raw: Any, _name: str) -> Any:
    """JSON that risk reads itself."""
    return raw


READ = {
    "code": Field(text(24), "NEW"),
    "pipeline": Field(_any),
    "cases": Field(_any, []),
}
WRITE = {
    "code": Field(text(24)),
    "title": Field(text(writing.LONGEST_TITLE)),
    "pipeline": Field(_any),
    "cases": Field(_any, []),
    "why": Field(text(writing.LONGEST_WHY, empty=True), ""),
    "dry_run": Field(flag, False),
    "effective_from": Field(instant, None, nullable=True),
    "effective_to": Field(instant, None, nullable=True),
    "note": Field(text(writing.LONGEST_NOTE, empty=True), ""),
    "seen": Field(key, 0),
}


class RuleVersionShape(s.Serializer[Any]):
    """One version of a rule."""

    id = s.CharField()
    code = s.CharField()
    version = s.IntegerField()
    title = s.CharField()
    why = s.CharField(allow_blank=True)
    state = s.CharField(help_text="draft, failing, tested, approved, dry run, in force, over or retired")
    plain = s.CharField(allow_blank=True, help_text="the rule in words")
    pipeline = s.DictField()
    cases = s.ListField(child=s.DictField())
    dry_run = s.BooleanField()
    effective_from = s.DateTimeField(allow_null=True)
    effective_to = s.DateTimeField(allow_null=True)
    author = s.CharField()
    at = s.DateTimeField()
    note = s.CharField(allow_blank=True)
    approved_by = s.CharField(allow_blank=True)
    rule = s.CharField(allow_null=True, help_text="the rule of CR-01 that decisions name, once approved")


class ReadRequest(s.Serializer[Any]):
    """A rule to be read, with its test cases."""

    code = s.CharField(max_length=24, required=False)
    pipeline = s.DictField()
    cases = s.ListField(child=s.DictField(), required=False)


class DraftRequest(s.Serializer[Any]):
    """The next version of a rule, whole."""

    code = s.CharField(max_length=24)
    title = s.CharField(max_length=writing.LONGEST_TITLE)
    pipeline = s.DictField()
    cases = s.ListField(child=s.DictField(), required=False)
    why = s.CharField(max_length=writing.LONGEST_WHY, required=False, allow_blank=True)
    dry_run = s.BooleanField(required=False)
    effective_from = s.DateTimeField(required=False, allow_null=True)
    effective_to = s.DateTimeField(required=False, allow_null=True)
    note = s.CharField(max_length=writing.LONGEST_NOTE, required=False, allow_blank=True)
    seen = s.IntegerField(required=False, help_text="the version it was written from; 0 for a new rule")


class CaseResultShape(s.Serializer[Any]):
    """What one test case comes to."""

    name = s.CharField()
    expect = s.CharField()
    level = s.CharField()
    green = s.BooleanField()
    text = s.CharField(allow_blank=True)


class ReadingShape(s.Serializer[Any]):
    """What a rule says in words, and what its test cases come to."""

    plain = s.CharField()
    cases = CaseResultShape(many=True)


class ComplianceRules(View):
    """All versions of all rules."""

    access = {"GET": FIRM_WIDE, "POST": COMPLIANCE}

    @extend_schema(
        operation_id="compliance_rules_list",
        parameters=schema.filters("limit", "cursor"),
        responses=schema.said(schema.paged(RuleVersionShape, "RuleVersion")),
    )
    def get(self, request: Request) -> HttpResponse:
        """Every version, newest first."""
        return pages.page(request, _versions(), pages.read(request, {}), _images)

    @extend_schema(
        operation_id="compliance_rules_draft",
        parameters=[schema.KEY],
        request=DraftRequest,
        responses=schema.said(RuleVersionShape, 409, 412, 415, 422, ok=201),
    )
    def post(self, request: Request) -> HttpResponse:
        """Write the next version of a rule. It is in force when another person has approved it."""
        user = self.user(request)
        values, faults = take(object_body(request), WRITE)
        if faults:
            raise Problem.of(faults, 400)

        def work() -> HttpResponse:
            code, seen = values.pop("code"), values.pop("seen")
            written = writing.draft(code, Draft(**values), user, seen)
            if isinstance(written, list):
                raise Problem.of(written)
            return answer(_image(_versions().get(pk=written.pk)), 201)

        return idempotency.once(request, user, work)


class Reading(View):
    """A rule read back while it is written."""

    access = {"POST": COMPLIANCE}

    @extend_schema(
        operation_id="compliance_rules_read",
        request=ReadRequest,
        responses=schema.said(ReadingShape, 415, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        """The rule in words and what its test cases come to, or every fault. Nothing is kept."""
        values, faults = take(object_body(request), READ)
        if faults:
            raise Problem.of(faults, 400)
        understood = writing.understand(values["code"], values["pipeline"], values["cases"])
        if isinstance(understood, list):
            raise Problem.of(understood)
        outcomes = cases.run(understood.pipeline, understood.cases, now())
        results = [
            {
                "name": one.case.name, "expect": one.case.expect, "level": one.answer.level, "green": one.green,
                "text": one.answer.text,
            }
            for one in outcomes
        ]  # fmt: skip
        return answer({"plain": plain(understood.pipeline), "cases": results})


class OneComplianceRule(View):
    """One rule."""

    access = {"GET": FIRM_WIDE}

    @extend_schema(
        operation_id="compliance_rules_one",
        parameters=schema.filters("limit", "cursor"),
        responses=schema.said(schema.paged(RuleVersionShape, "RuleVersionOf"), 404),
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        """Its versions, newest first."""
        if not WrittenRule.objects.filter(code=code).exists():
            raise Problem(404, "NOT_FOUND", f"there is no rule {code}")
        return pages.page(request, _versions().filter(rule__code=code), pages.read(request, {}), _images)


def _versions() -> QuerySet[RuleVersion]:
    return _whole(RuleVersion.objects.all())


def _whole(rows: QuerySet[RuleVersion]) -> QuerySet[RuleVersion]:
    """With everything an image says. Four statements."""
    return rows.select_related("rule", "author").prefetch_related("steps__by", "steps__enforced")


def _images(rows: QuerySet[RuleVersion]) -> list[dict[str, Any]]:
    return [_image(row) for row in _whole(rows)]


def _image(version: RuleVersion) -> dict[str, Any]:
    steps, rule = list(version.steps.all()), read(version.resolved)
    approval = next((step for step in steps if step.kind == RuleStep.Kind.APPROVED), None)
    return {
        "id": str(version.pk), "code": version.rule.code, "version": version.number, "title": version.title,
        "why": version.why, "state": writing.state(version, steps, now()),
        "plain": "" if isinstance(rule, list) else plain(rule), "pipeline": version.pipeline, "cases": version.cases,
        "dry_run": version.dry_run, "effective_from": version.effective_from, "effective_to": version.effective_to,
        "author": version.author.username, "at": version.at, "note": version.note,
        "approved_by": approval.by.username if approval else "",
        "rule": str(approval.enforced_id) if approval else None,
    }  # fmt: skip
