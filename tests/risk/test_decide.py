"""The decision on a batch: order matters, room is used up, every breach is named, and only once."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from risk.context import Restricted, Switch
from risk.known import Held
from risk.result import Outcome
from risk.verdict import decide, refusals
from tests.risk.plain import AT, facts, rule, terms

STANDING = ["PT-00", "PT-07", "PT-08", "PT-10", "PT-14", "PT-15", "PT-34", "PT-35", "PT-44", "CP-11"]
LIMIT = rule("PT-19", {"max_long": "5000", "max_short": "0"})


def codes(verdict):
    return [refusal.code for refusal in refusals(verdict)]


def test_an_order_without_a_breach_is_accepted_and_every_control_left_its_result():
    (verdict,) = decide([terms()], facts(LIMIT), AT)
    assert (verdict.outcome, verdict.accepted, refusals(verdict)) == (Outcome.PASS, True, ())
    assert [f.result.control for f in verdict.findings] == [*STANDING, "PT-19"]


def test_an_accepted_order_uses_up_room_for_those_after_it_and_a_refused_one_does_not():
    batch = [terms(qty, order_id=n) for n, qty in enumerate((3_000, 2_500, 2_000, 100))]
    verdicts = decide(batch, facts(LIMIT), AT)
    assert [v.accepted for v in verdicts] == [True, False, True, False]
    assert verdicts[1].results[-1].measured == 5_500
    assert verdicts[3].results[-1].measured == 5_100


def test_a_sell_makes_no_room_for_a_buy_until_it_is_filled():
    batch = [terms(5_000, side="sell"), terms(1)]
    verdicts = decide(batch, facts(LIMIT, position=5_000), AT)
    assert [v.accepted for v in verdicts] == [True, False]


def test_every_breach_is_named_the_gravest_first():
    known = facts(
        rule("PT-01", {"soft": "10"}),
        LIMIT,
        lists={30: (Restricted(1, "any"),)},
        switches=(Switch(1, "firm"),),
    )
    (verdict,) = decide([terms(6_000, "100.001")], known, AT)
    assert codes(verdict) == ["TICK_SIZE", "RESTRICTED", "KILL_SWITCH", "POSITION_LIMIT", "MAX_ORDER_QTY"]
    assert [r.field for r in refusals(verdict)] == ["price", "instrument", "", "order_qty", "order_qty"]


def test_nonsense_is_compared_with_nothing():
    (verdict,) = decide([terms("NaN")], facts(LIMIT), AT)
    assert codes(verdict) == ["BAD_QUANTITY"]
    assert len(verdict.findings) == 1


def test_a_bad_order_does_not_spoil_its_neighbours():
    verdicts = decide([terms("NaN"), terms(), terms(0)], facts(LIMIT), AT)
    assert [v.accepted for v in verdicts] == [False, True, False]


def test_a_soft_breach_needs_an_acknowledgement():
    known = facts(rule("PT-01", {"soft": "10"}))
    refused, accepted = decide(
        [terms(11), terms(11, acknowledge_soft=True, acknowledge_reason="asked by the client")], known, AT
    )
    assert (refused.accepted, refused.basis, codes(refused)) == (False, "", ["MAX_ORDER_QTY"])
    assert (accepted.accepted, accepted.basis, accepted.outcome) == (True, "acknowledged", Outcome.SOFT)


def test_a_hard_breach_knows_no_acknowledgement():
    (verdict,) = decide(
        [terms(11, acknowledge_soft=True, acknowledge_reason="asked by the client")],
        facts(rule("PT-01", {"hard": "10"})),
        AT,
    )
    assert not verdict.accepted


def test_an_alert_is_accepted_and_kept():
    (verdict,) = decide([terms(50)], facts(rule("PT-07", {"odd_lot": "alert"})), AT)
    assert (verdict.accepted, verdict.outcome) == (True, Outcome.ALERT)
    assert [r.reason_code for r in verdict.results if r.outcome is Outcome.ALERT] == ["LOT_SIZE"]


def test_a_dry_run_is_recorded_and_stands_in_nobodys_way():
    (verdict,) = decide([terms(11)], facts(rule("PT-01", {"hard": "10"}, dry_run=True)), AT)
    assert (verdict.accepted, verdict.outcome) == (True, Outcome.PASS)
    assert verdict.findings[-1].result.outcome is Outcome.HARD
    assert "MAX_ORDER_QTY" not in [r.reason_code for r in verdict.results]


def test_all_rules_in_scope_apply_and_no_others():
    known = facts(
        rule("PT-01", {"hard": "1000"}, number=1),
        rule("PT-01", {"hard": "500"}, number=2, desk_id=20, asset_class="equity"),
        rule("PT-01", {"hard": "10"}, number=3, desk_id=21),
        rule("PT-01", {"hard": "10"}, number=4, account_id=11),
        rule("PT-01", {"hard": "10"}, number=5, instrument_id=31),
        rule("PT-01", {"hard": "10"}, number=6, asset_class="future"),
    )
    (verdict,) = decide([terms(600)], known, AT)
    assert [(f.rule.id, f.result.outcome) for f in verdict.findings if f.rule] == [
        (1, Outcome.PASS),
        (2, Outcome.HARD),
    ]


def test_a_rule_that_cannot_be_read_refuses():
    (verdict,) = decide([terms()], facts(rule("PT-01", {"hard": "many"})), AT)
    assert codes(verdict) == ["DATA_MISSING"]


def test_an_amend_does_not_count_its_own_leaves_twice():
    """3,000 open of which this order holds 1,000; asking for 3,000 in all needs 2,000 + 3,000."""
    amend = terms(3_000, open_before=Decimal(1_000))
    too_much = replace(amend, order_qty=Decimal(3_001))
    inside, outside = decide([amend, too_much], facts(LIMIT, open_buy=3_000), AT)
    assert (inside.accepted, inside.results[-1].measured) == (True, 5_000)
    assert (outside.accepted, outside.results[-1].measured) == (False, 7_001)


def test_what_an_amend_has_filled_counts_as_position_only():
    amend = terms(3_000, open_before=Decimal(500), cum_qty=Decimal(500))
    (verdict,) = decide([amend], facts(LIMIT, position=2_500, open_buy=500), AT)
    assert (verdict.accepted, verdict.results[-1].measured) == (True, 5_000)


def test_nothing_stands_in_the_way_of_an_amend_that_only_reduces():
    smaller = terms(100, open_before=Decimal(200), price_before=Decimal(100))
    moved = replace(smaller, price_before=Decimal(99))
    stopped = facts(LIMIT, position=9_000, open_buy=200, switches=(Switch(1, "firm"),))
    reduced, repriced = decide([smaller, moved], stopped, AT)
    assert (reduced.accepted, reduced.basis, reduced.outcome) == (True, "reduce_only", Outcome.HARD)
    assert codes(repriced) == ["KILL_SWITCH", "POSITION_LIMIT"]


def test_nonsense_does_not_pass_as_a_reduction():
    (verdict,) = decide([terms(-5, open_before=Decimal(200), price_before=Decimal(100))], facts(), AT)
    assert not verdict.accepted


def test_a_smaller_amend_frees_no_room_before_the_venue_has_agreed():
    batch = [terms(100, open_before=Decimal(4_000), price_before=Decimal(100)), terms(1_001)]
    verdicts = decide(batch, facts(LIMIT, open_buy=4_000), AT)
    assert [v.accepted for v in verdicts] == [True, False]


def test_facts_are_left_as_they_were():
    known = facts(LIMIT)
    decide([terms(1_000)] * 3, known, AT)
    assert known.usages[10, 30] == Held(7)


batches = st.lists(
    st.tuples(st.sampled_from(["buy", "sell", "sell_short"]), st.integers(1, 4_000), st.booleans()), max_size=12
)
BOTH = rule("PT-19", {"max_long": "5000", "max_short": "2000"})


@given(batches, st.integers(-2_000, 5_000))
def test_what_is_accepted_never_exceeds_the_limit_and_nothing_is_refused_that_fits(batch, position):
    orders = [terms(qty, None if market else 100, side=side) for side, qty, market in batch]
    bought = sold = Decimal(0)
    for order, verdict in zip(orders, decide(orders, facts(BOTH, position=position), AT), strict=True):
        if order.side == "buy":
            fits = position + bought + order.order_qty <= 5_000
            bought += order.order_qty if verdict.accepted else 0
        else:
            fits = position - sold - order.order_qty >= -2_000
            sold += order.order_qty if verdict.accepted else 0
        assert verdict.accepted == fits


@given(batches)
def test_a_batch_is_decided_as_its_orders_one_by_one(batch):
    orders = [terms(qty, side=side) for side, qty, _ in batch]
    together = decide(orders, facts(BOTH), AT)
    known, apart = facts(BOTH), []
    for order in orders:
        (verdict,) = decide([order], known, AT)
        if verdict.accepted:
            held = known.usages[10, 30].plus(order.side, order.order_qty)
            known = replace(known, usages={(10, 30): held})
        apart.append(verdict)
    assert together == apart
