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
    """An order in the book, or on its way into it. ``price`` None is a market order, which never rests."""

    side: int
    price: int | None
    leaves: int
    owner: Any = None


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
        if all_or_none and self.available(order.side, order.price, order.leaves) < order.leaves:
            return []
        fills = self._match(order)
        if order.leaves and rests and order.price is not None:
            self._side(order.side).add(order)
        return fills

    def cancel(self, order: Resting) -> bool:
        """Take ``order`` out; False if it is not in the book."""
        return self._side(order.side).remove(order)

    def replace(self, order: Resting, price: int, leaves: int) -> list[Fill]:
        """Change a resting order. Only less quantity at the same price keeps its place; else it enters anew, last."""
        if price == order.price and leaves <= order.leaves:
            order.leaves = leaves
            if not leaves:
                self.cancel(order)
            return []
        self.cancel(order)
        order.price, order.leaves = price, leaves
        return self.enter(order)

    def best(self, side: int) -> tuple[int, int] | None:
        """Best price of ``side`` and the quantity there."""
        book = self._side(side)
        if not book.keys:
            return None
        key = book.keys[0]
        return -side * key, sum(order.leaves for order in book.levels[key].values())

    def available(self, side: int, limit: int | None, enough: int) -> int:
        """How much an order of ``side`` could trade at ``limit`` or better, counted up to ``enough``."""
        other = self._side(-side)
        total = 0
        for key in other.keys:
            if limit is not None and key > other.key(limit):
                break
            total += sum(order.leaves for order in other.levels[key].values())
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
            if not maker.leaves:
                other.remove(maker)
        return fills
