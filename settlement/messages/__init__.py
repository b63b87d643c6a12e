"""The custodian's messages: ISO 20022 in batch files (batch.py), ISO 15022 as text (mt.py). No I/O."""

from settlement.messages.batch import Envelope, Message, Read, bare, build, part, read, wrap
from settlement.messages.instruct import Cancel, Instruct
from settlement.messages.movement import Movement
from settlement.messages.statement import (
    CashLine,
    CashStatement,
    Holding,
    HoldingsStatement,
    Moved,
    MovementsStatement,
    Statement,
)
from settlement.messages.status import CancelAnswer, Confirmation, Status

__all__ = [
    "Cancel",
    "CancelAnswer",
    "CashLine",
    "CashStatement",
    "Confirmation",
    "Envelope",
    "Holding",
    "HoldingsStatement",
    "Instruct",
    "Message",
    "Moved",
    "Movement",
    "MovementsStatement",
    "Read",
    "Statement",
    "Status",
    "bare",
    "build",
    "part",
    "read",
    "wrap",
]
