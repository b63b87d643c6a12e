"""What an ex-date does to an open order (FINRA rule 5330), as cases and as laws."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.exdate import Adjusted, ExDate, Open, adjusted

CENTS = ((Decimal(0), Decimal("0.01")),)
US = ((Decimal(0), Decimal("0.0001")), (Decimal(1), Decimal("0.01")))


def order(side: str, ord_type: str, price: Any = None, stop_px: Any = None, **more: Any) -> Open:
    plain = Open(side, ord_type, "good_till_cancel", number(price), number(stop_px), Decimal(100))
    return plain._replace(**more)


def number(said: Any) -> Decimal | None:
    return None if said is None else Decimal(said)


def dividend(amount: str) -> ExDate:
    return ExDate(dividend=Decimal(amount))


def split(new: int, old: int) -> ExDate:
    return ExDate(new=Decimal(new), old=Decimal(old))


def told(after: Adjusted) -> tuple[str, ...]:
    return (str(after.change), *(str(one) for one in after[1:] if one is not None))


@pytest.mark.parametrize(("one", "event", "expected"), [
    (order("buy", "limit", "50.00"), dividend("0.25"), ("adjust", "49.75", "100")),
    (order("buy", "limit", "50.00"), dividend("0.255"), ("adjust", "49.74", "100")),
    (order("buy", "limit", "50.00"), dividend("0.009"), ("none", "50.00", "100")),
    (order("buy", "limit", "50.00"), dividend("0.01"), ("adjust", "49.99", "100")),
    (order("buy", "limit", "50.00", exec_inst="do_not_reduce"), dividend("0.25"), ("none", "50.00", "100")),
    (order("buy", "limit", "50.00", time_in_force="day"), dividend("0.25"), ("none", "50.00", "100")),
    (order("buy", "limit", "50.00", time_in_force="good_till_date"), dividend("0.25"), ("adjust", "49.75", "100")),
    (order("sell", "limit", "60.00"), dividend("0.25"), ("none", "60.00", "100")),
    (order("sell", "stop", None, "40.00"), dividend("0.25"), ("adjust", "39.75", "100")),
    (order("sell_short", "stop", None, "40.00"), dividend("0.25"), ("adjust", "39.75", "100")),
    (order("buy", "stop", None, "70.00"), dividend("0.25"), ("none", "70.00", "100")),
    (order("sell", "stop_limit", "39.00", "40.00"), dividend("0.25"), ("adjust", "38.75", "39.75", "100")),
    (order("buy", "stop_limit", "71.00", "70.00"), dividend("0.25"), ("none", "71.00", "70.00", "100")),
    (order("buy", "limit_if_touched", "50.00", "50.10"), dividend("0.25"), ("adjust", "49.75", "49.85", "100")),
    (order("buy", "limit", "0.20"), dividend("0.25"), ("cancel", "0.20", "100")),
    (order("buy", "limit", "50.01"), split(2, 1), ("adjust", "25.00", "200")),
    (order("sell", "limit", "50.01"), split(2, 1), ("adjust", "25.00", "200")),
    (order("sell", "stop_limit", "39.01", "40.01"), split(2, 1), ("adjust", "19.50", "20.00", "200")),
    (order("buy", "limit", "10.00", order_qty=Decimal(101)), split(3, 2), ("adjust", "6.66", "151")),
    (order("buy", "limit", "50.00", exec_inst="do_not_reduce"), split(2, 1), ("adjust", "25.00", "200")),
    (order("buy", "market"), split(2, 1), ("adjust", "200")),
    (order("buy", "limit", "50.00"), split(1, 1), ("none", "50.00", "100")),
    (order("buy", "limit", "1.00"), split(1, 10), ("cancel", "1.00", "100")),
    (order("sell", "stop", None, "1.00"), split(1, 10), ("cancel", "1.00", "100")),
    # What was filled before stays as it was traded; only what is left is split.
    (order("buy", "limit", "50.00", cum_qty=Decimal(40)), split(2, 1), ("adjust", "25.00", "160")),
])  # fmt: skip
def test_an_order_on_an_ex_date(one: Open, event: ExDate, expected: tuple[str, ...]) -> None:
    assert told(adjusted(one, event, CENTS)) == expected


def test_the_tick_is_that_of_the_new_price() -> None:
    assert told(adjusted(order("buy", "limit", "1.05"), dividend("0.0577"), US)) == ("adjust", "0.9923", "100")


PRICES = st.decimals(Decimal("0.01"), Decimal(10_000), places=2)
SHARES = st.integers(1, 1_000_000).map(Decimal)
RATIOS = st.tuples(st.integers(1, 50), st.integers(1, 50))


@given(st.sampled_from(["buy", "sell"]), PRICES, SHARES, RATIOS, st.decimals(0, 5, places=3))
def test_no_order_is_ever_worth_more_than_it_was(
    side: str, price: Decimal, qty: Decimal, ratio: tuple[int, int], amount: Decimal
) -> None:
    event = ExDate(amount, Decimal(ratio[0]), Decimal(ratio[1]))
    after = adjusted(order(side, "limit", price, order_qty=qty), event, CENTS)
    if after.change == "cancel":
        assert ratio[0] < ratio[1] or price - amount < Decimal("0.01") * ratio[0]
        return
    assert after.price is not None
    assert after.price > 0
    assert after.price % Decimal("0.01") == 0
    assert after.order_qty == int(after.order_qty)
    assert after.order_qty >= qty
    assert after.price * after.order_qty <= price * qty
