"""Load, decide, save on the real database: what is locked, what is written, and that nothing else is."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from risk import check, facts, index, usage
from risk.models import Decision, Reservation, Restriction, Rule, Usage
from risk.verdict import refusals
from tests.risk import shelf
from tests.risk.shelf import ask, moved, reserved, sums_agree, used

pytestmark = pytest.mark.django_db


def codes(verdict):
    return [refusal.code for refusal in refusals(verdict)]


def test_an_accepted_order_holds_its_quantity(desk):
    shelf.limit()
    buy, sell = shelf.orders(desk, {"qty": 300}, {"qty": 200, "side": "sell_short"})
    assert [v.accepted for v in ask([buy, sell])] == [True, True]
    assert used(desk.accounts[0], desk.instruments["AAPL"]) == (0, 300, 200)
    assert reserved() == {buy.order_id: 300, sell.order_id: 200}
    held = usage.held([buy.order_id, sell.order_id, 0])
    assert {order_id: hold.qty for order_id, hold in held.items()} == {buy.order_id: 300, sell.order_id: 200}
    assert sums_agree()


def test_a_refused_order_leaves_a_decision_and_moves_nothing(desk):
    shelf.limit()
    (order,) = shelf.orders(desk, {"qty": 5_001})
    (verdict,) = ask([order])
    assert codes(verdict) == ["POSITION_LIMIT"]
    assert used(desk.accounts[0], desk.instruments["AAPL"]) == (0, 0, 0)
    assert reserved() == {}
    assert Decision.objects.get().accepted is False


def test_the_decision_names_every_rule_its_version_and_the_numbers(desk):
    one = shelf.limit()
    (order,) = shelf.orders(desk, {"qty": 5_001})
    ask([order])
    decision = Decision.objects.get(order_id=order.order_id)
    assert (decision.kind, decision.outcome, decision.basis) == ("enter", "hard", "")
    assert decision.inputs["holding"] == ["0", "0", "0"]
    assert decision.inputs["reference"][0] == "100"
    assert [finding["control"] for finding in decision.findings] == [
        "PT-00", "PT-07", "PT-08", "PT-10", "PT-14", "PT-34", "PT-35", "PT-44", "CP-11", "PT-19",
    ]  # fmt: skip
    assert decision.findings[-1] == {
        "control": "PT-19",
        "rule": one.pk,
        "version": 1,
        "outcome": "hard",
        "code": "POSITION_LIMIT",
        "measured": "5001",
        "limit": "5000",
        "text": "Position 0, open buys 0 and this order's 5,001 could reach 5,001; the limit is 5,000",
    }
    assert decision.findings[2] == {"control": "PT-08", "outcome": "pass", "measured": "0.01", "limit": "0.01"}


def test_accounts_and_instruments_do_not_share_room(desk):
    shelf.limit()
    batch = shelf.orders(
        desk, {"qty": 5_000}, {"qty": 5_000, "account": 1}, {"qty": 5_000, "symbol": "IBM"}, {"qty": 1}
    )
    assert [v.accepted for v in ask(batch)] == [True, True, True, False]


def test_a_limit_counts_what_earlier_batches_hold(desk):
    shelf.limit()
    first, second, third = shelf.orders(desk, {"qty": 3_000}, {"qty": 2_001}, {"qty": 2_000})
    assert [ask([order])[0].accepted for order in (first, second, third)] == [True, False, True]


def test_a_fill_turns_open_quantity_into_position_and_a_bust_turns_it_back(desk):
    shelf.limit()
    buy, sell = shelf.orders(desk, {"qty": 300}, {"qty": 200, "side": "sell"})
    ask([buy, sell])
    usage.move([moved(buy, 300, 180, 120), moved(sell, 200, 0, 200)])
    assert used(desk.accounts[0], desk.instruments["AAPL"]) == (-80, 180, 0)
    usage.move([moved(buy, 180, 0, -20)])  # a bust of 20, and the rest was canceled
    assert used(desk.accounts[0], desk.instruments["AAPL"]) == (-100, 0, 0)
    assert reserved() == {buy.order_id: 0, sell.order_id: 0}
    assert sums_agree()


def test_several_moves_of_one_order_in_a_batch_are_applied_in_order(desk):
    (buy,) = shelf.orders(desk, {"qty": 300})
    ask([buy])
    usage.move([moved(buy, 300, 200, 100), moved(buy, 200, 50, 150)])
    assert used(desk.accounts[0], desk.instruments["AAPL"]) == (250, 50, 0)
    assert reserved() == {buy.order_id: 50}


def test_a_fill_of_an_order_that_held_nothing_is_booked_all_the_same(desk):
    shelf.limit()
    known, refused = shelf.orders(desk, {"qty": 10}, {"qty": 9_000})
    ask([known, refused])
    usage.move([moved(refused, 0, 0, 40), moved(known, 10, 0, 10)])
    assert used(desk.accounts[0], desk.instruments["AAPL"]) == (50, 0, 0)
    assert reserved() == {known.order_id: 0, refused.order_id: 0}


def test_an_amend_holds_the_greater_until_it_is_answered(desk):
    shelf.limit()
    (order,) = shelf.orders(desk, {"qty": 1_000})
    ask([order])
    more = replace(order, order_qty=Decimal(4_000), open_before=Decimal(1_000), price_before=order.price)
    assert ask([more])[0].accepted
    assert used(desk.accounts[0], desk.instruments["AAPL"]) == (0, 4_000, 0)
    usage.move([moved(order, 4_000, 1_000)])  # the venue refused it
    assert used(desk.accounts[0], desk.instruments["AAPL"]) == (0, 1_000, 0)
    less = replace(more, order_qty=Decimal(100))
    assert ask([less])[0].accepted
    assert used(desk.accounts[0], desk.instruments["AAPL"]) == (0, 1_000, 0)
    assert [d.kind for d in Decision.objects.all()] == ["enter", "amend", "amend"]
    assert sums_agree()


def test_a_refused_amend_leaves_the_order_what_it_holds(desk):
    shelf.limit()
    (order,) = shelf.orders(desk, {"qty": 1_000})
    ask([order])
    more = replace(order, order_qty=Decimal(5_001), open_before=Decimal(1_000), price_before=order.price)
    assert codes(ask([more])[0]) == ["POSITION_LIMIT"]
    assert used(desk.accounts[0], desk.instruments["AAPL"]) == (0, 1_000, 0)
    assert reserved() == {order.order_id: 1_000}


def test_only_rules_in_force_count(desk):
    at = now()
    hour = timedelta(hours=1)
    shelf.limit("PT-01", params={"hard": "1"}, active=False)
    shelf.limit("PT-01", params={"hard": "1"}, effective_from=at + hour)
    shelf.limit("PT-01", params={"hard": "1"}, effective_from=at - hour, effective_to=at)
    kept = shelf.limit("PT-01", params={"hard": "10"})
    (order,) = shelf.orders(desk, {})
    assert [(f.rule.id, f.result.limit) for f in ask([order])[0].findings if f.rule] == [(kept.pk, 10)]


def test_the_restricted_list_counts_while_it_is_in_force(desk):
    at = now()
    hour = timedelta(hours=1)
    instrument = desk.instruments["AAPL"]
    Restriction.objects.create(instrument=instrument, side="sell", reason="secret")
    Restriction.objects.create(instrument=instrument, effective_from=at + hour)
    Restriction.objects.create(instrument=instrument, effective_from=at - hour, effective_to=at)
    Restriction.objects.create(instrument=desk.instruments["IBM"])
    buy, short, other = shelf.orders(desk, {}, {"side": "sell_short"}, {"symbol": "IBM"})
    verdicts = ask([buy, short, other])
    assert [codes(v) for v in verdicts] == [[], ["RESTRICTED"], ["RESTRICTED"]]
    assert "secret" not in str(refusals(verdicts[1]))


def test_ticks_and_lots_come_from_the_instrument(desk):
    desk.instruments["AAPL"].min_qty = 10
    desk.instruments["AAPL"].save()
    fine, price, qty = shelf.orders(desk, {"price": "0.1234"}, {"price": "1.001"}, {"qty": 5})
    assert [codes(v) for v in ask([fine, price, qty])] == [[], ["TICK_SIZE"], ["LOT_SIZE"]]


def test_no_quote_refuses_what_needs_one(desk):
    shelf.limit("PT-02", params={"hard": "1000000"})
    at = now()
    market, priced = shelf.orders(desk, {"price": None}, {})
    verdicts = check.decide([market, priced], facts.load([market, priced], at, {}), at)
    assert [codes(v) for v in verdicts] == [["DATA_MISSING"], []]


def test_the_number_of_statements_does_not_grow_with_the_batch(desk):
    """Fence, stamp, usages missing and locked, lists, switches, listings, date, loss stops; decision, usage, reservation."""
    shelf.limit(params={"max_long": "1000000"})
    index.current()  # what a change makes it read anew
    counts = []
    for n in (1, 5_000):
        symbols = [("AAPL", "MSFT", "IBM")[i % 3] for i in range(n)]
        batch = shelf.orders(desk, *({"symbol": s, "account": i % 2} for i, s in enumerate(symbols)))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            verdicts = ask(batch)
        assert all(v.accepted for v in verdicts)
        with CaptureQueriesContext(connection) as told:
            usage.move([moved(t, 100, 0, 100) for t in batch])
        counts.append((len(asked), len(told)))
    assert counts == [(12, 3), (12, 3)]
    assert sums_agree()


def test_only_the_usages_of_the_batch_are_locked(desk):
    """Two accounts and two instruments in one batch must not lock the other two pairings."""
    first = (desk.accounts[0].pk, desk.instruments["AAPL"].pk)
    second = (desk.accounts[1].pk, desk.instruments["IBM"].pk)
    usage.lock([first, second, (first[0], second[1])])
    assert usage.lock([first, second]).keys() == {first, second}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda: Usage.objects.update(open_buy_qty=-1), "usage_open_buy_not_negative"),
        (lambda: Usage.objects.update(open_sell_qty=-1), "usage_open_sell_not_negative"),
        (lambda: Reservation.objects.update(qty=-1), "reservation_not_negative"),
        (lambda: Decision.objects.update(accepted=False), "risk_decision is append-only: UPDATE refused"),
        (lambda: Decision.objects.all().delete(), "risk_decision is append-only: DELETE refused"),
        (lambda: Rule.objects.update(active=False), "changed without a new version"),
        (lambda: Rule.objects.update(control="limit", version=2), "rule_control_id"),
    ],
)
def test_the_database_itself_refuses(desk, change, name):
    shelf.limit()
    ask(shelf.orders(desk, {}))
    with pytest.raises((IntegrityError, DatabaseError), match=name), transaction.atomic():
        change()


def test_the_database_refuses_a_decision_that_does_not_follow_from_its_outcome(desk):
    (order,) = shelf.orders(desk, {})
    with pytest.raises(IntegrityError, match="decision_follows_outcome"), transaction.atomic():
        Decision.objects.create(
            order_id=order.order_id, kind="enter", at=now(), outcome="hard", accepted=True, inputs={}, findings=[]
        )
