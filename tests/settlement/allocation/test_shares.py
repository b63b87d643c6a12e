"""Quantities by every method: the sum is exact, nobody is negative or a lot away, and who asks more never gets less."""

import itertools
from collections.abc import Sequence
from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.base.refusal import Refusal
from settlement.allocation.shares import Ask, Method, divide, fault, parts, weights

MANY = settings(max_examples=1_000, deadline=None)
quantities = st.decimals(D("0.00000001"), D("100000000"), places=8) | st.integers(1, 10**9).map(D)
lots = st.sampled_from([D(1), D(10), D(100), D(1000), D("0.01"), D("0.00000001")])


@st.composite
def percents(draw: st.DrawFn) -> list[D]:
    """Some percentages that come to 100 exactly."""
    cuts = sorted(draw(st.sets(st.integers(1, 9_999), max_size=11)))
    return [D(b - a) / 100 for a, b in zip([0, *cuts], [*cuts, 10_000], strict=True)]


def asks(column: str, values: Sequence[D]) -> list[Ask]:
    return [Ask(at, **{column: value}) for at, value in enumerate(values)]  # type: ignore[arg-type]


def holds(got: list[D] | Refusal, of: Sequence[D], total: D, lot: D) -> None:
    """What is true of every division in proportion to ``of``."""
    assert not isinstance(got, Refusal), got
    assert sum(got) == total
    assert all(one >= 0 for one in got)
    whole = sum(map(Fraction, of))
    for one, weight in zip(got, of, strict=True):
        assert abs(Fraction(one) - Fraction(weight) * Fraction(total) / whole) < lot
    ranked = sorted(zip(of, got, strict=True))
    assert all(b[1] >= a[1] for a, b in itertools.pairwise(ranked) if b[0] > a[0])
    odd = [one for one in got if one % lot]
    assert len(odd) <= 1
    assert not odd or total % lot


@MANY
@given(percents(), quantities, lots)
def test_percentages_add_up(shares: list[D], total: D, lot: D) -> None:
    holds(divide(Method.PERCENT, asks("percent", shares), total, lot), shares, total, lot)


@MANY
@given(st.lists(quantities, min_size=1, max_size=12), quantities, lots)
def test_pro_rata_adds_up(wanted: list[D], total: D, lot: D) -> None:
    holds(divide(Method.PRO_RATA, asks("qty", wanted), total, lot), wanted, total, lot)


@MANY
@given(st.lists(st.tuples(quantities, st.integers(1, 100)), min_size=1, max_size=12), quantities, lots)
def test_percent_of_nav_adds_up(rows: list[tuple[D, int]], total: D, lot: D) -> None:
    asked = [Ask(at, percent=D(pct), nav=nav) for at, (nav, pct) in enumerate(rows)]
    holds(divide(Method.PERCENT_OF_NAV, asked, total, lot), weights(Method.PERCENT_OF_NAV, asked), total, lot)


@MANY
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=12), st.data(), lots)
def test_fixed_quantities_are_met_or_cut_pro_rata_and_never_exceeded(
    wanted: list[int], data: st.DataObject, lot: D
) -> None:
    asked, whole = asks("qty", [D(one) for one in wanted]), sum(wanted)
    assert divide(Method.FIXED, asked, D(whole), lot) == [D(one) for one in wanted]
    less = D(data.draw(st.integers(1, whole)))
    got = divide(Method.FIXED, asked, less, lot)
    assert not isinstance(got, Refusal)
    assert sum(got) == less
    assert all(0 <= one <= want for one, want in zip(got, wanted, strict=True))


@MANY
@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 4)), min_size=1, max_size=12), st.data(), lots)
def test_the_first_rank_is_served_before_the_next_gets_any(
    rows: list[tuple[int, int]], data: st.DataObject, lot: D
) -> None:
    asked = [Ask(at, qty=D(qty), priority=rank) for at, (qty, rank) in enumerate(rows)]
    total = D(data.draw(st.integers(1, sum(qty for qty, _ in rows))))
    got = divide(Method.PRIORITY, asked, total, lot)
    assert not isinstance(got, Refusal)
    assert sum(got) == total
    assert all(0 <= one <= qty for one, (qty, _) in zip(got, rows, strict=True))
    for rank in {rank for _, rank in rows}:
        if any(one for one, (_, other) in zip(got, rows, strict=True) if other > rank):
            assert all(one == qty for one, (qty, mine) in zip(got, rows, strict=True) if mine <= rank)


@MANY
@given(st.lists(quantities, min_size=1, max_size=12), st.decimals(D(-(10**9)), D(10**9), places=2))
def test_money_of_either_sign_is_divided_to_the_cent(of: list[D], money: D) -> None:
    got = parts(of, money, D("0.01"))
    assert sum(got) == money
    assert all(one == one.quantize(D("0.01")) and one * money >= 0 for one in got)


THREE = [D("33.33"), D("33.33"), D("33.34")]


def test_examples() -> None:
    assert divide(Method.PERCENT, asks("percent", THREE), D(1000), D(1)) == [D(333), D(333), D(334)]
    assert divide(Method.PERCENT, asks("percent", THREE), D(1000), D(100)) == [D(300), D(300), D(400)]
    # A last part of a lot goes to whose remainder is next.
    assert divide(Method.PRO_RATA, asks("qty", [D(1), D(1)]), D(350), D(100)) == [D(200), D(150)]


WRONG = [
    (Method.PERCENT, asks("percent", [D(60), D(30)]), None, "BAD_ALLOCATION", "shares"),
    (Method.PERCENT, asks("qty", [D(60)]), None, "MISSING", "shares[0].percent"),
    (Method.FIXED, asks("qty", [D(60), D(-3)]), None, "NOT_POSITIVE", "shares[1].qty"),
    (Method.FIXED, asks("qty", [D(60), D(30)]), D(100), "BAD_ALLOCATION", "shares"),
    (Method.PRIORITY, [Ask(1, qty=D(5), priority=1)], D(6), "BAD_ALLOCATION", "shares"),
    (Method.PRO_RATA, [Ask(1, qty=D(5)), Ask(1, qty=D(5))], None, "BAD_ALLOCATION", "shares[1].account"),
    (Method.PRO_RATA, [], None, "MISSING", "shares"),
]


@pytest.mark.parametrize(("method", "asked", "total", "code", "field"), WRONG)
def test_what_does_not_add_up_is_refused(
    method: Method, asked: list[Ask], total: D | None, code: str, field: str
) -> None:
    found = fault(method, asked, total)
    assert found is not None
    assert (found.code, found.field) == (code, field)


def test_more_than_fixed_quantities_come_to_is_refused() -> None:
    found = divide(Method.FIXED, asks("qty", [D(60), D(30)]), D(100), D(1))
    assert isinstance(found, Refusal)
    assert "come to 90, executed: 100" in found.text
