"""Writing instructions with what they map to and their first event. Three inserts, and alerts for what is missing."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from oms.base import sets
from orders.models import Alert
from settlement.models import Instruction, InstructionEvent, InstructionObligation
from settlement.parties import Parties

EVENT = ("instruction", "seq", "state", "at", "actor", "text")
MISSING = "SSI_MISSING"


class Instructed(NamedTuple):
    """An instruction to be written; the names are its columns. ``under``: (obligation, how many it had, plus one).

    ``linked_to`` is the id of an instruction, or, below zero, how many rows before this one it stands.
    """

    account_id: int
    instrument_id: int
    direction: str
    trade_date: date
    settl_date: date
    qty: Decimal
    price: Decimal | None
    net_money: Decimal
    currency: str
    parties: Parties
    under: tuple[tuple[int, int], ...]
    is_net: bool = False
    linked_to: int | None = None
    linkage: str = ""
    on_hold: bool = False
    partial: str = "allowed"
    priority: int = 3


_COLUMNS = (
    "id", "account", "instrument", "direction", "trade_date", "settl_date", "qty", "price", "net_money", "currency",
    "is_net", "linked_to", "linkage", "on_hold", "partial", "priority", "place_of_settlement", "counterparty",
    "agent_bic", "safekeeping_account", "ssi", "state", "state_at", "version",
)  # fmt: skip


def write(rows: Sequence[Instructed], at: datetime, actor: str, text: str = "") -> list[int]:
    """Write the instructions, ready where their place is known, else drafts that operations hears of."""
    ids = sets.ids(Instruction, len(rows))
    made, events, under = [], [], []
    missing: dict[tuple[int, int, date], int] = {}
    for index, (id_, row) in enumerate(zip(ids, rows, strict=True)):
        state = "ready" if row.parties.place else "draft"
        made.append((id_, *_values(row, ids, index), *row.parties, state, at, 1))
        said = text
        if state == "draft":
            said = f"{MISSING}: no standing instruction and no place of settlement is known"
            missing.setdefault((row.account_id, row.instrument_id, row.settl_date), id_)
        events.append((id_, 1, state, at, actor, said))
        under += [(id_, obligation, seq) for obligation, seq in row.under]
    sets.insert(Instruction, _COLUMNS, made)
    sets.insert(InstructionObligation, ("instruction", "obligation", "seq"), under)
    sets.insert(InstructionEvent, EVENT, events)
    _tell(missing, at)
    return ids


def _values(row: Instructed, ids: Sequence[int], index: int) -> tuple[Any, ...]:
    linked = ids[index + row.linked_to] if row.linked_to is not None and row.linked_to < 0 else row.linked_to
    return (
        row.account_id, row.instrument_id, row.direction, row.trade_date, row.settl_date, row.qty, row.price,
        row.net_money, row.currency, row.is_net, linked, row.linkage, row.on_hold, row.partial, row.priority,
    )  # fmt: skip


def _tell(missing: dict[tuple[int, int, date], int], at: datetime) -> None:
    """One alert for an account, an instrument and a day, however many instructions wait."""
    rows = [
        (
            at, Alert.Severity.CRITICAL.value, "settlement", MISSING,
            f"no standing instruction and no place of settlement: instruction {id_} and its like wait as drafts",
            {"instruction": id_, "account": account, "instrument": instrument, "settl_date": str(day)}, "",
        )
        for (account, instrument, day), id_ in missing.items()
    ]  # fmt: skip
    sets.insert(Alert, ("at", "severity", "kind", "code", "text", "payload", "resolution"), rows)
