"""Every table of settlement, re-exported for Django and for readers."""

from settlement.actions.tables import (
    CorporateAction,
    CorporateActionEvent,
    CustodyMovement,
    Entitlement,
    MarketClaim,
)
from settlement.allocation.confirmation import (
    CutOff,
    MatchTolerance,
    TradeConfirmation,
    TradeConfirmationEvent,
)
from settlement.allocation.tables import Allocation, AllocationEvent, AllocationOrder, AllocationShare
from settlement.books import Asset, Balance, LedgerAccount, LedgerEntry, LedgerTransaction
from settlement.breaks import Break, BreakEvent, SignOff
from settlement.dayclose import CloseStep, DayClose, LedgerRoot
from settlement.derivatives.tables import ExerciseThreshold, OptionNotice, SettlementPrice, VariationMargin
from settlement.exceptions import CustodyException, CustodyMessage
from settlement.fail import Penalty, PenaltyCategory, PenaltyCorrection, PenaltyDay, PenaltyRate
from settlement.instruction import Confirmation, Instruction, InstructionEvent, InstructionObligation
from settlement.nettable import AwaitingNetting, NettingSwitch
from settlement.obligation import Obligation, ObligationCancellation
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
from settlement.ssi import StandingInstruction
from settlement.statements import Reconciliation, Statement, StatementLine
from settlement.transfer import BookTransfer

__all__ = [
    "Allocation",
    "AllocationEvent",
    "AllocationOrder",
    "AllocationShare",
    "Asset",
    "AwaitingNetting",
    "Balance",
    "BookTransfer",
    "Break",
    "BreakEvent",
    "CloseStep",
    "CommissionRate",
    "Confirmation",
    "CorporateAction",
    "CorporateActionEvent",
    "CustodyException",
    "CustodyMessage",
    "CustodyMovement",
    "CutOff",
    "DayClose",
    "Entitlement",
    "ExerciseThreshold",
    "FeeListing",
    "FeeRate",
    "Holiday",
    "HolidayOverride",
    "Instruction",
    "InstructionEvent",
    "InstructionObligation",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerRoot",
    "LedgerTransaction",
    "MarketClaim",
    "MatchTolerance",
    "NettingSwitch",
    "Obligation",
    "ObligationCancellation",
    "OptionNotice",
    "Penalty",
    "PenaltyCategory",
    "PenaltyCorrection",
    "PenaltyDay",
    "PenaltyRate",
    "PlaceOfSettlement",
    "Reconciliation",
    "ReferenceRevision",
    "SettlementCalendar",
    "SettlementCycle",
    "SettlementPrice",
    "SignOff",
    "StandingInstruction",
    "Statement",
    "StatementLine",
    "TradeConfirmation",
    "TradeConfirmationEvent",
    "VariationMargin",
]
