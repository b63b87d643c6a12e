"""The arithmetic of limits, without a database: which rows cover an order, and what a life leaves of their use."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.fx import Rates
from risk.against import Room, exposure
from risk.cover import Cover
from risk.known import Facts, Stake
from risk.room import (
    NOTHING,
    QUANTUM,
    Bound,
    Counted,
    Held,
    Hold,
    Measure,
    after,
    change,
    count,
    fill,
    place,
    select,
    worth,
)
from risk.verdict import decide, refusals
from tests.risk.plain import AT, CALM, terms
from tests.risk.plain import facts as known

DAY = date(2026, 11, 23)
parts = st.one_of(st.none(), st.integers(1, 3))


def bound(measure: str, hard: object, usage_id: int = 1, **more: object) -> Bound:
    """A row in force for ever."""
    money = "USD" if measure.endswith(("notional", "exposure")) else ""
    made = Bound(
        usage_id, 1, usage_id, measure, None, D(str(hard)), money, None, (0,), datetime(2020, 1, 1, tzinfo=UTC), None
    )
    return made._replace(**more)


def world(*bounds: Bound, **more: object) -> Facts:
    """Facts in which every order of number 1 counts in the rows, of which nothing is used."""
    uses = {one.usage_id: Held(one.usage_id) for one in bounds}
    base = known()
    counted = {1: tuple(Counted(one) for one in bounds)}
    return replace(base, usages={**base.usages, **uses}, limits=counted, today=DAY, **more)


@given(st.lists(st.tuples(parts, parts, parts), max_size=30), st.tuples(*[st.integers(1, 3)] * 3))
def test_the_rows_found_are_those_whose_every_dimension_fits(scopes, order):
    rows = list(enumerate(scopes))
    covering = [
        n for n, scope in rows if all(part is None or part == own for part, own in zip(scope, order, strict=True))
    ]
    assert list(Cover((scope, n) for n, scope in rows).find(order)) == covering


def test_what_an_order_does_not_say_is_covered_by_no_row_that_names_it():
    assert Cover([((None, None, "TWAP"), 1), ((None, None, None), 2)]).find(("a", "b", 0)) == (2,)
    assert 0 in place(terms())


def test_the_most_specific_row_in_force_wins_and_others_all_count():
    firm, account = bound("open_orders", 1, 1, rank=(0, 0)), bound("open_orders", 1, 2, rank=(1, 1))
    later = bound("open_orders", 1, 3, rank=(2, 1), effective_from=AT + timedelta(days=1))
    other = bound("open_notional", 1, 4)
    rows = (firm, account, later, other)
    assert select(rows, frozenset(), AT) == rows
    assert select(rows, frozenset({"open_orders"}), AT) == (account, other)


lives = st.lists(
    st.tuples(st.sampled_from(["grow", "shrink", "fill", "dearer"]), st.integers(1, 50), st.integers(1, 300)),
    max_size=12,
)


@given(st.sampled_from(["buy", "sell"]), st.decimals("0.0001", 3, places=4), lives)
def test_whatever_happens_a_use_is_what_its_order_holds_and_nothing_once_it_is_closed(side, rate, life):
    use = Held(1)
    now = Hold(limits=((1, rate),))
    executed = D(0)
    for what, qty, price in life:
        before = now
        if what == "grow":
            now = now._replace(qty=now.qty + qty, unit=max(now.unit, D(price)))
        elif what == "dearer":
            now = now._replace(unit=D(price))
        else:
            done = min(now.qty, D(qty))
            now = now._replace(qty=now.qty - done)
            if what == "fill" and done:
                executed += done * price
                now = now._replace(traded=executed, traded_on=DAY)
        count({1: use}, None, side, change(before, now))
        if now.traded != before.traded:
            fill({1: use}, None, side, before, now, before.qty - now.qty, DAY)
    held = worth(now.qty, now.unit, rate)
    assert (use.buy_value, use.sell_value) == ((held, 0) if side == "buy" else (0, held))
    assert use.executed_by(DAY) == worth(executed, D(1), rate)
    assert use.executed_by(DAY + timedelta(days=1)) == 0
    before, now = now, now._replace(qty=D(0))
    count({1: use}, None, side, change(before, now))
    assert (use.open_buy, use.open_sell, use.buy_value, use.sell_value, use.orders) == (0, 0, 0, 0, 0)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=15), st.integers(0, 200))
def test_a_batch_never_takes_more_than_there_is(quantities, hard):
    """Every order of the batch has the number 1 here, so each counts in the same row."""
    row = bound("long_position", hard)
    verdicts = decide([terms(q) for q in quantities], world(row), AT)
    taken = sum(q for q, verdict in zip(quantities, verdicts, strict=True) if verdict.accepted)
    assert taken <= hard
    refused = [q for q, verdict in zip(quantities, verdicts, strict=True) if not verdict.accepted]
    assert all(taken + q > hard for q in refused), "nothing that fits in the end was refused"


@pytest.mark.parametrize(
    ("row", "order", "code"),
    [
        (bound("gross_notional", 10_000), terms(100, 100), ""),
        (bound("gross_notional", "9999.99"), terms(100, 100), "CREDIT_LIMIT"),
        (bound("open_notional", 10_000), terms(100, 100, side="sell"), ""),
        (bound("open_notional", "9999.99"), terms(100, 100, side="sell"), "OPEN_VALUE"),
        (bound("open_orders", 1), terms(), ""),
        (bound("open_orders", 0), terms(), "OPEN_ORDERS_LIMIT"),
        (bound("short_position", 100), terms(100, side="sell_short"), ""),
        (bound("short_position", 99), terms(100, side="sell_short"), "POSITION_LIMIT"),
        (bound("short_position", 0), terms(100), ""),
        (bound("window_notional", 10_000), terms(100, None), "WINDOW_VALUE"),
        (bound("gross_exposure", 10_000), terms(100, 100), "DATA_MISSING"),
    ],
)
def test_each_measure_at_its_limit_and_one_step_beyond(row, order, code):
    (verdict,) = decide([order], world(row), AT)
    assert [refusal.code for refusal in refusals(verdict)] == ([code] if code else [])


def test_an_unknown_rate_or_an_old_one_refuses():
    row = bound("gross_notional", 10)
    for rate, at, code in ((None, None, "DATA_MISSING"), (D(1), AT - timedelta(days=1, seconds=1), "DATA_STALE")):
        facts = replace(world(row), limits={1: (Counted(row, rate, at),)})
        (verdict,) = decide([terms(1, 1)], facts, AT)
        assert [refusal.code for refusal in refusals(verdict)] == [code]


def test_a_row_whose_use_is_not_known_refuses():
    row = bound("open_orders", 10)
    (verdict,) = decide([terms()], replace(world(row), usages=known().usages), AT)
    assert [refusal.code for refusal in refusals(verdict)] == ["DATA_MISSING"]


def test_exposure_is_gross_by_instrument_and_net_over_all():
    stakes = {1: Stake(Held(0, D(100), D(50), D(30)), D(10)), 2: Stake(Held(0, D(-40), D(0), D(10)), D(2))}
    assert exposure(Measure.GROSS_EXPOSURE, stakes, "buy") == 1_500 + 100
    assert exposure(Measure.NET_EXPOSURE, stakes, "buy") == 1_500 - 80
    assert exposure(Measure.NET_EXPOSURE, stakes, "sell") == -700 + 100


def test_a_room_leaves_the_facts_as_they_were():
    row = bound("open_orders", 10)
    facts = world(row)
    room = Room(facts)
    room.take(terms(), room.asked(terms(), CALM))
    assert (room.use(1).orders, facts.usages[1].orders) == (1, 0)


def test_what_is_tried_counts_once_it_is_kept():
    row = bound("open_orders", 10)
    room = Room(world(row))
    tried = room.trial()
    tried.take(terms(), tried.asked(terms(), CALM))
    assert (tried.use(1).orders, room.use(1).orders) == (1, 0)
    room.keep(tried)
    assert room.use(1).orders == 1


def test_rates_as_quoted_turned_round_and_crossed():
    old = AT - timedelta(hours=1)
    rates = Rates([("EUR", "USD", D("1.25"), AT), ("USD", "JPY", D(150), old), ("EUR", "USD", D(9), old)])
    assert rates.between("EUR", "USD") == (D("1.25"), AT)
    assert rates.between("USD", "EUR") == (D("0.8"), AT)
    assert rates.between("EUR", "JPY") == (D("187.5"), old), "a cross is as old as its older leg"
    assert rates.between("USD", "USD") == (1, None)
    assert rates.between("EUR", "CHF") is None
    assert set(rates.out_of("EUR")) == {"USD", "JPY"}


@given(st.decimals("0.01", 1000, places=6))
def test_a_rate_turned_round_twice_is_itself(rate):
    there = Rates([("EUR", "USD", rate, AT)])
    back = Rates([("USD", "EUR", there.between("USD", "EUR").rate, AT)])
    assert abs(back.between("EUR", "USD").rate / rate - 1) < D("0.000001")


@given(
    qty=st.integers(1, 10**9).map(D),
    unit=st.decimals("0.000000000001", "100000", places=12),
    rate=st.decimals("0.0001", "200", places=8),
    filled=st.integers(0, 10**9).map(D),
)
def test_what_is_given_back_is_what_was_taken_whatever_the_price_of_a_unit(qty, unit, rate, filled):
    """A bond's unit (price and accrued interest, per cent) has more decimals than the row that keeps it."""
    taken = after(terms(qty), Hold(limits=((1, rate),)), unit)
    stored = taken._replace(unit=taken.unit.quantize(QUANTUM))
    assert stored == taken, "what the row keeps is what was counted"
    uses = {1: Held(1), "account": Held(2)}
    count(uses, "account", "buy", change(NOTHING._replace(limits=taken.limits), taken))
    left = stored._replace(qty=max(qty - filled, D(0)))
    count(uses, "account", "buy", change(stored, left))
    assert min(use.buy_value for use in uses.values()) >= 0
    count(uses, "account", "buy", change(left, left._replace(qty=D(0))))
    assert {use.buy_value for use in uses.values()} == {D(0)}
