"""Entries of the ledger as people name them, in whichever page they stand."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.urls import reverse

from oms.blotter.ops.cells import Block, Cell, Row, money, qty, state, table, text
from settlement.models import LedgerAccount, LedgerEntry

# What a row of entries must be read with.
NEEDS = (
    "transaction", "asset__instrument", "obligation",
    *(f"{end}__{name}" for end in ("debit_account", "credit_account") for name in ("account", "asset__instrument")),
)  # fmt: skip


def name_of(one: LedgerAccount) -> str:
    """An account of the ledger as people name it."""
    return one.account.code if one.account else f"{one.owner} {one.party}".replace("_", " ").strip()


def asset_of(one: LedgerAccount | LedgerEntry) -> str:
    """A currency, or an instrument's symbol."""
    return one.asset.currency or (one.asset.instrument.symbol if one.asset.instrument else "")


def amount(one: LedgerAccount | LedgerEntry, value: Decimal, **more: Any) -> Cell:
    """An amount of what the account holds: money to the cent, securities as they are."""
    return money(value, **more) if one.asset.currency else qty(value, **more)


def life_of(one: LedgerEntry) -> str:
    """The address of the trade an entry is about, '' where it is about none."""
    order = one.obligation.order_id if one.obligation else None
    return reverse("ops-trade", args=[order]) if order else ""


def posted(entries: Iterable[LedgerEntry], *, source: bool = True) -> Block:
    """Entries read with NEEDS, each side leading to its account."""
    heads = "Phase | Amount> | Asset | From | To" + (" | Source" if source else "")
    return table("Ledger entries", heads, (_row(one, source) for one in entries), "Nothing is booked yet.")


def _row(one: LedgerEntry, source: bool) -> Row:
    sides = (end(one.credit_account, one), end(one.debit_account, one))
    cells = (state(one.phase), amount(one, one.amount), text(asset_of(one)), *sides)
    said = (text(one.transaction.source),) if source else ()
    return Row(str(one.pk), cells + said, tone="gone" if one.phase == "void" else "")


def end(account: LedgerAccount, entry: LedgerEntry | None = None) -> Cell:
    """One side of an entry, leading to its account with the entry open."""
    href = reverse("ops-one", args=["ledger", account.pk]) + (f"?open={entry.pk}" if entry else "")
    return text(name_of(account), href=href)
