"""What came from the custodian and needs a person; and what the simulated one is told to get wrong."""

from enum import StrEnum
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import idempotency, pages, schema
from oms.api.access import COMPLIANCE, OPERATIONS
from oms.api.answers import answer
from oms.api.fields import MAX_ID, Field, Read, choice, take, text
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.base.refusal import Refusal
from orders.vocabulary import Role
from settlement import collect, exceptions, instruct
from settlement.custody import says
from settlement.custody.voice import CUSTODIAN, OURS
from settlement.exceptions import CustodyException
from settlement.messages import bare, mt
from settlement.messages.batch import KINDS
from settlement.messages.tree import Fault

WATCHERS = OPERATIONS | COMPLIANCE | frozenset({Role.AUDITOR})
_STATES = StrEnum("ItemState", [(state.upper(), state) for state in exceptions.STATES])
FILTERS: dict[str, Read] = {
    "state": choice(_STATES),
    "code": text(40),
    "kind": text(40),
    "owner": text(150),
    "reference": text(40),
}
_FORMS = StrEnum("Form", [("XML", "xml"), ("MT", "mt")])
MOST_SHOWN = 4_096


class CustodyExceptionShape(s.Serializer[Any]):
    """One thing from outside that could not be applied as it was."""

    id = s.CharField()
    code = s.CharField(help_text="see /api/v1/reasons/")
    kind = s.CharField(help_text="definition of the message, as sese.025.001.11; file for what is none")
    reference = s.CharField(allow_blank=True, help_text="of the instruction, as far as it could be read")
    text = s.CharField()
    raw = s.CharField(allow_blank=True, help_text=f"the first {MOST_SHOWN} bytes; what is not UTF-8 is escaped")
    file = s.CharField(allow_blank=True, help_text="in the folders aside or archive of the custodian")
    received_at = s.DateTimeField()
    state = s.CharField(help_text="open or resolved")
    owner = s.CharField(allow_blank=True)
    resolution = s.CharField(allow_blank=True)
    resolved_by = s.CharField(allow_blank=True)
    resolved_at = s.DateTimeField(allow_null=True)

    class Meta:
        ref_name = "CustodyException"


class Written(s.Serializer[Any]):
    """A message as text."""

    definition = s.CharField(help_text="as sese.023.001.11 or MT543")
    text = s.CharField()


class Resolving(s.Serializer[Any]):
    """What was done about it."""

    resolution = s.CharField(max_length=500)


class Saying(s.Serializer[Any]):
    """Something the simulated custodian is told."""

    say = s.ChoiceField(["clear", *says.EVERY])
    key = s.CharField(required=False, max_length=64, help_text="ISIN, symbol, account, reference, * for all, a count")
    value = s.CharField(required=False, max_length=64, help_text="see docs/operations.md")


class Standing(s.Serializer[Any]):
    """What the simulated custodian was told and still does."""

    keys = s.DictField(help_text="by saying: its keys with their values")
    counts = s.DictField(child=s.IntegerField(), help_text="what ends with its count")
    sayings = s.DictField(child=s.CharField(), help_text="every saying and what it means")


class CustodyExceptions(View):
    """Everything the custodian said that needs a person."""

    access = {"GET": WATCHERS}

    @extend_schema(
        operation_id="custody_exceptions_list",
        parameters=[
            *(OpenApiParameter(name, str, description="may be repeated") for name in FILTERS),
            *schema.filters("limit", "cursor"),
        ],
        responses=schema.said(schema.paged(CustodyExceptionShape, "CustodyException")),
    )
    def get(self, request: Request) -> HttpResponse:
        """Exception items, newest first."""
        query = pages.read(request, FILTERS)
        rows = CustodyException.objects.filter(**{f"{name}__in": query[name] for name in FILTERS if name in query})
        return pages.page(request, rows, query, images)


class TakeException(View):
    """One item and whoever looks into it."""

    access = {"POST": OPERATIONS}

    @extend_schema(
        operation_id="custody_exceptions_take", request=None, responses=schema.said(CustodyExceptionShape, 404, 409)
    )
    def post(self, request: Request, item_id: str) -> HttpResponse:
        """Become the owner of an open item."""
        user = self.user(request)

        def work() -> HttpResponse:
            return _one(item_id, exceptions.take([_key(item_id)], user.username)[0])

        return idempotency.once(request, user, work)


class ResolveException(View):
    """One item and what was done about it."""

    access = {"POST": OPERATIONS}

    @extend_schema(
        operation_id="custody_exceptions_resolve",
        request=Resolving,
        responses=schema.said(CustodyExceptionShape, 404, 409),
    )
    def post(self, request: Request, item_id: str) -> HttpResponse:
        """Close an item with the reason. What it was about is corrected elsewhere: nothing is applied by this."""
        user = self.user(request)
        values, faults = take(object_body(request), {"resolution": Field(text(500))})
        if faults:
            raise Problem.of(faults, 400)

        def work() -> HttpResponse:
            refusal = exceptions.resolve([_key(item_id)], user.username, values["resolution"])[0]
            return _one(item_id, refusal)

        return idempotency.once(request, user, work)


class InstructionMessage(View):
    """One instruction as its message."""

    access = {"GET": WATCHERS}

    @extend_schema(
        operation_id="custody_instruction_message",
        parameters=[OpenApiParameter("form", str, description="xml (default): sese.023; mt: MT540 to MT543")],
        responses=schema.said(Written, 404, 409),
    )
    def get(self, request: Request, instruction_id: str) -> HttpResponse:
        """What is said, or would be said, to the custodian: ISO 20022, or the same as ISO 15022 text."""
        query = pages.read(request, {"form": choice(_FORMS)}, single=frozenset({"form"}))
        it = instruct.message_of(_key(instruction_id))
        if it is None:
            raise Problem(404, "NOT_FOUND", f"no instruction {instruction_id}")
        if query.one("form") == "mt":
            told = mt.build(it, OURS, CUSTODIAN)
            if isinstance(told, Refusal):
                raise Problem.of([told], 409)
            return answer({"definition": f"MT{mt.TYPES[it.direction, it.payment]}", "text": told})
        try:
            return answer({"definition": KINDS[type(it)].definition, "text": bare(it).decode()})
        except Fault as fault:
            raise Problem.of([fault.refusal], 409) from fault


class SimulatedCustodian(View):
    """The simulated custodian beside this system. A real one has no such address."""

    access = {"GET": OPERATIONS, "POST": OPERATIONS}

    @extend_schema(operation_id="custody_simulated_show", responses=schema.said(Standing, 404))
    def get(self, request: Request) -> HttpResponse:
        """What it was told and still does, and what it can be told."""
        return answer(_standing(_simulated()))

    @extend_schema(operation_id="custody_simulated_say", request=Saying, responses=schema.said(Standing, 404))
    def post(self, request: Request) -> HttpResponse:
        """Tell it how to misbehave, until it is cleared. clear takes a saying as its key, and the saying's key."""
        fields = {
            "say": Field(text(20)),
            "key": Field(text(64, empty=True), ""),
            "value": Field(text(64, empty=True), ""),
        }
        values, faults = take(object_body(request), fields)
        if faults:
            raise Problem.of(faults, 400)
        home, user = _simulated(), self.user(request)

        def work() -> HttpResponse:
            say, key, value = values["say"], values["key"], values["value"]
            refusal = says.clear(home, key, value) if say == "clear" else says.say(home, say, key, value)
            if refusal:
                raise Problem.of([refusal], 400)
            return answer(_standing(home))

        return idempotency.once(request, user, work)


def _simulated() -> Path:
    home = collect.home()
    if not home.is_dir():
        raise Problem(404, "NOT_FOUND", "no simulated custodian runs beside this system")
    return home


def _key(item_id: str) -> int:
    """The id in an address. One that no item can have is not found."""
    if int(item_id) > MAX_ID:
        raise Problem(404, "NOT_FOUND", f"no exception item {item_id}")
    return int(item_id)


def _standing(home: Path) -> dict[str, Any]:
    told = says.read(home)
    return {"keys": told.keys, "counts": told.counts, "sayings": dict(says.EVERY)}


def _one(item_id: str, refusal: Refusal | None) -> HttpResponse:
    if refusal:
        raise Problem.of([refusal], 404 if refusal.code == "MISSING" and refusal.field == "id" else 409)
    return answer(images(CustodyException.objects.filter(pk=_key(item_id)))[0])


def images(rows: QuerySet[CustodyException]) -> list[dict[str, Any]]:
    """The items as they are told. One SELECT."""
    return [
        {
            "id": str(row.pk), "code": row.code, "kind": row.kind, "reference": row.reference, "text": row.text,
            "raw": bytes(row.raw)[:MOST_SHOWN].decode("utf-8", "backslashreplace"), "file": row.file,
            "received_at": row.received_at, "state": row.state, "owner": row.owner, "resolution": row.resolution,
            "resolved_by": row.resolved_by, "resolved_at": row.resolved_at,
        }
        for row in rows
    ]  # fmt: skip
