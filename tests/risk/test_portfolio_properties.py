"""What holds of every order under the controls of portfolios, money and counters."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from risk.context import Holding
from risk.parts import Analytics, Borrow, Cash, Client, Credit, Fund, Margin, Results, Sent
from risk.result import Outcome
from risk.verdict import decide
from tests.risk.plain import AT, check, facts, rule, terms

PASS, HARD = Outcome.PASS, Outcome.HARD
qty = st.integers(1, 20_000)
mv = st.integers(0, 2_000_000)
NAV = Decimal(1_000_000)
WEIGHTS = ("CP-01", "CP-02", "CP-03", "CP-04", "CP-07", "CP-08", "CP-10", "CP-14")


def known(held: int) -> dict[str, object]:
    value = Decimal(held)
    return {
        "fund": Fund(
            nav=NAV, issuer="I", issuers={"I": value, "J": Decimal(60_000)}, issuer_mv=value, sector_mv=value,
            country_mv=value, illiquid_mv=value, gross=value, shares_held=value, firm_shares=value,
        ),
        "analytics": Analytics(shares_outstanding=Decimal(1_000_000), liquidity="illiquid"),
        "holding": Holding(Decimal(0), Decimal(0), Decimal(0)),
    }  # fmt: skip


@given(st.sampled_from(WEIGHTS), mv, qty, qty)
def test_buying_less_never_fares_worse(control, held, a, b):
    less, more = sorted((a, b))
    outcomes = [check(control, terms(n, 100), **known(held)).outcome for n in (less, more)]
    assert outcomes[0] <= outcomes[1]


@given(st.sampled_from(sorted(set(WEIGHTS) - {"CP-07"})), mv, qty)
def test_no_weight_stops_a_sale(control, held, n):
    assert check(control, terms(n, 100, side="sell"), **known(held)).outcome is PASS


@given(mv, qty)
def test_leverage_lets_a_sale_of_what_is_held_pass(held, n):
    long = Holding(Decimal(n), Decimal(0), Decimal(0))
    assert check("CP-07", terms(n, 100, side="sell"), **(known(held) | {"holding": long})).outcome is PASS


@given(mv, qty)
def test_the_weight_passes_exactly_while_it_is_within(held, n):
    result = check("CP-01", terms(n, 100), {"hard_pct": "5"}, **known(held))
    assert (result.outcome is PASS) == ((held + n * 100) * 100 <= 5 * NAV)


@given(st.lists(st.tuples(qty, st.sampled_from(["buy", "sell"])), min_size=1, max_size=8), mv)
def test_orders_of_one_batch_cannot_together_pass_a_weight(batch, held):
    orders = [terms(n, 100, side=side, order_id=i) for i, (n, side) in enumerate(batch)]
    parts = {name: dict.fromkeys(range(len(batch)), part) for name, part in known(held).items() if name != "holding"}
    verdicts = decide(orders, facts(rule("CP-01", {"hard_pct": "50"}), parts=parts), AT)
    bought = Decimal(held)
    for order, verdict in zip(orders, verdicts, strict=True):
        fits = order.is_sell or (bought + order.order_qty * 100) * 100 <= 50 * NAV
        assert verdict.accepted == fits
        bought += order.order_qty * 100 if verdict.accepted and not order.is_sell else 0


@given(st.lists(qty, min_size=1, max_size=8), st.integers(0, 3_000_000))
def test_orders_of_one_batch_cannot_together_spend_more_than_there_is(batch, cash):
    orders = [terms(n, 100, order_id=i) for i, n in enumerate(batch)]
    parts = {"cash": dict.fromkeys(range(len(batch)), Cash(Decimal(cash)))}
    verdicts = decide(orders, facts(rule("PT-17", {}), parts=parts), AT)
    assert sum(o.order_qty * 100 for o, v in zip(orders, verdicts, strict=True) if v.accepted) <= cash


@given(st.lists(st.integers(1, 300), min_size=1, max_size=8))
def test_orders_of_one_batch_cannot_together_use_a_locate_twice(batch):
    orders = [terms(n, 100, side="sell_short", order_id=i) for i, n in enumerate(batch)]
    parts = {"borrow": dict.fromkeys(range(len(batch)), Borrow(False, Decimal(500)))}
    verdicts = decide(orders, facts(rule("PT-20", {}), parts=parts), AT)
    assert sum(o.order_qty for o, v in zip(orders, verdicts, strict=True) if v.accepted) <= 500


@given(st.lists(st.decimals(0, 10, places=3), max_size=10), st.decimals("0.001", 10, places=3))
def test_a_duplicate_is_found_exactly_within_the_half_open_window(ages, window):
    one = terms(100, 100)
    recent = tuple(Sent(10, 30, "buy", Decimal(100), Decimal(100), age) for age in ages)
    result = check("PT-09", one, {"window_s": window}, recent=recent)
    assert (result.outcome is HARD) == any(age < window for age in ages)


@given(qty, qty, st.integers(0, 10**7), st.integers(0, 10**7))
def test_asking_for_less_money_never_turns_a_pass_into_a_refusal(a, b, used, limit):
    less, more = sorted((a, b))
    surroundings = {
        "credit": Credit(Decimal(used), Decimal(0)), "cash": Cash(Decimal(limit)), "recent": (),
        "margin": Margin(Decimal(used), Decimal(100), Decimal(limit)), "client": Client(),
    }  # fmt: skip
    for control, raw in (("PT-16", {"hard": limit}), ("PT-17", {}), ("PT-18", {}), ("PT-32", {}), ("PT-38", {})):
        outcomes = [check(control, terms(n, 100), raw, **surroundings).outcome for n in (less, more)]
        assert outcomes[0] <= outcomes[1], control


@given(st.integers(-500_000, 500_000), qty, st.integers(0, 20_000))
def test_after_the_daily_loss_only_what_reduces_is_taken(result, n, held):
    surroundings = {
        "results": Results(Decimal(result), Decimal(0)), "holding": Holding(Decimal(held), Decimal(0), Decimal(0))
    }  # fmt: skip
    outcome = check("PT-33", terms(n, 100, side="sell"), **surroundings).outcome
    assert (outcome is PASS) == (result > -250_000 or n <= held)


def test_an_amend_of_a_purchase_is_not_counted_twice_in_its_portfolio():
    grows = replace(terms(300, 100), open_before=Decimal(200))
    fund = {"fund": Fund(nav=NAV, issuer_mv=Decimal(20_000))}
    assert check("CP-01", grows, {"hard_pct": "3"}, **fund).measured == 3
