"""Breaches of working orders and of portfolios, as cases: read."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import pages, schema
from oms.api.access import EVERYONE, desk_ids, sees_all
from oms.api.fields import Read, choice, key, text
from oms.api.views import View
from risk.breach import STATES
from risk.models import Breach
from risk.result import Outcome

# "live" is whatever is not closed.
LIVE = "live"


def _words(name: str, values: Iterable[str]) -> Any:
    """The values as an enumeration, as filters take them."""
    return StrEnum(name, [(value.upper(), value) for value in values])


FILTERS: dict[str, Read] = {
    "state": choice(_words("State", [LIVE, *STATES])),
    "owner": text(150),
    "origin": choice(_words("Origin", Breach.Origin.values)),
    "kind": choice(_words("Kind", Breach.Kind.values)),
    "control": text(8),
    "outcome": choice(_words("Grade", [outcome.label for outcome in Outcome])),
    "account": text(16),
    "order_id": key,
}
_SAID = {
    "state": "live, open, acknowledged, in_cure, waived or closed; may be repeated",
    "owner": "username; may be repeated",
    "origin": "active or passive",
    "kind": "in_trade, post_trade or traded",
    "control": "as PT-03; may be repeated",
    "outcome": "alert, soft or hard; may be repeated",
    "account": "may be repeated",
    "order_id": "",
}


class BreachEventShape(s.Serializer[Any]):
    """One step of a case."""

    seq = s.IntegerField()
    at = s.DateTimeField()
    verb = s.CharField()
    state = s.CharField(help_text="after it")
    actor = s.CharField()
    text = s.CharField(allow_blank=True)


class BreachShape(s.Serializer[Any]):
    """One case."""

    id = s.CharField()
    kind = s.CharField(help_text="in_trade: of a working order; post_trade: of a portfolio; traded: of what was traded")
    control = s.CharField()
    rule_id = s.CharField(allow_null=True)
    rule_version = s.IntegerField(allow_null=True)
    outcome = s.CharField(help_text="alert, soft or hard")
    code = s.CharField()
    text = s.CharField()
    measured = s.CharField(allow_blank=True)
    limit = s.CharField(allow_blank=True)
    origin = s.CharField(help_text="active: caused by a trade of ours; passive: by anything else")
    cause = s.CharField(allow_blank=True)
    state = s.CharField()
    owner = s.CharField(allow_blank=True)
    account = s.CharField(allow_blank=True, help_text="empty: the firm")
    symbol = s.CharField(allow_blank=True)
    desk = s.CharField(allow_blank=True)
    order_id = s.CharField(allow_null=True)
    action = s.CharField(help_text="what is done with the order: alert, hold or cancel")
    acted_at = s.DateTimeField(allow_null=True)
    deadline = s.DateField(allow_null=True)
    waiver_until = s.DateField(allow_null=True)
    opened_at = s.DateTimeField()
    closed_at = s.DateTimeField(allow_null=True)
    version = s.IntegerField()
    events = BreachEventShape(many=True)


class Breaches(View):
    """All breaches that the caller may see."""

    access = {"GET": EVERYONE}

    @extend_schema(
        operation_id="risk_breaches_list",
        parameters=[
            *(OpenApiParameter(name, str, description=_SAID[name]) for name in FILTERS),
            *schema.filters("limit", "cursor"),
        ],
        responses=schema.said(schema.paged(BreachShape, "Breach")),
    )
    def get(self, request: Request) -> HttpResponse:
        """The cases of the caller's desks, newest first; those who watch over the firm see all of them."""
        user = self.user(request)
        query = pages.read(request, FILTERS, single=frozenset({"order_id"}))
        rows = Breach.objects.filter(_asked(query))
        if not sees_all(user):
            rows = rows.filter(desk_id__in=desk_ids(user))
        return pages.page(request, rows, query, images)


def _asked(query: pages.Query) -> Q:
    which = Q()
    for name, column in {
        "owner": "owner__username", "origin": "origin", "kind": "kind", "control": "control", "outcome": "outcome",
        "account": "account__code", "order_id": "order_id",
    }.items():  # fmt: skip
        if name in query:
            which &= Q(**{f"{column}__in": query[name]})
    if "state" in query:
        states = [state for state in query["state"] if state != LIVE]
        which &= Q(state__in=states) | (~Q(state="closed") if LIVE in query["state"] else Q(pk__in=[]))
    return which


def images(rows: QuerySet[Breach]) -> list[dict[str, Any]]:
    """The cases as they are told. Two SELECTs."""
    found = rows.select_related("owner", "account", "instrument", "desk").prefetch_related("events")
    return [_image(row) for row in found]


def _image(row: Breach) -> dict[str, Any]:
    return {
        "id": str(row.pk), "kind": row.kind, "control": row.control, "rule_id": row.rule_id and str(row.rule_id),
        "rule_version": row.rule_version, "outcome": row.outcome, "code": row.reason_code, "text": row.text,
        "measured": row.measured, "limit": row.limit, "origin": row.origin, "cause": row.cause, "state": row.state,
        "owner": row.owner.username if row.owner else "", "account": row.account.code if row.account else "",
        "symbol": row.instrument.symbol if row.instrument else "", "desk": row.desk.code if row.desk else "",
        "order_id": row.order_id and str(row.order_id), "action": row.action, "acted_at": row.acted_at,
        "deadline": row.deadline, "waiver_until": row.waiver_until, "opened_at": row.opened_at,
        "closed_at": row.closed_at, "version": row.version,
        "events": [
            {
                "seq": event.seq, "at": event.at, "verb": event.verb, "state": event.state, "actor": event.actor_name,
                "text": event.text,
            }
            for event in row.events.all()
        ],
    }  # fmt: skip
