"""Confirmations: what waits for the other side, affirmed or disputed by it."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from oms.api import allocation_shapes as a
from oms.api import idempotency, listing, pages, schema
from oms.api.access import EVERYONE, desk_ids
from oms.api.allocations import day_parameter, taken
from oms.api.answers import answer
from oms.api.fields import Field, Read, choice, key, text
from oms.api.orders import as_key
from oms.api.problems import Problem
from oms.api.views import View
from oms.base.refusal import Refusal
from oms.desk.affirming import AFFIRMS, Heard, Word, affirm, dispute
from oms.desk.asked import Actor
from orders.models import User
from settlement.allocation.confirmation import ConfirmationState
from settlement.models import TradeConfirmation, TradeConfirmationEvent

Image = dict[str, Any]
FILTERS: dict[str, Read] = {
    "state": choice(ConfirmationState),  # type: ignore[arg-type]
    "symbol": text(29),
    "account": text(16),
    "allocation_id": key,
    "trade_date": a.day,
    "late": listing.switch,
}
EVENT = ("seq", "state", "at", "actor", "text")
PLAIN = ("version", "side", "qty", "avg_px", "net_money", "currency", "trade_date", "settl_date", "state",
         "affirm_by", "was_late", "theirs")  # fmt: skip


def visible(user: User) -> QuerySet[TradeConfirmation]:
    """The confirmations of accounts of the user's desks."""
    return TradeConfirmation.objects.filter(account__desk_id__in=desk_ids(user))


class Confirmations(View):
    """All confirmations you may see."""

    access = {"GET": EVERYONE}

    @extend_schema(
        operation_id="confirmations_list",
        parameters=[
            OpenApiParameter("state", str, description="may be repeated"), *schema.filters("symbol", "account"),
            OpenApiParameter("allocation_id", str, description="may be repeated"),
            day_parameter("trade_date", "may be repeated"),
            OpenApiParameter("late", int, description="1: not affirmed at the cut-off, then or ever"),
            *schema.filters("limit", "cursor"),
        ],
        responses=schema.said(schema.paged(a.ConfirmationShape, "Confirmation")),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """Confirmations, newest first."""
        query = pages.read(request, FILTERS, single=frozenset({"late"}))
        rows = visible(self.user(request))
        if "state" in query:
            rows = rows.filter(state__in=query["state"])
        if "symbol" in query:
            rows = rows.filter(listing.of_symbols(query["symbol"], "instrument__"))
        if "account" in query:
            rows = rows.filter(account__code__in=query["account"])
        if "allocation_id" in query:
            rows = rows.filter(share__allocation_id__in=query["allocation_id"])
        if "trade_date" in query:
            rows = rows.filter(trade_date__in=query["trade_date"])
        if "late" in query:
            rows = rows.filter(was_late=query.one("late"))
        return pages.page(request, rows, query, shown)


class OneConfirmation(View):
    """One confirmation."""

    access = {"GET": EVERYONE}

    @extend_schema(operation_id="confirmations_read", responses=schema.said(a.ConfirmationShape, 404))
    def get(self, request: Request, confirmation_id: str) -> HttpResponse:
        """With every state it was in."""
        pages.read(request, {})
        found = shown(visible(self.user(request)).filter(pk=as_key(confirmation_id)))
        if not found:
            text = f"no confirmation {confirmation_id} of yours"
            raise Problem.of([Refusal("UNKNOWN_CONFIRMATION", "id", text)])
        return answer(found[0])


class Affirm(View):
    """The other side agrees."""

    access = {"POST": AFFIRMS}

    @extend_schema(
        operation_id="confirmations_affirm", parameters=[schema.KEY], request=a.AffirmRequest,
        responses=schema.said(a.ConfirmationShape, 404, 409, 412, 415, 422),
    )  # fmt: skip
    def post(self, request: Request, confirmation_id: str) -> HttpResponse:
        """Affirm; a version of the other side that differs beyond tolerance disputes it instead, field by field."""
        return _say(self, request, as_key(confirmation_id), a.WORD, affirm)


class Dispute(View):
    """The other side does not agree."""

    access = {"POST": AFFIRMS}

    @extend_schema(
        operation_id="confirmations_dispute", parameters=[schema.KEY], request=a.DisputeRequest,
        responses=schema.said(a.ConfirmationShape, 404, 409, 412, 415, 422),
    )  # fmt: skip
    def post(self, request: Request, confirmation_id: str) -> HttpResponse:
        """Dispute it, and say why."""
        return _say(self, request, as_key(confirmation_id), a.DISPUTE, dispute)


def _say(
    view: View, request: Request, number: int, fields: Mapping[str, Field],
    verb: Callable[[list[Word], Actor], list[Heard]],
) -> HttpResponse:  # fmt: skip
    user, word = view.user(request), Word(number, **taken(request, fields))

    def work() -> HttpResponse:
        (heard,) = verb([word], Actor.of(user))
        if heard.refusals:
            raise Problem.of(heard.refusals)
        return answer(shown(TradeConfirmation.objects.filter(pk=number))[0])

    return idempotency.once(request, user, work)


def shown(rows: QuerySet[TradeConfirmation]) -> list[Image]:
    """Confirmations as they are answered. Two SELECTs."""
    found = list(rows.select_related("account", "instrument", "share"))
    events: dict[int, list[Image]] = defaultdict(list)
    for pk, *values in TradeConfirmationEvent.objects.filter(confirmation__in=found).values_list(
        "confirmation_id", *EVENT
    ):
        events[pk].append(dict(zip(EVENT, values, strict=True)))
    return [
        {
            "id": str(one.pk), "allocation_id": str(one.share.allocation_id), "account": one.account.code,
            "symbol": one.instrument.symbol, "isin": one.instrument.isin,
            **{name: getattr(one, name) for name in PLAIN},
            "differences": [dict(zip(("field", "ours", "theirs"), row, strict=True)) for row in one.differences],
            "events": events[one.pk],
        }
        for one in found
    ]  # fmt: skip
