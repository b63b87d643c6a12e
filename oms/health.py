"""``/healthz``: 200 while an order can be traded, with each component's state; else 503 and what is missing.

"degraded" says that something is amiss which does not stop trading: Valkey, the workers or the live updates.
"""

from datetime import timedelta
from typing import Any

import redis
from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from oms.base import bell
from oms.base.clock import now
from oms.base.heartbeat import FRESH_S, Heartbeat
from orders.models import BusinessDate
from routing.models import Inbox, Outbox, Quote, VenueSession

# What must beat for an order to be routed, recorded, settled and seen.
BEATING = ("worker", "drain", "live")


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The state of each component: "ok", or what is wrong. Public: it tells nothing of the business."""
    components: dict[str, str] = {}
    try:
        components |= _from_database()
        components["database"] = "ok"
    except Error:
        components["database"] = "not reachable"
    components["valkey"] = _valkey()
    # Without these orders go on, a second later: the drain does what bells and workers would have done.
    needed = [state for name, state in components.items() if name not in ("valkey", "live", "worker")]
    healthy = all(state == "ok" for state in needed)
    degraded = any(state != "ok" for state in components.values())
    status = "ok" if not degraded else "degraded" if healthy else "down"
    response = JsonResponse({"status": status, "components": components}, status=200 if healthy else 503)
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark: no error log for each poll
    return response


def _from_database() -> dict[str, str]:
    at = now()
    beats = dict(Heartbeat.objects.values_list("name", "at"))
    found = {name: _fresh(beats.get(name), at) for name in BEATING}
    for code, seen_at in VenueSession.objects.filter(enabled=True).values_list("code", "seen_at"):
        found[f"session {code}"] = _fresh(seen_at, at, "not logged on")
    newest = Quote.objects.order_by("-quoted_at").values_list("quoted_at", flat=True).first()
    found["market data"] = "ok" if newest else "no quotes yet"
    found["business date"] = "ok" if BusinessDate.objects.exists() else "not set"
    old = at - timedelta(seconds=FRESH_S)
    found["outbox"] = "waiting" if Outbox.objects.filter(sent_at__isnull=True, created_at__lt=old).exists() else "ok"
    found["inbox"] = "waiting" if Inbox.objects.filter(done_at__isnull=True, received_at__lt=old).exists() else "ok"
    return found


def _fresh(seen: Any, at: Any, otherwise: str = "no sign of life") -> str:
    return "ok" if seen is not None and at - seen < timedelta(seconds=FRESH_S) else otherwise


def _valkey() -> str:
    try:
        bell.client().ping()
    except (redis.RedisError, OSError):
        return "not reachable"
    return "ok"
