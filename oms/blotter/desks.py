"""The supervisor's page: all of one's desks in one look. Rows come over the live streams, as the blotter's do.

What no stream tells is asked for every two seconds: which sessions are up, and which desks a kill switch stops.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from oms.base.clock import now
from oms.base.heartbeat import FRESH_S
from oms.blotter import access, tables
from orders.models import Desk, User
from risk.models import KillSwitch
from routing.models import ClientSession, VenueSession


@require_safe
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """A row a desk; every number leads to the blotter, filtered to what it counts."""
    user: User = request.user  # type: ignore[assignment]
    codes = access.desks_for(user)
    config = {
        "accounts": access.accounts_of_desks(codes),
        "csrf": get_token(request),
        "desks": codes,
        "names": dict(Desk.objects.filter(code__in=codes).values_list("code", "name")),
        "schema": tables.COLUMNS,
        "tab": secrets.token_hex(4),
        "user": user.username,
    }
    return render(request, "desks.html", {"config": config, "page": "desks"})


@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """GET /desks/state: {venues: [{code, up, problem}], clients: {desk: [...]}, stopped: {desk: [scope]}}."""
    if not request.user.is_authenticated:
        return _json({"detail": "Sign in first."}, 401)
    codes = access.desks_for(request.user)
    return _json({"venues": _venues(now()), "clients": _clients(codes, now()), "stopped": _stopped(codes)})


def _venues(at: datetime) -> list[dict[str, Any]]:
    rows = VenueSession.objects.filter(enabled=True).order_by("code").values_list("code", "seen_at", "problem")
    return [_session(code, seen_at, problem, at) for code, seen_at, problem in rows]


def _clients(codes: list[str], at: datetime) -> dict[str, list[dict[str, Any]]]:
    """Sessions of FIX clients, under each desk that their user belongs to. One SELECT."""
    rows = ClientSession.objects.filter(enabled=True, user__desks__code__in=codes).order_by("code")
    found: dict[str, list[dict[str, Any]]] = {}
    for desk, code, seen_at, problem in rows.values_list("user__desks__code", "code", "seen_at", "problem"):
        found.setdefault(desk, []).append(_session(code, seen_at, problem, at))
    return found


def _session(code: str, seen_at: datetime | None, problem: str, at: datetime) -> dict[str, Any]:
    up = seen_at is not None and at - seen_at < timedelta(seconds=FRESH_S)
    return {"code": code, "up": up, "problem": "" if up else problem or "not logged on"}


def _stopped(codes: list[str]) -> dict[str, list[str]]:
    """Which scopes of engaged kill switches stop a desk as a whole. Two SELECTs."""
    scope = KillSwitch.Scope
    rows = KillSwitch.objects.filter(released_at__isnull=True, scope__in=(scope.FIRM, scope.DESK))
    engaged = set(rows.values_list("scope", "scope_id"))
    keys = dict(Desk.objects.filter(code__in=codes).values_list("code", "pk"))
    reaches = {code: [scope.FIRM.value] if (scope.FIRM, "") in engaged else [] for code in codes}
    for code, key in keys.items():
        reaches[code] += [scope.DESK.value] if (scope.DESK, str(key)) in engaged else []
    return {code: scopes for code, scopes in reaches.items() if scopes}


def _json(value: Any, status: int = 200) -> HttpResponse:
    response = HttpResponse(orjson.dumps(value), content_type="application/json", status=status)
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Cookie"])
    return response
