"""Every table of settlement, re-exported for Django and for readers."""

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
