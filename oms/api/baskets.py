"""Baskets: tried and entered as a table, shown with their waves, released."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import drafts, idempotency, images, order_shapes, schema, shapes
from oms.api.answers import answer
from oms.api.blocks import keys
from oms.api.fields import Field, above_zero, key, take
from oms.api.orders import bounded, read_csv, result, softly
from oms.api.problems import Problem
from oms.api.views import View, csv_body, object_body
from oms.base.refusal import Refusal
from oms.desk import Draft, baskets
from oms.desk.asked import ENTERS, Actor, Answer
from oms.desk.lists import ListDraft, enter_list
from orders.models import ListOrder, OrderList
from orders.vocabulary import Hold, Phase

Image = dict[str, Any]
_FLAG = {"true": True, "1": True, "false": False, "0": False}


class WaveRequest(s.Serializer[Any]):
    """Which orders of the basket go now, by one of these; all that wait if nothing is given."""

    order_ids = s.ListField(child=s.CharField(), required=False)
    percent = shapes.amount(required=False, help_text="of the basket's orders, rounded up, in the basket's order")
    rows = s.IntegerField(required=False, help_text="the next so many")


class WaveShape(s.Serializer[Any]):
    """A wave of a basket: its orders, and how far they have come. Wave 0 is what waits."""

    wave = s.IntegerField()
    orders = s.IntegerField()
    order_qty = shapes.amount()
    cum_qty = shapes.amount()


class ListSummary(s.Serializer[Any]):
    """A list at a glance."""

    id = s.CharField()
    list_id = s.CharField()
    kind = s.CharField()
    active = s.BooleanField()
    entered_by = s.CharField()
    created_at = s.DateTimeField()
    orders = s.IntegerField()
    waiting = s.IntegerField(help_text="orders that wait for their wave")
    done = s.CharField(help_text="share of the quantity that is filled, 0 to 1")
    waves = WaveShape(many=True)


class BasketRow(order_shapes.OrderResult):
    """The answer to a row."""

    row = s.IntegerField(required=False, help_text="line of the table; left out where the list was entered before")


class TableAnswer(s.Serializer[Any]):
    """What became, or would become, of each row."""

    id = s.CharField(allow_null=True, help_text="of the list; null if none was made")
    dry_run = s.BooleanField()
    results = BasketRow(many=True)


class ListAnswer(s.Serializer[Any]):
    """What became, or would become, of each order."""

    id = s.CharField(allow_null=True, help_text="of the list; null if none was made")
    dry_run = s.BooleanField()
    results = order_shapes.OrderResult(many=True)


def entered(shape: Any) -> dict[int, Any]:
    """The answers of entering a list."""
    made = schema.said(shape, 413, 415, what="tried (dry_run), or entered before under this ListID")
    return {**made, 201: shape, 400: shapes.ProblemShape, 422: shape}


def summaries(rows: QuerySet[OrderList]) -> list[Image]:
    """Lists at a glance. Two SELECTs."""
    lists = list(rows.values("id", "list_id", "kind", "active", "entered_by__username", "created_at"))
    members: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    found = ListOrder.objects.filter(list_id__in=[one["id"] for one in lists]).exclude(role__in=("block", "out"))
    found = found.exclude(order__phase=Phase.REJECTED)
    columns = ("list_id", "wave", "order__hold", "order__order_qty", "order__cum_qty", "order__leaves_qty")
    for list_id, *row in found.values_list(*columns):
        members[list_id].append(tuple(row))
    return [_summary(one, members[one["id"]]) for one in lists]


def _summary(one: Mapping[str, Any], rows: Sequence[tuple[Any, ...]]) -> Image:
    waves: dict[int, list[Any]] = {}
    for wave, _, qty, cum, _ in rows:
        made = waves.setdefault(wave, [0, 0, 0])
        waves[wave] = [made[0] + 1, made[1] + qty, made[2] + cum]
    total, done = sum(row[2] for row in rows), sum(row[3] for row in rows)
    return {
        "id": str(one["id"]), "list_id": one["list_id"], "kind": one["kind"], "active": one["active"],
        "entered_by": one["entered_by__username"], "created_at": one["created_at"], "orders": len(rows),
        "waiting": sum(1 for row in rows if row[1] == Hold.WAVE and row[4]),
        "done": f"{done / total:.4f}" if total else "0",
        "waves": [
            {"wave": wave, "orders": count, "order_qty": qty, "cum_qty": cum}
            for wave, (count, qty, cum) in sorted(waves.items())
        ],
    }  # fmt: skip


class BasketCsv(View):
    """Baskets as tables."""

    access = {"POST": ENTERS}

    @extend_schema(
        operation_id="baskets_csv",
        parameters=[
            schema.KEY,
            OpenApiParameter("dry_run", bool, description="true: say what would become of each row, and enter nothing"),
            OpenApiParameter("all_or_nothing", bool, description="true: one bad row refuses all"),
        ],
        request=schema.CSV,
        responses=entered(TableAnswer),
    )
    def post(self, request: Request, list_id: str) -> HttpResponse:
        """Enter a basket from a table, its header naming the fields: comma, semicolon or tab between the cells.

        A verdict a row with ``dry_run=true``; else the good rows are orders that wait for their wave.
        """
        user = self.user(request)
        dry, whole = (_switch(request, name) for name in ("dry_run", "all_or_nothing"))
        numbers, items = read_csv(csv_body(request))
        bounded(request, len(items))
        values = {"list_id": list_id, "kind": "basket", "all_or_nothing": whole, "orders": items}

        def work() -> HttpResponse:
            return enter(values, Actor.of(user), dry=dry, numbers=numbers)

        return work() if dry else idempotency.once(request, user, work)


def _switch(request: Request, name: str) -> bool:
    given = request.query_params.get(name, "false")
    if given not in _FLAG:
        raise Problem.of([Refusal("BAD_VALUE", name, f"{name} must be true or false")], 400)
    return _FLAG[given]


def enter(values: Mapping[str, Any], actor: Actor, *, dry: bool, numbers: Sequence[int] = ()) -> HttpResponse:
    """One result an order. What cannot be read is answered like what is refused: all or nothing holds for it, too."""
    read = drafts.drafts(values["orders"], actor)
    basket = values["kind"] == "basket"
    good = [one._replace(hold=one.hold or "wave") if basket else one for one in read if isinstance(one, Draft)]
    whole = (values["all_or_nothing"] or not basket) and len(good) < len(read)
    if not dry and (whole or not good):
        other = (Refusal("LIST_REFUSED", "", "another order of the list was refused"),)
        results = [result(other if isinstance(one, Draft) else one, {}, {}) for one in read]
        return answer({"id": None, "dry_run": dry, "results": _numbered(results, numbers)}, 400)
    with transaction.atomic():
        made = enter_list(ListDraft(values["list_id"], values["kind"], good, values["all_or_nothing"]), actor)
        if made.refusals:
            raise Problem.of(made.refusals, 400)
        refused = made.pk is None
        body = {
            "id": None if dry or refused else str(made.pk),
            "dry_run": dry,
            # What was entered before is answered as it stands: its orders, whatever the table says now.
            "results": _results(made.answers, made.answers)
            if made.duplicate
            else _numbered(_results(read, made.answers), numbers),
        }
        if dry:
            transaction.set_rollback(True)
    return answer(body, 422 if refused and not dry else 200 if dry or made.duplicate else 201)


def _numbered(results: Sequence[Image], numbers: Sequence[int]) -> list[Image]:
    """Of a table each with the number of its line."""
    if not numbers:
        return list(results)
    return [{"row": row, **one} for row, one in zip(numbers, results, strict=True)]


def _results(read: Sequence[Any], answers: Sequence[Answer]) -> list[Image]:
    replies = iter(answers)
    every = [one if isinstance(one, tuple) and not isinstance(one, Draft | Answer) else next(replies) for one in read]
    found = images.orders_by_id(one.order_id for one in every if isinstance(one, Answer) and one.order_id)
    soft = softly([one for one in every if isinstance(one, Answer)])
    return [result(one, found, soft) for one in every]


def _count(raw: Any, name: str) -> int | Refusal:
    """How many, above 0."""
    read = key(raw, name)
    return read if isinstance(read, Refusal) or read > 0 else Refusal("NOT_POSITIVE", name, f"{name} must be above 0")


WAVE = {
    "order_ids": Field(keys, ()),
    "percent": Field(above_zero, None, nullable=True),
    "rows": Field(_count, None, nullable=True),
}


def release(request: Request, list_pk: int, user: Any) -> tuple[int, list[Answer]]:
    """Release the wave that the request asks for."""
    values, faults = take(object_body(request) if request._request.body else {}, WAVE)
    if faults:
        raise Problem.of(faults, 400)
    made = baskets.release(list_pk, baskets.Wave(**values), Actor.of(user))
    if made.refusals:
        raise Problem.of(made.refusals, None if made.refusals[0].code != "BAD_VALUE" else 400)
    return made.wave, made.answers
