"""Every control at its limit, one step beyond it, and without what it needs to know."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import risk.reasons as reasons
from oms.base.refusal import REASONS
from risk.context import Context, Holding, Listing, Reference, Resting, Restricted, ShortSale, Switch
from risk.controls import CATALOGUE
from risk.parts import Fill, Fund
from risk.result import Outcome
from tests.risk.plain import AT, check, terms

PASS, ALERT, SOFT, HARD = Outcome


def holding(position=0, open_buy=0, open_sell=0):
    return Holding(Decimal(position), Decimal(open_buy), Decimal(open_sell))


def reference(price=100, age_s=0):
    return Reference(Decimal(price), at=AT - timedelta(seconds=age_s))


def ages(*seconds):
    return tuple(Decimal(s) for s in seconds)


SIZE = {"soft": "50000", "hard": "100000"}
VALUE = {"soft": "1000000", "hard": "5000000"}
COLLAR = {"aggressive_hard_pct": "5", "passive_soft_pct": "20", "max_age_s": "60"}
BOTH_WAYS = {"max_long": "10000", "max_short": "5000"}
FUTURE = {"multiplier": Decimal(50), "asset_class": "future"}
BOND = {"price_factor": Decimal("0.01"), "asset_class": "government_bond"}
SSR = {"short_sale": ShortSale(True, Decimal(20))}
RESTING_SELL = {"resting": (Resting("sell", Decimal("10.05")),)}
WEIGHT = {"soft_pct": "4.5", "hard_pct": "5"}
FUND = {"fund": Fund(nav=Decimal(10_000_000), issuer_mv=Decimal(450_000))}

# control, terms, parameters, what is known, outcome, measured
TABLE = [
    ("PT-01", terms(50_000), SIZE, {}, PASS, "50000"),
    ("PT-01", terms("50000.00000001"), SIZE, {}, SOFT, "50000.00000001"),
    ("PT-01", terms(100_000), SIZE, {}, SOFT, "100000"),
    ("PT-01", terms(100_001), SIZE, {}, HARD, "100001"),
    ("PT-02", terms(10_000, 100), VALUE, {}, PASS, "1000000"),
    ("PT-02", terms(18, 5900, **FUTURE), VALUE, {}, HARD, "5310000"),
    ("PT-02", terms(1_000_000, "99.5", **BOND), VALUE, {}, PASS, "995000"),
    ("PT-02", terms(10_001, None), VALUE, {}, SOFT, "1000100"),
    ("PT-02", terms(10, None), VALUE, {"reference": None}, HARD, None),
    ("PT-02", terms(10, None), VALUE | {"max_age_s": "5"}, {"reference": reference(100, 6)}, HARD, "6"),
    ("PT-02", terms(10_000, 100), VALUE | {"currency": "EUR"}, {"fx": {"EUR": Decimal("0.9")}}, PASS, "900000"),
    ("PT-02", terms(10_000, 100), VALUE | {"currency": "EUR"}, {}, HARD, None),
    ("PT-36", terms(10_000, 100), {"from_value": "900001", "currency": "EUR"}, {"fx": {"EUR": Decimal("0.9")}}, PASS, "900000"),
    ("PT-36", terms(10_000, 100), {"from_value": "900000", "currency": "EUR"}, {"fx": {"EUR": Decimal("0.9")}}, HARD, "900000"),
    ("PT-36", terms(10_000, 100), {"from_value": "900001", "currency": "EUR"}, {}, HARD, None),
    ("PT-36", terms(10_000, 100), {"from_value": "900001", "currency": "EUR"}, {"fx": {"EUR": Decimal("0.9")}, "fx_at": {"EUR": AT - timedelta(seconds=86_401)}}, HARD, "86401"),
    ("PT-03", terms(1, 105), COLLAR, {}, PASS, "5"),
    ("PT-03", terms(1, "105.01"), COLLAR, {}, HARD, "5.01"),
    ("PT-03", terms(1, 95, side="sell"), COLLAR, {}, PASS, "5"),
    ("PT-03", terms(1, "94.99", side="sell_short"), COLLAR, {}, HARD, "5.01"),
    ("PT-03", terms(1, 80), COLLAR, {}, PASS, "20"),
    ("PT-03", terms(1, "79.99"), COLLAR, {}, SOFT, "20.01"),
    ("PT-03", terms(1, "120.01", side="sell"), COLLAR, {}, SOFT, "20.01"),
    ("PT-03", terms(1, None), COLLAR, {}, PASS, None),
    ("PT-03", terms(1, 100), COLLAR, {"reference": reference(100, 60)}, PASS, "0"),
    ("PT-03", terms(1, 100), COLLAR, {"reference": reference(100, 61)}, HARD, "61"),
    ("PT-03", terms(1, None), COLLAR, {"reference": reference(100, 61)}, HARD, "61"),
    ("PT-03", terms(1, 100), COLLAR, {"reference": None}, HARD, None),
    ("PT-03", terms(1, 100), COLLAR, {"reference": Reference(None, at=AT)}, HARD, None),
    ("PT-03", terms(1, 100), COLLAR, {"reference": Reference(Decimal(100))}, HARD, None),
    ("PT-03", terms(1, 100), COLLAR, {"reference": reference(0)}, HARD, None),
    ("PT-07", terms(1_100), {}, {}, PASS, "0"),
    ("PT-07", terms(1_050), {}, {}, HARD, "50"),
    ("PT-07", terms(1_050), {"odd_lot": "soft"}, {}, SOFT, "50"),
    ("PT-07", terms(1_050), {"odd_lot": "pass"}, {}, PASS, "50"),
    ("PT-07", terms("1.5"), {"odd_lot": "pass"}, {}, HARD, "0.5"),
    ("PT-07", terms(1), {}, {"listing": None}, HARD, None),
    ("PT-08", terms(1, "0.9951"), {}, {}, PASS, "0.0001"),
    ("PT-08", terms(1, "10.005"), {}, {}, HARD, "0.01"),
    ("PT-08", terms(1, 1), {}, {}, PASS, "0.01"),
    ("PT-08", terms(1, None), {}, {}, PASS, None),
    ("PT-08", terms(1, 1), {}, {"listing": Listing((), Decimal(1), Decimal(1))}, HARD, None),
    ("PT-14", terms(), {}, {"restricted": (Restricted(1, "sell"),)}, PASS, "0"),
    ("PT-14", terms(), {}, {"restricted": (Restricted(1, "buy"), Restricted(2, "any"))}, HARD, "2"),
    ("PT-14", terms(side="sell"), {}, {"restricted": (Restricted(1, "buy"),)}, PASS, "0"),
    ("PT-14", terms(side="sell"), {}, {"restricted": (Restricted(1, "sell_short"),)}, PASS, "0"),
    ("PT-14", terms(side="sell_short"), {}, {"restricted": (Restricted(1, "sell_short"),)}, HARD, "1"),
    ("PT-14", terms(side="sell_short"), {}, {"restricted": (Restricted(1, "sell"),)}, HARD, "1"),
    ("PT-14", terms(), {}, {"restricted": None}, HARD, None),
    ("PT-19", terms(1_000), BOTH_WAYS, {"holding": holding(7_000, 2_000)}, PASS, "10000"),
    ("PT-19", terms(1_001), BOTH_WAYS, {"holding": holding(7_000, 2_000)}, HARD, "10001"),
    ("PT-19", terms(1_000), BOTH_WAYS, {"holding": holding(9_000, 0, 9_000)}, PASS, "10000"),
    ("PT-19", terms(1_000, side="sell"), BOTH_WAYS, {"holding": holding(-3_000, 0, 1_000)}, PASS, "-5000"),
    ("PT-19", terms(1_001, side="sell_short"), BOTH_WAYS, {"holding": holding(-3_000, 0, 1_000)}, HARD, "-5001"),
    ("PT-19", terms(1_000, side="sell"), {"max_long": "1"}, {"holding": None}, PASS, None),
    ("PT-19", terms(1_000), BOTH_WAYS, {"holding": None}, HARD, None),
    ("PT-21", terms(300, side="sell"), {}, {"holding": holding(1_000, 0, 700)}, PASS, "300"),
    ("PT-21", terms(400, side="sell"), {}, {"holding": holding(1_000, 0, 700)}, HARD, "300"),
    ("PT-21", terms(300, side="sell_short"), {}, {"holding": holding(1_000, 0, 700)}, HARD, "300"),
    ("PT-21", terms(400, side="sell_short_exempt"), {}, {"holding": holding(1_000, 0, 700)}, PASS, "300"),
    ("PT-21", terms(400, side="sell"), {}, {"holding": None}, HARD, None),
    ("PT-21", terms(400), {}, {"holding": None}, PASS, None),
    ("PT-22", terms(1, "20.01", side="sell_short"), {}, SSR, PASS, "20.01"),
    ("PT-22", terms(1, 20, side="sell_short"), {}, SSR, HARD, "20"),
    ("PT-22", terms(1, None, side="sell_short"), {}, SSR, HARD, None),
    ("PT-22", terms(1, 20, side="sell_short_exempt"), {}, SSR, PASS, None),
    ("PT-22", terms(1, 20, side="sell"), {}, SSR, PASS, None),
    ("PT-22", terms(1, 20, side="sell_short"), {}, {"short_sale": ShortSale(False, None)}, PASS, None),
    ("PT-22", terms(1, 20, side="sell_short"), {}, {"short_sale": ShortSale(True, None)}, HARD, None),
    ("PT-22", terms(1, 20, side="sell_short"), {}, {}, HARD, None),
    ("PT-25", terms(1, "10.04"), {}, RESTING_SELL, PASS, "0"),
    ("PT-25", terms(1, "10.05"), {}, RESTING_SELL, HARD, "1"),
    ("PT-25", terms(1, None), {}, RESTING_SELL, HARD, "1"),
    ("PT-25", terms(1, "10.05", side="sell"), {}, RESTING_SELL, PASS, "0"),
    ("PT-25", terms(1, 1, side="sell"), {}, {"resting": (Resting("buy", None),)}, HARD, "1"),
    ("PT-25", terms(1, 1), {}, {}, HARD, None),
    ("PT-29", terms(), {"max_messages": "3"}, {"sent_ages_s": ages("0.2", "0.999", "1")}, PASS, "3"),
    ("PT-29", terms(), {"max_messages": "2"}, {"sent_ages_s": ages("0.2", "0.999", "1")}, HARD, "3"),
    ("PT-29", terms(), {}, {}, HARD, None),
    ("PT-34", terms(), {}, {"switches": (Switch(1, "desk", "21"), Switch(2, "venue", "XNAS"))}, PASS, "0"),
    ("PT-34", terms(), {}, {"switches": None}, HARD, None),
    ("CP-01", terms(0, 100), WEIGHT, FUND, PASS, "4.5"),
    ("CP-01", terms(500, 100), WEIGHT, FUND, SOFT, "5"),
    ("CP-01", terms(501, 100), WEIGHT, FUND, HARD, "5.001"),
    ("CP-01", terms(1, 100, side="sell"), {"hard_pct": "1"}, FUND, PASS, None),
    ("CP-01", terms(1, None), WEIGHT, FUND | {"reference": None}, HARD, None),
    ("CP-01", terms(1, 100), WEIGHT, {"fund": Fund(nav=Decimal(0), issuer_mv=Decimal(1))}, HARD, None),
    ("CP-01", terms(1, 100), WEIGHT, {}, HARD, None),
    ("CP-05", terms(), {}, {"ratings": ("BBB", "BBB-", "BB+")}, PASS, "BBB-"),
    ("CP-05", terms(), {}, {"ratings": ("Baa3", "BB+")}, HARD, "BB+"),
    ("CP-05", terms(), {}, {"ratings": ("NR",)}, HARD, None),
    ("CP-05", terms(), {"unrated": "alert"}, {"ratings": ()}, ALERT, None),
    ("CP-05", terms(), {}, {"ratings": ("five stars",)}, HARD, None),
    ("CP-05", terms(), {}, {}, HARD, None),
]  # fmt: skip


@pytest.mark.parametrize(("control", "order", "raw", "known", "outcome", "measured"), TABLE)
def test_outcome_and_measured(control, order, raw, known, outcome, measured):
    result = check(control, order, raw, **known)
    expected = measured if control == "CP-05" or measured is None else Decimal(measured)
    assert (result.control, result.outcome, result.measured) == (control, outcome, expected)
    assert bool(result.text) == bool(result.reason_code) == (outcome is not PASS)


@pytest.mark.parametrize(
    ("scope", "scope_id"),
    [("firm", ""), ("desk", "20"), ("trader", "40"), ("account", "10"), ("instrument", "30"), ("venue", "XNAS")],
)
def test_a_kill_switch_of_any_scope_stops_the_order(scope, scope_id):
    result = check("PT-34", terms(venue="XNAS"), switches=(Switch(1, scope, scope_id, "drill"),))
    assert (result.outcome, result.reason_code, result.measured) == (HARD, "KILL_SWITCH", 1)
    assert result.text.endswith(": drill")


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (terms("NaN"), "BAD_QUANTITY"),
        (terms("Infinity"), "BAD_QUANTITY"),
        (terms(0), "BAD_QUANTITY"),
        (terms(-1), "BAD_QUANTITY"),
        (terms(1, "sNaN"), "BAD_PRICE"),
        (terms(1, 0), "BAD_PRICE"),
        (terms(1, -1), "BAD_PRICE"),
        (terms(1, None, ord_type="limit"), "BAD_PRICE"),
        (terms(1, 1, ord_type="market"), "BAD_PRICE"),
        (terms(side="hold"), "BAD_VALUE"),
        (terms(account_id=None), "UNKNOWN_ACCOUNT"),
        (terms(instrument_id=None), "UNKNOWN_INSTRUMENT"),
    ],
)
def test_nonsense_is_refused(order, code):
    result = check("PT-00", order)
    assert (result.outcome, result.reason_code) == (HARD, code)


def test_sense_passes():
    assert check("PT-00", terms()).outcome is PASS
    assert check("PT-00", terms(1, None)).outcome is PASS


@pytest.mark.parametrize(
    ("order", "cum", "last", "outcome", "measured"),
    [(100, 60, 40, PASS, 100), (1_000, 1_000, 1, HARD, 1_001), (None, None, 1, HARD, None)],
)
def test_overfill(order, cum, last, outcome, measured):
    numbers = [None if n is None else Decimal(n) for n in (order, cum, last)]
    result = check("PO-04", terms(), fill=Fill(order_qty=numbers[0], cum_qty=numbers[1], last_qty=numbers[2]))
    assert (result.outcome, result.measured) == (outcome, measured)


def test_every_reason_code_is_in_the_public_catalogue():
    used = {check(c, order, raw, **known).reason_code for c, order, raw, known, _, _ in TABLE} - {""}
    assert used <= REASONS.keys()
    assert reasons.RISK_REASONS.keys() <= REASONS.keys()


def test_the_text_says_the_numbers():
    result = check("PT-19", terms(1_001), BOTH_WAYS, holding=holding(7_000, 2_000))
    assert result.text == (
        "Position 7,000, open buys 2,000 and this order's 1,001 could reach 10,001; the limit is 10,000"
    )


def test_a_third_is_compared_exactly():
    """2 % of 30 is 0.6: the quotient of 30.6 over 30 is periodic and must not be rounded over the limit."""
    at_limit = {"reference": reference(30)}
    collar = {"aggressive_hard_pct": "2"}
    assert check("PT-03", terms(1, "30.6"), collar, **at_limit).outcome is PASS
    assert check("PT-03", terms(1, "30.60000001"), collar, **at_limit).outcome is HARD


# Properties. Quantities to 8 places, as the columns hold them.
qty = st.decimals("0.00000001", 10**9, places=8)
some = st.decimals(0, 10**9, places=8)
side = st.sampled_from(["buy", "sell", "sell_short"])


@given(qty, qty, some, some, some, side, st.decimals(-(10**9), 10**9, places=8))
def test_asking_for_less_never_turns_a_pass_into_a_refusal(a, b, open_buy, open_sell, limit, side, position):
    less, more = sorted((a, b))
    known = {"holding": Holding(position, open_buy, open_sell)}
    for control, raw in (
        ("PT-01", {"soft": limit, "hard": limit * 2}),
        ("PT-02", {"hard": limit}),
        ("PT-19", {"max_long": limit, "max_short": limit}),
    ):
        big = check(control, terms(more, side=side), raw, **known).outcome
        assert check(control, terms(less, side=side), raw, **known).outcome <= big


@given(qty, some, some, some, side, st.decimals(-(10**9), 10**9, places=8))
def test_a_position_limit_passes_exactly_while_the_worst_case_is_inside(q, open_buy, open_sell, limit, side, position):
    known = {"holding": Holding(position, open_buy, open_sell)}
    result = check("PT-19", terms(q, side=side), {"max_long": limit, "max_short": limit}, **known)
    worst = position + open_buy + q if side == "buy" else position - open_sell - q
    inside = worst <= limit if side == "buy" else worst >= -limit
    assert (result.outcome is PASS) == inside
    assert result.measured == worst


@given(st.decimals("0.01", 10**6, places=2), st.decimals("0.01", 10**6, places=2), some)
def test_a_price_nearer_the_reference_never_fares_worse(price, ref, pct):
    """Halfway between price and reference, on the same side of it."""
    known = {"reference": Reference(ref, at=AT)}
    collar = {"aggressive_hard_pct": pct, "passive_soft_pct": pct}
    far = check("PT-03", terms(1, price), collar, **known)
    near = check("PT-03", terms(1, (price + ref) / 2), collar, **known)
    assert near.outcome <= far.outcome


# What a control can say without looking at anything but the order, and orders that do not concern it.
OF_THE_ORDER = {"PT-00", "PT-01", "PT-02", "PT-31", "PT-35"}
OF_SHORT_SALES = {"PT-20", "PT-22"}
OF_PURCHASES = {"PT-17", "CP-01", "CP-02", "CP-04", "CP-10", "CP-14"}
OF_OTHERS = {"PT-04", "PT-28", "PT-37"}
VALUE_RULE = {
    "over": "account", "take": ["this_order"], "measure": "notional", "currency": "USD", "compare": "at_most", "fail": "5",
}  # fmt: skip
GIVEN = {
    "PT-01": SIZE, "PT-02": VALUE, "PT-03": COLLAR, "PT-16": SIZE, "PT-19": BOTH_WAYS, "PO-05": BOTH_WAYS,
    "PT-43": {"max_instruments": "5"}, "CR-01": {"name": "value", "pipeline": VALUE_RULE},
}  # fmt: skip


@given(st.sampled_from(sorted(CATALOGUE)), qty, side)
def test_no_control_passes_silently_without_what_it_needs(control, q, side):
    """With nothing known at all a control refuses, or does not concern this order."""
    blank = Context(at=AT)
    result = check(control, terms(q, side=side), GIVEN.get(control, {}), blank)
    concerned = control not in OF_THE_ORDER | OF_OTHERS
    concerned = concerned and (side == "sell_short" or control not in OF_SHORT_SALES)
    concerned = concerned and (side == "buy" or control not in OF_PURCHASES)
    concerned = concerned and not (side == "buy" and control == "PT-21")
    concerned = concerned and not (side == "sell" and control == "CP-05")
    if control == "PT-36":
        assert result.reason_code in ("", "SECOND_PERSON")
    elif concerned:
        assert (result.outcome, result.reason_code) == (HARD, "DATA_MISSING")


@pytest.mark.parametrize("control", sorted(CATALOGUE))
def test_every_control_can_be_asked_of_an_order_for_nothing(control):
    """What-if asks it what it finds without the order: also where figures are 0, or nothing is known."""
    raw = GIVEN.get(control, {})
    flat = {"fund": Fund(nav=Decimal(1000), issuer="I", issuers={}, issuer_mv=Decimal(0), gross=Decimal(0))}
    for changes in ({}, flat, {"listing": Listing(TICKS_OF_NOTHING)}):
        assert check(control, terms(0), raw, **changes).control == control


TICKS_OF_NOTHING = ((Decimal(0), Decimal("0.01")),)
