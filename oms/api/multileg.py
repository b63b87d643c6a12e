"""Spreads: one order at a net price, and a leg for each instrument."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import idempotency, images, order_shapes, schema, shapes
from oms.api.access import EVERYONE
from oms.api.answers import answer
from oms.api.drafts import CANCELLATION, TIF_ALIASES
from oms.api.fields import Field, above_zero, ascii_text, choice, flag, key, number, take, text
from oms.api.orders import _ABSENT, as_key, changed, find, refused, softly, tag_of, version_of, with_way
from oms.api.problems import STATUS, Problem
from oms.api.views import View, object_body
from oms.base.refusal import Refusal
from oms.desk import Actor, Amendment, Answer, amend
from oms.desk.asked import CHANGES, ENTERS
from oms.desk.multileg import LegDraft, MultilegDraft, enter_multileg
from oms.desk.spread_words import MOST
from orders.legs import leg_side
from orders.lists import LEG, WHOLE
from orders.models import ListOrder, Order
from orders.vocabulary import Composition, OrdType, Side, TimeInForce

Image = dict[str, Any]
ORDER = {
    "account": Field(text(16)),
    "side": Field(choice(Side)),
    "ord_type": Field(choice(OrdType)),
    "order_qty": Field(above_zero),
    "legs": Field(lambda raw, name: raw if isinstance(raw, list) else Refusal("BAD_VALUE", name, "legs is a list")),
    "price": Field(number, None, nullable=True),
    "time_in_force": Field(choice(TimeInForce, TIF_ALIASES), TimeInForce.DAY.value),
    "cl_ord_id": Field(ascii_text(64), ""),
    "acknowledge_soft": Field(flag, False),
    "acknowledge_reason": Field(text(500, empty=True), ""),
    "override_id": Field(key, None, nullable=True),
}
PART = {
    "symbol": Field(text(29)),
    "side": Field(choice(Side)),
    "ratio_qty": Field(above_zero, 1),
    "leg_ref_id": Field(ascii_text(64), ""),
}
AMENDMENT = {
    "order_qty": Field(above_zero, None),
    "price": Field(number, None),
    "cl_ord_id": CANCELLATION["cl_ord_id"],
    "acknowledge_soft": Field(flag, False),
    "acknowledge_reason": Field(text(500, empty=True), ""),
    "override_id": Field(key, None, nullable=True),
}


class LegRequest(s.Serializer[Any]):
    """A leg to be entered."""

    symbol = s.CharField(max_length=29, help_text="ESH7, or with its market ESH7.XCME")
    side = s.CharField(help_text="LegSide (624): what the leg does when the spread is bought")
    ratio_qty = shapes.amount(required=False, help_text="LegRatioQty (623), a whole number; 1 if left out")
    leg_ref_id = s.CharField(max_length=64, required=False, help_text="LegRefID (654); the leg's number if left out")


class MultilegRequest(s.Serializer[Any]):
    """A spread to be entered."""

    account = s.CharField(max_length=16)
    side = s.CharField(help_text="buy, or sell: every leg the other way round")
    ord_type = s.CharField(help_text="limit or market")
    order_qty = shapes.amount(help_text="the number of spreads, whole")
    price = shapes.amount(required=False, allow_null=True, help_text="the net price of one spread, of either sign")
    time_in_force = s.CharField(required=False)
    cl_ord_id = s.CharField(max_length=64, required=False)
    acknowledge_soft = s.BooleanField(required=False)
    acknowledge_reason = s.CharField(max_length=500, required=False)
    override_id = s.CharField(required=False, allow_null=True, help_text="the override granted for these terms")
    legs = LegRequest(many=True, help_text=f"2 to {MOST}, of different instruments of one currency")


class LegShape(s.Serializer[Any]):
    """A leg and its order."""

    leg_ref_id = s.CharField()
    leg_side = s.CharField(help_text="what it does when the spread is bought")
    ratio_qty = shapes.amount()
    order = order_shapes.OrderShape()


class MultilegShape(order_shapes.OrderShape):
    """A spread: the whole as an order, and its legs."""

    legs = LegShape(many=True)

    class Meta:
        ref_name = "MultilegOrder"


class MultilegAmendRequest(s.Serializer[Any]):
    """New terms for a spread."""

    order_qty = shapes.amount(required=False, help_text="the new total number of spreads")
    price = shapes.amount(required=False, help_text="the new net price")
    cl_ord_id = s.CharField(max_length=64, required=False)
    acknowledge_soft = s.BooleanField(required=False)
    acknowledge_reason = s.CharField(max_length=500, required=False)
    override_id = s.CharField(required=False, allow_null=True, help_text="the override granted for these terms")


class MultilegOrders(View):
    """Entering spreads."""

    access = {"POST": ENTERS}

    @extend_schema(
        operation_id="multileg_orders_enter", parameters=[schema.KEY], request=MultilegRequest,
        responses={**schema.said(MultilegShape, 409, 415, 422, ok=201, what="entered"), 200: MultilegShape},
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """Enter a spread at a net price (35=AB). Its legs are checked one by one, and entered all or none."""
        user = self.user(request)
        draft = draft_of(object_body(request))
        if not isinstance(draft, MultilegDraft):
            raise Problem.of(draft, 400)

        def work() -> HttpResponse:
            (reply,) = enter_multileg([draft], Actor.of(user))
            return _entered(reply)

        return idempotency.once(request, user, work)


def draft_of(given: Mapping[str, Any]) -> MultilegDraft | tuple[Refusal, ...]:
    """The spread that is asked for, or all that is wrong with it."""
    values, faults = take(given, ORDER)
    legs = []
    for number_, item in enumerate(values.get("legs", ())[: MOST + 1], 1):
        part, wrong = take(item, PART) if isinstance(item, dict) else ({}, (Refusal("BAD_JSON", "", "not an object"),))
        faults += tuple(one._replace(field=f"legs[{number_}]{'.' * bool(one.field)}{one.field}") for one in wrong)
        if not wrong:
            legs.append(LegDraft(**part))
    return faults or MultilegDraft(**{**values, "legs": legs})


def _entered(reply: Answer) -> HttpResponse:
    if reply.refusals:
        code = reply.refusals[0].code
        if code == "DUPLICATE_CL_ORD_ID":
            raise Problem.of(reply.refusals, HTTPStatus.CONFLICT, order_id=str(reply.order_id))
        if reply.order_id is None:
            raise Problem.of(reply.refusals, STATUS.get(code, HTTPStatus.BAD_REQUEST))
        problem = Problem.of(reply.refusals, 422, order=images.orders_by_id([reply.order_id])[reply.order_id])
        with_way(problem, softly([reply]).get(reply.order_id))
        return refused(problem)
    assert reply.order_id is not None
    image = _image(reply.order_id)
    address = f"/api/v1/multileg-orders/{reply.order_id}/"
    return answer(image, 200 if reply.duplicate else 201, Location=address, ETag=tag_of(image))


class OneMultilegOrder(View):
    """One spread of your desks."""

    access = {"GET": EVERYONE, "PATCH": CHANGES}

    @extend_schema(operation_id="multileg_orders_read", responses=schema.said(MultilegShape, 404))
    def get(self, request: Request, order_id: str) -> HttpResponse:
        """Read a spread and its legs. ``order_id`` is that of the whole."""
        image = _image(_whole(request, order_id, self.user(request)).pk)
        return answer(image, ETag=tag_of(image))

    @extend_schema(
        operation_id="multileg_orders_amend", parameters=[schema.IF_MATCH, schema.KEY], request=MultilegAmendRequest,
        responses=schema.AMEND_ORDER["responses"],
    )  # fmt: skip
    def patch(self, request: Request, order_id: str) -> HttpResponse:
        """Ask for another number of spreads or net price (35=AC). ``If-Match`` must name the version you read."""
        user, version = self.user(request), version_of(request)
        if version is _ABSENT:
            raise Problem(428, "VERSION_REQUIRED", 'send If-Match: "<version>" with the version you read')
        whole = _whole(request, order_id, user)
        values, faults = take(object_body(request), AMENDMENT)
        if not faults and values["order_qty"] is None and values["price"] is None:
            faults = (Refusal("MISSING", "order_qty", "give order_qty or price"),)
        if faults:
            raise Problem.of(faults, 400)

        def work() -> HttpResponse:
            (reply,) = amend([Amendment(whole.pk, version=version, **values)], Actor.of(user))
            return changed(reply, whole.pk)

        return idempotency.once(request, user, work)


def _whole(request: Request, order_id: str, user: Any) -> Order:
    order = find(request, order_id, user)
    if order.composition != Composition.MULTILEG:
        raise Problem(404, "NOT_FOUND", f"order {as_key(order_id)} is no spread")
    return order


def _image(whole_id: int) -> Image:
    """The whole and its legs, in their order. Two SELECTs."""
    rows = ListOrder.objects.filter(role=LEG, list__members__role=WHOLE, list__members__order_id=whole_id)
    legs = list(rows.order_by("seq_no").values_list("order_id", "leg_ref_id", "ratio_qty"))
    found = images.orders_by_id([whole_id, *(order_id for order_id, _, _ in legs)])
    whole = found[whole_id]
    return {
        **whole,
        "legs": [
            {
                "leg_ref_id": ref, "leg_side": leg_side(found[order_id]["side"], whole["side"]), "ratio_qty": ratio_qty,
                "order": found[order_id],
            }
            for order_id, ref, ratio_qty in legs
        ],
    }  # fmt: skip
