"""Alerts: read, and acknowledged by name."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from oms.admin.base import COMPLIANCE, OPERATIONS, ReadOnly, may, tell
from oms.base.clock import now
from oms.base.refusal import Refusal
from orders.models import Alert
from routing import wishes

MOST = 50


@admin.register(Alert)
class Alerts(ReadOnly):
    """What somebody must look at. Whoever did says so; the alert itself never changes."""

    desk_path = "desk"
    list_display = (
        "id",
        "at",
        "severity",
        "kind",
        "code",
        "desk",
        "order",
        "text",
        "acknowledged_by",
        "acknowledged_at",
    )
    list_filter = ("severity", "kind", ("acknowledged_at", admin.EmptyFieldListFilter), "desk")
    search_fields = ("=order__id", "text")
    list_select_related = ("order", "desk", "acknowledged_by")
    actions = ("acknowledge", "dont_know")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may acknowledge."""
        return may(request, OPERATIONS | COMPLIANCE)

    @admin.action(description="Acknowledge selected alerts", permissions=["operate"])
    def acknowledge(self, request: HttpRequest, rows: QuerySet[Alert]) -> None:
        """The first acknowledgement stands."""
        waiting = Alert.objects.filter(pk__in=rows.values("pk"), acknowledged_at__isnull=True)
        count = waiting.update(acknowledged_by=request.user, acknowledged_at=now())
        tell(self, request, [], f"{count} alerts acknowledged")

    @admin.action(description="Tell the venue that we do not know the trade (Q)", permissions=["operate"])
    def dont_know(self, request: HttpRequest, rows: QuerySet[Alert]) -> None:
        """For reports in quarantine; what came of it stands under Session orders."""
        if not may(request, OPERATIONS):
            tell(self, request, [Refusal("NOT_ALLOWED", "", "operations talks to venues")])
            return
        answers = [
            wishes.dont_know(alert.payload, request.user, f"alert {alert.pk}", _session(alert))
            if alert.kind == "quarantine"
            else Refusal("BAD_VALUE", "", f"alert {alert.pk} is no report of a venue")
            for alert in rows.select_related("order").order_by("pk")[:MOST]
        ]
        refusals = [one for one in answers if isinstance(one, Refusal)]
        count = len(answers) - len(refusals)
        tell(self, request, refusals, f"{count} are told; see Session orders" if count else "")


def _session(alert: Alert) -> str:
    """The session of the order at the venue that a report was about."""
    return alert.order.sender_comp_id if alert.order is not None and alert.order.parent_id else ""
