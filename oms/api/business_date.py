"""The firm's business date: read it, and move it forward, which is how a demonstration reaches settlement."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from oms.api import pages, schema
from oms.api.access import EVERYONE, OPERATIONS
from oms.api.answers import answer
from oms.api.fields import Field, take
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.base.refusal import Refusal
from oms.desk.moving import move
from orders.models import BusinessDate


class BusinessDateShape(serializers.Serializer[Any]):
    """The day trades are dated."""

    today = serializers.DateField()
    moved_at = serializers.DateTimeField()
    moved_by = serializers.CharField(allow_blank=True)
    left = serializers.DateField(required=False, help_text="the day that was left, after a move")
    open_steps = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="what is still open on that day, in words"
    )


class BusinessDateRequest(serializers.Serializer[Any]):
    """The day to move to; without it the next business day."""

    today = serializers.DateField(required=False, allow_null=True)


def _day(raw: Any, name: str) -> date | Refusal:
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError):
        return Refusal("BAD_VALUE", name, f"{name} must be a date such as 2026-11-24")


class BusinessDay(View):
    """The business date."""

    access = {"GET": EVERYONE, "PUT": OPERATIONS}

    @extend_schema(operation_id="business_date_read", responses=schema.said(BusinessDateShape))
    def get(self, request: Request) -> HttpResponse:
        """Which business day the firm is on."""
        pages.read(request, {})
        return answer(_shown())

    @extend_schema(
        operation_id="business_date_move",
        request=BusinessDateRequest,
        responses=schema.said(BusinessDateShape, 415, 422),
    )
    def put(self, request: Request) -> HttpResponse:
        """Move the business date forward; what falls due settles. It never goes back."""
        values, faults = take(object_body(request), {"today": Field(_day, None, nullable=True)})
        if faults:
            raise Problem.of(faults, 400)
        moved = move(values["today"], self.user(request).username)
        if isinstance(moved, Refusal):
            raise Problem.of((moved._replace(field="today"),), 422)
        return answer({**_shown(), "left": moved.left, "open_steps": moved.open_steps})


def _shown() -> dict[str, object]:
    return dict(BusinessDate.objects.values("today", "moved_at", "moved_by").get(pk=1))
