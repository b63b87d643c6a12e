"""A limit order book with price-time priority. Pure: integers in, fills out; no clock, no names of owners.

Prices and quantities are integers in whatever unit the caller likes. A side is BUY (+1) or SELL (-1).
"""

from bisect import bisect_left, insort
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

BUY, SELL = 1, -1


@dataclass(slots=True, eq=False)
class Resting:
    """An order in the book, or on its way into it. ``price`` None is a market order, which never rests.

    With ``display`` (MaxFloor 111) it rests in tranches: ``leaves`` is the one that is shown, ``reserve`` waits behind
    it, and each new tranche stands last at its price; ``turns`` counts them. ``hidden`` orders trade but are not
    shown; ``pegged`` ones are no reference for other pegs.
    """

    side: int
    price: int | None
    leaves: int
    owner: Any = None
    display: int = 0
    reserve: int = 0
    turns: int = 0
    hidden: bool = False
    pegged: bool = False


class Fill(NamedTuple):
    """A trade at the resting order's price."""

    maker: Resting
    taker: Resting
    qty: int
    price: int


@dataclass(slots=True)
class _Side:
    """One side's levels: prices as keys, best first, ascending; at each a queue in order of arrival."""

    sign: int
    keys: list[int] = field(default_factory=list)
    levels: dict[int, OrderedDict[int, Resting]] = field(default_factory=dict)

    def key(self, price: int) -> int:
        """Low keys are good prices: a high bid, a low offer."""
        return -self.sign * price

    def add(self, order: Resting) -> None:
        assert order.price is not None
        key = self.key(order.price)
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = OrderedDict()
            insort(self.keys, key)
        level[id(order)] = order

    def refresh(self, order: Resting) -> None:
        """The next tranche of an iceberg: last in the queue of its price, as every new arrival is."""
        assert order.price is not None
        order.leaves = min(order.display, order.reserve)
        order.reserve -= order.leaves
        order.turns += 1
        self.levels[self.key(order.price)].move_to_end(id(order))

    def remove(self, order: Resting) -> bool:
        key = self.key(order.price) if order.price is not None else 0
        level = self.levels.get(key)
        if level is None or level.pop(id(order), None) is None:
            return False
        if not level:
            del self.levels[key]
            del self.keys[bisect_left(self.keys, key)]
        return True


class Book:
    """The orders of one symbol on one venue."""

    def __init__(self) -> None:
        self._bids, self._offers = _Side(BUY), _Side(SELL)

    def enter(self, order: Resting, *, rests: bool = True, all_or_none: bool = False) -> list[Fill]:
        """Match ``order``; let what is left rest unless it is a market order or ``rests`` is False (IOC, FOK).

        With ``all_or_none`` (FOK) nothing happens unless the whole quantity trades at once. The caller sees what is
        left in ``order.leaves`` and whether it rests by ``price`` and the flags it gave.
        """
        shown = order.leaves if order.reserve else order.display
        order.leaves, order.reserve = order.leaves + order.reserve, 0
        if all_or_none and self.available(order.side, order.price, order.leaves) < order.leaves:
            return []
        fills = self._match(order)
        if order.leaves and rests and order.price is not None:
            if order.display and order.leaves > order.display:
                # One that comes back from the journal keeps the tranche it had.
                tranche = order.display if fills else shown
                order.leaves, order.reserve = tranche, order.leaves - tranche
            self._side(order.side).add(order)
        return fills

    def cancel(self, order: Resting) -> bool:
        """Take ``order`` out; False if it is not in the book."""
        return self._side(order.side).remove(order)

    def replace(self, order: Resting, price: int, leaves: int) -> list[Fill]:
        """Change a resting order. Only less quantity at the same price keeps its place; else it enters anew, last.

        ``leaves`` is the whole of it: of an iceberg the reserve shrinks before the tranche that is shown does.
        """
        if price == order.price and leaves <= order.leaves + order.reserve:
            order.reserve = max(0, leaves - order.leaves)
            order.leaves = leaves - order.reserve
            if not leaves:
                self.cancel(order)
            return []
        self.cancel(order)
        order.price, order.leaves, order.reserve = price, leaves, 0
        return self.enter(order)

    def best(self, side: int) -> tuple[int, int] | None:
        """Best price of ``side`` that is shown, and the quantity shown there."""
        book = self._side(side)
        for key in book.keys:
            shown = sum(order.leaves for order in book.levels[key].values() if not order.hidden)
            if shown:
                return -side * key, shown
        return None

    def reference(self, side: int) -> int | None:
        """Best price of ``side`` among the orders that follow nobody: what pegs are pegged to."""
        book = self._side(side)
        for key in book.keys:
            if any(not order.pegged for order in book.levels[key].values()):
                return -side * key
        return None

    def available(self, side: int, limit: int | None, enough: int) -> int:
        """How much an order of ``side`` could trade at ``limit`` or better, counted up to ``enough``."""
        other = self._side(-side)
        total = 0
        for key in other.keys:
            if limit is not None and key > other.key(limit):
                break
            total += sum(order.leaves + order.reserve for order in other.levels[key].values())
            if total >= enough:
                break
        return total

    def orders(self, side: int) -> list[Resting]:
        """Every resting order of ``side`` in the order in which they would trade."""
        book = self._side(side)
        return [order for key in book.keys for order in book.levels[key].values()]

    def _side(self, side: int) -> _Side:
        return self._bids if side == BUY else self._offers

    def _match(self, taker: Resting) -> list[Fill]:
        other = self._side(-taker.side)
        fills: list[Fill] = []
        while taker.leaves and other.keys:
            key = other.keys[0]
            if taker.price is not None and key > other.key(taker.price):
                break
            level = other.levels[key]
            maker = next(iter(level.values()))
            qty = min(taker.leaves, maker.leaves)
            taker.leaves -= qty
            maker.leaves -= qty
            fills.append(Fill(maker, taker, qty, taker.side * key))
            if maker.reserve and not maker.leaves:
                other.refresh(maker)
            elif not maker.leaves:
                other.remove(maker)
        return fills
