"""Confirmations in one transaction: begun with a booking, moved from state to state, cancelled with it. Set-wise."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from oms.base import sets
from oms.base.locks import locked
from settlement.allocation.confirmation import CutOff, MatchTolerance, TradeConfirmation, TradeConfirmationEvent
from settlement.allocation.deadline import Limit, deadline
from settlement.allocation.matching import Tolerance
from settlement.obligations import Decision, Terms

ITSELF = "confirmation"
COLUMNS = (
    "id", "share", "obligation", "account", "instrument", "side", "trade_date", "settl_date", "qty", "avg_px",
    "net_money", "currency", "affirm_by", "state", "state_at", "version", "told_version", "was_late", "theirs",
    "differences",
)  # fmt: skip
EVENT = ("confirmation", "seq", "state", "at", "actor", "text")


def limits() -> tuple[Limit, ...]:
    """The cut-offs. One SELECT."""
    return tuple(Limit(*row) for row in CutOff.objects.values_list("market", "what", "valid_from", "at", "zone"))


def tolerances() -> dict[str, Tolerance]:
    """How far the two versions may be apart, by currency. One SELECT."""
    rows = MatchTolerance.objects.values_list("currency", "avg_px", "net_money")
    return {currency: Tolerance(*rest) for currency, *rest in rows}


def begin(decisions: Sequence[Decision], obligation_ids: Sequence[int], terms: dict[int, Terms], at: datetime) -> None:
    """A confirmation for each share that was booked. Four statements."""
    cut_offs = limits()
    rows: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    ids = sets.ids(TradeConfirmation, len(decisions))
    for id_, obligation_id, made in zip(ids, obligation_ids, decisions, strict=True):
        owed = made.owed
        by = deadline(cut_offs, terms[owed.instrument_id].market, "affirm", owed.trade_date)
        rows.append((
            id_, owed.allocation_id, obligation_id, owed.account_id, owed.instrument_id, owed.side, owed.trade_date,
            owed.settl_date, owed.qty, owed.price, owed.net_money, owed.currency, by, "unconfirmed", at, 1, 0,
            False, {}, [],
        ))  # fmt: skip
        events.append((id_, 1, "unconfirmed", at, ITSELF, ""))
    sets.insert(TradeConfirmation, COLUMNS, rows)
    sets.insert(TradeConfirmationEvent, EVENT, events)


class Held(NamedTuple):
    """A confirmation as it stands; the names are its columns."""

    id: int
    share_id: int
    account_id: int
    instrument_id: int
    side: str
    trade_date: Any
    settl_date: Any
    qty: Decimal
    avg_px: Decimal
    net_money: Decimal
    currency: str
    state: str
    version: int
    affirm_by: datetime | None
    was_late: bool
    theirs: Any
    differences: Any
    account__code: str
    account__desk_id: int
    instrument__isin: str
    obligation__order_id: int


def load(rows: Any, *, lock: bool = True) -> dict[int, Held]:
    """The confirmations of a queryset, locked. One SELECT."""
    return {row[0]: Held(*row) for row in (locked(rows) if lock else rows).values_list(*Held._fields)}


class Journal:
    """What a batch writes about confirmations. Two statements."""

    def __init__(self, at: datetime, actor: str) -> None:
        self.at, self.actor = at, actor
        self.moved: dict[int, Held] = {}
        self.events: list[tuple[Any, ...]] = []

    def move(self, one: Held, state: str, text: str = "", **changes: Any) -> Held:
        """The next version of a confirmation."""
        one = one._replace(state=state, version=one.version + 1, **changes)
        self.moved[one.id] = one
        self.events.append((one.id, one.version, state, self.at, self.actor, text[:300]))
        return one

    def save(self) -> None:
        """Write it."""
        columns = ("state", "version", "was_late", "theirs", "differences")
        rows = [(one.id, self.at, *(getattr(one, name) for name in columns)) for one in self.moved.values()]
        assert sets.update(TradeConfirmation, ["id"], ["state_at", *columns], rows) == len(rows)
        sets.insert(TradeConfirmationEvent, EVENT, self.events)


def cancel(share_ids: Iterable[int], at: datetime, why: str) -> None:
    """The bookings of these shares were taken back: so is what was confirmed. Three statements."""
    journal = Journal(at, ITSELF)
    for one in load(TradeConfirmation.objects.filter(share_id__in=list(share_ids)).exclude(state="cancelled")).values():
        journal.move(one, "cancelled", why)
    journal.save()
