"""What a leg takes over from its spread, and whether their fills fit: the kernel alone."""

from decimal import Decimal as D
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from oms.base.refusal import Refusal
from orders.legs import Part, followed, leg_side, off_price, off_ratio
from orders.lifecycle import Report, State, step

ASKS = st.sampled_from(["pending_cancel", "pending_replace"])
SAYS = st.sampled_from(["new", "canceled", "expired", "done_for_day", "suspended", "stopped", "restated", "replaced",
                        "cancel_rejected", "rejected", "trade"])  # fmt: skip


@st.composite
def reports(draw: st.DrawFn) -> Report:
    kind = draw(ASKS | SAYS)
    request = {"pending_cancel": "cancel", "pending_replace": "replace"}.get(kind, "")
    if kind in ("canceled", "cancel_rejected"):
        request = draw(st.sampled_from(["", "cancel"]))
    if kind == "replaced":
        request = draw(st.sampled_from(["", "replace"]))
    qty = D(draw(st.integers(1, 20))) if kind in ("replaced", "restated") else None
    last = D(draw(st.integers(1, 5))) if kind == "trade" else D(0)
    return Report(kind, last, D(draw(st.integers(-9, 9))) if last else None, qty, request=request)


@given(st.lists(reports(), max_size=25), st.integers(1, 7))
def test_a_leg_that_fills_with_its_spread_is_always_as_the_spread_is(told: list[Report], ratio: int) -> None:
    whole, leg = State("day", D(10), D(-3)), State("day", D(10 * ratio), None)
    for report in told:
        after = step(whole, report)
        if isinstance(after, Refusal):
            continue
        whole = after
        follow = followed(report, whole, D(ratio))
        if report.exec_type == "trade":
            assert follow is None, "a leg's fills are its own"
            follow = report._replace(last_qty=report.last_qty * ratio)
        if follow is not None:
            then = step(leg, follow)
            assert not isinstance(then, Refusal)
            leg = then
        assert (leg.ord_status, leg.order_qty, leg.cum_qty, leg.leaves_qty) == (
            whole.ord_status, whole.order_qty * ratio, whole.cum_qty * ratio, whole.leaves_qty * ratio,
        )  # fmt: skip


LEGS = st.lists(st.tuples(st.booleans(), st.integers(1, 5), st.integers(-500, 500)), min_size=2, max_size=6)


@given(st.sampled_from(["buy", "sell"]), LEGS, st.integers(1, 50))
def test_the_net_price_is_the_sum_of_the_legs(side: str, legs: list[tuple[bool, int, int]], units: int) -> None:
    sides = ["buy" if bought else "sell" for bought, _, _ in legs]
    net = sum((D(px) / 4 * ratio * (1 if bought else -1) for bought, ratio, px in legs), D(0))
    parts = [
        Part(leg_side(told, side), D(ratio), filled(units * ratio, D(px) / 4))
        for told, (_, ratio, px) in zip(sides, legs, strict=True)
    ]
    whole = filled(units, net)
    assert off_ratio(whole, parts) == ""
    assert off_price(side, whole, parts) == ""
    assert off_price(side, filled(units, net + D("0.01")), parts)
    more = [parts[0]._replace(state=filled(units * legs[0][1] + 1, D(1))), *parts[1:]]
    assert off_ratio(whole, more).startswith("leg 1 has")


@given(st.sampled_from(["buy", "sell", "sell_short"]))
def test_sides_are_turned_round_and_back(side: str) -> None:
    assert leg_side(side, "buy") == side
    assert leg_side(leg_side(side, "sell"), "sell") == ("sell" if side != "buy" else "buy")
    assert all(a != b for a, b in pairwise([side, leg_side(side, "sell")]))


def test_a_rounded_price_is_no_difference() -> None:
    parts = [Part("buy", D(1), filled(3, D("33.33333333"))), Part("sell", D(1), filled(3, D("10")))]
    whole = State("day", D(3), D(30), phase="new", cum_qty=D(3), gross_trade_amt=D("69.99999999"))
    assert off_price("buy", whole, parts) == ""


def filled(qty: int, px: D) -> State:
    return State("day", D(max(qty, 1)), px, phase="new", cum_qty=D(qty), gross_trade_amt=qty * px)
