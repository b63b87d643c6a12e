"""Average cost and FIFO of any life of a position: two ways to say which part of the same result is realised."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.positions import ZERO, Holding, Lot, Lots, Move, Unit, lots_moved, moved, unrealised, worth

DAY = date(2026, 11, 23)
NEAR = D("1e-9")
units = st.sampled_from([Unit(D(1)), Unit(D(100)), Unit(D("0.01")), Unit(D(20), principal=False)])
prices = st.integers(1, 5_000).map(lambda cents: D(cents) / 100)
sizes = st.integers(-60, 60).filter(bool).map(D)
ratios = st.sampled_from([(2, 1), (3, 1), (1, 2), (1, 3), (3, 2), (1, 20)]).map(lambda two: (D(two[0]), D(two[1])))
steps = st.one_of(
    st.tuples(st.just(""), sizes, prices),
    st.tuples(st.just("transfer"), sizes, prices),
    st.tuples(st.just("split"), ratios, st.sampled_from([D(0), D(0), D(0), D(7), D(-7), D(500)])),
    st.tuples(st.just("dividend"), st.integers(-500, 500).map(D), st.just(ZERO)),
)
any_life = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
lives = st.lists(steps, max_size=30)


def as_move(step: tuple, held: Holding, unit: Unit, number: int) -> Move:
    """The move of a step; a split may have been booked for more or less than is held, as when a fill was busted."""
    kind, first, second = step
    day = DAY + timedelta(days=number)
    if kind == "split":
        new, old = first
        return Move(round(held.qty * new / old - held.qty + second, 8), None, ZERO, day, kind, new, old)
    if kind == "dividend":
        return Move(ZERO, None, first, day, kind)
    return Move(first, second, worth(first, second, unit), day, kind)


def live(life: list, unit: Unit) -> tuple[Holding, Lots, D, D]:
    """The end of a life: average cost, lots, what FIFO realised, and money that came in by nothing traded."""
    held, lots, by_fifo = Holding(), (), ZERO
    for number, step in enumerate(life):
        move = as_move(step, held, unit, number)
        held = moved(held, move, unit)
        lots, realised = lots_moved(lots, move, unit)
        by_fifo += realised
    return held, lots, by_fifo, held.dividends


@any_life
@given(lives, prices, units)
def test_both_methods_come_to_the_same_once_marked(life: list, mark: D, unit: Unit) -> None:
    held, lots, by_fifo, _ = live(life, unit)
    assert sum((lot.qty for lot in lots), ZERO) == pytest.approx(held.qty, abs=NEAR)
    average = held.realised + unrealised(held.qty, held.avg_cost, mark, unit.value)
    fifo = by_fifo + sum((unrealised(lot.qty, lot.px, mark, unit.value) for lot in lots), ZERO)
    assert average == pytest.approx(fifo, abs=D("1e-6"))


@any_life
@given(lives, prices)
def test_cash_and_market_value_are_the_result_and_the_dividends(life: list, mark: D) -> None:
    unit = Unit(D(10))
    held, _, _, dividends = live(life, unit)
    result = held.realised + unrealised(held.qty, held.avg_cost, mark, unit.value)
    assert held.net_cash + held.qty * mark * unit.value == pytest.approx(result + dividends, abs=D("1e-6"))


@any_life
@given(lives, units)
def test_lots_lie_on_one_side_in_the_order_they_were_opened(life: list, unit: Unit) -> None:
    held, lots, _, _ = live(life, unit)
    assert all(lot.qty * held.qty > 0 for lot in lots)
    days = [lot.opened_on for lot in lots]
    assert days == sorted(days)  # type: ignore[type-var]
    assert held.qty == held.bought_qty - held.sold_qty + held.adjusted_qty


@any_life
@given(lives, units)
def test_a_flat_position_has_no_cost_and_has_realised_everything(life: list, unit: Unit) -> None:
    held, lots, by_fifo, _ = live(life, unit)
    if held.qty:
        close = Move(-held.qty, D(10), worth(-held.qty, D(10), unit), DAY)
        held = moved(held, close, unit)
        lots, realised = lots_moved(lots, close, unit)
        by_fifo += realised
    assert held.avg_cost == 0
    assert sum((abs(lot.qty) for lot in lots), ZERO) <= NEAR
    assert by_fifo == pytest.approx(held.realised, abs=D("1e-6"))


def lot(qty: str, px: str, day: int = 0) -> Lot:
    return Lot(D(qty), D(px), DAY + timedelta(days=day))


def a(kind: str, qty: str, px: str | None = None, day: int = 5, new: int = 0, old: int = 0) -> Move:
    factors = (D(new), D(old)) if new else (None, None)
    return Move(D(qty), None if px is None else D(px), ZERO, DAY + timedelta(days=day), kind, *factors)


@pytest.mark.parametrize(
    ("move", "after", "realised"),
    [
        (a("split", "200", new=2, old=1), [lot("200", "5"), lot("200", "10", 1)], "0"),
        (a("split", "-180", new=1, old=10), [lot("10", "100"), lot("10", "200", 1)], "0"),
        (a("split", "240", new=2, old=1), [lot("200", "5"), lot("240", "8.333333", 1)], "0"),
        (a("transfer", "-150", "25"), [lot("50", "20", 1)], "1750"),
        (a("", "-250", "30"), [lot("-50", "30", 5)], "3000"),
        (a("dividend", "0"), [lot("100", "10"), lot("100", "20", 1)], "0"),
        (a("spin_off", "0", new=100, old=80), [lot("100", "8"), lot("100", "16", 1)], "0"),
        (a("symbol_change", "0", new=1, old=1), [lot("100", "10"), lot("100", "20", 1)], "0"),
    ],
)
def test_what_lots_become(move: Move, after: list[Lot], realised: str) -> None:
    lots, gain = lots_moved((lot("100", "10"), lot("100", "20", 1)), move, Unit(D(1)))
    assert [(one.qty, round(one.px, 6), one.opened_on) for one in lots] == list(map(tuple, after))
    assert gain == D(realised)


def test_a_spin_off_takes_its_share_of_cost_along() -> None:
    held = Holding(D(100), D(50))
    after = moved(held, a("spin_off", "0", new=100, old=80), Unit(D(1)))
    assert (after.qty, after.avg_cost, after.realised) == (100, 40, 0)
    came = moved(Holding(), a("spin_off", "25", "40"), Unit(D(1)))
    assert after.qty * after.avg_cost + came.qty * came.avg_cost == held.qty * held.avg_cost
