"""Corporate actions: announced one by one or as a table, previewed, approved by a second person, booked, called off."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from oms.api import named, pages, schema
from oms.api.access import FIRM_WIDE, OPERATIONS
from oms.api.answers import answer
from oms.api.corporate_action_shapes import (
    CorporateActionShape,
    EffectPreviewShape,
    ImportedShape,
    NoticeRequest,
    WordsRequest,
)
from oms.api.fields import Field, Read, above_zero, choice, day, take, text
from oms.api.orders import as_key, read_csv
from oms.api.problems import Problem, error_body
from oms.api.views import View, csv_body, object_body
from oms.base.refusal import Refusal
from oms.desk import actions as desk
from orders.models import Account, Instrument
from settlement.actions.announce import Notice, announce, approve, cancel
from settlement.actions.kinds import AUTOMATIC, Kind
from settlement.actions.tables import CorporateAction, Entitlement, MarketClaim

FIELDS = {
    "source": Field(text(64)), "kind": Field(choice(Kind)), "instrument": Field(text(40)), "ex_date": Field(day),
    "pay_date": Field(day, None, nullable=True), "record_date": Field(day, None, nullable=True),
    **dict.fromkeys(("amount", "new", "old", "in_lieu_px", "pct"), Field(above_zero, None, nullable=True)),
    "into": Field(text(40, empty=True), ""), "new_symbol": Field(text(24, empty=True), ""),
    "new_isin": Field(text(12, empty=True), ""), "text": Field(text(300, empty=True), ""),
}  # fmt: skip
SAYS = {"text": Field(text(300, empty=True), "")}
FILTERS: dict[str, Read] = {"state": choice(CorporateAction.State), "kind": choice(Kind)}  # type: ignore[arg-type]


class CorporateActions(View):
    """All of them."""

    access = {"GET": FIRM_WIDE, "POST": OPERATIONS}

    @extend_schema(
        operation_id="corporate_actions_list",
        parameters=[
            OpenApiParameter("state", str, description="may be repeated"),
            OpenApiParameter("kind", str, description="may be repeated"),
            *schema.filters("limit", "cursor"),
        ],
        responses=schema.said(schema.paged(CorporateActionShape, "CorporateAction")),
    )
    def get(self, request: Request) -> HttpResponse:
        """The newest first."""
        query = pages.read(request, FILTERS)
        rows = CorporateAction.objects.all()
        rows = rows.filter(state__in=query["state"]) if "state" in query else rows
        rows = rows.filter(kind__in=query["kind"]) if "kind" in query else rows
        return pages.page(request, rows, query, images)

    @extend_schema(
        operation_id="corporate_actions_announce",
        request=NoticeRequest,
        responses=schema.said(CorporateActionShape, 409, 415, 422, ok=201),
    )
    def post(self, request: Request) -> HttpResponse:
        """Announce an action. Nothing follows before a second person approves it."""
        values, faults = take(object_body(request), FIELDS)
        if faults:
            raise Problem.of(faults, 400)
        (found,) = _announce([values], self.user(request).username)
        if isinstance(found, Refusal):
            raise Problem.of([found], 409 if found.code == "SOURCE_REUSED" else None)
        return _shown(found, 201)


class ImportCorporateActions(View):
    """A table of them."""

    access = {"POST": OPERATIONS}

    @extend_schema(
        operation_id="corporate_actions_import", request=schema.CSV, responses=schema.said(ImportedShape, 415)
    )
    def post(self, request: Request) -> HttpResponse:
        """Announce the rows of a CSV whose header names the fields; one answer a row. A repetition changes nothing."""
        numbers, items = read_csv(csv_body(request), FIELDS)
        read = [take(item, FIELDS) for item in items]
        sound = [one.values for one in read if not one.faults]
        found = iter(_announce(sound, self.user(request).username))
        results: list[dict[str, Any]] = []
        for number, one in zip(numbers, read, strict=True):
            outcome: Any = one.faults or next(found)
            if isinstance(outcome, int):
                results.append({"row": number, "id": str(outcome), "errors": []})
            else:
                errors = [outcome] if isinstance(outcome, Refusal) else outcome
                results.append({"row": number, "id": None, "errors": [error_body(each) for each in errors]})
        return answer({"results": results})


class OneCorporateAction(View):
    """One of them."""

    access = {"GET": FIRM_WIDE}

    @extend_schema(operation_id="corporate_actions_read", responses=schema.said(EffectPreviewShape, 404))
    def get(self, request: Request, action_id: str) -> HttpResponse:
        """The action, what booking it now would do to each account, and once it is booked, what it did."""
        pages.read(request, {})
        action = _find(action_id)
        waits = action.state in ("announced", "approved")
        return answer({
            "action": images(CorporateAction.objects.filter(pk=action.pk))[0],
            "effects": _effects(action) if waits else [],
            "entitlements": _entitled(action),
            "claims": _claimed(action),
        })  # fmt: skip


class _Verb(View):
    """What operations does to an action."""

    access = {"POST": OPERATIONS}

    def done(self, request: Request, action_id: str) -> HttpResponse:
        """Do it, and show the action as it is then."""
        values, faults = take(object_body(request) if request._request.body else {}, SAYS)
        if faults:
            raise Problem.of(faults, 400)
        action = _find(action_id)
        refusal = self.do(action.pk, self.user(request).username, values["text"])
        if refusal is not None:
            raise Problem.of([refusal], {"SECOND_PERSON": 403, "BAD_VALUE": 409, "MISSING": 400}.get(refusal.code))
        return _shown(action.pk)

    def do(self, action_id: int, actor: str, text: str) -> Refusal | None:
        """The verb."""
        raise NotImplementedError


class Approve(_Verb):
    """Putting an action into force."""

    @extend_schema(
        operation_id="corporate_actions_approve",
        request=WordsRequest,
        responses=schema.said(CorporateActionShape, 404, 409, 415),
    )
    def post(self, request: Request, action_id: str) -> HttpResponse:
        """Approve it as its preview shows; never by who announced it. It is booked when its ex-date has come."""
        return self.done(request, action_id)

    def do(self, action_id: int, actor: str, text: str) -> Refusal | None:
        return approve([action_id], actor, text)[0]


class Process(_Verb):
    """Booking an action now."""

    @extend_schema(
        operation_id="corporate_actions_process",
        request=WordsRequest,
        responses=schema.said(CorporateActionShape, 404, 409, 415),
    )
    def post(self, request: Request, action_id: str) -> HttpResponse:
        """Book an approved action whose ex-date has come, without waiting for the next look."""
        return self.done(request, action_id)

    def do(self, action_id: int, actor: str, text: str) -> Refusal | None:
        return desk.process(action_id)


class Cancel(_Verb):
    """Calling an action off."""

    @extend_schema(
        operation_id="corporate_actions_cancel",
        request=WordsRequest,
        responses=schema.said(CorporateActionShape, 404, 409, 415),
    )
    def post(self, request: Request, action_id: str) -> HttpResponse:
        """Call it off before it is booked, with a reason."""
        return self.done(request, action_id)

    def do(self, action_id: int, actor: str, text: str) -> Refusal | None:
        return cancel([action_id], actor, text)[0]


def _announce(items: list[dict[str, Any]], actor: str) -> list[int | Refusal]:
    """Announce what was read; names of instruments become keys."""
    found = named.instruments([name for one in items for name in (one["instrument"], one["into"])])
    notices, places, answers = [], [], [Refusal("MISSING", "", "")] * len(items)
    for at, one in enumerate(items):
        keys = [found[name] for name in (one["instrument"], one["into"]) if name]
        refusal = next((key for key in keys if isinstance(key, Refusal)), None)
        if refusal is not None:
            answers[at] = refusal
            continue
        terms = {name: one[name] for name in Notice._fields if name in one}
        into = found[one["into"]] if one["into"] else None
        notices.append(
            Notice(**terms, instrument_id=keys[0], into_id=into, symbol=one["new_symbol"], isin=one["new_isin"])  # type: ignore[arg-type]
        )
        places.append(at)
    outcome: list[int | Refusal] = list(answers)
    for at, made in zip(places, announce(notices, actor) if notices else [], strict=True):
        outcome[at] = made
    return outcome


def _find(action_id: str) -> CorporateAction:
    found = CorporateAction.objects.select_related("instrument").filter(pk=as_key(action_id)).first()
    if found is None:
        raise Problem(404, "NOT_FOUND", f"no corporate action {action_id}")
    return found


def _shown(action_id: int, status: int = 200) -> HttpResponse:
    return answer(images(CorporateAction.objects.filter(pk=action_id))[0], status)


def _effects(action: CorporateAction) -> list[dict[str, Any]]:
    foreseen = desk.preview(action)
    codes = Account.objects.in_bulk([held.account_id for held, _ in foreseen])
    symbols = Instrument.objects.in_bulk([pk for pk in (action.instrument_id, action.into_id) if pk])
    return [
        {
            "account": codes[held.account_id].code,
            "qty": held.qty,
            "moves": [
                {"instrument": str(symbols[move.instrument_id]), **dict(list(move._asdict().items())[1:])}
                for move in moves
            ],
        }
        for held, moves in foreseen
    ]


def _entitled(action: CorporateAction) -> list[dict[str, Any]]:
    rows = Entitlement.objects.filter(action=action).order_by("account__code")
    names = ("qty", "unsettled_qty", "money", "units")
    return [{"account": code, **dict(zip(names, rest, strict=True))}
            for code, *rest in rows.values_list("account__code", *names)]  # fmt: skip


def _claimed(action: CorporateAction) -> list[dict[str, Any]]:
    columns = ("account__code", "counterparty", "qty", "money", "state", "obligation__order_id",
               "obligation__settl_date", "ended_at")  # fmt: skip
    names = ("account", "counterparty", "qty", "money", "state", "order_id", "settl_date", "ended_at")
    rows = MarketClaim.objects.filter(action=action).order_by("pk").values_list(*columns)
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return [one | {"order_id": one["order_id"] and str(one["order_id"])} for one in found]


def images(rows: QuerySet[CorporateAction]) -> list[dict[str, Any]]:
    """Actions as they are answered. One SELECT."""
    plain = ("source", "kind", "ex_date", "record_date", "pay_date", "currency", "amount", "new", "old", "in_lieu_px",
             "pct", "text", "state", "automatic", "announced_by", "announced_at", "approved_by", "approved_at",
             "orders_at")  # fmt: skip
    return [
        {
            "id": str(one.pk), "instrument": f"{one.instrument.symbol}.{one.instrument.primary_mic}",
            "into": f"{one.into.symbol}.{one.into.primary_mic}" if one.into else None,
            "new_symbol": one.symbol, "new_isin": one.isin, "is_guided": one.kind not in AUTOMATIC,
            **{name: getattr(one, name) for name in plain},
        }
        for one in rows.select_related("instrument", "into")
    ]  # fmt: skip
