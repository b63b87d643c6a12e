"""Venues, listings and routing rules for operations; messages and decisions to read."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest

from oms.admin.base import OPERATIONS, ByRole, Kept, ReadOnly
from routing import universe
from routing.models import Inbox, Listing, Outbox, Quote, RouteDecision, Rule, Venue


@admin.register(Venue)
class Venues(Kept):
    """Venues."""

    editors = OPERATIONS
    list_display = ("mic", "name", "session", "calendar", "active")
    list_select_related = ("session", "calendar")


@admin.register(Listing)
class Listings(ByRole):
    """Which instrument trades where. The venues are told of every change."""

    editors = OPERATIONS
    deletable = True
    list_display = ("instrument", "venue")
    list_filter = ("venue",)
    search_fields = ("=instrument__symbol",)
    list_select_related = ("instrument", "venue")
    autocomplete_fields = ("instrument",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Saved as it is."""
        super().save_model(request, obj, form, change)
        transaction.on_commit(_tell_venues)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Gone once it has committed."""
        super().delete_model(request, obj)
        transaction.on_commit(_tell_venues)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Gone once it has committed."""
        super().delete_queryset(request, queryset)
        transaction.on_commit(_tell_venues)


def _tell_venues() -> None:
    universe.export_universe(universe.default_path())


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A routing rule, and why it was changed."""

    reason = forms.CharField(required=False, max_length=100, help_text="why; kept in the rule's history")

    class Meta:
        model = Rule
        exclude = ("version",)  # noqa: DJ006 - every other field is for operations to set


@admin.register(Rule)
class Rules(Kept):
    """Routing rules; the first by rank whose conditions hold decides."""

    editors = OPERATIONS
    form = RuleForm
    list_display = (
        "rank", "name", "active", "asset_class", "symbol", "account", "side", "min_notional", "best", "split",
        "version",
    )  # fmt: skip
    list_filter = ("active", "asset_class")
    search_fields = ("name", "symbol")
    list_select_related = ("account",)
    autocomplete_fields = ("account",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new version, with its author and reason."""
        obj.version += 1 if change else 0
        obj._change_reason = form.cleaned_data.get("reason") or None
        super().save_model(request, obj, form, change)


@admin.register(Quote)
class Quotes(ReadOnly):
    """What venues quote."""

    list_display = ("instrument", "venue", "bid_px", "bid_size", "offer_px", "offer_size", "last_px", "quoted_at")
    list_filter = ("venue",)
    search_fields = ("=instrument__symbol",)
    list_select_related = ("instrument", "venue")


@admin.register(RouteDecision)
class RouteDecisions(ReadOnly):
    """Why orders went where they went."""

    list_display = ("id", "order", "rule", "rule_version", "at")
    search_fields = ("=order__id",)
    list_select_related = ("order", "rule")


@admin.register(Outbox)
class OutboxMessages(ReadOnly):
    """Messages to venues."""

    list_display = (
        "id", "session", "order", "msg_type", "cl_ord_id", "orig_cl_ord_id", "created_at", "sent_at", "msg_seq_num",
        "attempts",
    )  # fmt: skip
    list_filter = ("session", "msg_type", ("sent_at", admin.EmptyFieldListFilter))
    search_fields = ("=cl_ord_id", "=order__id")
    list_select_related = ("session", "order")


@admin.register(Inbox)
class InboxMessages(ReadOnly):
    """Messages from venues, as they came."""

    list_display = ("id", "session", "msg_type", "msg_seq_num", "received_at", "done_at", "outcome")
    list_filter = ("session", "msg_type", ("done_at", admin.EmptyFieldListFilter))
    list_select_related = ("session",)
