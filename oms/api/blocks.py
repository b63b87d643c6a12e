"""Blocks and splits: several orders worked as one, one order made several."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import idempotency, images, order_shapes, schema, shapes
from oms.api.answers import answer
from oms.api.fields import Field, above_zero, flag, key, take, text
from oms.api.orders import _ABSENT, as_key, changed, tag_of, version_of
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.base.refusal import Refusal
from oms.desk import block
from oms.desk.asked import ENTERS, Actor
from oms.desk.split import Part, Split, split
from oms.desk.staging import WORKS, Wish

MOST = 1_000


def keys(raw: Any, name: str) -> tuple[int, ...] | Refusal:
    """Ids of orders, at least one."""
    if not isinstance(raw, list) or not raw or len(raw) > MOST:
        return Refusal("BAD_VALUE", name, f"{name} is a list of 1 to {MOST} order ids")
    read = [key(one, name) for one in raw]
    wrong = next((one for one in read if isinstance(one, Refusal)), None)
    return wrong or tuple(one for one in read if isinstance(one, int))


def parts(raw: Any, name: str) -> tuple[Part, ...] | Refusal:
    """The parts of a split; what is wrong names its part: parts[1].order_qty."""
    if not isinstance(raw, list) or not raw:
        return Refusal("BAD_VALUE", name, f'{name} is a list such as [{{"order_qty": "600"}}, {{"order_qty": "400"}}]')
    read: list[Part] = []
    for at, one in enumerate(raw):
        if not isinstance(one, dict):
            return Refusal("BAD_VALUE", f"{name}[{at}]", "a part is an object with order_qty or percent, and account")
        values, faults = take(one, PART)
        if faults:
            return faults[0]._replace(field=f"{name}[{at}].{faults[0].field}")
        read.append(Part(**values))
    return tuple(read)


PART = {
    "order_qty": Field(above_zero, None, nullable=True),
    "percent": Field(above_zero, None, nullable=True),
    "account": Field(text(16), ""),
}
REASONED = {"acknowledge_soft": Field(flag, False), "acknowledge_reason": Field(text(500, empty=True), "")}
MERGE = {"order_ids": Field(keys), "care": Field(flag, True), **REASONED}
SPLIT = {"parts": Field(parts), **REASONED}


class MergeRequest(s.Serializer[Any]):
    """Orders to be worked as one."""

    order_ids = s.ListField(child=s.CharField())
    care = s.BooleanField(required=False, help_text="worked by hand (default), else routed at once")
    acknowledge_soft = s.BooleanField(required=False, help_text="in spite of warnings about the whole")
    acknowledge_reason = s.CharField(max_length=500, required=False, help_text="why; kept with the decision")


class PartRequest(s.Serializer[Any]):
    """A part of an order."""

    order_qty = shapes.amount(required=False, allow_null=True, help_text="of every part, or of none")
    percent = shapes.amount(required=False, allow_null=True, help_text="of what is left; together 100")
    account = s.CharField(max_length=16, required=False, help_text="of the order's desk; the order's own if left out")


class SplitRequest(s.Serializer[Any]):
    """The parts an order is to become; they come to what is left of it."""

    parts = PartRequest(many=True)
    acknowledge_soft = s.BooleanField(required=False, help_text="in spite of warnings about parts for other accounts")
    acknowledge_reason = s.CharField(max_length=500, required=False, help_text="why; kept with the decision")


class SplitShape(s.Serializer[Any]):
    """The order as it is now, and all its parts in the order they were given."""

    order = order_shapes.OrderShape()
    parts = order_shapes.OrderShape(many=True)


def _taken(request: Request, fields: dict[str, Field]) -> dict[str, Any]:
    values, faults = take(object_body(request), fields)
    if faults:
        raise Problem.of(faults, 400)
    return values


class Merge(View):
    """Making a block."""

    access = {"POST": WORKS}

    @extend_schema(
        operation_id="orders_merge",
        parameters=[schema.KEY],
        request=MergeRequest,
        responses={
            **schema.said(order_shapes.OrderShape, 404, 409, 415, ok=201),
            422: OpenApiResponse(shapes.ProblemShape, "the whole is more than one order may be"),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Merge untouched orders of one instrument, side, type and price into a block. The block is the answer."""
        user, values = self.user(request), _taken(request, MERGE)

        def work() -> HttpResponse:
            (reply,) = block.merge([block.Merge(**values)], Actor.of(user))
            if reply.refusals or reply.order_id is None:
                raise Problem.of(reply.refusals)
            image = images.orders_by_id([reply.order_id])[reply.order_id]
            return answer(image, 201, Location=f"/api/v1/orders/{reply.order_id}/", ETag=tag_of(image))

        return idempotency.once(request, user, work)


class Undo(View):
    """Taking a block apart."""

    access = {"POST": WORKS}

    @extend_schema(**(schema.CANCEL_ORDER | {"operation_id": "orders_undo", "request": None}))
    def post(self, request: Request, order_id: str) -> HttpResponse:
        """Undo a block of which nothing is filled or at a venue: its orders are as they were."""
        user, number, version = self.user(request), as_key(order_id), version_of(request)

        def work() -> HttpResponse:
            (reply,) = block.undo([Wish(number, None if version is _ABSENT else version)], Actor.of(user))
            return changed(reply, number)

        return idempotency.once(request, user, work)


class SplitOrder(View):
    """Making one order several."""

    access = {"POST": ENTERS}

    @extend_schema(
        operation_id="orders_split",
        parameters=[schema.IF_MATCH_OPTIONAL, schema.KEY],
        request=SplitRequest,
        responses={
            **schema.said(SplitShape, 404, 415),
            **dict.fromkeys((409, 412, 422), OpenApiResponse(order_shapes.OrderProblem)),
        },
    )
    def post(self, request: Request, order_id: str) -> HttpResponse:
        """Split what is left of an order while nothing of it is at a venue. All parts are made, or none."""
        user, number, version = self.user(request), as_key(order_id), version_of(request)
        values = _taken(request, SPLIT)

        def work() -> HttpResponse:
            wish = Split(number, version=None if version is _ABSENT else version, **values)
            (reply,) = split([wish], Actor.of(user))
            if reply.answer.refusals:
                return changed(reply.answer, number)
            found = images.orders_by_id([number, *reply.order_ids])
            body = {"order": found[number], "parts": [found[pk] for pk in reply.order_ids]}
            return answer(body, ETag=tag_of(found[number]))

        return idempotency.once(request, user, work)
