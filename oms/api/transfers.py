"""Cash and securities in and out of accounts: one of operations proposes, another books or refuses."""

from datetime import date
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import idempotency, pages, schema, shapes
from oms.api.access import FIRM_WIDE, OPERATIONS, account_ids
from oms.api.answers import answer
from oms.api.fields import Field, above_zero, number, take, text
from oms.api.orders import as_key
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.base.refusal import Refusal
from oms.desk.asked import Actor
from oms.desk.transfers import LONGEST_REASON, Wanted, decide, propose
from settlement.models import BookTransfer


def day(raw: Any, name: str) -> date | Refusal:
    """A day in ISO 8601."""
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError):
        return Refusal("BAD_VALUE", name, f"{name} must be a day such as 2026-11-24")


FIELDS = {
    "reference": Field(text(64)),
    "account": Field(text(16)),
    "amount": Field(number),
    "reason": Field(text(LONGEST_REASON)),
    "currency": Field(text(3), ""),
    "symbol": Field(text(29), ""),
    "px": Field(above_zero, None, nullable=True),
    "opened_on": Field(day, None, nullable=True),
}


class TransferRequest(s.Serializer[Any]):
    """Cash (``currency``) or securities (``symbol``) into an account; out of it with an amount below zero."""

    reference = s.CharField(max_length=64, help_text="your name for it; repeated, it is the same transfer")
    account = s.CharField(max_length=16)
    amount = shapes.amount(help_text="money or units; below zero it leaves")
    reason = s.CharField(max_length=LONGEST_REASON)
    currency = s.CharField(max_length=3, required=False)
    symbol = s.CharField(max_length=29, required=False)
    px = shapes.amount(required=False, allow_null=True, help_text="what a unit has cost; needed for what comes in")
    opened_on = s.DateField(required=False, allow_null=True, help_text="the day its lot counts from")


class TransferShape(s.Serializer[Any]):
    """A transfer and what became of it."""

    id = s.CharField()
    reference = s.CharField()
    account = s.CharField()
    currency = s.CharField(allow_blank=True)
    symbol = s.CharField(allow_null=True)
    amount = shapes.amount()
    px = shapes.amount(allow_null=True)
    opened_on = s.DateField(allow_null=True)
    reason = s.CharField()
    state = s.CharField(help_text="proposed, booked or refused")
    proposed_by = s.CharField()
    proposed_at = s.DateTimeField()
    decided_by = s.CharField(allow_null=True)
    decided_at = s.DateTimeField(allow_null=True)


class Transfers(View):
    """Cash and securities in and out."""

    access = {"GET": FIRM_WIDE, "POST": OPERATIONS}

    @extend_schema(
        operation_id="transfers_list",
        parameters=[*schema.filters("account", "limit", "cursor"), OpenApiParameter("state", str)],
        responses=schema.said(schema.paged(TransferShape, "Transfer")),
    )
    def get(self, request: Request) -> HttpResponse:
        """All of them, newest first."""
        query = pages.read(request, {"account": text(16), "state": text(8)})
        rows = BookTransfer.objects.filter(account_id__in=account_ids(self.user(request)))
        if "account" in query:
            rows = rows.filter(account__code__in=query["account"])
        if "state" in query:
            rows = rows.filter(state__in=query["state"])
        return pages.page(request, rows, query, _images)

    @extend_schema(
        operation_id="transfers_propose",
        parameters=[schema.KEY],
        request=TransferRequest,
        responses=schema.said(TransferShape, 409, 415, 422, ok=201),
    )
    def post(self, request: Request) -> HttpResponse:
        """Propose a transfer. Nothing moves until another person books it."""
        user = self.user(request)
        values, faults = take(object_body(request), FIELDS)
        if faults:
            raise Problem.of(faults, 400)

        def work() -> HttpResponse:
            (outcome,) = propose([Wanted(**values)], Actor.of(user))
            if isinstance(outcome, Refusal):
                raise Problem.of((outcome,))
            return answer(_image(outcome), 201)

        return idempotency.once(request, user, work)


class _Decide(View):
    """A decision about a transfer that another person has proposed."""

    access = {"POST": OPERATIONS}
    book: ClassVar[bool]

    def _post(self, request: Request, transfer_id: str) -> HttpResponse:
        user, pk = self.user(request), as_key(transfer_id)

        def work() -> HttpResponse:
            (refusal,) = decide([pk], Actor.of(user), book=self.book)
            if refusal:
                raise Problem.of((refusal,))
            return answer(_image(pk))

        return idempotency.once(request, user, work)


class Book(_Decide):
    """Booking."""

    book = True

    @extend_schema(
        operation_id="transfers_book",
        parameters=[schema.KEY],
        request=None,
        responses=schema.said(TransferShape, 404, 409, 415, 422),
    )
    def post(self, request: Request, transfer_id: str) -> HttpResponse:
        """Book it: ledger, position and limits follow at once. Whoever proposed it may not."""
        return self._post(request, transfer_id)


class Refuse(_Decide):
    """Refusing."""

    book = False

    @extend_schema(
        operation_id="transfers_refuse",
        parameters=[schema.KEY],
        request=None,
        responses=schema.said(TransferShape, 404, 409, 415, 422),
    )
    def post(self, request: Request, transfer_id: str) -> HttpResponse:
        """Refuse it. Whoever proposed it may not."""
        return self._post(request, transfer_id)


_COLUMNS = {
    "id": "pk", "reference": "reference", "account": "account__code", "currency": "currency",
    "symbol": "instrument__symbol", "amount": "amount", "px": "px", "opened_on": "opened_on", "reason": "reason",
    "state": "state", "proposed_by": "proposed_by__username", "proposed_at": "proposed_at",
    "decided_by": "decided_by__username", "decided_at": "decided_at",
}  # fmt: skip


def _images(rows: Any) -> list[dict[str, Any]]:
    found = [dict(zip(_COLUMNS, row, strict=True)) for row in rows.values_list(*_COLUMNS.values())]
    return [image | {"id": str(image["id"])} for image in found]


def _image(pk: int) -> dict[str, Any]:
    return _images(BookTransfer.objects.filter(pk=pk))[0]
