"""Variation margin and exercise as arithmetic."""

from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.positions import Holding, fill
from settlement.derivatives.kernel import Future, Option, exercised, intrinsic, is_exercised, variation

CENT = D("0.01")


def told(*values: Any) -> Any:
    return values


def test_a_day_without_trades_is_position_times_change_times_multiplier() -> None:
    first = variation(Future(D(3), D("5960.00"), D(0), D(0)), D("5962.50"), D(50), CENT)
    assert first == D("375.00")
    assert variation(Future(D(3), D("5960.00"), D(0), first), D("5955.25"), D(50), CENT) == 3 * D("-7.25") * 50


def test_trades_of_the_day_count_from_their_own_prices() -> None:
    """NQ x 20: buy 2 at 20150.25, sell 3 at 20201.50, settled at 20190."""
    held = Holding()
    for sign, qty, px in ((1, 2, "20150.25"), (-1, 3, "20201.50")):
        held = fill(held, sign, D(qty), D(px), D(20), principal=False)
    assert variation(Future(held.qty, held.avg_cost, held.realised, D(0)), D(20190), D(20), CENT) == 2050 + 230


@given(
    st.lists(
        st.tuples(st.integers(-5, 5), st.integers(9_000, 11_000), st.integers(9_000, 11_000)), min_size=1, max_size=8
    )
)
def test_all_margin_together_is_all_profit(days: list[tuple[int, int, int]]) -> None:
    """Whatever was traded and settled on the way: the sum is the profit at the last price, by the sum of trades alone."""
    held, paid = Holding(), D(0)
    for qty, px, settled in days:
        if qty:
            held = fill(held, 1 if qty > 0 else -1, D(abs(qty)), D(px), D(20), principal=False)
        paid += variation(Future(held.qty, held.avg_cost, held.realised, paid), D(settled), D(20), CENT)
    profit = sum(D(qty) * (days[-1][2] - px) * 20 for qty, px, _ in days)
    assert abs(paid - profit) <= CENT


CALL = Option(1, 2, "call", D(230), D(100), CENT)
PUT = Option(1, 2, "put", D(230), D(100), CENT)


@pytest.mark.parametrize(("option", "px", "worth", "goes"), [
    (CALL, "230.01", "0.01", True), (CALL, "230.00", "0", False), (CALL, "229", "0", False),
    (PUT, "229.99", "0.01", True), (PUT, "230", "0", False), (PUT, "200", "30", True),
])  # fmt: skip
def test_in_the_money_by_a_cent_exercises(option: Option, px: str, worth: str, goes: bool) -> None:
    assert intrinsic(option, D(px)) == D(worth)
    assert is_exercised(option, D(px), CENT) is goes


def test_exercise_and_assignment_are_each_others_mirror() -> None:
    taken, got = exercised(CALL, D(2))
    assert told(taken.qty, taken.px, taken.kind) == (-2, 0, "exercise")
    assert told(got.instrument_id, got.qty, got.px, got.money) == (2, 200, 230, -46_000)
    given_, gone = exercised(CALL, D(-2))
    assert told(given_.qty, gone.qty, gone.money, gone.kind) == (2, -200, 46_000, "assignment")
    _, sold = exercised(PUT, D(1))
    assert told(sold.qty, sold.money) == (-100, 23_000)


def test_an_option_on_a_future_pays_no_principal() -> None:
    _, got = exercised(CALL._replace(pays=False), D(1))
    assert told(got.qty, got.px, got.money) == (100, 230, 0)
