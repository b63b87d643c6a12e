"""FIFO lots beside average cost: folded from what moved a position, going on from what was kept of it.

Nothing is written on the way of an order. What is kept (orders/lotbook.py) is written at the end of the day; a bust or
correction since then may reach behind it, so such a position is folded from the start.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from oms.base import sets
from oms.base.money import scaled
from orders.history import START, Through, read, units
from orders.models import LotBook
from orders.moves import Key, moves
from orders.positions import ZERO, Lot, Lots, Move, Unit, lots_moved
from orders.vocabulary import ExecType


class Line(NamedTuple):
    """The open lots of a position, the oldest first, and what closing others has realised by FIFO, before fees."""

    lots: Lots = ()
    realised: Decimal = ZERO

    @property
    def qty(self) -> Decimal:
        """What the lots come to: the position."""
        return sum((lot.qty for lot in self.lots), ZERO)


class Kept(NamedTuple):
    """A line, and up to where it was folded."""

    line: Line = Line()
    through: Through = START


def of(keys: Iterable[Key], at: datetime | None = None) -> dict[Key, Line]:
    """The lots of the positions ``keys`` now, or as they were known at an instant. At most four SELECTs."""
    return {key: kept.line for key, kept in _fold(sorted(set(keys)), at).items()}


def keep(keys: Iterable[Key], at: datetime) -> dict[Key, Kept]:
    """Write down where the lines of ``keys``, whose positions are locked, stand; answer them. Five statements."""
    found = _fold(sorted(set(keys)), None)
    rows = [
        (*key, [[f"{lot.qty:f}", f"{lot.px:f}", lot.opened_on.isoformat() if lot.opened_on else None]
                for lot in kept.line.lots], kept.line.realised, *kept.through, at)
        for key, kept in sorted(found.items())
    ]  # fmt: skip
    sets.put(LotBook, ("account", "instrument"), _KEPT, rows)
    return found


def folded(line: Line, move: Move, unit: Unit) -> Line:
    """``line`` after ``move``, at the scale the database keeps; parcels of one day and price are one lot."""
    lots, realised = lots_moved(line.lots, move, unit)
    kept: list[Lot] = []
    for lot in lots:
        one = lot._replace(qty=scaled(lot.qty), px=scaled(lot.px))
        if kept and (kept[-1].px, kept[-1].opened_on) == (one.px, one.opened_on):
            kept[-1] = one._replace(qty=kept[-1].qty + one.qty)
        else:
            kept.append(one)
    return Line(tuple(kept), line.realised + scaled(realised))


def kept(keys: Sequence[Key] | None = None) -> dict[Key, Kept]:
    """What was written down of ``keys``, or of every position. One SELECT."""
    rows = LotBook.objects.all()
    if keys is not None:
        rows = rows.filter(account_id__in={a for a, _ in keys}, instrument_id__in={i for _, i in keys})
    return {
        (account, instrument): Kept(Line(tuple(map(_lot, lots)), realised), Through(*through))
        for account, instrument, lots, realised, *through in rows.values_list(
            "account_id", "instrument_id", *_KEPT[:-1]
        )
    }


def _lot(written: Sequence[Any]) -> Lot:
    qty, px, day = written
    return Lot(Decimal(qty), Decimal(px), date.fromisoformat(day) if day else None)


def _fold(keys: Sequence[Key], at: datetime | None) -> dict[Key, Kept]:
    known = units(keys)
    before = {} if at else {key: one for key, one in kept(keys).items() if key in set(keys)}
    found = read(keys, {key: one.through for key, one in before.items()}, at)
    undone = {(row[1], row[2]) for row in found.events if row[5] != ExecType.TRADE} & before.keys()
    if undone:
        before = {key: one for key, one in before.items() if key not in undone}
        found = read(keys, {key: one.through for key, one in before.items()}, at)
    lines = {key: before[key].line if key in before else Line() for key in keys}
    for key, move in moves(*found, known):
        lines[key] = folded(lines[key], move, known[key[1]])
    through = found.through({key: one.through for key, one in before.items()})
    return {key: Kept(line, through.get(key, START)) for key, line in lines.items()}


def replayed(
    events: Iterable[tuple[Any, ...]], adjusted: Iterable[tuple[Any, ...]], units: Mapping[int, Unit],
    through: Mapping[Key, Through],
) -> dict[Key, Line]:  # fmt: skip
    """The lines as of ``through`` from the whole journal: what was written down must be the same."""
    early = (row for row in events if row[0] <= through.get((row[1], row[2]), START).event)
    behind = (row for row in adjusted if row[1] <= through.get((row[2], row[3]), START).adjustment)
    lines = dict.fromkeys(through, Line())
    for key, move in moves(early, behind, units):
        lines[key] = folded(lines[key], move, units[key[1]])
    return lines


_KEPT = ("lots", "realised", "through_event", "through_adjustment", "updated_at")
