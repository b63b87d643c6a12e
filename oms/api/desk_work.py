"""What people do with orders beside entering, amending and canceling them: one address an action."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import idempotency, schema, shapes
from oms.api.answers import answer
from oms.api.fields import Field, above_zero, choice, flag, instant, take, text
from oms.api.orders import _ABSENT, as_key, changed, version_of
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.desk import care, staging
from oms.desk.asked import CHANGES, Actor, Answer
from oms.desk.staging import WORKS, Wish
from orders.vocabulary import OrdType, TimeInForce

Values = Mapping[str, Any]
Do = Callable[[Wish, Values, Actor], list[Answer]]


class _Action(View):
    """POST does one thing with one order; ``If-Match`` may name the version you read."""

    fields: Mapping[str, Field] = {}

    def do(self, wish: Wish, values: Values, actor: Actor) -> list[Answer]:
        """Call the desk."""
        raise NotImplementedError

    def _post(self, request: Request, order_id: str) -> HttpResponse:
        user, number, version = self.user(request), as_key(order_id), version_of(request)
        given = object_body(request) if request._request.body else {}
        values, faults = take(given, self.fields)
        if faults:
            raise Problem.of(faults, 400)
        wish = Wish(number, None if version is _ABSENT else version)

        def work() -> HttpResponse:
            (reply,) = self.do(wish, values, Actor.of(user))
            return changed(reply, number)

        return idempotency.once(request, user, work)


class AcceptRequest(s.Serializer[Any]):
    """How the order is to be worked."""

    care = s.BooleanField(required=False, help_text="work it by hand instead of having it routed")


class ReasonRequest(s.Serializer[Any]):
    """Why."""

    reason = s.CharField(max_length=300)


class PassRequest(s.Serializer[Any]):
    """To whom."""

    to = s.CharField(max_length=150, help_text="a trader of the order's desk")


class NoteRequest(s.Serializer[Any]):
    """What is to be remembered."""

    text = s.CharField(max_length=300)


class SliceRequest(s.Serializer[Any]):
    """A part of a care order."""

    order_qty = shapes.amount()
    ord_type = s.CharField(required=False, help_text="limit or market")
    price = shapes.amount(required=False, allow_null=True)
    time_in_force = s.CharField(required=False)
    venue = s.CharField(max_length=4, required=False, help_text="MIC; the venue with the best price if left out")


class FillRequest(s.Serializer[Any]):
    """An execution made on the telephone."""

    last_qty = shapes.amount()
    last_px = shapes.amount()
    last_mkt = s.CharField(max_length=4, required=False, help_text="MIC; XOFF (off market) if left out")
    transact_time = s.DateTimeField(required=False)
    counterparty = s.CharField(max_length=80, required=False)
    text = s.CharField(max_length=300, required=False)


def _described(name: str, shape: Any) -> Any:
    return extend_schema(**(schema.CANCEL_ORDER | {"operation_id": name, "request": shape}))


class Accept(_Action):
    """Taking a staged order."""

    access = {"POST": WORKS}
    fields = {"care": Field(flag, False)}

    @_described("orders_accept", AcceptRequest)
    def post(self, request: Request, order_id: str) -> HttpResponse:
        """Accept a staged order: it is yours, to be routed or to be worked by hand."""
        return self._post(request, order_id)

    def do(self, wish: Wish, values: Values, actor: Actor) -> list[Answer]:
        return staging.accept([wish], actor, care=values["care"])


class Refuse(_Action):
    """Refusing a staged order."""

    access = {"POST": WORKS}
    fields = {"reason": Field(text(300))}

    @_described("orders_refuse", ReasonRequest)
    def post(self, request: Request, order_id: str) -> HttpResponse:
        """Refuse a staged order; it ends as rejected, with your reason."""
        return self._post(request, order_id)

    def do(self, wish: Wish, values: Values, actor: Actor) -> list[Answer]:
        return staging.refuse([wish], actor, values["reason"])


class Pass(_Action):
    """Handing an order to a colleague."""

    access = {"POST": CHANGES}
    fields = {"to": Field(text(150))}

    @_described("orders_pass", PassRequest)
    def post(self, request: Request, order_id: str) -> HttpResponse:
        """Pass a staged or care order on to another trader of its desk."""
        return self._post(request, order_id)

    def do(self, wish: Wish, values: Values, actor: Actor) -> list[Answer]:
        return staging.pass_on([wish], actor, values["to"])


class Note(_Action):
    """A note in an order's story."""

    access = {"POST": CHANGES}
    fields = {"text": Field(text(300))}

    @_described("orders_note", NoteRequest)
    def post(self, request: Request, order_id: str) -> HttpResponse:
        """Write a note into the order's story."""
        return self._post(request, order_id)

    def do(self, wish: Wish, values: Values, actor: Actor) -> list[Answer]:
        return staging.note([wish], actor, values["text"])


class Release(_Action):
    """Letting the rest go to the market."""

    access = {"POST": CHANGES}

    @_described("orders_release", None)
    def post(self, request: Request, order_id: str) -> HttpResponse:
        """Have what is left of a care order, or an order of a basket, routed automatically."""
        return self._post(request, order_id)

    def do(self, wish: Wish, values: Values, actor: Actor) -> list[Answer]:
        return staging.send_on([wish], actor)


class Slice(_Action):
    """A part of a care order for a venue."""

    access = {"POST": WORKS}
    fields = {
        "order_qty": Field(above_zero), "ord_type": Field(choice(OrdType), "limit"),
        "price": Field(above_zero, None, nullable=True), "time_in_force": Field(choice(TimeInForce), "day"),
        "venue": Field(text(4), ""),
    }  # fmt: skip

    @_described("orders_slice", SliceRequest)
    def post(self, request: Request, order_id: str) -> HttpResponse:
        """Send a part of a care order to a venue."""
        return self._post(request, order_id)

    def do(self, wish: Wish, values: Values, actor: Actor) -> list[Answer]:
        return care.slices([care.Slice(wish.order_id, **values)], actor)


class ManualFill(_Action):
    """An execution made on the telephone."""

    access = {"POST": CHANGES}
    fields = {
        "last_qty": Field(above_zero), "last_px": Field(above_zero), "last_mkt": Field(text(4), "XOFF"),
        "transact_time": Field(instant, None, nullable=True), "counterparty": Field(text(80), ""),
        "text": Field(text(300), ""),
    }  # fmt: skip

    @_described("orders_fill", FillRequest)
    def post(self, request: Request, order_id: str) -> HttpResponse:
        """Book an execution made on the telephone. One of great value waits for a second person (SECOND_PERSON)."""
        return self._post(request, order_id)

    def do(self, wish: Wish, values: Values, actor: Actor) -> list[Answer]:
        return care.execute([care.Fill(wish.order_id, **values)], actor)


class DecideRequest(s.Serializer[Any]):
    """The second person's decision."""

    confirm = s.BooleanField()


class DecideFill(View):
    """The second person's word on a large execution."""

    access = {"POST": CHANGES}

    @_described("manual_executions_decide", DecideRequest)
    def post(self, request: Request, execution_id: str) -> HttpResponse:
        """Confirm or refuse an execution that somebody else proposed."""
        user = self.user(request)
        values, faults = take(object_body(request), {"confirm": Field(flag)})
        if faults:
            raise Problem.of(faults, 400)

        def work() -> HttpResponse:
            refusal = care.decide(as_key(execution_id), Actor.of(user), confirm=values["confirm"])
            if refusal:
                raise Problem.of([refusal], 409)
            return answer({"execution_id": execution_id, "confirmed": values["confirm"]})

        return idempotency.once(request, user, work)
