"""Fees, commission, accrued interest and net money: worked figures, and what must hold for all figures."""

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement import accrued, fees, net
from settlement.calendars import Unsupported
from settlement.fees import Basis, CommissionRate, Trade
from settlement.rounding import half_up, minor_unit
from settlement.standard_rates import FEES

money = st.decimals(D("0.00000001"), D("1000000000"), places=8)


def owed(on: str, side: str, qty: str, px: str, market: str = "US", **more: Any) -> dict[str, D]:
    trade = Trade(date.fromisoformat(on), market, "equity", side, **more)
    return fees.charge(fees.in_force(trade, FEES), D(qty), D(qty) * D(px))


def test_half_up_is_away_from_zero_at_the_half() -> None:
    assert [half_up(D(text)) for text in ("0.005", "-0.005", "0.0049", "2.675")] == [
        D("0.01"), D("-0.01"), D("0.00"), D("2.68"),
    ]  # fmt: skip
    assert half_up(D("1234.5"), minor_unit("JPY")) == D(1235)


@pytest.mark.parametrize(
    ("on", "qty", "px", "expected"),
    [
        ("2025-05-13", "1000", "100", {"SEC31": D("2.78"), "TAF": D("0.17")}),
        ("2025-05-14", "1000", "100", {"TAF": D("0.17")}),
        ("2025-06-02", "60000", "1", {"TAF": D("8.30")}),
        ("2026-04-06", "1000", "100", {"SEC31": D("2.06"), "TAF": D("0.20")}),
        ("2026-11-23", "1000", "100", {"SEC31": D("2.06")}),
        ("2027-01-04", "1000", "100", {"SEC31": D("2.06"), "TAF": D("0.23")}),
    ],
)
def test_fees_of_a_us_sale_depend_on_its_date(on: str, qty: str, px: str, expected: dict[str, D]) -> None:
    assert owed(on, "sell", qty, px) == expected
    assert owed(on, "sell_short", qty, px) == expected
    assert owed(on, "buy", qty, px) == {}


def test_stamp_duties_and_transaction_taxes() -> None:
    assert owed("2026-11-23", "buy", "100", "10", "UK") == {"SDRT": D("5.00")}
    assert owed("2026-11-23", "sell", "100", "10", "UK") == {}
    assert owed("2026-11-23", "sell", "1000", "10", "HK") == {"HKSD": D("10.00")}
    listed = {"issuer_country": "FR", "listed": frozenset({"FRFTT"})}
    assert owed("2026-11-23", "buy", "100", "50", "EU", **listed) == {"FRFTT": D("20.00")}
    assert owed("2026-11-23", "buy", "100", "50", "EU", issuer_country="FR") == {}


def test_commission_takes_the_most_particular_rate_in_force() -> None:
    day = date(2026, 1, 1)
    rates = [
        CommissionRate(None, "", day, Basis.BASIS_POINTS, D(5)),
        CommissionRate(None, "equity", day, Basis.PER_UNIT, D("0.01"), D(1), D(50)),
        CommissionRate(7, "", day, Basis.BASIS_POINTS, D(1)),
        CommissionRate(7, "", date(2026, 6, 1), Basis.BASIS_POINTS, D(2)),
    ]
    assert fees.commission_rate(rates, 7, "equity", date(2026, 7, 1)) is rates[3]
    assert fees.commission_rate(rates, 7, "equity", day) is rates[2]
    assert fees.commission_rate(rates, 8, "equity", day) is rates[1]
    assert fees.commission_rate(rates, 8, "future", day) is rates[0]
    assert fees.commission_rate(rates, 8, "future", date(2025, 12, 31)) is None
    assert fees.commission(rates[1], D(10), D(1000)) == D("1.00")
    assert fees.commission(rates[1], D(10_000), D(1)) == D("50.00")
    assert fees.commission(None, D(10), D(1000)) == D(0)


def test_an_unknown_fee_kind_is_unsupported() -> None:
    with pytest.raises(Unsupported):
        fees.by_kind("moon_tax", {"qty": 1})


bonds = st.builds(
    accrued.Bond,
    day_count=st.sampled_from(sorted(accrued.DAY_COUNTS)),
    coupon_pct=st.decimals(D("0.1"), D(15), places=3),
    frequency=st.sampled_from([1, 2, 4]),
    maturity_date=st.dates(date(2030, 1, 1), date(2050, 12, 31)),
    end_of_month=st.booleans(),
)


@given(bonds, st.dates(date(2026, 1, 1), date(2029, 12, 31)))
def test_interest_grows_from_nothing_to_no_more_than_a_coupon(bond: accrued.Bond, day: date) -> None:
    start, end = accrued.coupon_period(bond, day)
    assert start <= day < end
    assert accrued.coupon_period(bond, start) == (start, end)
    assert accrued.coupon_period(bond, end - timedelta(days=1)) == (start, end)
    assert accrued.accrued(bond, start, D(100)).per_100 == 0
    here, later = (accrued.accrued(bond, when, D(100), (start, end)).per_100 for when in (day, end))
    # An actual/360 year has five or six days more than it divides by.
    assert 0 <= here <= later <= bond.coupon_pct / bond.frequency * D("1.05")


@given(bonds, st.dates(date(2026, 1, 1), date(2029, 12, 31)))
def test_icma_interest_of_a_whole_period_is_the_coupon(bond: accrued.Bond, day: date) -> None:
    bond = accrued.Bond(accrued.ICMA, bond.coupon_pct, bond.frequency, bond.maturity_date)
    period = accrued.coupon_period(bond, day)
    whole = accrued.accrued(bond, period[1], D(100), period).per_100
    assert abs(whole - bond.coupon_pct / bond.frequency) <= D("0.0000000001")


def test_the_dialects_of_30_360_differ_at_the_end_of_february() -> None:
    end_of_month: dict[str, Any] = {"coupon_pct": D(6), "frequency": 2, "maturity_date": date(2034, 8, 31)}
    figures = {}
    for name in ("30/360 BondBasis", "30/360 US-EOM"):
        found = accrued.accrued(accrued.Bond(name, **end_of_month), date(2027, 3, 31), D(1_000_000))
        figures[name] = (found.days, found.amount)
    assert figures == {"30/360 BondBasis": (33, D("5500.00")), "30/360 US-EOM": (30, D("5000.00"))}


def test_a_short_first_coupon_counts_the_days_of_the_whole_quasi_period() -> None:
    bond = accrued.Bond(accrued.ICMA, D(4), 2, date(2030, 7, 1), issue_date=date(2026, 4, 1))
    found = accrued.accrued(bond, date(2026, 5, 1), D(100))
    assert (found.days, found.per_100) == (30, half_up(D(2) * 30 / 181, D("0.0000000001")))


def test_a_zero_coupon_bond_accrues_nothing_and_an_unknown_day_count_is_unsupported() -> None:
    assert accrued.accrued(accrued.Bond("", D(0), 0, date(2030, 1, 1)), date(2026, 1, 5), D(100)).amount == 0
    with pytest.raises(Unsupported):
        accrued.accrued(accrued.Bond("29/359", D(1), 2, date(2030, 1, 1)), date(2026, 1, 5), D(100))
    with pytest.raises(Unsupported):
        accrued.accrued(accrued.Bond(accrued.ICMA, D(1), 2, date(2026, 1, 5)), date(2026, 1, 5), D(100))


def test_gross_amounts_by_asset_class() -> None:
    assert net.gross_trade_amt("equity", D(100), D("10.005"), D(1)) == D("1000.50")
    assert net.gross_trade_amt("option", D(2), D("1.50"), D(100)) == D(300)
    assert net.gross_trade_amt("government_bond", D(1_000_000), D("99.125"), D(1)) == D(991_250)
    assert net.principal("future", net.gross_trade_amt("future", D(2), D("20150.25"), D(20))) == 0


@given(st.sampled_from(["buy", "sell", "sell_short"]), money, money, money, money)
def test_what_the_buyer_pays_exceeds_what_the_seller_gets_by_the_charges(
    side: str, paid: D, interest: D, commission: D, charges: D
) -> None:
    found = net.net(side, paid, paid, interest, commission, charges)
    sign = 1 if side == "buy" else -1
    assert found.net_money == paid + interest + sign * (commission + charges)
