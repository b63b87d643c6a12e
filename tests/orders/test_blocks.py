"""Shares of a block's fills: exact, never above an order, always within a lot of what is due; parts by percent."""

from decimal import Decimal as D
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.blocks import Part, by_percent, largest, part, shares

LOT = D(100)
QTYS = st.lists(st.integers(1, 120), min_size=1, max_size=8)


def given_of(qtys: list[int], fills: list[int], lot: D = LOT) -> list[list[D]]:
    """What members of ``qtys`` lots have after each of ``fills``, in units."""
    have, story = [D(0)] * len(qtys), []
    for qty in fills:
        got = shares([part(D(want) * lot, had) for want, had in zip(qtys, have, strict=True)], D(qty), lot)
        assert got is not None
        assert sum(got) == qty
        assert all(more >= 0 for more in got)
        have = [had + more for had, more in zip(have, got, strict=True)]
        story.append(have)
    return story


@st.composite
def filled(draw: st.DrawFn, step: int) -> tuple[list[int], list[int]]:
    """Members, and fills that come to no more than they are for, in steps of ``step`` units."""
    qtys = draw(QTYS)
    left, fills = sum(qtys) * 100 // step, []
    for size in draw(st.lists(st.integers(1, 20_000), max_size=25)):
        if left:
            fills.append(min(size, left))
            left -= fills[-1]
    if left and draw(st.booleans()):
        fills.append(left)
    return qtys, [size * step for size in fills]


@given(filled(100))
def test_whole_lots_stay_within_a_lot_of_what_is_due_after_every_fill(case: tuple[list[int], list[int]]) -> None:
    qtys, fills = case
    total = 0
    for qty, have in zip(fills, given_of(qtys, fills), strict=True):
        total += qty
        for want, got in zip(qtys, have, strict=True):
            due = Fraction(want * total, 100 * sum(qtys))
            assert got % 100 == 0
            assert floor(due) <= got / 100 <= ceil(due)


@given(filled(1))
def test_odd_fills_leave_one_part_of_a_lot_and_nobody_above_its_order(case: tuple[list[int], list[int]]) -> None:
    qtys, fills = case
    total = 0
    for qty, have in zip(fills, given_of(qtys, fills), strict=True):
        total += qty
        assert sum(1 for got in have if got % 100) <= 1
        for want, got in zip(qtys, have, strict=True):
            assert 0 <= got <= want * 100
            assert abs(Fraction(got) - Fraction(want * total, sum(qtys))) < 200


@given(
    st.lists(st.tuples(st.integers(1, 10_000), st.integers(0, 10_000), st.integers(0, 10_000)), min_size=1, max_size=6),
    st.integers(1, 30_000), st.sampled_from([D(1), D(100), D("0.001")]),
)  # fmt: skip
def test_from_any_state_sums_are_exact_and_room_is_kept(rows: list[tuple[int, int, int]], qty: int, lot: D) -> None:
    parts = [
        Part(D(max(want, have)), D(have), D(min(room, max(want, have) - have)))
        for want, have, room in rows
    ]  # fmt: skip
    got = shares(parts, D(qty), lot)
    assert (got is None) == (qty > sum(one.room for one in parts))
    if got is not None:
        assert sum(got) == qty
        assert all(0 <= more <= one.room for more, one in zip(got, parts, strict=True))


def test_what_was_given_is_never_taken_back() -> None:
    """By the largest remainder the third has less of eleven lots than of ten (the Alabama paradox)."""
    assert (largest([6, 6, 2], 10)[2], largest([6, 6, 2], 11)[2]) == (2, 1)
    ten, eleven = given_of([6, 6, 2], [1000, 100])
    assert all(now >= before for before, now in zip(ten, eleven, strict=True))


@pytest.mark.parametrize(
    ("qtys", "qty", "got"),
    [([5, 3, 2], 100, [100, 0, 0]), ([5, 3, 2], 1000, [500, 300, 200]), ([6, 3, 1], 700, [400, 200, 100]),
     ([1, 1], 50, [50, 0]), ([1, 1, 1], 200, [100, 100, 0])],
)  # fmt: skip
def test_one_fill(qtys: list[int], qty: int, got: list[int]) -> None:
    assert given_of(qtys, [qty]) == [got]


def test_orders_that_are_no_lots_are_filled_to_the_last_unit() -> None:
    assert shares([part(D(150)), part(D(155))], D(305), LOT) == [150, 155]


def test_a_million_shares_take_no_longer_than_a_hundred() -> None:
    got = shares([part(D("1e12")), part(D("2e12")), part(D("4e12"))], D("3000000000001"), D(1))
    assert got is not None
    assert sum(got) == D("3000000000001")


@given(st.lists(st.integers(1, 99), min_size=1, max_size=6), st.integers(1, 10_000), st.sampled_from([1, 100]))
def test_percents_come_to_the_whole(weights: list[int], lots: int, lot: int) -> None:
    percents = [D(one) / 8 for one in largest(weights, 800)]
    parts = by_percent(D(lots * lot), percents, D(lot))
    assert sum(parts) == lots * lot
    for got, percent in zip(parts, percents, strict=True):
        assert got % lot == 0
        assert abs(Fraction(got) - Fraction(percent) * lots * lot / 100) < lot
