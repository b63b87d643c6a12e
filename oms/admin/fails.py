"""Penalties of settlement fails: their dated rates for operations, and what each day cost, to read."""

from django.contrib import admin

from oms.admin.base import OPERATIONS, Kept, ReadOnly
from settlement.models import (
    Penalty,
    PenaltyCategory,
    PenaltyCorrection,
    PenaltyRate,
)


@admin.register(PenaltyRate)
class PenaltyRates(Kept):
    """Penalties for fails, dated: a new rate is a new row."""

    editors = OPERATIONS
    list_display = ("market", "category", "valid_from", "rate")
    list_filter = ("market", "category")


@admin.register(PenaltyCategory)
class PenaltyCategories(Kept):
    """Instruments whose category their asset class does not tell."""

    editors = OPERATIONS
    deletable = True
    list_display = ("instrument", "category")
    list_select_related = ("instrument",)
    autocomplete_fields = ("instrument",)


@admin.register(Penalty)
class Penalties(ReadOnly):
    """What failing cost, by the day."""

    list_display = (
        "instruction", "day", "category", "reason_code", "failed_qty", "reference_price", "rate", "amount", "currency",
        "is_ours",
    )  # fmt: skip
    list_filter = ("day", "category", "is_ours")
    list_select_related = ("instruction",)


@admin.register(PenaltyCorrection)
class PenaltyCorrections(ReadOnly):
    """What penalties come to after the custodian has told later what had settled by their day."""

    list_display = ("penalty", "seq", "failed_qty", "amount", "corrected_at")
    list_select_related = ("penalty",)
