"""What controls need to know, who may trade what, and what only Compliance sees."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from oms.admin.base import AUDITORS, COMPLIANCE, OPERATIONS, ByRole, Kept, ReadOnly, Roles, may, tell
from oms.base.refusal import Refusal
from risk import strategies
from risk.models import AccountProfile, Arming, InstrumentAnalytics, Locate, Observation, Permission, StrategySender


@admin.register(InstrumentAnalytics)
class Analytics(Kept):
    """Classification and analytics of instruments."""

    editors = OPERATIONS | COMPLIANCE
    list_display = (
        "instrument",
        "instrument__issuer",
        "parent",
        "country",
        "sector",
        "adv",
        "liquidity",
        "source",
        "as_of",
    )
    list_filter = ("liquidity", "country")
    search_fields = ("=instrument__symbol", "instrument__issuer", "parent")
    list_select_related = ("instrument",)
    autocomplete_fields = ("instrument",)


@admin.register(AccountProfile)
class Profiles(Kept):
    """Who stands behind an account, and what it is worth."""

    editors = OPERATIONS | COMPLIANCE
    list_display = ("account", "owner", "self_trade_group", "proprietary", "nav", "nav_as_of", "source", "as_of")
    list_filter = ("proprietary", "retail", "erisa")
    search_fields = ("=account__code", "owner", "self_trade_group")
    list_select_related = ("account",)
    autocomplete_fields = ("account",)


@admin.register(Permission)
class Permissions(Kept):
    """Who may trade what. A permission ends by its date."""

    editors = COMPLIANCE
    list_display = ("user", "asset_class", "account", "venue", "effective_from", "effective_to", "source")
    list_filter = ("asset_class",)
    search_fields = ("=user__username",)
    list_select_related = ("user", "account")
    autocomplete_fields = ("account",)


@admin.register(Locate)
class Locates(Kept):
    """Stock located for short sales."""

    editors = OPERATIONS | COMPLIANCE
    list_display = ("account", "instrument", "qty", "used_qty", "effective_from", "expires_at", "reference", "source")
    search_fields = ("=account__code", "=instrument__symbol", "reference")
    list_select_related = ("account", "instrument")
    autocomplete_fields = ("account", "instrument")


@admin.register(StrategySender)
class StrategySenders(Kept):
    """Through which sessions and logins each strategy sends."""

    editors = COMPLIANCE
    deletable = True
    list_display = ("sender", "strategy")
    list_filter = ("strategy",)
    search_fields = ("sender", "strategy")


@admin.register(Arming)
class Armings(ByRole):
    """Strategies that were armed again after they had been stopped."""

    editors = COMPLIANCE
    fields = ("strategy", "reason")
    list_display = ("strategy", "at", "by", "reason")
    search_fields = ("strategy",)
    list_select_related = ("by",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What was armed stays on record."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through risk, which knows who may."""
        armed = strategies.arm(obj.strategy, request.user, obj.reason)
        if isinstance(armed, Refusal):
            tell(self, request, [armed])
        else:
            obj.pk = armed.pk


@admin.register(Observation)
class Observations(ReadOnly):
    """Orders in watched names, and what the watch over trades found. For Compliance and auditors alone."""

    viewers: ClassVar[Roles] = COMPLIANCE
    list_display = ("id", "control", "outcome", "at", "account", "instrument", "order", "seen")
    list_filter = ("control", "outcome")
    search_fields = ("=order__id", "=instrument__symbol")
    list_select_related = ("account", "instrument", "order")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody else may know that somebody looks."""
        return may(request, COMPLIANCE | AUDITORS)
