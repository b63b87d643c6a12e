"""The close of a business date: its checklist, and closing it."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import pages, schema
from oms.api.access import FIRM_WIDE, OPERATIONS
from oms.api.answers import answer
from oms.api.days import as_day
from oms.api.fields import Field, take, text
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.base.refusal import Refusal
from oms.desk import dayclose


class CloseStepShape(s.Serializer[Any]):
    """One step of the checklist."""

    name = s.CharField()
    title = s.CharField()
    mandatory = s.BooleanField()
    state = s.CharField(help_text="done or open")
    counts = s.DictField(child=s.IntegerField())
    blocks = s.CharField(allow_blank=True, help_text="what it waits for")
    actor = s.CharField(allow_blank=True)
    done_at = s.DateTimeField(allow_null=True)


class DayCloseShape(s.Serializer[Any]):
    """How the close of a day stands."""

    date = s.DateField()
    closed = s.BooleanField()
    closed_by = s.CharField(allow_blank=True)
    closed_at = s.DateTimeField(allow_null=True)
    asked_by = s.CharField(allow_blank=True, help_text="who wants it closed although something is open")
    reason = s.CharField(allow_blank=True)
    left_open = s.ListField(child=s.CharField(), help_text="steps that were open when it was closed so")
    steps = CloseStepShape(many=True)


class CloseDayRequest(s.Serializer[Any]):
    """Nothing, or why the day is to be closed although something mandatory is open."""

    reason = s.CharField(max_length=dayclose.LONGEST_REASON, required=False)


class CloseDay(View):
    """The close of one business date."""

    access = {"GET": FIRM_WIDE, "POST": OPERATIONS}

    @extend_schema(operation_id="days_close_read", responses=schema.said(DayCloseShape, 404))
    def get(self, request: Request, day: str) -> HttpResponse:
        """The checklist: each step's state, who did it and when, and what blocks it."""
        pages.read(request, {})
        return answer(_shown(dayclose.closing(as_day(day))))

    @extend_schema(
        operation_id="days_close", request=CloseDayRequest,
        responses=schema.said(DayCloseShape, 404, 409, 415, 422),
    )  # fmt: skip
    def post(self, request: Request, day: str) -> HttpResponse:
        """Work through the checklist and close the day. Repeating it goes on where it was.

        With a mandatory step open it is refused; with a reason the wish is kept, and a second person's request closes.
        """
        values, faults = take(
            object_body(request) if request._request.body else {},
            {"reason": Field(text(dayclose.LONGEST_REASON, empty=True), "")},
        )
        if faults:
            raise Problem.of(faults, 400)
        # Not under a key and not in one transaction: each step that is done stays done, also when the day is refused.
        user = self.user(request)
        outcome = dayclose.close(as_day(day), dayclose.Person(user.pk, user.username), values["reason"])
        if isinstance(outcome, Refusal):
            raise Problem.of((outcome,))
        return answer(_shown(outcome))


def _shown(found: dayclose.Closing) -> dict[str, Any]:
    row = found.row
    return {
        "date": found.date, "closed": found.is_closed, "closed_at": row and row.closed_at,
        "closed_by": row.closed_by.username if row and row.closed_by else "",
        "asked_by": row.asked_by.username if row and row.asked_by else "", "reason": row.reason if row else "",
        "left_open": row.left if row else [], "steps": [step._asdict() for step in found.steps],
    }  # fmt: skip
