"""Rules of Compliance as a kernel: what is read, what is refused, what is measured, in words and in numbers."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.base.refusal import Refusal
from risk.pipeline import Asked, Book, Level, Nav, Pipeline, Placed, Row, Thing, evaluate, plain, read
from risk.pipeline import cases as test_cases
from risk.pipeline.book import Who
from risk.pipeline.grammar import COMPARES, COUNTS, HOLDERS, MEASURES, TAKES, THINGS
from risk.pipeline.refer import inlined

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ALL = list(TAKES)
WEIGHT = {"over": "account", "take": ALL, "group": ["issuer"], "measure": "percent_of_nav", "compare": "at_most"}


def rule(**parts: Any) -> Pipeline:
    """A weight by issuer, unless ``parts`` say otherwise."""
    found = read(WEIGHT | {"fail": "5"} | parts)
    assert isinstance(found, Pipeline), found
    return found


def faults(raw: Any) -> dict[str, str]:
    found = read(raw)
    assert isinstance(found, list)
    return {fault.field: fault.code for fault in found}


def thing(symbol: str = "X", price: Any = 10, **more: Any) -> Thing:
    return Thing(symbol, symbol, issuer=more.pop("issuer", symbol), currency="USD", price=Decimal(price), **more)


def order(qty: Any = 100, side: str = "buy", who: Who | None = None, **more: Any) -> Asked:
    subject = thing(**more)
    return Asked(who or Who("A", "A", "D"), subject, side, Decimal(qty), subject.price)


def held(qty: Any, buy: Any = 0, sell: Any = 0, who: Who | None = None, **more: Any) -> Row:
    return Row(who or Who("A", "A", "D"), thing(**more), Decimal(qty), Decimal(buy), Decimal(sell))


def book(*rows: Row, nav: Any = 100_000) -> Book:
    return Book(AT, rows, {"A": Nav(Decimal(nav), "USD", AT)}, (Who("A", "A", "D"),))


def test_a_weight_is_measured_with_what_is_held_and_open():
    held_now = book(held(300), held(0, buy=100, symbol="Y", issuer="X"))
    for qty, level in ((100, Level.PASS), (101, Level.FAIL)):
        answer = evaluate(rule(), held_now, order(qty))
        assert (answer.level, answer.number) == (level, Decimal(qty + 400) / 100)
    assert evaluate(rule(), held_now, order(90)).room == Decimal("0.1")
    assert evaluate(rule(), held_now, order(90)).before == 4
    warned = evaluate(rule(warn="4.5"), held_now, order(90))
    assert (warned.level, warned.room, warned.limit) == (Level.WARN, Decimal("0.1"), Decimal("4.5"))


def test_a_breach_that_the_order_makes_no_worse_is_not_its_doing():
    over = book(held(600), held(100, symbol="Z"))
    assert evaluate(rule(), over, order(1)).level is Level.FAIL
    assert evaluate(rule(), over, order(1, "sell")).level is Level.PASS
    assert (
        evaluate(
            rule(filter=[{"field": "instrument", "is": "in", "values": ["X"]}], group=[]), over, order(1, symbol="Z")
        ).level
        is Level.PASS
    )


def test_what_is_not_known_is_missing_and_names_what():
    unknown = [
        (book(held(1)), order(issuer=""), "issuer of X"),
        (book(held(1, issuer="")), order(), "issuer of X"),
        (Book(AT, (held(1),)), order(), "net asset value of A"),
        (book(replace(held(1), thing=replace(thing(), price=None))), order(), "price of X"),
        (book(replace(held(1), thing=replace(thing(), currency="EUR"))), order(), "exchange rate from EUR to USD"),
    ]
    for given_, asked, what in unknown:
        answer = evaluate(rule(), given_, asked)
        assert (answer.level, answer.text) == (Level.MISSING, what)
    # What is not held any more cannot matter.
    assert evaluate(rule(), book(held(0, issuer="")), order(1)).level is Level.PASS


def test_an_order_without_a_strategy_has_none_and_an_instrument_without_a_sector_is_not_known():
    of_one = rule(scope=[{"field": "strategy", "is": "in", "values": ["ALGO"]}])
    assert evaluate(of_one, book(held(900)), order(1)).level is Level.PASS
    assert evaluate(of_one, book(held(900)), replace(order(1), strategy="ALGO")).level is Level.FAIL
    of_sector = rule(
        scope=[{"field": "sector", "is": "in", "values": ["S"]}, {"field": "side", "is": "in", "values": ["buy"]}]
    )
    assert evaluate(of_sector, book(), order(1)).level is Level.MISSING
    # What one condition leaves out need not be known for the others.
    assert evaluate(of_sector, book(), order(1, "sell")).level is Level.PASS


def test_old_figures_are_stale_and_of_unknown_age_missing():
    aged = rule(max_age_days="1")
    old = Nav(Decimal(100_000), "USD", AT.replace(day=22))
    assert evaluate(aged, replace(book(), navs={"A": old}), order(1)).level is Level.PASS
    older = old._replace(at=AT.replace(day=22, hour=14))
    assert evaluate(aged, replace(book(), navs={"A": older}), order(1)).level is Level.STALE
    assert evaluate(aged, replace(book(), navs={"A": old._replace(at=None)}), order(1)).level is Level.MISSING


@pytest.mark.parametrize(
    ("parts", "rows", "asked", "number"),
    [
        ({"measure": "quantity", "group": ["instrument"]}, [held(5)], order(7), 12),
        ({"measure": "quantity", "take": ["this_order"], "group": []}, [held(5)], order(7, "sell"), 7),
        ({"measure": "notional", "currency": "USD"}, [held(-5)], order(7), 20),
        ({"measure": "notional", "currency": "USD", "count": "gross", "group": []}, [held(-5), held(5, symbol="Y")], order(7), 100),
        ({"measure": "notional", "currency": "USD", "count": "short"}, [held(5, sell=2)], order(7, "sell_short"), 40),
        ({"measure": "percent_of_adv", "take": ["this_order"]}, [], order(7, adv=Decimal(50)), 14),
        ({"measure": "percent_of_outstanding", "group": ["instrument"]}, [held(3)], order(7, outstanding=Decimal(100)), 10),
        ({"measure": "percent_of_sector", "group": ["issuer"]}, [held(5, sector="S"), held(8, symbol="Y", sector="S")], order(7, sector="S"), 60),
        ({"measure": "leverage", "count": "gross", "group": []}, [held(-600), held(100, symbol="Y")], order(1000, symbol="Y"), 17),
        ({"measure": "duration", "group": []}, [held(100, duration=Decimal(2))], order(100, symbol="Y", duration=Decimal(4)), 3),
        ({"measure": "rating", "group": [], "compare": "at_least", "fail": "BBB-"}, [held(1, rating="BB+")], order(1, symbol="Y", rating="A"), "BB+"),
    ],
)  # fmt: skip
def test_every_measure(parts, rows, asked, number):
    found = evaluate(rule(**parts), book(*rows), asked)
    assert found.number == number


def test_a_loss_limit_lets_pass_what_only_reduces():
    loss = rule(measure="pnl", take=["positions"], group=[], compare="at_least", fail="-100", currency="USD")
    down = replace(held(100), realised=Decimal(-1), avg_cost=Decimal(11))
    answer = evaluate(loss, book(down), order(1))
    assert (answer.level, answer.number) == (Level.FAIL, -101)
    assert evaluate(loss, book(down), order(100, "sell")).level is Level.PASS
    assert evaluate(loss, book(down), order(101, "sell")).level is Level.FAIL
    assert evaluate(loss, book(replace(down, realised=Decimal(0))), order(1)).level is Level.PASS


def test_rates_count_this_order_and_those_ahead():
    throttle = rule(over="sender", take=[], group=[], measure="messages", window_s="1", fail="3")
    asked = replace(order(), sender="S")
    counted = Book(AT, counts={(Decimal(1), "sender", "S", None): (Decimal(1), Decimal(0))})
    ahead = (Placed(1, asked),)
    assert evaluate(throttle, counted, asked, ahead).number == 3
    assert evaluate(throttle, counted, asked, (*ahead, Placed(2, asked))).level is Level.FAIL
    assert evaluate(throttle, Book(AT), asked).level is Level.MISSING
    ratio = rule(over="sender", take=[], group=[], measure="order_to_trade", fail="3")
    traded = Book(AT, counts={(None, "sender", "S", None): (Decimal(7), Decimal(2))})
    assert evaluate(ratio, traded, asked).number == 3


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("not a rule", {"pipeline": "BAD_VALUE"}),
        ({}, {"pipeline": "MISSING"}),
        (WEIGHT, {"fail": "MISSING"}),
        (WEIGHT | {"fail": 5.0}, {"fail": "BAD_NUMBER"}),
        (WEIGHT | {"fail": "-1"}, {"fail": "BAD_VALUE"}),
        (WEIGHT | {"warn": "6", "fail": "5"}, {"warn": "CONTRADICTORY_RULE"}),
        (WEIGHT | {"fail": "5", "compare": "at_least", "warn": "4"}, {"warn": "CONTRADICTORY_RULE"}),
        (WEIGHT | {"fail": "5", "colour": "red"}, {"'colour'": "UNKNOWN_FIELD"}),
        (WEIGHT | {"fail": "5", "take": []}, {"take": "MISSING"}),
        (WEIGHT | {"fail": "5", "take": ["everything"]}, {"take": "BAD_VALUE"}),
        (WEIGHT | {"fail": "5", "over": "trader"}, {"over": "BAD_VALUE"}),
        (WEIGHT | {"fail": "5", "measure": "beauty"}, {"measure": "BAD_VALUE"}),
        (WEIGHT | {"fail": "5", "measure": "notional"}, {"currency": "MISSING"}),
        (WEIGHT | {"fail": "5", "measure": "quantity"}, {"group": "CONTRADICTORY_RULE"}),
        (WEIGHT | {"fail": "BBB-", "measure": "rating"}, {"compare": "CONTRADICTORY_RULE"}),
        (WEIGHT | {"fail": "5", "measure": "rating", "compare": "at_least"}, {"fail": "BAD_VALUE"}),
        (WEIGHT | {"fail": "5", "measure": "leverage", "compare": "at_least"}, {"compare": "CONTRADICTORY_RULE"}),
        (WEIGHT | {"fail": "5", "measure": "pnl", "currency": "USD"}, {"compare": "CONTRADICTORY_RULE", "take": "CONTRADICTORY_RULE"}),
        (WEIGHT | {"fail": "5", "measure": "messages"}, {"take": "CONTRADICTORY_RULE", "group": "CONTRADICTORY_RULE", "window_s": "MISSING"}),
        (WEIGHT | {"fail": "5", "filter": [{"field": "sector", "is": "in", "values": []}]}, {"filter[0].values": "MISSING"}),
        (WEIGHT | {"fail": "5", "filter": [{"field": "sector", "is": "like", "values": ["x"]}]}, {"filter[0].is": "BAD_VALUE"}),
        (WEIGHT | {"fail": "5", "filter": [{"field": "side", "is": "in", "values": ["buy"]}]}, {"filter[0].field": "BAD_VALUE"}),
        (WEIGHT | {"fail": "5", "scope": [{"field": "side", "is": "in", "values": ["hold"]}]}, {"scope[0].values": "BAD_VALUE"}),
        (WEIGHT | {"fail": "5", "filter": [{"field": "sector", "is": "in", "values": ["a"]}, {"field": "sector", "is": "not_in", "values": ["a"]}]}, {"filter": "CONTRADICTORY_RULE"}),
        (WEIGHT | {"fail": "5", "filter": [{"field": "duration", "is": "at_least", "values": ["5"]}, {"field": "duration", "is": "at_most", "values": ["4"]}]}, {"filter": "CONTRADICTORY_RULE"}),
        (WEIGHT | {"fail": "5", "filter": [{"field": "rating", "is": "at_least", "values": ["AA"]}, {"field": "rating", "is": "at_most", "values": ["BB"]}]}, {"filter": "CONTRADICTORY_RULE"}),
        (WEIGHT | {"fail": "5", "scope": [{"field": "sector", "is": "in", "values": ["a"]}], "filter": [{"field": "sector", "is": "in", "values": ["b"]}]}, {"filter": "CONTRADICTORY_RULE"}),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_field(raw, expected):
    assert faults(raw) == expected


def test_rules_may_name_others_and_not_in_a_circle():
    tech = {"filter": [{"field": "sector", "is": "in", "values": ["Tech"]}]}
    others = {"TECH": tech, "A": {"filter": [{"rule": "B"}]}, "B": {"filter": [{"rule": "A"}]}}
    assert inlined("NEW", {"filter": [{"rule": "TECH"}]}, others) == tech
    [circle] = inlined("NEW", {"filter": [{"rule": "A"}]}, others)
    assert (circle.code, circle.field) == ("CIRCULAR_RULE", "filter[0].rule")
    assert "NEW -> A -> B -> A" in circle.text
    [own] = inlined("TECH", {"filter": [{"rule": "TECH"}]}, others)
    assert own.code == "CIRCULAR_RULE"
    [nothing] = inlined("NEW", {"filter": [{"rule": "NOBODY"}]}, others)
    assert nothing.code == "UNKNOWN_RULE"


def test_a_rule_reads_itself_out():
    text = plain(
        rule(
            warn="4.5",
            scope=[{"field": "side", "is": "in", "values": ["buy"]}],
            filter=[{"field": "rating", "is": "at_least", "values": ["BBB-"]}],
        )
    )
    assert text.startswith(
        "Concerns orders whose side is buy. Adds up positions and open orders of the order's account and this order"
    )
    assert "where the rating is at least BBB-, of those with the same issuer as the order." in text
    assert "Measures the market value in percent of net asset value." in text
    assert "Warns above 4.5 %; exactly that passes. Refuses above 5 %; exactly that passes." in text


# Whatever can be written ---------------------------------------------------------------------------------------------

words = st.sampled_from([*THINGS, *TAKES, *MEASURES, *COMPARES, *COUNTS, *HOLDERS, "AAPL", "USD", "5", "", "rating"])
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5) | words, inner, max_size=4),
    max_leaves=12,
)
likely = st.fixed_dictionaries(
    {"over": words, "take": st.lists(st.sampled_from(TAKES), unique=True), "measure": st.sampled_from(MEASURES), "compare": st.sampled_from(COMPARES)},
    optional={
        "warn": st.integers(-9, 99).map(str) | st.just("BBB"), "fail": st.integers(-9, 99).map(str) | st.just("BB"),
        "group": st.lists(st.sampled_from(THINGS), unique=True, max_size=2), "count": st.sampled_from(COUNTS),
        "currency": st.sampled_from(["USD", "EUR", "", "usd"]), "window_s": st.sampled_from(["1", "0", "60"]),
        "scope": json, "filter": json, "max_age_days": json,
    },
)  # fmt: skip


@settings(max_examples=300)
@given(json | likely)
def test_nothing_that_can_be_sent_breaks_the_reader(raw):
    found = read(raw)
    if isinstance(found, Pipeline):
        assert plain(found)
        assert found.warn is not None or found.fail is not None
        assert evaluate(found, book(held(5)), order()).level in Level
    else:
        assert found
        assert all(isinstance(one, Refusal) and one.text for one in found)


@settings(max_examples=200)
@given(
    json
    | st.lists(
        st.fixed_dictionaries({"name": st.text(max_size=9), "expect": st.sampled_from(list(Level)), "order": json}),
        max_size=3,
    )
)
def test_nothing_that_can_be_sent_breaks_the_reader_of_cases(raw):
    found = test_cases.read(raw)
    assert isinstance(found, list)


qty = st.integers(0, 50).map(Decimal)
whos = st.sampled_from([Who("A", "O", "D"), Who("B", "O", "D"), Who("C", "P", "E")])
things = st.sampled_from([thing("X", 10, sector="S"), thing("Y", 3, issuer="X", sector="S"), thing("Z", 7, sector="T")])
rows = st.lists(
    st.builds(Row, whos, things, st.integers(-50, 50).map(Decimal), qty, qty),
    max_size=6,
    unique_by=lambda r: (r.who.account, r.thing.id),
)
asks = st.builds(
    lambda w, t, s, q: Asked(w, t, s, q + 1, t.price), whos, things, st.sampled_from(["buy", "sell", "sell_short"]), qty
)
rules = st.builds(
    lambda over, group, measure, count, level: rule(over=over, group=group, measure=measure, count="gross" if measure == "leverage" else count, fail=str(level), currency="USD"),
    st.sampled_from(HOLDERS), st.sampled_from([[], ["issuer"], ["instrument"], ["sector"]]), st.sampled_from(["notional", "percent_of_nav", "leverage"]),
    st.sampled_from(COUNTS), st.integers(0, 500),
)  # fmt: skip
NAVS = {name: Nav(Decimal(1000), "USD", AT) for name in "ABC"}


def world(*given_: Row) -> Book:
    return Book(AT, given_, NAVS, (Who("A", "O", "D"), Who("B", "O", "D"), Who("C", "P", "E")))


def _opened(given_: list[Row], orders: list[Asked]) -> list[Row]:
    """The rows with ``orders`` open as well."""
    found = {(row.who.account, row.thing.id): row for row in given_}
    for one in orders:
        key = (one.who.account, one.thing.id)
        row = found.get(key) or Row(one.who, one.thing)
        more = {"open_sell": row.open_sell + one.total} if one.is_sell else {"open_buy": row.open_buy + one.total}
        found[key] = replace(row, **more)
    return list(found.values())


@settings(max_examples=400)
@given(rules, rows, st.lists(asks, max_size=5), asks)
def test_orders_ahead_in_a_batch_count_exactly_as_if_they_were_open(pipeline, given_, before, asked):
    ahead = tuple(Placed(at, one) for at, one in enumerate(before))
    together = evaluate(pipeline, world(*given_), asked, ahead)
    opened = evaluate(pipeline, world(*_opened(given_, before)), asked)
    assert (together.level, together.number, together.before) == (opened.level, opened.number, opened.before)


@settings(max_examples=200)
@given(rules, rows, st.lists(asks, min_size=1, max_size=6), st.lists(st.integers(0, 6), min_size=1, max_size=8))
def test_sums_that_are_kept_are_those_that_would_be_made_anew(pipeline, given_, asked, lengths):
    """Orders that were tried and dropped leave no trace."""
    kept = world(*given_)
    placed = [Placed(at, one) for at, one in enumerate(asked)]
    for length in lengths:
        ahead = tuple(placed[:length])
        assert evaluate(pipeline, kept, asked[0], ahead) == evaluate(pipeline, world(*given_), asked[0], ahead)


@settings(max_examples=200)
@given(rules, rows, asks)
def test_a_breach_was_made_worse_by_the_order_and_the_room_is_what_it_says(pipeline, given_, asked):
    answer = evaluate(pipeline, world(*given_), asked)
    assert answer.level in (Level.PASS, Level.FAIL)
    if answer.level is Level.FAIL:
        assert answer.number > pipeline.fail
        assert answer.number > answer.before
    elif answer.room is not None:
        assert abs(answer.number + answer.room - pipeline.fail) < Decimal("1e-20")  # a third has no end


@settings(max_examples=100)
@given(rows, asks, st.integers(0, 500), st.integers(0, 500))
def test_a_higher_limit_stops_no_more(given_, asked, one, other):
    low, high = sorted((one, other))
    levels = [evaluate(rule(over="firm", fail=str(level)), world(*given_), asked).level for level in (low, high)]
    assert levels != [Level.PASS, Level.FAIL]
