"""What risk would say of orders, before they are sent."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import drafts, multileg, order_shapes, schema, shapes
from oms.api.answers import answer
from oms.api.fields import Field, ascii_text, key, number, take
from oms.api.orders import read_csv
from oms.api.problems import Problem, error_body
from oms.api.views import CSV_TYPES, View, as_object, csv_body, json_body
from oms.base.money import plain
from oms.base.refusal import REASONS, Refusal
from oms.desk import Actor, Amendment, Draft
from oms.desk.amend import foresee as foresee_amendments
from oms.desk.asked import CHANGES
from oms.desk.enter import foresee as foresee_orders
from oms.desk.foreseen import Foreseen
from oms.desk.multileg import MultilegDraft
from oms.desk.multileg import foresee as foresee_spreads
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
    leg = s.IntegerField(allow_null=True, help_text="of a spread: which of its legs; else null")
    name = s.CharField(help_text="of the rule or of the limit; of a standing control its own")
    rule = s.CharField(allow_null=True, help_text="id of the rule")
    limit_id = s.CharField(allow_null=True, help_text="id of the row of the table of limits")
    version = s.IntegerField(allow_null=True, help_text="of the rule or the limit")
    dry_run = s.BooleanField(help_text="true: recorded, and stands in nobody's way")
    outcome = s.CharField(help_text=f"with the order, or as amended: {OUTCOMES}")
    before = Found(allow_null=True, help_text="without it, or before the amendment; null of standing controls")
    measured = shapes.word(60, allow_null=True, help_text="what is compared, with the order")
    limit = shapes.word(60, allow_null=True)
    room = shapes.word(60, allow_null=True, help_text="how far the order stays from the limit; 0 if it is beyond")
    code = shapes.word(40, help_text="empty if there is no objection; see /api/v1/reasons/")
    text = shapes.word(500)
    remedy = shapes.word(200)

    class Meta:
        ref_name = "RiskCheckLine"


class WhatIfShape(s.Serializer[Any]):
    """What would become of the order, the amendment or the spread if it were asked for now."""

    row = s.IntegerField(required=False, help_text="of a table: the line")
    accepted = s.BooleanField()
    outcome = s.CharField(allow_null=True, help_text=f"the worst of {OUTCOMES}; null: risk was not asked")
    soft = s.BooleanField(help_text="true: refused for warnings alone; acknowledge_soft would take it")
    order_id = s.CharField(allow_null=True, help_text="of a ClOrdID used before: the order it named")
    errors = shapes.Error(many=True)
    checks = CheckShape(many=True)

    class Meta:
        ref_name = "RiskCheck"


class AmendmentToCheck(s.Serializer[Any]):
    """New terms for a working order, or for a spread as a whole; what is left out stays."""

    order_id = s.CharField()
    version = s.IntegerField(required=False, help_text="as you read it; another one is a refusal")
    order_qty = shapes.amount(required=False, help_text="the new total")
    price = shapes.amount(required=False, help_text="of a spread the net price, of either sign")
    stop_px = shapes.amount(required=False)
    acknowledge_soft = s.BooleanField(required=False)
    acknowledge_reason = s.CharField(max_length=500, required=False)
    override_id = s.CharField(required=False, allow_null=True)

    class Meta:
        ref_name = "AmendmentToCheck"


class Check(View):
    """Asking risk before an order is sent."""

    access = {"POST": CHANGES}

    @extend_schema(
        operation_id="risk_check",
        request={
            "application/json": PolymorphicProxySerializer(
                "OneOrManyToCheck",
                [
                    order_shapes.OrderRequest, AmendmentToCheck, multileg.MultilegRequest,
                    order_shapes.OrderRequest(many=True),
                ],
                None, many=False,
            ),
            **schema.CSV,
        },
        responses={
            200: OpenApiResponse(
                PolymorphicProxySerializer("CheckOrChecks", [WhatIfShape, WhatIfShape(many=True)], None, many=False),
                "what would become of it; of a list or a table one an item, in order",
            ),
            **{status: OpenApiResponse(shapes.ProblemShape) for status in (400, 401, 403, 413, 415, 503)},
        },
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """Say of an order, an amendment (it has an order_id), a spread (it has legs), or a list or CSV table of up to
        1,000, what asking for it would answer, rule by rule.

        Nothing is written, reserved or locked, so a moment later the answer may be another. What would be accepted uses
        up room for those of its kind after it in the list. Of an amendment ``before`` is the order as it is.
        """
        actor = Actor.of(self.user(request))
        if request._request.content_type in CSV_TYPES:
            rows, items = read_csv(csv_body(request))
            return answer([{"row": row, **one} for row, one in zip(rows, _checked(items, actor), strict=True)])
        body = json_body(request)
        if isinstance(body, list):
            return answer(_checked(body, actor))
        kind, item = _kind(as_object(body)), as_object(body)
        (read,) = kind.read([item], actor)
        if _faulty(read):
            raise Problem.of(read, 400)
        return answer(_shown(kind.foresee([read], actor))[0])


class _Kind(NamedTuple):
    """What may be asked about: how it is read (a tuple of refusals is what cannot be), and what the desk says of it."""

    read: Callable[[Sequence[Any], Actor], list[Any]]
    foresee: Callable[[Sequence[Any], Actor], list[Foreseen]]


AMENDMENT = {
    **drafts.AMENDMENT, "order_id": Field(key), "price": Field(number, None), "cl_ord_id": Field(ascii_text(64), ""),
    "version": Field(key, None, nullable=True),
}  # fmt: skip


def _amendments(items: Sequence[Any], _actor: Actor) -> list[Any]:
    read = []
    for item in items:
        values, faults = take(item, AMENDMENT)
        read.append(faults or Amendment(**values))
    return read


def _spreads(items: Sequence[Any], _actor: Actor) -> list[Any]:
    return [multileg.draft_of(item) for item in items]


ORDERS = _Kind(drafts.drafts, foresee_orders)
AMENDMENTS = _Kind(_amendments, lambda wishes, actor: foresee_amendments(wishes, actor, before=True))
SPREADS = _Kind(_spreads, foresee_spreads)


def _kind(item: Any) -> _Kind:
    """What is asked about, by the field that only it has."""
    if isinstance(item, dict) and "order_id" in item:
        return AMENDMENTS
    return SPREADS if isinstance(item, dict) and "legs" in item else ORDERS


def _faulty(read: Any) -> bool:
    return not isinstance(read, Draft | Amendment | MultilegDraft)


def _checked(items: Sequence[Any], actor: Actor) -> list[Image]:
    """An answer an item, in order; those of one kind are one batch."""
    if len(items) > MOST:
        raise Problem(413, "TOO_MANY", f"{len(items)} orders; at most {MOST} in such a request")
    images: dict[int, Image] = {}
    kinds = [_kind(item) for item in items]
    for kind in (ORDERS, AMENDMENTS, SPREADS):
        places = [at for at, one in enumerate(kinds) if one is kind]
        every = dict(zip(places, kind.read([items[at] for at in places], actor), strict=True)) if places else {}
        good = {at: one for at, one in every.items() if not _faulty(one)}
        images |= {at: _unread(one) for at, one in every.items() if at not in good}
        images |= dict(zip(good, _shown(kind.foresee(list(good.values()), actor)), strict=True))
    return [images[at] for at in range(len(items))]


def _unread(faults: Iterable[Refusal]) -> Image:
    """What cannot be understood is not shown to risk."""
    errors = [error_body(fault) for fault in faults]
    return {"accepted": False, "outcome": None, "soft": False, "order_id": None, "errors": errors, "checks": []}


def _shown(found: Sequence[Foreseen]) -> list[Image]:
    """As it is answered. Two SELECTs for the names of rules and limits."""
    seen = [[list(lines(verdict)) for verdict in one.verdicts] for one in found]
    every = [line.after for legs in seen for some in legs for line in some]
    rules = dict(Rule.objects.filter(pk__in={f.rule.id for f in every if f.rule}).values_list("pk", "name"))
    rows = Limit.objects.filter(pk__in={f.row.id for f in every if f.row})
    limits = {one.pk: str(one) for one in rows.select_related("desk", "trader", "account", "instrument")}
    return [_one(one, legs, rules, limits) for one, legs in zip(found, seen, strict=True)]


def _one(one: Foreseen, legs: Sequence[Sequence[Line]], rules: Mapping[int, str], limits: Mapping[int, str]) -> Image:
    reply = one.answer
    outcome = max((verdict.outcome for verdict in one.verdicts), default=None)
    soft = outcome is not None and outcome.label == "soft" and not reply.accepted
    return {
        "accepted": reply.accepted, "outcome": outcome.label if outcome is not None else None, "soft": soft,
        "order_id": str(reply.order_id) if reply.order_id else None,
        "errors": [{**error_body(refusal), **({"soft": True} if soft else {})} for refusal in reply.refusals],
        "checks": [
            _line(line, rules, limits, number if len(legs) > 1 else None)
            for number, some in enumerate(legs, 1) for line in some
        ],
    }  # fmt: skip


def _line(line: Line, rules: Mapping[int, str], limits: Mapping[int, str], leg: int | None) -> Image:
    result, rule, row = line.after
    name = rules.get(rule.id, "") if rule else limits.get(row.id, "") if row else CATALOGUE[result.control].name
    before = line.before and line.before.result
    limit = row.hard if row else result.limit
    return {
        "control": result.control, "leg": leg, "name": name, "rule": str(rule.id) if rule else None,
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
