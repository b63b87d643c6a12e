"""Corporate actions: announce them by form, look at what was entitled, approve and call off."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from oms.admin.base import OPERATIONS, ReadOnly, may, tell
from orders.models import User
from settlement.actions.announce import approve, cancel
from settlement.models import CorporateAction, CorporateActionEvent, Entitlement, MarketClaim


class _Inline(admin.TabularInline):  # type: ignore[type-arg]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


class Events(_Inline):
    """What was done, by whom."""

    model = CorporateActionEvent


class Entitlements(_Inline):
    """Who got what."""

    model = Entitlement


class Claims(_Inline):
    """What counterparties pass on, or get from us."""

    model = MarketClaim


@admin.register(CorporateAction)
class CorporateActions(ReadOnly):
    """Announced over REST or as a table; approved and called off here as well."""

    list_display = ("id", "kind", "instrument", "ex_date", "pay_date", "amount", "new", "old", "state", "announced_by",
                    "approved_by")  # fmt: skip
    list_filter = ("state", "kind")
    search_fields = ("source", "=instrument__symbol")
    list_select_related = ("instrument",)
    date_hierarchy = "ex_date"
    inlines = (Events, Entitlements, Claims)
    actions = ("approve", "call_off")

    def get_actions(self, request: HttpRequest) -> Any:
        """For operations alone."""
        return super().get_actions(request) if may(request, OPERATIONS) else {}

    @admin.action(description="Approve (another person than who announced)")
    def approve(self, request: HttpRequest, rows: QuerySet[CorporateAction]) -> None:
        """Put them into force; each is booked when its ex-date has come."""
        self._do(request, approve(list(rows.values_list("pk", flat=True)), _name(request)), "approved")

    @admin.action(description="Call off")
    def call_off(self, request: HttpRequest, rows: QuerySet[CorporateAction]) -> None:
        """Before they are booked."""
        why = f"called off in the administration by {_name(request)}"
        self._do(request, cancel(list(rows.values_list("pk", flat=True)), _name(request), why), "called off")

    def _do(self, request: HttpRequest, answers: list[Any], word: str) -> None:
        refusals = [answer for answer in answers if answer]
        done = len(answers) - len(refusals)
        tell(self, request, refusals, f"{done} {word}" if done else "")


def _name(request: HttpRequest) -> str:
    assert isinstance(request.user, User)
    return request.user.username
