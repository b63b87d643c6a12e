"""Standing data of settlement for operations: calendars, cycles, places, fees; and what is owed, to read."""

from django.contrib import admin

from oms.admin.base import OPERATIONS, ByRole, Kept, ReadOnly
from settlement.models import (
    CommissionRate,
    FeeListing,
    FeeRate,
    Holiday,
    HolidayOverride,
    Obligation,
    PlaceOfSettlement,
    SettlementCalendar,
    SettlementCycle,
)


@admin.register(SettlementCalendar)
class Calendars(ReadOnly):
    """Calendars as shipped; single days are decided in the overrides."""

    list_display = ("code", "name", "valid_from", "valid_to")
    search_fields = ("code", "name")


@admin.register(Holiday)
class Holidays(ReadOnly):
    """Holidays as shipped: loading them again replaces them, so they are not edited here."""

    list_display = ("calendar", "day", "name")
    list_filter = ("calendar",)
    search_fields = ("name",)
    date_hierarchy = "day"


@admin.register(HolidayOverride)
class HolidayOverrides(Kept):
    """Days that operations opens or closes."""

    editors = OPERATIONS
    deletable = True
    list_display = ("calendar", "day", "is_open", "reason")
    list_filter = ("calendar", "is_open")


@admin.register(SettlementCycle)
class Cycles(Kept):
    """Settlement cycles, dated."""

    editors = OPERATIONS
    list_display = ("market", "asset_class", "pair", "valid_from", "days", "calendar")
    list_filter = ("market", "asset_class")


@admin.register(PlaceOfSettlement)
class Places(Kept):
    """Where markets settle."""

    editors = OPERATIONS
    list_display = ("market", "asset_class", "bic", "name", "counterparty")
    list_filter = ("market",)


@admin.register(FeeRate)
class FeeRates(Kept):
    """Fees and taxes, dated: a new rate is a new row."""

    editors = OPERATIONS
    list_display = ("code", "market", "asset_class", "issuer_country", "applies_to", "valid_from", "basis", "rate")
    list_filter = ("code", "market", "applies_to")
    search_fields = ("code", "name")


@admin.register(FeeListing)
class FeeListings(ByRole):
    """Instruments on the list of a fee that has one."""

    editors = OPERATIONS
    deletable = True
    list_display = ("code", "instrument")
    list_filter = ("code",)
    list_select_related = ("instrument",)
    autocomplete_fields = ("instrument",)


@admin.register(CommissionRate)
class CommissionRates(Kept):
    """Commission, dated: a new rate is a new row."""

    editors = OPERATIONS
    list_display = ("account", "client", "asset_class", "valid_from", "basis", "rate", "minimum", "cap", "tiers")
    list_filter = ("asset_class",)
    list_select_related = ("account",)


@admin.register(Obligation)
class Obligations(ReadOnly):
    """What executions oblige us to."""

    list_display = (
        "id", "order", "account", "instrument", "side", "qty", "price", "trade_date", "settl_date", "net_money",
        "currency",
    )  # fmt: skip
    list_filter = ("settl_date", "side")
    search_fields = ("=order__id", "=instrument__symbol", "=account__code")
    list_select_related = ("order", "account", "instrument")
