"""Positions in one transaction: lock, fold fills into them, save, set-wise."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from oms.base import sets
from oms.base.locks import locked
from oms.base.money import scaled
from oms.base.prepared import Prepared
from orders.executions import Execution
from orders.models import ExecutionReport, Instrument, Position, PositionAdjustment
from orders.moves import ADJUSTED, DEALT, Key, executed, moves
from orders.positions import Holding, Move, Unit, moved
from orders.reference import price_factor
from orders.rollup import FILLS
from orders.vocabulary import AssetClass


def unit_of(asset_class: str, multiplier: Decimal) -> Unit:
    """The unit of an instrument. A future exchanges no principal."""
    return Unit(multiplier * price_factor(asset_class), asset_class != AssetClass.FUTURE)


def booked(held: Holding, move: Move, unit: Unit) -> Holding:
    """``held`` after a move, at the scale the database keeps."""
    return Holding(*map(scaled, moved(held, move, unit)))


class Holdings:
    """The locked positions of one batch."""

    def __init__(self, keys: Iterable[Key]) -> None:
        wanted = sorted(set(keys))
        self.held: dict[Key, Holding] = {}
        self.versions: dict[Key, int] = {}
        self.touched: set[Key] = set()
        sets.insert(Position, _NEW, [(*key, *Holding(), 0) for key in wanted], skip_duplicates=True)
        for row in _LOCKED([account for account, _ in wanted], [instrument for _, instrument in wanted]):
            self.held[row[0], row[1]] = Holding(*row[3:])
            self.versions[row[0], row[1]] = row[2]
        self.units = {row[0]: unit_of(*row[1:]) for row in _UNITS({instrument for _, instrument in wanted})}

    def book(self, key: Key, side: str, qty: Decimal, px: Decimal, day: date) -> None:
        """Fold one fill into the position ``key``."""
        self.move(key, executed(side, Execution("", qty, px, day), self.units[key[1]]))

    def move(self, key: Key, move: Move) -> None:
        """Fold one move into the position ``key``; cost and money at the scale the database keeps."""
        self.held[key] = booked(self.held[key], move, self.units[key[1]])
        self.touched.add(key)

    def rebook(self, keys: Iterable[Key]) -> None:
        """Fold the positions ``keys`` anew from every live execution in the journal and every adjustment. Two SELECTs.

        Average cost depends on the path, so a fill that is taken back can't be subtracted: the position becomes what
        it would be had the fill never been made, or been made as corrected.
        """
        wanted = set(keys)
        if not wanted:
            return
        folded = fold(deals(sorted(wanted)), adjustments(sorted(wanted)), self.units)
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


_KEYS = "unnest(%s::bigint[], %s::bigint[]) AS k (account_id, instrument_id)"


# Two IN lists would lock every combination of accounts and instruments. As an array, computed once: a row that waited
# for its lock is looked at again as it is then (risk/usage.py).
_OF = (
    "orders_position.id = ANY(ARRAY(SELECT p.id FROM orders_position p JOIN "
    f"{_KEYS} ON p.account_id = k.account_id AND p.instrument_id = k.instrument_id))"
)
_LOCKED = Prepared(
    lambda accounts, instruments: locked(
        Position.objects.filter(RawSQL(_OF, [accounts, instruments], BooleanField()))  # noqa: S611 - a constant
    ).values_list("account_id", "instrument_id", "version", *Holding._fields)
)
_UNITS = Prepared(
    lambda instruments: Instrument.objects.filter(pk__among=instruments).values_list("pk", "asset_class", "multiplier")
)


def exactly(table: str, keys: Sequence[Key]) -> RawSQL:
    """The condition that a row of ``table`` is of one of ``keys``."""
    sql = f"({table}.account_id, {table}.instrument_id) IN (SELECT k.account_id, k.instrument_id FROM {_KEYS})"
    return RawSQL(sql, _arrays(keys), BooleanField())  # noqa: S611 - put together from the constants above


def _arrays(keys: Sequence[Key]) -> list[str]:
    return [sets.literal(account for account, _ in keys), sets.literal(instrument for _, instrument in keys)]


def deals(keys: Sequence[Key] | None = None) -> Iterator[tuple[Any, ...]]:
    """Fills, busts and corrections of root orders (DEALT) as they were written; of these positions, or of all."""
    rows = ExecutionReport.objects.filter(is_root=True, exec_type__in=sorted(FILLS)).order_by("id")
    if keys is not None:
        rows = rows.filter(exactly("orders_executionreport", keys))
    return rows.values_list(*DEALT).iterator(chunk_size=5_000)


def adjustments(keys: Sequence[Key] | None = None) -> Iterator[tuple[Any, ...]]:
    """Adjustments (ADJUSTED) as they were written; of these positions, or of all."""
    rows = PositionAdjustment.objects.order_by("after_event", "id")
    if keys is not None:
        rows = rows.filter(exactly("orders_positionadjustment", keys))
    return rows.values_list(*ADJUSTED).iterator(chunk_size=5_000)


def fold(
    events: Iterable[tuple[Any, ...]], adjusted: Iterable[tuple[Any, ...]], units: Mapping[int, Unit]
) -> dict[Key, Holding]:
    """Positions from fills, busts and corrections (DEALT by id) and adjustments (ADJUSTED by after_event).

    One that nothing live has moved is missing.
    """
    held: dict[Key, Holding] = {}
    for key, move in moves(events, adjusted, units):
        held[key] = booked(held.get(key, Holding()), move, units[key[1]])
    return held


_NEW = ("account_id", "instrument_id", *Holding._fields, "version")
