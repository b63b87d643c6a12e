"""The double-entry ledger, to read."""

from django.contrib import admin

from oms.admin.base import ReadOnly, Seen
from settlement.models import (
    Balance,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
)


@admin.register(LedgerAccount)
class LedgerAccounts(ReadOnly):
    """Accounts of the ledger."""

    list_display = ("id", "owner", "account", "party", "asset", "location")
    list_filter = ("owner",)
    list_select_related = ("account", "asset__instrument")


class Entries(Seen):
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
