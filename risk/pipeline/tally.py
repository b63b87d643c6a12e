"""The sums a rule needs, kept from order to order of a batch, so that one order costs the same whatever is held.

Every account's quantity in an instrument is taken at its worst: as if everything open that makes the number worse were
filled, and nothing that makes it better.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from risk.grades import RANK
from risk.pipeline import conditions
from risk.pipeline.book import ONE, ZERO, Asked, Book, Placed, Row, Thing, Who, whose
from risk.pipeline.grammar import (
    AT_MOST,
    GROSS,
    NET,
    OPEN_ORDERS,
    POSITIONS,
    PRICED,
    Pipeline,
)

Key = tuple[object, ...]
Weight = tuple[Decimal, Decimal]
"""What one unit counts for above the line, and below it."""


class Sums(NamedTuple):
    """Above the line and below it, without the order and with it."""

    before: Weight
    after: Weight
    worst_rank: Decimal | None = None


@dataclass(slots=True)
class Cell:
    """What one account holds in one instrument, as far as the rule takes it; ``weight`` is text where not known."""

    weight: Weight | str
    rank: str
    position: Decimal = ZERO
    open_buy: Decimal = ZERO
    open_sell: Decimal = ZERO


@dataclass(slots=True)
class Bucket:
    """One group: its cells and their sums; what is not known of it by cell."""

    cells: dict[Key, Cell] = field(default_factory=dict)
    top: Decimal = ZERO
    bottom: Decimal = ZERO
    unknown: dict[Key, str] = field(default_factory=dict)


class Undo(NamedTuple):
    """How an order that was placed is taken out again."""

    bucket: Bucket
    key: Key
    is_sell: bool
    qty: Decimal
    top: Decimal
    bottom: Decimal
    known: bool


class Tally:
    """The sums of one rule in one currency over one book."""

    def __init__(self, pipeline: Pipeline, book: Book, currency: str) -> None:
        self.pipeline, self.book, self.currency = pipeline, book, currency
        self.buckets: dict[Key, Bucket] = defaultdict(Bucket)
        self.unknown: dict[str, str] = {}
        self.navs: dict[str, Decimal] = {}
        self._takes_open, self._takes_positions = (name in pipeline.take for name in (OPEN_ORDERS, POSITIONS))
        self._placed: list[tuple[Placed, Undo | None]] = []
        for row in book.rows if {POSITIONS, OPEN_ORDERS} & set(pipeline.take) else ():
            self._hold(row)

    def _hold(self, row: Row) -> None:
        if row.empty and not row.realised:
            return
        bucket = self._bucket(_whose(self.pipeline.over, row.who), row.who, row.thing)
        if bucket is None:
            return
        cell = Cell(
            self._weigh(row.thing, row.thing.price),
            row.thing.rating,
            row.position if self._takes_positions else ZERO,
            row.open_buy if self._takes_open else ZERO,
            row.open_sell if self._takes_open else ZERO,
        )
        bucket.cells[_key(row.who, row.thing)] = cell
        if self.pipeline.measure == "pnl":
            self._profit(bucket, row)
        else:
            self._add(bucket, _key(row.who, row.thing), self._worst(cell), cell.weight)

    def _profit(self, bucket: Bucket, row: Row) -> None:
        """Realised, and what the position would bring at the market, since it was opened."""
        key, rate = _key(row.who, row.thing), self.book.rate(row.thing.currency, self.currency)
        if row.realised is None or rate is None:
            bucket.unknown[key] = f"profit in {row.thing.symbol} in {self.currency}"
        elif row.position and (row.thing.price is None or row.avg_cost is None):
            bucket.unknown[key] = f"price of {row.thing.symbol}"
        else:
            now, cost = row.thing.price or ZERO, row.avg_cost or ZERO
            bucket.top += (row.realised + row.position * (now - cost) * row.thing.unit) * rate

    def _bucket(self, owner: str, who: Who, thing: Thing) -> Bucket | None:
        """The group that a holding counts in; None where it does not count, or nobody knows whether it does."""
        met = conditions.of_row(self.pipeline.filter, who, thing)
        group = conditions.group_of(self.pipeline.group, who, thing) if met is not False else ()
        unknown = met if isinstance(met, str) else group if isinstance(group, str) else ""
        if unknown:
            self.unknown.setdefault(owner, unknown)
        if met is not True or isinstance(group, str):
            return None
        return self.buckets[(owner, *group)]

    def _add(self, bucket: Bucket, key: Key, qty: Decimal, weight: Weight | str) -> tuple[Decimal, Decimal, bool]:
        if not qty:
            return ZERO, ZERO, False
        if isinstance(weight, str):
            fresh = key not in bucket.unknown
            bucket.unknown.setdefault(key, weight)
            return ZERO, ZERO, fresh
        top, bottom = qty * weight[0], qty * weight[1]
        bucket.top += top
        bucket.bottom += bottom
        return top, bottom, False

    def _weigh(self, thing: Thing, price: Decimal | None) -> Weight | str:
        measure = self.pipeline.measure
        if measure == "rating":
            return (ZERO, ZERO) if thing.rating in RANK else f"rating of {thing.symbol}"
        if measure not in PRICED:
            return ONE, ZERO
        rate = self.book.rate(thing.currency, self.currency)
        if price is None:
            return f"price of {thing.symbol}"
        if rate is None:
            return f"exchange rate from {thing.currency} to {self.currency}"
        value = price * thing.unit * rate
        if measure != "duration":
            return value, ZERO
        return f"duration of {thing.symbol}" if thing.duration is None else (value * thing.duration, value)

    def _worst(self, cell: Cell) -> Decimal:
        return self._worst_of(cell.position, cell.open_buy, cell.open_sell)

    def _worst_of(self, position: Decimal, open_buy: Decimal, open_sell: Decimal) -> Decimal:
        if self.pipeline.count == NET:
            return position + open_buy if self.pipeline.compare == AT_MOST else position - open_sell
        short = position - open_sell
        return max(abs(position + open_buy), abs(short)) if self.pipeline.count == GROSS else max(-short, ZERO)

    def _growth(self, cell: Cell, *, is_sell: bool, qty: Decimal, certain: bool) -> Decimal:
        """How much worse ``qty`` more makes the cell. A net sum believes of the order that it is filled."""
        if self.pipeline.count == NET and certain:
            return -qty if is_sell else qty
        buys, sells = cell.open_buy, cell.open_sell
        with_it = (buys, sells + qty) if is_sell else (buys + qty, sells)
        return self._worst_of(cell.position, *with_it) - self._worst_of(cell.position, buys, sells)

    def sync(self, ahead: Sequence[Placed]) -> None:
        """Bring the sums up to the orders of the batch that were accepted so far; those dropped are taken out again."""
        placed = self._placed
        while placed and (len(placed) > len(ahead) or placed[-1][0] != ahead[len(placed) - 1]):
            self._take_out(placed.pop()[1])
        for one in ahead[len(placed) :]:
            placed.append((one, self._place(one.asked) if self._takes_open else None))

    def _place(self, order: Asked) -> Undo | None:
        bucket = self._bucket(whose(self.pipeline.over, order), order.who, order.thing)
        if bucket is None:
            return None
        key, weight, qty = _key(order.who, order.thing), self._weigh(order.thing, order.price), _growth_of(order)
        cell = bucket.cells.setdefault(key, Cell(weight, order.thing.rating))
        grown = self._growth(cell, is_sell=order.is_sell, qty=qty, certain=False)
        if order.is_sell:
            cell.open_sell += qty
        else:
            cell.open_buy += qty
        top, bottom, fresh = self._add(bucket, key, grown, weight)
        return Undo(bucket, key, order.is_sell, qty, top, bottom, not fresh)

    def _take_out(self, undo: Undo | None) -> None:
        if undo is None:
            return
        cell = undo.bucket.cells[undo.key]
        if undo.is_sell:
            cell.open_sell -= undo.qty
        else:
            cell.open_buy -= undo.qty
        undo.bucket.top -= undo.top
        undo.bucket.bottom -= undo.bottom
        if not undo.known:
            del undo.bucket.unknown[undo.key]

    def sums(self, order: Asked, group: Key, qty: Decimal) -> Sums | str:
        """The group without the order and with ``qty`` of it; text: what is not known."""
        owner = whose(self.pipeline.over, order)
        if owner in self.unknown:
            return self.unknown[owner]
        bucket = self.buckets[(owner, *group)]
        if bucket.unknown:
            return next(iter(bucket.unknown.values()))
        before = bucket.top, bucket.bottom
        if not qty:
            return Sums(before, before, self._rank(bucket, None))
        weight = self._weigh(order.thing, order.price)
        if isinstance(weight, str):
            return weight
        cell = bucket.cells.get(_key(order.who, order.thing)) or Cell(weight, order.thing.rating)
        grown = self._growth(cell, is_sell=order.is_sell, qty=qty, certain=True)
        after = bucket.top + grown * weight[0], bucket.bottom + grown * weight[1]
        return Sums(before, after, self._rank(bucket, order))

    def _rank(self, bucket: Bucket, order: Asked | None) -> Decimal | None:
        """The worst grade of what is held, and of the order."""
        if self.pipeline.measure != "rating":
            return None
        grades = [cell.rank for cell in bucket.cells.values() if self._worst(cell)]
        ranks = [RANK[grade] for grade in (*grades, *([order.thing.rating] if order else []))]
        return Decimal(max(ranks)) if ranks else None


def tally(pipeline: Pipeline, book: Book, currency: str, ahead: Sequence[Placed]) -> Tally:
    """The sums as they are now. Kept by the rule itself: rules are read once and are the same object all along."""
    key = (id(pipeline), currency)
    found: Tally | None = book.tallies.get(key)
    if found is None or found.pipeline is not pipeline:
        found = book.tallies[key] = Tally(pipeline, book, currency)
    found.sync(ahead)
    return found


def _key(who: Who, thing: Thing) -> Key:
    return who.account, thing.id


def _whose(over: str, who: Who) -> str:
    return "firm" if over == "firm" else getattr(who, over)


def _growth_of(order: Asked) -> Decimal:
    return order.total if order.growth is None else order.growth
