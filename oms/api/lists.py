"""Lists of orders: linked orders and baskets, entered together, shown, released in waves, taken back."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import drafts, idempotency, images, schema, shapes
from oms.api.access import EVERYONE, desk_ids
from oms.api.answers import answer
from oms.api.fields import Field, ascii_text, choice, flag, take
from oms.api.orders import as_key, bounded, read_csv, result, softly
from oms.api.problems import Problem
from oms.api.views import View, csv_body, object_body
from oms.base.refusal import Refusal
from oms.desk import Cancellation, Draft, cancel
from oms.desk.asked import CHANGES, ENTERS, Actor, Answer
from oms.desk.lists import ListDraft, enter_list, link, unlink
from oms.desk.staging import Wish, send_on
from orders.models import ListOrder, Order, OrderList
from orders.vocabulary import ContingencyType

Image = dict[str, Any]
LIST = {
    "list_id": Field(ascii_text(64)),
    "kind": Field(choice(ContingencyType)),
    "all_or_nothing": Field(flag, False),
    "dry_run": Field(flag, False),
    "orders": Field(lambda raw, name: raw if isinstance(raw, list) else Refusal("BAD_VALUE", name, "orders is a list")),
}


class ListRequest(s.Serializer[Any]):
    """Orders to be entered together. The first is the primary of one_triggers_other and bracket."""

    list_id = s.CharField(max_length=64)
    kind = s.CharField(help_text=", ".join(ContingencyType))
    all_or_nothing = s.BooleanField(required=False)
    dry_run = s.BooleanField(required=False, help_text="say what would become of each, and enter nothing")
    orders = shapes.OrderRequest(many=True)


class ListShape(s.Serializer[Any]):
    """A list and how far it has come."""

    id = s.CharField()
    list_id = s.CharField()
    kind = s.CharField()
    active = s.BooleanField()
    orders = shapes.OrderShape(many=True)
    done = s.CharField(help_text="share of the quantity that is filled, 0 to 1")


class LinkRequest(s.Serializer[Any]):
    """Working orders to be linked."""

    order_ids = s.ListField(child=s.CharField())
    kind = s.CharField(help_text="one_cancels_other or one_updates_other")


class WaveRequest(s.Serializer[Any]):
    """Which orders of the basket go now; all that wait if left out."""

    order_ids = s.ListField(child=s.CharField(), required=False)


class Lists(View):
    """Entering lists."""

    access = {"POST": ENTERS}

    @extend_schema(**(schema.ENTER_ORDERS | {"operation_id": "order_lists_enter", "request": ListRequest}))
    def post(self, request: Request) -> HttpResponse:
        """Enter a list of orders: linked ones, or a basket that waits for its waves."""
        user = self.user(request)
        values, faults = take(object_body(request), LIST)
        if faults:
            raise Problem.of(faults, 400)
        bounded(request, len(values["orders"]))
        dry = values.pop("dry_run")

        def work() -> HttpResponse:
            return _enter(values, Actor.of(user), dry=dry)

        return work() if dry else idempotency.once(request, user, work)


class BasketCsv(View):
    """Baskets as tables."""

    access = {"POST": ENTERS}

    @extend_schema(**(schema.ENTER_CSV | {"operation_id": "baskets_csv"}))
    def post(self, request: Request, list_id: str) -> HttpResponse:
        """Enter a basket from CSV: a verdict a row with ``?dry_run=true``, else orders that wait for their wave."""
        user, dry = self.user(request), request.query_params.get("dry_run") == "true"
        _, items = read_csv(csv_body(request))
        bounded(request, len(items))
        values = {"list_id": list_id, "kind": "basket", "all_or_nothing": False, "orders": items}

        def work() -> HttpResponse:
            return _enter(values, Actor.of(user), dry=dry)

        return work() if dry else idempotency.once(request, user, work)


def _enter(values: Mapping[str, Any], actor: Actor, *, dry: bool) -> HttpResponse:
    """One result an order. What cannot be read is answered like what is refused: all or nothing holds for it, too."""
    read = drafts.drafts(values["orders"], actor)
    whole = values["all_or_nothing"] or values["kind"] not in ("basket",)
    bad = [one for one in read if not isinstance(one, Draft)]
    good = [one._replace(hold="wave") if values["kind"] == "basket" and not one.hold else one
            for one in read if isinstance(one, Draft)]  # fmt: skip
    if (bad and whole) or not good:
        other = (Refusal("LIST_REFUSED", "", "another order of the list was refused"),)
        results = [result(other if isinstance(one, Draft) else one, {}, set()) for one in read]
        return answer({"id": None, "results": results}, 400)
    with transaction.atomic():
        made = enter_list(ListDraft(values["list_id"], values["kind"], good, values["all_or_nothing"]), actor)
        if made.refusals:
            raise Problem.of(made.refusals, 400)
        body = {
            "id": None if dry else made.pk and str(made.pk),
            "dry_run": dry,
            "results": _results(read, made.answers),
        }
        if dry:
            transaction.set_rollback(True)
    refused = made.pk is None
    return answer(body, 422 if refused else 200 if dry or made.duplicate else 201)


def _results(read: Sequence[Any], answers: Sequence[Answer]) -> list[Image]:
    replies = iter(answers)
    every = [next(replies, None) if isinstance(one, Draft) else one for one in read]
    found = images.orders_by_id(one.order_id for one in every if isinstance(one, Answer) and one.order_id)
    soft = softly([one for one in every if isinstance(one, Answer)])
    return [result(one, found, soft) for one in every if one is not None]


class OneList(View):
    """A list of your desks."""

    access = {"GET": EVERYONE}

    @extend_schema(operation_id="order_lists_read", responses=schema.said(ListShape, 404))
    def get(self, request: Request, list_pk: str) -> HttpResponse:
        """Read a list, its orders and how far they have come."""
        return _shown(_find(request, list_pk, self.user(request)))


def _find(request: Request, list_pk: str, user: Any) -> OrderList:
    found = OrderList.objects.filter(pk=as_key(list_pk), desk_id__in=desk_ids(user)).first()
    if found is None:
        raise Problem(404, "NOT_FOUND", f"no list {list_pk} on your desks")
    return found


def _shown(one: OrderList) -> HttpResponse:
    ids = list(ListOrder.objects.filter(list=one).order_by("seq_no").values_list("order_id", flat=True))
    found = images.orders_by_id(ids)
    sums = Order.objects.filter(pk__in=ids).values_list("order_qty", "cum_qty")
    total, done = sum(row[0] for row in sums), sum(row[1] for row in sums)
    return answer({
        "id": str(one.pk), "list_id": one.list_id, "kind": one.kind, "active": one.active,
        "done": f"{done / total:.4f}" if total else "0", "orders": [found[pk] for pk in ids],
    })  # fmt: skip


class CancelList(View):
    """Taking a whole list back."""

    access = {"POST": CHANGES}

    @extend_schema(operation_id="order_lists_cancel", request=None, responses=schema.said(ListShape, 404))
    def post(self, request: Request, list_pk: str) -> HttpResponse:
        """Cancel every open order of the list."""
        user = self.user(request)
        one = _find(request, list_pk, user)

        def work() -> HttpResponse:
            open_orders = Order.objects.filter(lists__list=one, leaves_qty__gt=0).exclude(hold="leg").order_by("pk")
            wishes = [Cancellation(pk) for pk in open_orders.values_list("pk", flat=True)]
            if wishes:
                cancel(wishes, Actor.of(user))
            return _shown(one)

        return idempotency.once(request, user, work)


class ReleaseWave(View):
    """Sending the next orders of a basket."""

    access = {"POST": CHANGES}

    @extend_schema(operation_id="order_lists_release", request=WaveRequest, responses=schema.said(ListShape, 404))
    def post(self, request: Request, list_pk: str) -> HttpResponse:
        """Have orders of a basket routed: those named, or all that wait."""
        user = self.user(request)
        one = _find(request, list_pk, user)
        given = object_body(request) if request._request.body else {}
        asked = given.get("order_ids", [])
        named = {as_key(str(pk)) for pk in asked if str(pk).isdigit()} if isinstance(asked, list) else set()

        def work() -> HttpResponse:
            waiting = Order.objects.filter(lists__list=one, hold="wave").order_by("pk")
            ids = [pk for pk in waiting.values_list("pk", flat=True) if not named or pk in named]
            if ids:
                send_on([Wish(pk) for pk in ids], Actor.of(user))
            return _shown(one)

        return idempotency.once(request, user, work)


class Link(View):
    """Linking working orders."""

    access = {"POST": ENTERS}

    @extend_schema(operation_id="orders_link", request=LinkRequest, responses=schema.said(ListShape, 404, 409))
    def post(self, request: Request) -> HttpResponse:
        """Link working orders: from now on one cancels, or updates, the others."""
        user, given = self.user(request), object_body(request)
        ids = given.get("order_ids")
        if not isinstance(ids, list) or not all(str(pk).isascii() and str(pk).isdigit() for pk in ids):
            raise Problem(400, "BAD_VALUE", "order_ids is a list of order ids")

        def work() -> HttpResponse:
            made = link([as_key(str(pk)) for pk in ids], str(given.get("kind", "")), Actor.of(user))
            if made.refusals:
                raise Problem.of(made.refusals, 409)
            return _shown(OrderList.objects.get(pk=made.pk))

        return idempotency.once(request, user, work)


class Unlink(View):
    """Letting linked orders stand alone."""

    access = {"POST": ENTERS}

    @extend_schema(operation_id="order_lists_unlink", request=None, responses=schema.said(ListShape, 404, 409))
    def post(self, request: Request, list_pk: str) -> HttpResponse:
        """Undo the link; the orders stay as they are."""
        user = self.user(request)
        one = _find(request, list_pk, user)

        def work() -> HttpResponse:
            refusal = unlink(one.pk, Actor.of(user))
            if refusal:
                raise Problem.of([refusal], 409)
            one.refresh_from_db()
            return _shown(one)

        return idempotency.once(request, user, work)
