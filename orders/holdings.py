"""Positions in one transaction: lock, fold fills into them, save, set-wise."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q

from oms.base import sets
from oms.base.locks import locked
from oms.base.money import scaled
from orders.executions import Execution, Executions
from orders.models import ExecutionReport, Instrument, Position
from orders.positions import Holding, fill
from orders.reference import price_factor
from orders.rollup import FILLS
from orders.vocabulary import AssetClass, ExecType, Side

Key = tuple[int, int]  # account, instrument


class Unit(NamedTuple):
    """What a price of 1 is worth for a quantity of 1, and whether a trade exchanges its principal."""

    value: Decimal
    principal: bool


def unit_of(asset_class: str, multiplier: Decimal) -> Unit:
    """The unit of an instrument. A future exchanges no principal."""
    return Unit(multiplier * price_factor(asset_class), asset_class != AssetClass.FUTURE)


def booked(held: Holding, side: str, qty: Decimal, px: Decimal, unit: Unit) -> Holding:
    """``held`` after a fill, at the scale the database keeps."""
    return Holding(*map(scaled, fill(held, Side(side).sign, qty, px, unit.value, principal=unit.principal)))


class Holdings:
    """The locked positions of one batch."""

    def __init__(self, keys: Iterable[Key]) -> None:
        wanted = sorted(set(keys))
        self.held: dict[Key, Holding] = {}
        self.versions: dict[Key, int] = {}
        self.touched: set[Key] = set()
        sets.insert(Position, _NEW, [(*key, *Holding(), 0) for key in wanted], skip_duplicates=True)
        accounts, instruments = {a for a, _ in wanted}, {i for _, i in wanted}
        rows = locked(Position.objects.filter(Q(account_id__in=accounts, instrument_id__in=instruments)))
        for row in rows.values_list("account_id", "instrument_id", "version", *Holding._fields):
            self.held[row[0], row[1]] = Holding(*row[3:])
            self.versions[row[0], row[1]] = row[2]
        units = Instrument.objects.filter(pk__in=instruments).values_list("pk", "asset_class", "multiplier")
        self.units = {row[0]: unit_of(*row[1:]) for row in units}

    def book(self, key: Key, side: str, qty: Decimal, px: Decimal) -> None:
        """Fold one fill into the position ``key``; cost and money at the scale the database keeps."""
        self.held[key] = booked(self.held[key], side, qty, px, self.units[key[1]])
        self.touched.add(key)

    def rebook(self, keys: Iterable[Key]) -> None:
        """Fold the positions ``keys`` anew from every live execution in the journal. One SELECT.

        Average cost depends on the path, so a fill that is taken back can't be subtracted: the position becomes what
        it would be had the fill never been made, or been made as corrected.
        """
        wanted = set(keys)
        if not wanted:
            return
        accounts, instruments = {a for a, _ in wanted}, {i for _, i in wanted}
        events = ExecutionReport.objects.filter(
            is_root=True, exec_type__in=sorted(FILLS), account_id__in=accounts, instrument_id__in=instruments
        )
        folded = fold(events.order_by("id").values_list(*DEALT), self.units)
        for key in wanted:
            self.held[key] = folded.get(key, Holding())
        self.touched |= wanted

    def save(self, at: datetime) -> None:
        """Write the positions that changed."""
        rows = [(*key, *self.held[key], self.versions[key] + 1, at) for key in sorted(self.touched)]
        changed = sets.update(
            Position, ["account_id", "instrument_id"], [*Holding._fields, "version", "updated_at"], rows
        )
        assert changed == len(rows)


# The columns of the journal that positions follow from.
DEALT = ("account_id", "instrument_id", "side", "order_id", "exec_type", "venue_exec_id", "exec_ref_id", "last_qty",
         "last_px", "trade_date")  # fmt: skip


def fold(events: Iterable[tuple[Any, ...]], units: dict[int, Unit]) -> dict[Key, Holding]:
    """Positions from the fills, busts and corrections of root orders (DEALT), in the order they were written.

    What was busted never was; what was corrected stands, as corrected, where it was first made.
    """
    orders: dict[int, Executions] = {}
    first: list[tuple[Key, str, int, str]] = []
    for account, instrument, side, order_id, exec_type, exec_id, ref_id, qty, px, day in events:
        executions = orders.setdefault(order_id, Executions())
        executions.take(exec_type, Execution(exec_id, qty, px, day), ref_id)
        if exec_type == ExecType.TRADE:
            first.append(((account, instrument), side, order_id, exec_id))
    held: dict[Key, Holding] = {}
    for key, side, order_id, exec_id in first:
        live = orders[order_id].find(exec_id)
        held[key] = held.get(key, Holding())
        if live is not None:
            held[key] = booked(held[key], side, live.qty, live.px, units[key[1]])
    return held


_NEW = ("account_id", "instrument_id", *Holding._fields, "version")
