"""Alerts: read, and acknowledged by name."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from oms.admin.base import COMPLIANCE, OPERATIONS, ReadOnly, may, tell
from oms.base.clock import now
from orders.models import Alert


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
    actions = ("acknowledge",)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may acknowledge."""
        return may(request, OPERATIONS | COMPLIANCE)

    @admin.action(description="Acknowledge selected alerts", permissions=["operate"])
    def acknowledge(self, request: HttpRequest, rows: QuerySet[Alert]) -> None:
        """The first acknowledgement stands."""
        waiting = Alert.objects.filter(pk__in=rows.values("pk"), acknowledged_at__isnull=True)
        count = waiting.update(acknowledged_by=request.user, acknowledged_at=now())
        tell(self, request, [], f"{count} alerts acknowledged")
