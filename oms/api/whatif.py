"""What risk would say of orders, before they are sent."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import drafts, shapes
from oms.api.answers import answer
from oms.api.problems import Problem, error_body
from oms.api.views import View, as_object, json_body
from oms.base.money import plain
from oms.base.refusal import REASONS, Refusal
from oms.desk import Actor, Draft
from oms.desk.asked import ENTERS
from oms.desk.enter import Foreseen, foresee
from risk.controls import CATALOGUE
from risk.foreseen import Line, lines
from risk.models import Limit, Rule

MOST = 1_000
OUTCOMES = "pass, alert, soft or hard"
Image = dict[str, Any]


class Found(s.Serializer[Any]):
    """What a rule finds without the order."""

    outcome = s.CharField(help_text=OUTCOMES)
    measured = shapes.word(60, allow_null=True)

    class Meta:
        ref_name = "FoundBefore"


class CheckShape(s.Serializer[Any]):
    """One rule, limit or standing control on the order."""

    control = s.CharField(help_text="id in the catalogue, as PT-16")
    name = s.CharField(help_text="of the rule or of the limit; of a standing control its own")
    rule = s.CharField(allow_null=True, help_text="id of the rule")
    limit_id = s.CharField(allow_null=True, help_text="id of the row of the table of limits")
    version = s.IntegerField(allow_null=True, help_text="of the rule or the limit")
    dry_run = s.BooleanField(help_text="true: recorded, and stands in nobody's way")
    outcome = s.CharField(help_text=f"with the order: {OUTCOMES}")
    before = Found(allow_null=True, help_text="without it; null of standing controls")
    measured = shapes.word(60, allow_null=True, help_text="what is compared, with the order")
    limit = shapes.word(60, allow_null=True)
    room = shapes.word(60, allow_null=True, help_text="how far the order stays from the limit; 0 if it is beyond")
    code = shapes.word(40, help_text="empty if there is no objection; see /api/v1/reasons/")
    text = shapes.word(500)
    remedy = shapes.word(200)

    class Meta:
        ref_name = "RiskCheckLine"


class WhatIfShape(s.Serializer[Any]):
    """What would become of the order if it were entered now."""

    accepted = s.BooleanField()
    outcome = s.CharField(allow_null=True, help_text=f"the worst of {OUTCOMES}; null: risk was not asked")
    soft = s.BooleanField(help_text="true: refused for warnings alone; acknowledge_soft would take it")
    order_id = s.CharField(allow_null=True, help_text="of a ClOrdID used before: the order it named")
    errors = shapes.Error(many=True)
    checks = CheckShape(many=True)

    class Meta:
        ref_name = "RiskCheck"


class Check(View):
    """Asking risk before an order is sent."""

    access = {"POST": ENTERS}

    @extend_schema(
        operation_id="risk_check",
        request=PolymorphicProxySerializer(
            "OneOrManyToCheck", [shapes.OrderRequest, shapes.OrderRequest(many=True)], None, many=False
        ),
        responses={
            200: OpenApiResponse(
                PolymorphicProxySerializer("CheckOrChecks", [WhatIfShape, WhatIfShape(many=True)], None, many=False),
                "what would become of it; of a list one a draft, in order",
            ),
            **{status: OpenApiResponse(shapes.ProblemShape) for status in (400, 401, 403, 413, 415, 503)},
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Say of one order, or of a basket of up to 1,000, what entering it would answer, rule by rule.

        Nothing is written, reserved or locked, so a moment later the answer may be another. An order that would be
        accepted uses up room for those after it in the list.
        """
        body, actor = json_body(request), Actor.of(self.user(request))
        if not isinstance(body, list):
            (read,) = drafts.drafts([as_object(body)], actor)
            if not isinstance(read, Draft):
                raise Problem.of(read, 400)
            return answer(_shown(foresee([read], actor))[0])
        if len(body) > MOST:
            raise Problem(413, "TOO_MANY", f"{len(body)} orders; at most {MOST} in such a request")
        every = drafts.drafts(body, actor)
        images = iter(_shown(foresee([one for one in every if isinstance(one, Draft)], actor)))
        return answer([next(images) if isinstance(one, Draft) else _unread(one) for one in every])


def _unread(faults: Iterable[Refusal]) -> Image:
    """What cannot be understood is not shown to risk."""
    errors = [error_body(fault) for fault in faults]
    return {"accepted": False, "outcome": None, "soft": False, "order_id": None, "errors": errors, "checks": []}


def _shown(found: Sequence[Foreseen]) -> list[Image]:
    """As it is answered. Two SELECTs for the names of rules and limits."""
    seen = [list(lines(one.verdict)) if one.verdict else [] for one in found]
    every = [line.after for some in seen for line in some]
    rules = dict(Rule.objects.filter(pk__in={f.rule.id for f in every if f.rule}).values_list("pk", "name"))
    rows = Limit.objects.filter(pk__in={f.row.id for f in every if f.row})
    limits = {one.pk: str(one) for one in rows.select_related("desk", "trader", "account", "instrument")}
    return [_one(one, some, rules, limits) for one, some in zip(found, seen, strict=True)]


def _one(one: Foreseen, some: Iterable[Line], rules: Mapping[int, str], limits: Mapping[int, str]) -> Image:
    reply, verdict = one.answer, one.verdict
    outcome = verdict.outcome.label if verdict else None
    soft = outcome == "soft" and not reply.accepted
    return {
        "accepted": reply.accepted, "outcome": outcome, "soft": soft,
        "order_id": str(reply.order_id) if reply.order_id else None,
        "errors": [{**error_body(refusal), **({"soft": True} if soft else {})} for refusal in reply.refusals],
        "checks": [_line(line, rules, limits) for line in some],
    }  # fmt: skip


def _line(line: Line, rules: Mapping[int, str], limits: Mapping[int, str]) -> Image:
    result, rule, row = line.after
    name = rules.get(rule.id, "") if rule else limits.get(row.id, "") if row else CATALOGUE[result.control].name
    before = line.before and line.before.result
    limit = row.hard if row else result.limit
    return {
        "control": result.control, "name": name, "rule": str(rule.id) if rule else None,
        "limit_id": str(row.id) if row else None, "version": rule.version if rule else row.version if row else None,
        "dry_run": bool(rule and rule.dry_run), "outcome": result.outcome.label,
        "before": before and {"outcome": before.outcome.label, "measured": _number(before.measured)},
        "measured": _number(result.measured), "limit": _number(limit), "room": _number(line.room),
        "code": result.reason_code, "text": result.text,
        "remedy": REASONS[result.reason_code].remedy if result.reason_code else "",
    }  # fmt: skip


def _number(value: Decimal | str | None) -> str | None:
    """As people read it: a share of a whole has no end of decimals."""
    return plain(round(value, 8)) if isinstance(value, Decimal) else value
