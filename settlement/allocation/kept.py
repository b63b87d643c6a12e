"""Allocations in one transaction: load and lock what a batch names, write what became of them, set-wise."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from oms.base import sets
from oms.base.locks import locked
from settlement.allocation.shares import Ask
from settlement.allocation.tables import Allocation, AllocationEvent, AllocationOrder, AllocationShare


class Held(NamedTuple):
    """An allocation as it stands; the names are its columns. ``order_ids`` and ``asks`` are those of its revision.

    ``qty`` and ``avg_px`` are those of the last booking.
    """

    id: int
    desk_id: int
    instrument_id: int
    side: str
    trade_date: date | None
    method: str
    min_lot: Decimal
    state: str
    auto_book: bool
    revision: int
    version: int
    sender_comp_id: str
    alloc_id: str
    made_by_id: int
    currency: str
    text: str
    qty: Decimal | None = None
    avg_px: Decimal | None = None
    order_ids: tuple[int, ...] = ()
    asks: tuple[Ask, ...] = ()

    @property
    def account_ids(self) -> list[int]:
        """The accounts of its shares, in order."""
        return [ask.account_id for ask in self.asks]


COLUMNS = Held._fields[:-2]
ASKED = ("account_id", "qty", "percent", "nav", "priority")
SHARE = ("id", "allocation", "revision", "seq", *ASKED)
MONEY = ("alloc_qty", "avg_px", "gross_trade_amt", "principal", "accrued", "commission", "fees", "net_money")
TOTALS = ("qty", *MONEY[1:])
EVENT = ("allocation", "seq", "act", "state", "revision", "at", "actor", "text")


def load(ids: Iterable[int], desk_ids: Iterable[int] | None = None, *, lock: bool) -> dict[int, Held]:
    """The allocations among ``ids`` that lie on the desks. Three SELECTs. Lock their orders before them."""
    rows = Allocation.objects.filter(pk__in=sorted(set(ids)))
    if desk_ids is not None:
        rows = rows.filter(desk_id__in=list(desk_ids))
    found = {row[0]: Held(*row) for row in (locked(rows) if lock else rows).values_list(*COLUMNS)}
    orders: dict[int, list[int]] = {}
    members = AllocationOrder.objects.filter(allocation_id__in=list(found)).order_by("id")
    for pk, order_id in members.values_list("allocation_id", "order_id"):
        orders.setdefault(pk, []).append(order_id)
    asks: dict[int, list[Ask]] = {}
    shares = AllocationShare.objects.filter(allocation_id__in=list(found)).order_by("allocation", "revision", "seq")
    for pk, revision, *asked in shares.values_list("allocation_id", "revision", *ASKED):
        if revision == found[pk].revision:
            asks.setdefault(pk, []).append(Ask(*asked))
    return {
        pk: one._replace(order_ids=tuple(orders.get(pk, ())), asks=tuple(asks.get(pk, ()))) for pk, one in found.items()
    }


class Journal:
    """What a batch writes about allocations: rows, shares and events, with one statement a table."""

    def __init__(self, at: datetime, actor: str) -> None:
        self.at, self.actor = at, actor
        self.fresh: list[tuple[Any, ...]] = []
        self.orders: list[tuple[Any, ...]] = []
        self.shares: list[tuple[Any, ...]] = []
        self.moved: dict[int, Held] = {}
        self.booked: list[tuple[Any, ...]] = []
        self.events: list[tuple[Any, ...]] = []

    def begin(self, one: Held, share_ids: Sequence[int], act: str, text: str = "") -> None:
        """A new allocation with its orders and its first shares."""
        self.fresh.append((*one[: len(COLUMNS)], self.at, 0))
        self.orders += [(one.id, order_id, one.trade_date, True) for order_id in one.order_ids]
        self._ask(one, share_ids)
        self._event(one, act, text)

    def ask(self, one: Held, share_ids: Sequence[int], text: str = "") -> Held:
        """The next revision of what is asked."""
        one = self.move(one._replace(revision=one.revision + 1), "changed", text)
        self._ask(one, share_ids)
        return one

    def move(self, one: Held, act: str, text: str = "") -> Held:
        """A step of an allocation: its next version."""
        one = one._replace(version=one.version + 1)
        self.moved[one.id] = one
        self._event(one, act, text)
        return one

    def book(
        self, one: Held, share_ids: Sequence[int], amounts: Sequence[Sequence[Any]], totals: Sequence[Any]
    ) -> None:
        """A booking: the next revision, whose shares have their amounts. ``totals`` are the block's."""
        one = self.move(one._replace(revision=one.revision + 1, state="booked"), "booked")
        for seq, (id_, ask, money) in enumerate(zip(share_ids, one.asks, amounts, strict=True), 1):
            self.shares.append((id_, one.id, one.revision, seq, *ask, *money))
        self.booked.append((one.id, self.at, *totals))

    def _ask(self, one: Held, share_ids: Sequence[int]) -> None:
        nothing = (None,) * len(MONEY)
        for seq, (id_, ask) in enumerate(zip(share_ids, one.asks, strict=True), 1):
            self.shares.append((id_, one.id, one.revision, seq, *ask, *nothing))

    def _event(self, one: Held, act: str, text: str) -> None:
        self.events.append((one.id, one.version, act, one.state, one.revision, self.at, self.actor, text[:300]))

    def save(self) -> None:
        """Write it. At most seven statements, whatever the number of allocations."""
        sets.insert(Allocation, (*COLUMNS, "made_at", "told_version"), self.fresh)
        sets.insert(AllocationOrder, ("allocation", "order", "trade_date", "active"), self.orders)
        sets.insert(AllocationShare, (*SHARE, *MONEY), self.shares)
        changing = ("trade_date", "method", "min_lot", "state", "auto_book", "revision", "version", "alloc_id", "text")
        rows = [(one.id, *(getattr(one, name) for name in changing)) for one in self.moved.values()]
        # A booked row must have its totals at once: they are written before its state.
        sets.update(Allocation, ["id"], ["booked_at", *TOTALS], self.booked)
        assert sets.update(Allocation, ["id"], changing, rows) == len(rows)
        dated = [(one.id, one.trade_date) for one in self.moved.values()]
        sets.update(AllocationOrder, ["allocation"], ["trade_date"], dated)
        over = [(one.id, False) for one in self.moved.values() if one.state == "cancelled"]
        sets.update(AllocationOrder, ["allocation"], ["active"], over)
        sets.insert(AllocationEvent, EVENT, self.events)
