"""Standing data of settlement for operations; obligations, instructions and the ledger to read."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from oms.admin.base import OPERATIONS, ByRole, Kept, ReadOnly, among, may, tell
from oms.base.refusal import Refusal
from settlement import repair
from settlement.models import (
    Balance,
    CommissionRate,
    Confirmation,
    FeeListing,
    FeeRate,
    Holiday,
    HolidayOverride,
    Instruction,
    InstructionEvent,
    InstructionObligation,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
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


def places() -> list[str]:
    """Where instructions go to."""
    return list(PlaceOfSettlement.objects.order_by("bic").values_list("bic", flat=True).distinct())


class _Seen(admin.TabularInline):  # type: ignore[type-arg]
    """Rows that are read with the row they belong to, and never written."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the row they belong to."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class InstructionEvents(_Seen):
    """The states of an instruction."""

    model = InstructionEvent


class Confirmations(_Seen):
    """What was confirmed as settled."""

    model = Confirmation


class UnderIt(_Seen):
    """The obligations it discharges."""

    model = InstructionObligation
    fields = ("obligation", "seq")


@admin.register(Instruction)
class Instructions(ReadOnly):
    """Settlement instructions. Those that wait for a person are released here."""

    list_display = (
        "reference", "account", "instrument", "direction", "payment", "qty", "settled_qty", "net_money", "currency",
        "settl_date", "place_of_settlement", "counterparty", "state", "on_hold", "state_at", "settled_on",
    )  # fmt: skip
    list_filter = (
        "state", "on_hold", "direction", "payment", "is_net", "settl_date", among("place_of_settlement", places),
    )  # fmt: skip
    search_fields = ("=id", "=obligations__order__id", "=account__code", "=instrument__symbol", "=custodian_reference")
    list_select_related = ("account", "instrument")
    exclude = ("obligations",)
    inlines = (InstructionEvents, Confirmations, UnderIt)
    actions = ("release",)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may release."""
        return may(request, OPERATIONS)

    @admin.action(description="Release selected instructions", permissions=["operate"])
    def release(self, request: HttpRequest, rows: QuerySet[Instruction]) -> None:
        """Drafts and rejected ones become ready; each that cannot says why."""
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        answers = repair.release(keys, request.user.get_username(), "released in the admin")
        refusals = [answer for answer in answers if isinstance(answer, Refusal)]
        done = len(answers) - len(refusals)
        tell(self, request, refusals, f"{done} instructions released" if done else "")


@admin.register(LedgerAccount)
class LedgerAccounts(ReadOnly):
    """Accounts of the ledger."""

    list_display = ("id", "owner", "account", "party", "asset", "location")
    list_filter = ("owner",)
    list_select_related = ("account", "asset__instrument")


class Entries(_Seen):
    """The entries of a transaction."""

    model = LedgerEntry
    fk_name = "transaction"
    fields = ("debit_account", "credit_account", "asset", "amount", "phase", "resolves", "obligation")


@admin.register(LedgerTransaction)
class LedgerTransactions(ReadOnly):
    """The ledger."""

    list_display = ("id", "source", "kind", "effective_date", "value_date", "inserted_at")
    list_filter = ("kind", "value_date")
    search_fields = ("=source",)
    inlines = (Entries,)


@admin.register(Balance)
class Balances(ReadOnly):
    """What each account of the ledger holds."""

    list_display = ("ledger_account", "posted", "pending_in", "pending_out", "version")
    list_select_related = ("ledger_account__account", "ledger_account__asset__instrument")
