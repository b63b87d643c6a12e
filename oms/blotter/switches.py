"""The page of kill switches, and which of them concern a desk: a banner on its blotter."""

from typing import Any

import orjson
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from oms.blotter import access
from oms.blotter.tables import milliseconds
from oms.desk import killing, targets
from orders.models import Account, Desk, Instrument, User
from risk.models import KillSwitch
from routing.models import ClientSession, Venue

MOST_NAMES = 2_000


@require_safe
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """State, engaging, what was taken back, release. For those who watch over the firm; who may act is asked again."""
    user: User = request.user  # type: ignore[assignment]
    if not (user.is_superuser or user.role in access.FIRM_WIDE):
        raise PermissionDenied
    config = {
        "csrf": get_token(request), "user": user.username, "may": killing.may(user), "names": _names(),
        "scopes": [{"value": scope, "words": targets.WORDS[scope]} for scope in KillSwitch.Scope],
    }  # fmt: skip
    return render(request, "kill.html", {"config": config, "page": "kill"})


def _names() -> dict[str, list[str]]:
    """What may be typed for each scope, as suggestions. Seven SELECTs."""
    scope = KillSwitch.Scope
    listed = Instrument.objects.order_by("symbol").values_list("symbol", "primary_mic")
    strategies = [*ClientSession.objects.values_list("code", flat=True),
                  *User.objects.filter(role="api_client").values_list("username", flat=True)]  # fmt: skip
    clients = Account.objects.exclude(client="").values_list("client", flat=True)
    return {
        scope.DESK: list(Desk.objects.order_by("code").values_list("code", flat=True)),
        scope.TRADER: list(User.objects.filter(is_active=True).order_by("username").values_list("username", flat=True)),
        scope.ACCOUNT: list(Account.objects.filter(active=True).order_by("code").values_list("code", flat=True)),
        scope.CLIENT: sorted(set(clients)),
        scope.STRATEGY: sorted(set(strategies)),
        scope.INSTRUMENT: [f"{symbol}.{mic}" for symbol, mic in listed[:MOST_NAMES]],
        scope.VENUE: list(Venue.objects.order_by("mic").values_list("mic", flat=True)),
    }


@require_safe
def of_desk(request: HttpRequest) -> HttpResponse:
    """GET /api/v1/blotter/switches?desk=EQ: {switches: [{id, scope, target, reason, since, by}]} of it."""
    if not request.user.is_authenticated:
        return _json({"detail": "Sign in first."}, 401)
    code = request.GET.get("desk", "")
    if code not in access.desks_for(request.user):
        return _json({"detail": f"No desk {code[:40]} of yours."}, 404)
    mine = targets.concerning(Desk.objects.get(code=code))
    names = targets.names(mine)
    rows = [
        {"id": one.pk, "scope": one.scope, "target": names[one.pk], "reason": one.reason,
         "since": milliseconds(one.engaged_at), "by": one.engaged_by.username}
        for one in mine
    ]  # fmt: skip
    return _json({"switches": rows})


def _json(value: Any, status: int = 200) -> HttpResponse:
    response = HttpResponse(orjson.dumps(value), content_type="application/json", status=status)
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Cookie"])
    return response
