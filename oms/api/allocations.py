"""Allocations: asked for, looked at before anything is written, changed, booked, cancelled; what is still to do."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from oms.api import allocation_shapes as a
from oms.api import idempotency, listing, pages, schema
from oms.api.access import EVERYONE, desk_ids
from oms.api.answers import answer
from oms.api.fields import Field, Read, choice, key, take, text
from oms.api.orders import as_key
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.base.refusal import Refusal
from oms.desk import allocating, booking, followed
from oms.desk.allocating import ALLOCATES, Change, Pick, Told, Wish
from oms.desk.asked import CHANGES, Actor
from orders.models import User
from settlement.allocation.kept import MONEY
from settlement.allocation.tables import State
from settlement.models import Allocation, AllocationEvent, AllocationShare

Image = dict[str, Any]
FILTERS: dict[str, Read] = {
    "state": choice(State),  # type: ignore[arg-type]
    "order_id": key,
    "symbol": text(29),
    "account": text(16),
    "trade_date": a.day,
}
SHARE = ("percent", "qty", "nav", "priority", *MONEY)
EVENT = ("seq", "act", "state", "revision", "at", "actor", "text")


def day_parameter(name: str, text: str) -> OpenApiParameter:
    """A date among the filters."""
    return OpenApiParameter(name, OpenApiTypes.DATE, description=text)


def taken(request: Request, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The fields of the body, or of an empty one where all may be left out."""
    values, faults = take(object_body(request) if request._request.body else {}, fields)
    if faults:
        raise Problem.of(faults, 400)
    return values


def visible(user: User) -> QuerySet[Allocation]:
    """The allocations of the user's desks."""
    return Allocation.objects.filter(desk_id__in=desk_ids(user))


class Allocations(View):
    """All allocations you may see; a new one."""

    access = {"GET": EVERYONE, "POST": CHANGES}

    @extend_schema(
        operation_id="allocations_list",
        parameters=[
            OpenApiParameter("state", str, description="may be repeated"),
            *schema.filters("order_id", "symbol", "account"),
            day_parameter("trade_date", "may be repeated"), *schema.filters("limit", "cursor"),
        ],
        responses=schema.said(schema.paged(a.AllocationShape, "Allocation")),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """Allocations, newest first."""
        query = pages.read(request, FILTERS)
        rows = visible(self.user(request))
        if "state" in query:
            rows = rows.filter(state__in=query["state"])
        if "order_id" in query:
            rows = rows.filter(orders__order_id__in=query["order_id"]).distinct()
        if "symbol" in query:
            rows = rows.filter(listing.of_symbols(query["symbol"], "instrument__"))
        if "account" in query:
            rows = rows.filter(shares__account__code__in=query["account"]).distinct()
        if "trade_date" in query:
            rows = rows.filter(trade_date__in=query["trade_date"])
        return pages.page(request, rows, query, shown)

    @extend_schema(
        operation_id="allocations_make", parameters=[schema.KEY], request=a.AllocationRequest,
        responses=schema.said(a.AllocationShape, 404, 409, 415, 422, ok=201),
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """Say who the executions of some orders are for: before the first fill, or of an allocation account after."""
        user, wish = self.user(request), Wish(**taken(request, a.WISH))

        def work() -> HttpResponse:
            return told(allocating.allocate([wish], Actor.of(user))[0], 201)

        return idempotency.once(request, user, work)


class Preview(View):
    """What an allocation would come to."""

    access = {"POST": CHANGES}

    @extend_schema(
        operation_id="allocations_preview", request=a.AllocationRequest,
        responses=schema.said(a.PreviewShape, 404, 409, 415, 422),
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """What each account would get, quantity and money. Nothing is written."""
        wish = Wish(**taken(request, a.WISH))
        (found,) = booking.preview([wish], Actor.of(self.user(request)))
        if isinstance(found, Refusal):
            raise Problem.of([found])
        rows = [{"account": one.account, "alloc_qty": one.alloc_qty, **_money(one.money)} for one in found.shares]
        return answer({"executed": found.executed, "qty": found.qty, **_money(found.totals), "shares": rows})


def _money(amounts: Sequence[Any]) -> Image:
    return dict(zip(MONEY[1:], amounts or [None] * len(MONEY[1:]), strict=True))


class ToDo(View):
    """What is still to be allocated."""

    access = {"GET": EVERYONE}

    @extend_schema(operation_id="allocations_to_do", responses=schema.said(a.ToDoList))
    def get(self, request: Request) -> HttpResponse:
        """Orders of allocation accounts with executions that are not booked for anybody, oldest first."""
        pages.read(request, {})
        rows = followed.to_do(desk_ids(self.user(request)))
        found = [{"order_id": str(one.order_id), "trade_date": one.trade_date, "market": one.market} for one in rows]
        return answer({"results": found})


class OneAllocation(View):
    """One allocation."""

    access = {"GET": EVERYONE}

    @extend_schema(operation_id="allocations_read", responses=schema.said(a.AllocationShape, 404))
    def get(self, request: Request, allocation_id: str) -> HttpResponse:
        """With its shares and everything that happened to it."""
        pages.read(request, {})
        found = shown(visible(self.user(request)).filter(pk=as_key(allocation_id)))
        if not found:
            raise Problem.of([allocating.unknown(as_key(allocation_id))])
        return answer(found[0])


def _act(
    view: View, request: Request, number: int, fields: Mapping[str, Field], verb: Callable[[Any, Actor], list[Told]],
    make: Callable[..., Any],
) -> HttpResponse:  # fmt: skip
    user, wish = view.user(request), make(number, **taken(request, fields))

    def work() -> HttpResponse:
        return told(verb([wish], Actor.of(user))[0], 200)

    return idempotency.once(request, user, work)


class ChangeAllocation(View):
    """Another way to divide it."""

    access = {"POST": CHANGES}

    @extend_schema(
        operation_id="allocations_change", parameters=[schema.KEY], request=a.ChangeRequest,
        responses=schema.said(a.AllocationShape, 404, 409, 412, 415, 422),
    )  # fmt: skip
    def post(self, request: Request, allocation_id: str) -> HttpResponse:
        """Ask for something else, until it is booked. After the first fill operations alone changes what was before."""
        return _act(self, request, as_key(allocation_id), a.CHANGE, allocating.change, Change)


class BookAllocation(View):
    """Its booking."""

    access = {"POST": ALLOCATES}

    @extend_schema(
        operation_id="allocations_book", parameters=[schema.KEY], request=a.PickRequest,
        responses=schema.said(a.AllocationShape, 404, 409, 412, 415, 422),
    )  # fmt: skip
    def post(self, request: Request, allocation_id: str) -> HttpResponse:
        """Make it so: positions and obligations become the accounts', and each share is confirmed."""
        return _act(self, request, as_key(allocation_id), a.PICK, booking.book, Pick)


class CancelAllocation(View):
    """Its end."""

    access = {"POST": CHANGES}

    @extend_schema(
        operation_id="allocations_cancel", parameters=[schema.KEY], request=a.PickRequest,
        responses=schema.said(a.AllocationShape, 404, 409, 412, 415, 422),
    )  # fmt: skip
    def post(self, request: Request, allocation_id: str) -> HttpResponse:
        """Take it back before it is booked; its orders may be allocated anew."""
        return _act(self, request, as_key(allocation_id), a.PICK, allocating.cancel, Pick)


def told(one: Told, status: int) -> HttpResponse:
    """The allocation as it is now, or why nothing was done."""
    if one.refusals:
        raise Problem.of(one.refusals)
    (found,) = shown(Allocation.objects.filter(pk=one.allocation_id))
    return answer(found, status, Location=f"/api/v1/allocations/{one.allocation_id}/")


def shown(rows: QuerySet[Allocation]) -> list[Image]:
    """Allocations as they are answered. Four SELECTs."""
    found = list(rows.select_related("instrument", "made_by").prefetch_related("orders"))
    shares: dict[tuple[int, int], list[Image]] = defaultdict(list)
    parts = AllocationShare.objects.filter(allocation__in=found).order_by("seq")
    for pk, revision, account, *values in parts.values_list("allocation_id", "revision", "account__code", *SHARE):
        shares[pk, revision].append({"account": account, **dict(zip(SHARE, values, strict=True))})
    events: dict[int, list[Image]] = defaultdict(list)
    for pk, *values in AllocationEvent.objects.filter(allocation__in=found).values_list("allocation_id", *EVENT):
        events[pk].append(dict(zip(EVENT, values, strict=True)))
    return [
        {
            "id": str(one.pk), "version": one.version, "revision": one.revision, "state": one.state,
            "order_ids": [str(member.order_id) for member in one.orders.all()], "symbol": one.instrument.symbol,
            "side": one.side, "trade_date": one.trade_date, "method": one.method, "min_lot": one.min_lot,
            "auto_book": one.auto_book, "alloc_id": one.alloc_id, "made_by": one.made_by.username,
            "made_at": one.made_at, "booked_at": one.booked_at, "qty": one.qty, "avg_px": one.avg_px,
            "net_money": one.net_money, "currency": one.currency, "text": one.text,
            "shares": shares[one.pk, one.revision], "events": events[one.pk],
        }
        for one in found
    ]  # fmt: skip
