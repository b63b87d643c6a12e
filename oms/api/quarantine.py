"""Reports that wait for operations: book them or leave them."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import idempotency, schema
from oms.api.answers import answer
from oms.api.fields import Field, key, take, text
from oms.api.orders import as_key
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.desk.asked import Actor
from oms.desk.quarantine import DECIDES, decide

FIELDS = {"action": Field(text(8)), "reason": Field(text(300)), "order_id": Field(key, None, nullable=True)}


class DecideReport(s.Serializer[Any]):
    """What is to be done with the report, and why."""

    action = s.CharField(help_text="accept: book it; dismiss: leave it")
    reason = s.CharField(max_length=300)
    order_id = s.CharField(required=False, help_text="of the order at the venue, for a report of an unknown order")


class Decided(s.Serializer[Any]):
    """The decision as it stands."""

    alert_id = s.CharField()
    action = s.CharField()


class Quarantine(View):
    """One report that could not be applied."""

    access = {"POST": DECIDES}

    @extend_schema(operation_id="quarantine_decide", request=DecideReport, responses=schema.said(Decided, 404, 409))
    def post(self, request: Request, alert_id: str) -> HttpResponse:
        """Decide about a venue's report that could not be applied (an alert of kind quarantine)."""
        user = self.user(request)
        values, faults = take(object_body(request), FIELDS)
        if faults:
            raise Problem.of(faults, 400)

        def work() -> HttpResponse:
            refusal = decide(as_key(alert_id), values["action"], values["reason"], Actor.of(user), values["order_id"])
            if refusal:
                raise Problem.of([refusal])
            return answer({"alert_id": alert_id, "action": values["action"]})

        return idempotency.once(request, user, work)
