"""Switches, and what keeps the doors safe."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from oms.admin.base import OPERATIONS, ReadOnly, may, tell
from oms.base.clock import now
from oms.models import FailedLogin, Switch


@admin.register(Switch)
class Switches(ReadOnly):
    """Switches are thrown by action, so that who threw them is known."""

    list_display = ("name", "on", "changed_at", "changed_by")
    actions = ("turn_on", "turn_off")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may throw one."""
        return may(request, OPERATIONS)

    @admin.action(description="Switch on", permissions=["operate"])
    def turn_on(self, request: HttpRequest, rows: QuerySet[Switch]) -> None:
        """On."""
        self._throw(request, rows, True)

    @admin.action(description="Switch off", permissions=["operate"])
    def turn_off(self, request: HttpRequest, rows: QuerySet[Switch]) -> None:
        """Off."""
        self._throw(request, rows, False)

    def _throw(self, request: HttpRequest, rows: QuerySet[Switch], on: bool) -> None:
        count = rows.update(on=on, changed_at=now(), changed_by=request.user.get_username())
        tell(self, request, [], f"{count} switched {'on' if on else 'off'}")


@admin.register(FailedLogin)
class FailedLogins(ReadOnly):
    """Wrong passwords of the last minutes."""

    list_display = ("username", "address", "at")
    search_fields = ("username", "address")
