"""Positions in one transaction: lock, fold fills into them, save, set-wise."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from oms.base import sets
from oms.base.locks import locked
from oms.base.money import scaled
from orders.models import Instrument, Position
from orders.positions import Holding, fill
from orders.reference import price_factor
from orders.vocabulary import AssetClass, Side

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

    def save(self, at: datetime) -> None:
        """Write the positions that changed."""
        rows = [(*key, *self.held[key], self.versions[key] + 1, at) for key in sorted(self.touched)]
        changed = sets.update(
            Position, ["account_id", "instrument_id"], [*Holding._fields, "version", "updated_at"], rows
        )
        assert changed == len(rows)


_NEW = ("account_id", "instrument_id", *Holding._fields, "version")
