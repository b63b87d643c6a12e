"""Limits with what is used of them; and setting them from a table."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from oms.api import listing, pages, schema
from oms.api.access import COMPLIANCE, EVERYONE, desk_ids, sees_all
from oms.api.answers import answer
from oms.api.fields import Read, choice
from oms.api.problems import Problem, error_body
from oms.api.views import View, csv_body
from oms.base.clock import now
from oms.base.money import plain
from orders.models import User
from orders.reference import business_date
from risk import limit_rows, used
from risk.controls.limits import ROWS
from risk.limits import SCOPE, Limit, LimitPolicy
from risk.room import Measure
from routing import market

FILTERS: dict[str, Read] = {"measure": choice(Measure), "active": listing.switch}
NAMED = {"desk": "code", "trader": "username", "account": "code"}


class Limits(View):
    """The limits of your desks, their accounts and yourself; those who look after the firm see all."""

    access = {"GET": EVERYONE}

    @extend_schema(**schema.LIST_LIMITS)
    def get(self, request: Request) -> HttpResponse:
        """Each with what is used in the worst case, the room left and the percentage."""
        query = pages.read(request, FILTERS, single=frozenset({"active"}))
        rows = visible(self.user(request)).filter(active=query.one("active") is not False)
        if "measure" in query:
            rows = rows.filter(measure__in=query["measure"])
        return pages.page(request, rows, query, shown, ascending=True)


class ImportLimits(View):
    """Limits as a table."""

    access = {"POST": COMPLIANCE}

    @extend_schema(**schema.IMPORT_LIMITS)
    def post(self, request: Request) -> HttpResponse:
        """Set the limits of a CSV, all or none; with ``dry_run=1`` only say what would become of each row."""
        query = pages.read(request, {"dry_run": listing.switch}, single=frozenset({"dry_run"}))
        dry_run = bool(query.one("dry_run"))
        outcome = limit_rows.run(csv_body(request), self.user(request), market.rates(), dry_run=dry_run)
        if outcome.refusals:
            raise Problem.of(outcome.refusals, 400)
        results = [
            {"row": v.row, "limit": v.limit, "action": v.action, "errors": [error_body(r) for r in v.refusals]}
            for v in outcome.verdicts
        ]
        body = {"dry_run": dry_run, "written": outcome.written, "counts": outcome.counts(), "results": results}
        return answer(body, status=200 if outcome.written or dry_run else 422)


def visible(user: User) -> QuerySet[Limit]:
    """What the user may see: what is used of the firm's limits says what other desks do."""
    if sees_all(user):
        return Limit.objects.all()
    desks = desk_ids(user)
    return Limit.objects.filter(Q(desk_id__in=desks) | Q(account__desk_id__in=desks) | Q(trader=user))


def shown(rows: QuerySet[Limit]) -> list[dict[str, Any]]:
    """Limits as they are answered."""
    limits = list(rows.select_related("desk", "trader", "account", "instrument"))
    uses = used.of(limits, now(), business_date(), market.rates(), market.references)
    policies = dict(LimitPolicy.objects.values_list("measure", "rows"))
    return [
        {
            "id": str(one.pk), "version": one.version, "measure": one.measure, "control": ROWS[one.measure].control,
            "rows": policies.get(one.measure, "all"), "scope": scope_of(one), "soft": plain(one.soft),
            "hard": plain(one.hard), "currency": one.currency, "window_s": one.window_s, "active": one.active,
            "effective_from": one.effective_from, "effective_to": one.effective_to, "used": plain(uses[one.pk].used),
            "room": plain(uses[one.pk].room), "percent": plain(uses[one.pk].percent),
        }
        for one in limits
    ]  # fmt: skip


def scope_of(one: Limit) -> dict[str, str]:
    """What the limit names, as people name it; nothing of the firm's."""
    named: dict[str, str] = {}
    for name in SCOPE:
        value = getattr(one, name)
        if name == "instrument" and value is not None:
            value = f"{value.symbol}.{value.primary_mic}"
        elif name in NAMED and value is not None:
            value = getattr(value, NAMED[name])
        if value:
            named[name] = value
    return named
