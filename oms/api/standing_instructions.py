"""The book of standing settlement instructions: read it, write a row, check another's."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import idempotency, pages, schema
from oms.api.access import FIRM_WIDE, OPERATIONS
from oms.api.answers import answer
from oms.api.fields import Field, Read, ascii_text, choice, one_of, take, text
from oms.api.instruction_shapes import LONGEST_REASON
from oms.api.instructions import day
from oms.api.orders import as_key
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.base.refusal import Refusal
from orders.models import Account
from orders.vocabulary import AssetClass
from settlement import ssi_book
from settlement.models import StandingInstruction

Image = dict[str, Any]
WORDS = {
    "party": 40, "market": 8, "currency": 3, "place_of_settlement": 11, "counterparty": 40, "agent_bic": 11,
    "safekeeping_account": 35, "cash_account": 34,
}  # fmt: skip
WRITE = {
    "reason": Field(text(LONGEST_REASON)), "valid_from": Field(day), "valid_to": Field(day, None, nullable=True),
    "account": Field(text(16), None, nullable=True), "asset_class": Field(choice(AssetClass), ""),
    **{name: Field(ascii_text(longest), "") for name, longest in WORDS.items()},
}  # fmt: skip
FILTERS: dict[str, Read] = {
    "state": one_of("proposed", "in_force", "superseded"), "account": text(16), "party": text(40), "market": text(8),
}  # fmt: skip


class StandingInstructionShape(s.Serializer[Any]):
    """A row of the book."""

    id = s.CharField()
    state = s.CharField(help_text="proposed, in_force or superseded")
    account = s.CharField(allow_null=True, help_text="null: all of ours, or a party's")
    party = s.CharField(allow_blank=True, help_text="the counterparty whose row it is; empty: ours")
    market = s.CharField(allow_blank=True)
    currency = s.CharField(allow_blank=True)
    asset_class = s.CharField(allow_blank=True)
    place_of_settlement = s.CharField(allow_blank=True)
    counterparty = s.CharField(allow_blank=True)
    agent_bic = s.CharField(allow_blank=True)
    safekeeping_account = s.CharField(allow_blank=True)
    cash_account = s.CharField(allow_blank=True)
    valid_from = s.DateField()
    valid_to = s.DateField(allow_null=True)
    reason = s.CharField()
    made_by = s.CharField()
    made_at = s.DateTimeField()
    checked_by = s.CharField(allow_null=True)
    checked_at = s.DateTimeField(allow_null=True)
    superseded_by = s.CharField(allow_null=True)


class StandingInstructionRequest(s.Serializer[Any]):
    """A row to be written; blank scopes mean any."""

    reason = s.CharField(max_length=LONGEST_REASON)
    valid_from = s.DateField()
    valid_to = s.DateField(required=False, allow_null=True)
    account = s.CharField(max_length=16, required=False, allow_null=True)
    party = s.CharField(max_length=40, required=False)
    market = s.CharField(max_length=8, required=False)
    currency = s.CharField(max_length=3, required=False)
    asset_class = s.CharField(max_length=20, required=False)
    place_of_settlement = s.CharField(max_length=11, required=False)
    counterparty = s.CharField(max_length=40, required=False)
    agent_bic = s.CharField(max_length=11, required=False)
    safekeeping_account = s.CharField(max_length=35, required=False)
    cash_account = s.CharField(max_length=34, required=False)


class StandingInstructions(View):
    """The book."""

    access = {"GET": FIRM_WIDE, "POST": OPERATIONS}

    @extend_schema(
        operation_id="standing_instructions_list",
        parameters=[*(OpenApiParameter(name, str) for name in FILTERS), *schema.filters("limit", "cursor")],
        responses=schema.said(schema.paged(StandingInstructionShape, "StandingInstruction")),
    )
    def get(self, request: Request) -> HttpResponse:
        """List rows, the newest first."""
        query = pages.read(request, FILTERS)
        which = Q()
        for name, column in {"account": "account__code", "party": "party", "market": "market"}.items():
            if name in query:
                which &= Q(**{f"{column}__in": query[name]})
        if "state" in query:
            states = [_STATES[name] for name in query["state"]]
            which &= next(iter(states)) if len(states) == 1 else Q(*states, _connector=Q.OR)
        return pages.page(request, StandingInstruction.objects.filter(which), query, images)

    @extend_schema(
        operation_id="standing_instructions_propose",
        parameters=[schema.KEY],
        request=StandingInstructionRequest,
        responses=schema.said(StandingInstructionShape, 415, 422, ok=201),
    )
    def post(self, request: Request) -> HttpResponse:
        """Write a row. It is in force once another person has checked it."""
        user = self.user(request)
        values, faults = take(object_body(request), WRITE)
        if faults:
            raise Problem.of(faults, 400)
        code = values.pop("account")
        account = Account.objects.filter(code=code).first() if code else None
        if code and account is None:
            raise Problem.of([Refusal("UNKNOWN_ACCOUNT", "account", f"no account {code!a}")], 422)

        def work() -> HttpResponse:
            (kept,) = ssi_book.propose([ssi_book.Entry(account_id=account.pk if account else None, **values)], user)
            if kept.refusal:
                raise Problem.of([kept.refusal], 422)
            return answer(_one(kept.id or 0), 201)

        return idempotency.once(request, user, work)


class CheckStandingInstruction(View):
    """The second person."""

    access = {"POST": OPERATIONS}

    @extend_schema(
        operation_id="standing_instructions_check",
        parameters=[schema.KEY],
        request=None,
        responses=schema.said(StandingInstructionShape, 404, 409, 415),
    )
    def post(self, request: Request, ssi_id: str) -> HttpResponse:
        """Put a row into force; it supersedes the one of the same scope. Whoever wrote it may not (SAME_PERSON)."""
        user, number = self.user(request), as_key(ssi_id)

        def work() -> HttpResponse:
            (refusal,) = ssi_book.check([number], user)
            if refusal:
                raise Problem.of([refusal], 404 if refusal.code == "MISSING" else 409)
            return answer(_one(number))

        return idempotency.once(request, user, work)


_STATES = {
    "proposed": Q(checked_by=None),
    "in_force": Q(checked_by__isnull=False, superseded_by=None),
    "superseded": Q(superseded_by__isnull=False),
}


def images(rows: QuerySet[StandingInstruction]) -> list[Image]:
    """Rows as they are told. One SELECT."""
    same = (
        "party", "market", "currency", "asset_class", "place_of_settlement", "counterparty", "agent_bic",
        "safekeeping_account", "cash_account", "valid_from", "valid_to", "reason", "made_at", "checked_at",
    )  # fmt: skip
    return [
        {
            "id": str(row.pk), "account": row.account and row.account.code, "made_by": row.made_by.username,
            "checked_by": row.checked_by and row.checked_by.username,
            "superseded_by": row.superseded_by_id and str(row.superseded_by_id),
            "state": "superseded" if row.superseded_by_id else "in_force" if row.checked_by_id else "proposed",
            **{name: getattr(row, name) for name in same},
        }
        for row in rows.select_related("account", "made_by", "checked_by")
    ]  # fmt: skip


def _one(number: int) -> Image:
    return images(StandingInstruction.objects.filter(pk=number))[0]
