"""The minimum price increments shipped with the system, and the tick at a price."""

from decimal import Decimal
from typing import Any

from oms.base import sets
from orders.reference import Tick, TickTable
from orders.tick import Bands, tick_at
from orders.vocabulary import AssetClass

__all__ = ["DEFAULT", "STANDARD", "Bands", "bands_by_code", "bands_by_table", "ensure_standard", "tick_at"]

# Code: name, (price from, tick)... in ascending order.
STANDARD: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "US-NMS": ("US equities (Reg NMS rule 612)", (("0", "0.0001"), ("1", "0.01"))),
    "US-OPT": ("US listed options", (("0", "0.01"), ("3", "0.05"))),
    "BOND-64": ("Government bonds: half a thirty-second", (("0", "0.015625"),)),
    "BOND-1000": ("Corporate bonds: a thousandth", (("0", "0.001"),)),
    "CME-025": ("Index futures: a quarter point", (("0", "0.25"),)),
    "CME-001": ("Energy and other futures: a cent", (("0", "0.01"),)),
    "FX-5": ("Spot FX: a tenth of a pip", (("0", "0.00001"), ("20", "0.001"))),
}
DEFAULT = {
    AssetClass.EQUITY: "US-NMS",
    AssetClass.ETF: "US-NMS",
    AssetClass.OPTION: "US-OPT",
    AssetClass.GOVERNMENT_BOND: "BOND-64",
    AssetClass.CORPORATE_BOND: "BOND-1000",
    AssetClass.FUTURE: "CME-001",
    AssetClass.FX_SPOT: "FX-5",
}


def ensure_standard() -> dict[str, int]:
    """Write the standard tables that are missing; answer the primary key of every table there is, by code."""
    sets.insert(
        TickTable, ("code", "name"), [(code, name) for code, (name, _) in STANDARD.items()], skip_duplicates=True
    )
    known = dict(TickTable.objects.values_list("code", "id"))
    filled = set(Tick.objects.values_list("table_id", flat=True).distinct())
    rows = [
        (known[code], Decimal(price_from), Decimal(tick))
        for code, (_, bands) in STANDARD.items()
        if known[code] not in filled
        for price_from, tick in bands
    ]
    sets.insert(Tick, ("table_id", "price_from", "tick"), rows, skip_duplicates=True)
    return known


def bands_by_table() -> dict[int, list[tuple[Decimal, Decimal]]]:
    """The bands of every tick table by its key, ascending. One SELECT."""
    return _bands("table_id")


def bands_by_code() -> dict[str, list[tuple[Decimal, Decimal]]]:
    """The bands of every tick table by its code, ascending. One SELECT."""
    return _bands("table__code")


def _bands(name: str) -> dict[Any, list[tuple[Decimal, Decimal]]]:
    found: dict[Any, list[tuple[Decimal, Decimal]]] = {}
    rows = Tick.objects.order_by("price_from")
    for table, price_from, tick in rows.values_list(name, "price_from", "tick"):
        found.setdefault(table, []).append((price_from, tick))
    return found
