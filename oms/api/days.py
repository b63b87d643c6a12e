"""Business dates: their checklists, what the venues do, what is under way; end and start them."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import idempotency, pages, schema
from oms.api.access import FIRM_WIDE, OPERATIONS
from oms.api.answers import answer
from oms.api.fields import Field, flag, take, text
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.base.refusal import Refusal
from oms.desk import days
from orders.models import DayStep

FORCE = {"force": Field(flag, False), "reason": Field(text(days.LONGEST_REASON), "")}


class VenueDayShape(s.Serializer[Any]):
    """What one venue does on the day."""

    mic = s.CharField()
    calendar = s.CharField(allow_blank=True, help_text="empty: nobody said when it trades")
    state = s.CharField(help_text="around the clock, not yet open, open, closed, shut or unknown")
    opens_at = s.DateTimeField(allow_null=True)
    closes_at = s.DateTimeField(allow_null=True)
    is_half_day = s.BooleanField()
    open_orders = s.IntegerField(help_text="of ours, at the venue")


class DayStepShape(s.Serializer[Any]):
    """One step of the checklist that is done."""

    id = s.CharField()
    date = s.DateField()
    run = s.CharField(help_text="end or start")
    name = s.CharField()
    counts = s.DictField(child=s.IntegerField())
    reason = s.CharField(allow_blank=True, help_text="why it was forced")
    actor = s.CharField()
    done_at = s.DateTimeField()


class ObjectionShape(s.Serializer[Any]):
    """Why the day cannot end now."""

    code = s.CharField()
    text = s.CharField()


class DayShape(s.Serializer[Any]):
    """A business date."""

    date = s.DateField()
    is_present = s.BooleanField(help_text="whether it is the firm's business date")
    ended = s.BooleanField()
    started = s.BooleanField()
    steps = DayStepShape(many=True)
    venues = VenueDayShape(many=True, help_text="now; of a past day as they were when it was ended or started")
    objections = ObjectionShape(many=True)
    under_way = s.DictField(child=s.IntegerField(), help_text="what is not finished; it does not stop the day")


class EndDayRequest(s.Serializer[Any]):
    """Nothing, or that it must end though a venue has not closed."""

    force = s.BooleanField(required=False)
    reason = s.CharField(max_length=days.LONGEST_REASON, required=False, help_text="required with force; kept")


class Days(View):
    """All checklists."""

    access = {"GET": FIRM_WIDE}

    @extend_schema(
        operation_id="days_list",
        parameters=schema.filters("limit", "cursor"),
        responses=schema.said(schema.paged(DayStepShape, "DayStep")),
    )
    def get(self, request: Request) -> HttpResponse:
        """The steps of all days, newest first."""
        return pages.page(request, DayStep.objects.all(), pages.read(request, {}), _steps)


class OneDay(View):
    """One business date."""

    access = {"GET": FIRM_WIDE}

    @extend_schema(operation_id="days_read", responses=schema.said(DayShape, 404))
    def get(self, request: Request, day: str) -> HttpResponse:
        """The day's checklist, what the venues do, what is under way and what objects to its end."""
        pages.read(request, {})
        return answer(_shown(as_day(day)))


class EndDay(View):
    """The end of a business date."""

    access = {"POST": OPERATIONS}

    @extend_schema(
        operation_id="days_end",
        parameters=[schema.KEY],
        request=EndDayRequest,
        responses=schema.said(DayShape, 404, 409, 415, 422),
    )
    def post(self, request: Request, day: str) -> HttpResponse:
        """End the business date: day orders expire, good-till orders are carried. Repeating it changes nothing.

        Refused while a venue that has open orders of ours has not closed, unless forced with a reason.
        """
        values, faults = take(object_body(request) if request._request.body else {}, FORCE)
        if not faults and values["force"] and not values["reason"].strip():
            faults = (Refusal("MISSING", "reason", "forcing the end of day needs a reason"),)
        if not faults and values["reason"] and not values["force"]:
            faults = (Refusal("BAD_VALUE", "reason", "a reason is given with force: true only"),)
        if faults:
            raise Problem.of(faults, 400)
        forced = values["reason"].strip() if values["force"] else ""
        return _run(self, request, day, lambda on, actor: days.end(on, actor, forced=forced))


class StartDay(View):
    """The start of a business date."""

    access = {"POST": OPERATIONS}

    @extend_schema(
        operation_id="days_start",
        parameters=[schema.KEY],
        request=None,
        responses=schema.said(DayShape, 404, 409, 415, 422),
    )
    def post(self, request: Request, day: str) -> HttpResponse:
        """Start the business date: carried orders are renewed. Repeating it changes nothing."""
        _, faults = take(object_body(request) if request._request.body else {}, {})
        if faults:
            raise Problem.of(faults, 400)
        return _run(self, request, day, days.start)


def _run(view: View, request: Request, raw: str, do: Callable[[date, str], Any]) -> HttpResponse:
    user, day = view.user(request), as_day(raw)

    def work() -> HttpResponse:
        outcome = do(day, user.username)
        if isinstance(outcome, Refusal):
            raise Problem.of((outcome,))
        return answer(_shown(day))

    return idempotency.once(request, user, work)


def as_day(raw: str) -> date:
    """The day an address names. Raises Problem."""
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise Problem(404, "NOT_FOUND", f"{raw!a} is no day; one is written 2026-11-24") from None


def _shown(day: date) -> dict[str, Any]:
    found = days.overview(day)
    if found is None:
        raise Problem(404, "NOT_FOUND", f"{day} is not the business date, and was never ended or started")
    return {
        "date": found.date, "is_present": found.is_present, "ended": found.is_done("end"),
        "started": found.is_done("start"), "steps": [_step(step) for step in found.steps], "venues": found.venues,
        "objections": [{"code": one.code, "text": one.text} for one in found.objections],
        "under_way": found.under_way,
    }  # fmt: skip


def _step(step: DayStep) -> dict[str, Any]:
    return {
        "id": str(step.pk), "date": step.date, "run": step.run, "name": step.name, "counts": step.counts,
        "reason": step.reason, "actor": step.actor, "done_at": step.done_at,
    }  # fmt: skip


def _steps(rows: QuerySet[DayStep]) -> list[dict[str, Any]]:
    return [_step(step) for step in rows]
