"""Settlement prices, margin, the exercise rule, and what holders of options decided."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from oms.admin.base import OPERATIONS, ByRole, ReadOnly, may, tell
from oms.desk import margin
from orders.models import User
from settlement.models import ExerciseThreshold, OptionNotice, SettlementPrice, VariationMargin


@admin.register(SettlementPrice)
class SettlementPrices(ReadOnly):
    """What days were settled at: set over REST or as a table."""

    list_display = ("day", "instrument", "price", "source", "entered_by", "entered_at", "margin_at")
    list_filter = ("source",)
    search_fields = ("=instrument__symbol",)
    list_select_related = ("instrument",)
    date_hierarchy = "day"


@admin.register(VariationMargin)
class VariationMargins(ReadOnly):
    """Margin by account, future and day."""

    list_display = ("day", "account", "instrument", "qty", "settlement_px", "amount", "value_date")
    search_fields = ("=instrument__symbol", "=account__code")
    list_select_related = ("instrument", "account")
    date_hierarchy = "day"


@admin.register(ExerciseThreshold)
class ExerciseThresholds(ByRole):
    """From which amount in the money options exercise by themselves, dated."""

    editors = OPERATIONS
    list_display = ("asset_class", "valid_from", "threshold")


@admin.register(OptionNotice)
class OptionNotices(ReadOnly):
    """Exercises, abandonments and assignments, and who confirmed them."""

    list_display = ("id", "day", "account", "instrument", "kind", "qty", "proposed_by", "confirmed_by")
    list_filter = ("kind",)
    list_select_related = ("instrument", "account")
    actions = ("confirm",)

    def get_actions(self, request: HttpRequest) -> Any:
        """For operations alone."""
        return super().get_actions(request) if may(request, OPERATIONS) else {}

    @admin.action(description="Confirm (another person than who proposed)")
    def confirm(self, request: HttpRequest, rows: QuerySet[OptionNotice]) -> None:
        """Book them, or with the option's expiry where that is their day."""
        assert isinstance(request.user, User)
        answers = [margin.exercise(pk, request.user.username) for pk in rows.values_list("pk", flat=True)]
        tell(self, request, [answer for answer in answers if answer], f"{answers.count(None)} confirmed")
