"""The book's laws, for any sequence of orders: never crossed, nothing lost, price before time before all else."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from routing.exchange.book import BUY, SELL, Book, Fill, Resting

SIDES = st.sampled_from([BUY, SELL])
PRICES = st.integers(95, 105)
QTYS = st.integers(1, 50)


def limits(side: int) -> st.SearchStrategy[Resting]:
    return st.builds(Resting, st.just(side), PRICES, QTYS)


def filled(*pairs: tuple[int, int, int]) -> Book:
    """A book of (side, price, quantity)."""
    book = Book()
    for side, price, qty in pairs:
        assert book.enter(Resting(side, price, qty)) == []
    return book


class BookMachine(RuleBasedStateMachine):
    """Anything may be entered, canceled and replaced, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.entered: Counter[int] = Counter()
        self.gone: Counter[int] = Counter()
        self.live: list[Resting] = []

    def account(self, fills: list[Fill]) -> None:
        for fill in fills:
            assert fill.qty > 0
            assert fill.maker.side == -fill.taker.side
            assert fill.price == fill.maker.price
            self.gone[fill.maker.side] += fill.qty
            self.gone[fill.taker.side] += fill.qty

    @rule(side=SIDES, price=PRICES, qty=QTYS, display=st.sampled_from([0, 0, 1, 7]), hidden=st.booleans())
    def rest(self, side: int, price: int, qty: int, display: int, hidden: bool) -> None:
        order = Resting(side, price, qty, display=display, hidden=hidden and not display)
        self.entered[side] += qty
        self.account(self.book.enter(order))
        if order.leaves:
            self.live.append(order)

    @rule(side=SIDES, price=PRICES | st.none(), qty=QTYS, all_or_none=st.booleans())
    def at_once(self, side: int, price: int | None, qty: int, all_or_none: bool) -> None:
        order = Resting(side, price, qty)
        before = self.book.available(side, price, 10**9)
        fills = self.book.enter(order, rests=False, all_or_none=all_or_none)
        traded = sum(fill.qty for fill in fills)
        assert traded == (min(before, qty) if not all_or_none or before >= qty else 0)
        assert order not in self.book.orders(side)
        self.entered[side] += traded
        self.account(fills)

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(self.live))
        self.live.remove(order)
        assert self.book.cancel(order) == (order.leaves > 0)
        self.gone[order.side] += order.leaves + order.reserve

    @precondition(lambda self: self.live)
    @rule(data=st.data(), price=PRICES, qty=QTYS)
    def replace(self, data: st.DataObject, price: int, qty: int) -> None:
        order = data.draw(st.sampled_from([o for o in self.live if o.leaves] or [None]))
        if order is None:
            return
        queue = self.book.orders(order.side)
        whole = order.leaves + order.reserve
        place, keeps = queue.index(order), price == order.price and qty <= whole
        self.entered[order.side] += qty - whole
        self.account(self.book.replace(order, price, qty))
        if keeps:
            assert self.book.orders(order.side)[place] is order
        elif order.leaves:
            level = [one for one in self.book.orders(order.side) if one.price == price]
            assert level[-1] is order

    @invariant()
    def never_crossed(self) -> None:
        bids, offers = self.book.orders(BUY), self.book.orders(SELL)
        assert not bids or not offers or (bids[0].price or 0) < (offers[0].price or 0)

    @invariant()
    def nothing_is_lost(self) -> None:
        for side in (BUY, SELL):
            orders = self.book.orders(side)
            assert sum(order.leaves + order.reserve for order in orders) == self.entered[side] - self.gone[side]

    @invariant()
    def a_tranche_is_shown_and_no_more(self) -> None:
        for side in (BUY, SELL):
            for order in self.book.orders(side):
                assert order.leaves > 0
                assert order.leaves <= (order.display or order.leaves)

    @invariant()
    def in_price_order(self) -> None:
        for side in (BUY, SELL):
            prices = [order.price for order in self.book.orders(side) if order.price is not None]
            assert prices == sorted(prices, reverse=side == BUY)


TestBookMachine = BookMachine.TestCase


@given(st.lists(st.integers(1, 9), min_size=2, max_size=8), st.integers(1, 40))
def test_at_one_price_the_first_to_come_trades_first(qtys: list[int], taken: int) -> None:
    book = Book()
    queue = [Resting(SELL, 100, qty) for qty in qtys]
    for order in queue:
        book.enter(order)
    fills = book.enter(Resting(BUY, 100, taken), rests=False)
    assert [fill.maker for fill in fills] == queue[: len(fills)]
    assert all(order.leaves == 0 for order in queue[: len(fills) - 1])


@given(st.lists(limits(SELL), min_size=1, max_size=20), st.integers(1, 200))
def test_better_prices_trade_first(offers: list[Resting], taken: int) -> None:
    book = Book()
    for order in offers:
        book.enter(order)
    prices = [fill.price for fill in book.enter(Resting(BUY, None, taken))]
    assert prices == sorted(prices)


def test_a_market_order_never_rests() -> None:
    book = filled((SELL, 100, 10))
    order = Resting(BUY, None, 25)
    assert [fill.qty for fill in book.enter(order)] == [10]
    assert order.leaves == 15
    assert book.orders(BUY) == []


def test_fill_or_kill_leaves_the_book_alone_when_it_cannot_have_all() -> None:
    book = filled((SELL, 100, 10), (SELL, 101, 10))
    assert book.enter(Resting(BUY, 100, 11), rests=False, all_or_none=True) == []
    assert book.best(SELL) == (100, 10)
    assert [fill.price for fill in book.enter(Resting(BUY, 101, 20), rests=False, all_or_none=True)] == [100, 101]


def test_less_quantity_keeps_its_place_and_more_loses_it() -> None:
    book = Book()
    first, second = Resting(BUY, 100, 10), Resting(BUY, 100, 10)
    book.enter(first)
    book.enter(second)
    book.replace(first, 100, 5)
    assert book.orders(BUY) == [first, second]
    book.replace(first, 100, 6)
    assert book.orders(BUY) == [second, first]


def test_the_trade_is_at_the_resting_price() -> None:
    book = filled((SELL, 100, 10))
    (fill,) = book.enter(Resting(BUY, 105, 10))
    assert fill.price == 100
