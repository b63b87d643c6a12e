"""Every table of settlement, re-exported for Django and for readers."""

from settlement.allocation.tables import Allocation, AllocationEvent, AllocationOrder, AllocationShare
from settlement.books import Asset, Balance, LedgerAccount, LedgerEntry, LedgerTransaction
from settlement.obligation import Instruction, InstructionEvent, Obligation
from settlement.reference import (
    CommissionRate,
    FeeListing,
    FeeRate,
    Holiday,
    HolidayOverride,
    PlaceOfSettlement,
    ReferenceRevision,
    SettlementCalendar,
    SettlementCycle,
)

__all__ = [
    "Allocation",
    "AllocationEvent",
    "AllocationOrder",
    "AllocationShare",
    "Asset",
    "Balance",
    "CommissionRate",
    "FeeListing",
    "FeeRate",
    "Holiday",
    "HolidayOverride",
    "Instruction",
    "InstructionEvent",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerTransaction",
    "Obligation",
    "PlaceOfSettlement",
    "ReferenceRevision",
    "SettlementCalendar",
    "SettlementCycle",
]
