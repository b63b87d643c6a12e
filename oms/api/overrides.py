"""Overrides: ask for one, see what waits, grant or refuse."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from oms.api import idempotency, override_shapes, pages, schema
from oms.api.access import EVERYONE, desk_ids
from oms.api.answers import answer
from oms.api.fields import Field, ascii_text, choice, key, take, text
from oms.api.orders import as_key
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk.asked import Actor
from oms.desk.override import APPROVES, ASKS, GRANTED_FOR_MIN, Ask, Ruling, Told, ask, decide
from orders.models import User
from risk.models import Override, OverrideEvent
from risk.waiving import State

Image = dict[str, Any]
ASK = {
    "order_id": Field(key), "reason": Field(text(500)), "terms_hash": Field(ascii_text(64), ""),
}  # fmt: skip
FILTERS = {"state": choice(State), "order_id": key}
STATUS = {
    "UNKNOWN_OVERRIDE": 404, "OVERRIDE_DECIDED": 409, "OVERRIDE_EXPIRED": 409, "SELF_APPROVAL": 403, "MISSING": 400,
    "BAD_VALUE": 400, "BAD_TEXT": 400, "TOO_LONG": 400,
}  # fmt: skip


def _minutes(raw: Any, name: str) -> int | Refusal:
    """A whole number; the desk says which are allowed."""
    whole = isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10_000
    return raw if whole else Refusal("BAD_VALUE", name, f"{name} must be a whole number of minutes")


REFUSE = {"reason": Field(text(500))}
GRANT = {**REFUSE, "minutes": Field(_minutes, GRANTED_FOR_MIN)}


def visible(user: User) -> QuerySet[Override]:
    """The overrides of the user's desks."""
    return Override.objects.filter(desk_id__in=desk_ids(user))


def shown(rows: QuerySet[Override]) -> list[Image]:
    """Overrides as they are told, in the order of ``rows``. One SELECT."""
    at = now()
    related = ("decision", "desk", "order__account", "order__instrument", "trader", "asked_by", "decided_by")
    return [image(row, at) for row in rows.select_related(*related)]


def image(row: Override, at: Any) -> Image:
    """One override. Its state is expired as soon as it is too late, whether or not anybody has noted that."""
    order, said = row.order, row.terms
    over = row.state in (State.ASKED, State.GRANTED) and at >= row.expires_at
    return {
        "override_id": str(row.pk), "order_id": str(order.pk), "kind": row.decision.kind, "desk": row.desk.code,
        "account": order.account.code, "symbol": said.get("legs", order.instrument.symbol), "side": order.side,
        "ord_type": order.ord_type, "order_qty": said["order_qty"], "price": said.get("price"), "terms": said,
        "terms_hash": row.terms_hash, "needs": row.way, "breaches": [_breach(one) for one in row.breaches],
        "state": State.EXPIRED.value if over else row.state, "trader": row.trader.username,
        "asked_by": row.asked_by.username, "asked_at": row.asked_at, "reason": row.reason,
        "decided_by": row.decided_by and row.decided_by.username, "decided_at": row.decided_at, "answer": row.answer,
        "expires_at": row.expires_at, "used_by": str(row.used_by_id) if row.used_by_id else None,
        "used_at": row.used_at,
    }  # fmt: skip


def _breach(one: dict[str, Any]) -> Image:
    return {name: one.get(name) for name in ("leg", "control", "code", "outcome", "text", "measured", "limit")}


class OverridesView(View):
    """The overrides of your desks."""

    access = {"GET": EVERYONE, "POST": ASKS}

    @extend_schema(
        operation_id="overrides_list",
        parameters=[
            OpenApiParameter("state", str, description="may be repeated; asked and granted leave out what ran out"),
            *schema.filters("order_id", "limit", "cursor"),
        ],
        responses=schema.said(schema.paged(override_shapes.OverrideShape, "Override")),
    )
    def get(self, request: Request) -> HttpResponse:
        """List overrides, the newest first."""
        query = pages.read(request, FILTERS, single=frozenset({"order_id"}))
        rows = visible(self.user(request))
        if "state" in query:
            wanted = set(query["state"])
            rows = rows.filter(state__in=wanted)
            if State.EXPIRED not in wanted:
                rows = rows.exclude(state__in=[State.ASKED, State.GRANTED], expires_at__lte=now())
        if "order_id" in query:
            rows = rows.filter(order_id=query.one("order_id"))
        return pages.page(request, rows, query, shown)

    @extend_schema(
        operation_id="overrides_ask", parameters=[schema.KEY], request=override_shapes.AskRequest,
        responses={
            **schema.said(override_shapes.OverrideShape, 404, 415, 422, ok=201), 200: override_shapes.OverrideShape,
        },
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """Ask for an override of an order that was refused, or of a refused amendment. Approvers are told."""
        user = self.user(request)
        values, faults = take(object_body(request), ASK)
        if faults:
            raise Problem.of(faults, 400)

        def work() -> HttpResponse:
            (told,) = ask([Ask(**values)], Actor.of(user))
            return _told(told, 200 if told.duplicate else 201)

        return idempotency.once(request, user, work)


class OneOverride(View):
    """One override of your desks."""

    access = {"GET": EVERYONE}

    @extend_schema(
        operation_id="overrides_read", responses=schema.said(override_shapes.WholeOverride, 404)
    )  # fmt: skip
    def get(self, request: Request, override_id: str) -> HttpResponse:
        """Read an override and its history."""
        found = shown(visible(self.user(request)).filter(pk=as_key(override_id)))
        if not found:
            raise Problem(404, "UNKNOWN_OVERRIDE", f"no override {override_id} on your desks")
        rows = OverrideEvent.objects.filter(override_id=as_key(override_id)).select_related("by")
        events = [
            {"what": one.what, "at": one.at, "by": one.by and one.by.username,
             "order_id": str(one.order_id) if one.order_id else None, "text": one.text}
            for one in rows
        ]  # fmt: skip
        return answer({**found[0], "events": events})


class Grant(View):
    """Leave."""

    access = {"POST": APPROVES}

    @extend_schema(
        operation_id="overrides_grant", parameters=[schema.KEY], request=override_shapes.GrantRequest,
        responses=schema.said(override_shapes.OverrideShape, 404, 409, 415),
    )  # fmt: skip
    def post(self, request: Request, override_id: str) -> HttpResponse:
        """Grant it, for these terms, once, until it expires. Neither who asked nor whose order it is may."""
        return _ruled(self, request, override_id, GRANT, grant=True)


class Refuse(View):
    """No leave."""

    access = {"POST": APPROVES}

    @extend_schema(
        operation_id="overrides_refuse", parameters=[schema.KEY], request=override_shapes.RefuseRequest,
        responses=schema.said(override_shapes.OverrideShape, 404, 409, 415),
    )  # fmt: skip
    def post(self, request: Request, override_id: str) -> HttpResponse:
        """Refuse it, with the reason that whoever asked reads."""
        return _ruled(self, request, override_id, REFUSE, grant=False)


def _ruled(view: View, request: Request, override_id: str, fields: dict[str, Field], *, grant: bool) -> HttpResponse:
    user, number = view.user(request), as_key(override_id)
    values, faults = take(object_body(request), fields)
    if faults:
        raise Problem.of(faults, 400)

    def work() -> HttpResponse:
        (told,) = decide([Ruling(number, grant, **values)], Actor.of(user))
        return _told(told, 200)

    return idempotency.once(request, user, work)


def _told(told: Told, status: int) -> HttpResponse:
    if told.refusals:
        raise Problem.of(told.refusals, STATUS.get(told.refusals[0].code))
    (found,) = shown(Override.objects.filter(pk=told.override_id))
    return answer(found, status)
