"""Lists of orders: linked orders and baskets, entered together, shown, released in waves, taken back."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import baskets, idempotency, images, order_shapes, pages, schema
from oms.api.access import EVERYONE, desk_ids
from oms.api.answers import answer
from oms.api.fields import Field, ascii_text, choice, flag, key, take
from oms.api.orders import as_key, bounded
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.base.refusal import Refusal
from oms.desk import Cancellation, cancel
from oms.desk.asked import CHANGES, ENTERS, Actor
from oms.desk.lists import link, unlink
from orders.models import ListOrder, Order, OrderList
from orders.vocabulary import ContingencyType

FILTERS = {"kind": choice(ContingencyType), "order_id": key}
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
    orders = order_shapes.OrderRequest(many=True)


class ListShape(s.Serializer[Any]):
    """A list and how far it has come."""

    id = s.CharField()
    list_id = s.CharField()
    kind = s.CharField()
    active = s.BooleanField()
    orders = order_shapes.OrderShape(many=True)
    done = s.CharField(help_text="share of the quantity that is filled, 0 to 1")


class LinkRequest(s.Serializer[Any]):
    """Working orders to be linked."""

    order_ids = s.ListField(child=s.CharField())
    kind = s.CharField(help_text="one_cancels_other or one_updates_other")


class Lists(View):
    """The lists of your desks."""

    access = {"GET": EVERYONE, "POST": ENTERS}

    @extend_schema(
        operation_id="order_lists_list",
        parameters=[
            OpenApiParameter("kind", str, description=f"{', '.join(ContingencyType)}; may be repeated"),
            OpenApiParameter("order_id", str, description="the lists this order is in"),
            *schema.filters("limit", "cursor"),
        ],
        responses=schema.said(schema.paged(baskets.ListSummary, "OrderList")),
    )
    def get(self, request: Request) -> HttpResponse:
        """List the lists, the newest first: baskets with their waves, blocks, linked orders."""
        query = pages.read(request, FILTERS, single=frozenset({"order_id"}))
        rows = OrderList.objects.filter(desk_id__in=desk_ids(self.user(request)))
        if "kind" in query:
            rows = rows.filter(kind__in=query["kind"])
        if "order_id" in query:
            rows = rows.filter(pk__in=ListOrder.objects.filter(order_id=query.one("order_id")).values("list_id"))
        return pages.page(request, rows, query, baskets.summaries)

    @extend_schema(
        operation_id="order_lists_enter",
        parameters=[schema.KEY],
        request=ListRequest,
        responses=baskets.entered(baskets.ListAnswer),
    )
    def post(self, request: Request) -> HttpResponse:
        """Enter a list of orders: linked ones, or a basket that waits for its waves."""
        user = self.user(request)
        values, faults = take(object_body(request), LIST)
        if faults:
            raise Problem.of(faults, 400)
        bounded(request, len(values["orders"]))
        dry = values.pop("dry_run")

        def work() -> HttpResponse:
            return baskets.enter(values, Actor.of(user), dry=dry)

        return work() if dry else idempotency.once(request, user, work)


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
    members = dict(ListOrder.objects.filter(list=one).order_by("seq_no").values_list("order_id", "wave"))
    ids = list(members)
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

    @extend_schema(
        operation_id="order_lists_release",
        parameters=[schema.KEY],
        request=baskets.WaveRequest,
        responses=schema.said(ListShape, 404, 409, 415),
    )
    def post(self, request: Request, list_pk: str) -> HttpResponse:
        """Have the next wave of a basket routed: by id, by percent or so many; else all that wait."""
        user = self.user(request)
        one = _find(request, list_pk, user)

        def work() -> HttpResponse:
            baskets.release(request, one.pk, user)
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
