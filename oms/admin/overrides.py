"""Overrides, as they were asked for, decided and used. They are decided on their own page, never here."""

from django.contrib import admin

from oms.admin.base import ReadOnly
from risk.models import Override, OverrideEvent


@admin.register(Override)
class Overrides(ReadOnly):
    """Who asked for which terms, who decided, until when, and which order used it."""

    list_display = (
        "id", "order", "desk", "way", "state", "trader", "asked_by", "asked_at", "decided_by", "decided_at",
        "expires_at", "used_by", "terms_hash",
    )  # fmt: skip
    list_filter = ("state", "way", "desk")
    search_fields = ("=order__id", "terms_hash")
    list_select_related = ("order", "desk", "trader", "asked_by", "decided_by", "used_by")


@admin.register(OverrideEvent)
class OverrideEvents(ReadOnly):
    """Every step of every override, and every attempt to use one that was turned away."""

    list_display = ("id", "override", "what", "at", "by", "order", "text")
    list_filter = ("what",)
    search_fields = ("=override__id",)
    list_select_related = ("override", "by", "order")
