"""Accrued interest, clean, dirty and yield of bonds against QuantLib over some thousands, and as laws."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from orders.vocabulary import PriceType
from settlement.accrued import Bond, accrued, coupon, coupon_period
from settlement.bondprice import clean, of_yield, payments, to_yield
from settlement.calendars import Calendar, Unsupported

ql = pytest.importorskip("QuantLib")
COUNTS: dict[str, Any] = {
    "ACT/ACT ICMA": lambda schedule: ql.ActualActual(ql.ActualActual.ISMA, schedule),
    "30/360 BondBasis": lambda _: ql.Thirty360(ql.Thirty360.BondBasis),
    "30/360 US-EOM": lambda _: ql.Thirty360(ql.Thirty360.USA),
    "30E/360": lambda _: ql.Thirty360(ql.Thirty360.EurobondBasis),
    "ACT/360": lambda _: ql.Actual360(),
    "ACT/365F": lambda _: ql.Actual365Fixed(),
}
STREET = ("ACT/ACT ICMA", "30/360 BondBasis", "30E/360")
OPEN = Calendar("TEST", frozenset(), date(2000, 1, 1), date(2070, 1, 1))


def to_ql(day: date) -> Any:
    return ql.Date(day.day, day.month, day.year)


def from_ql(day: Any) -> date:
    return date(day.year(), day.month(), day.dayOfMonth())


def bonds(count: int, seed: int, names: tuple[str, ...] = tuple(COUNTS)) -> Any:
    """Random bonds with their twin of the oracle, and a day to settle on: month ends and odd first coupons among them."""
    rng = random.Random(seed)
    for _ in range(count):
        name, frequency = rng.choice(names), rng.choice((1, 2, 4))
        maturity = date(rng.randint(2027, 2045), rng.randint(1, 12), 1)
        maturity = maturity.replace(day=rng.choice((1, 15, 28)))
        if rng.random() < 0.3:
            maturity = maturity.replace(day=1) - timedelta(days=1)
        rate = Decimal(rng.randint(1, 80)) / 8
        issue = maturity - timedelta(days=rng.randint(400, 5_000)) if rng.random() < 0.5 else None
        bond = Bond(name, rate, frequency, maturity, issue)
        settle = date(2026, 1, 1) + timedelta(days=rng.randint(0, (maturity - date(2026, 1, 1)).days - 1))
        if issue and settle < issue:
            settle = issue + timedelta(days=rng.randint(0, 300))
        yield bond, settle, twin(bond, settle)


def twin(bond: Bond, settle: date) -> Any:
    """The same bond as QuantLib has it: the schedule runs back from maturity, odd at the front."""
    start = bond.issue_date or coupon_period(bond, settle)[0]
    schedule = ql.Schedule(
        to_ql(start), to_ql(bond.maturity_date), ql.Period(12 // bond.frequency, ql.Months), ql.NullCalendar(),
        ql.Unadjusted, ql.Unadjusted, ql.DateGeneration.Backward, (bond.maturity_date + timedelta(days=1)).day == 1,
    )  # fmt: skip
    count = COUNTS[bond.day_count](schedule)
    return ql.FixedRateBond(0, 100.0, schedule, [float(bond.coupon_pct) / 100], count), count


def test_accrued_interest_is_the_oracles() -> None:
    """Over 3,000 bonds, ends of months and short first periods among them."""
    compared = 0
    for bond, settle, (other, _) in bonds(3_000, 1):
        ours = accrued(bond, settle, Decimal(100)).per_100
        assert abs(ours - Decimal(other.accruedAmount(to_ql(settle)))) < Decimal("1e-8"), (bond, settle)
        compared += 1
    assert compared == 3_000


def test_coupons_are_the_oracles() -> None:
    for bond, settle, (other, _) in bonds(500, 2):
        start, end = coupon_period(bond, settle)
        paid = [flow.amount() for flow in other.cashflows() if from_ql(flow.date()) == end]
        assert abs(coupon(bond, start, end) - Decimal(paid[0])) < Decimal("1e-8"), (bond, settle)


def test_prices_of_yields_are_the_oracles() -> None:
    """Where months of 30 days meet the ends of months the oracle counts the days that are left, and we those that are gone."""
    for bond, settle, (other, count) in bonds(2_000, 3, STREET):
        if bond.maturity_date.day > 15 and bond.day_count.startswith("30"):
            continue
        rate = Decimal(random.Random(str(bond)).randint(-50, 1_500)) / 100
        ours = of_yield(bond, settle, rate)
        last = coupon_period(bond, settle)[1] == bond.maturity_date
        how = (ql.Simple, ql.Annual) if last else (ql.Compounded, bond.frequency)
        theirs = other.cleanPrice(float(rate) / 100, count, *how, to_ql(settle))
        assert abs(ours - Decimal(theirs)) < Decimal("1e-6"), (bond, settle, rate)


def test_yield_and_price_are_each_others_way_back() -> None:
    for bond, settle, _ in bonds(300, 4):
        rate = Decimal(random.Random(str(settle)).randint(-100, 2_000)) / 100
        assert abs(to_yield(bond, settle, of_yield(bond, settle, rate)) - rate) < Decimal("1e-10")


def test_a_bond_at_its_coupon_is_at_par() -> None:
    bond = Bond("ACT/ACT ICMA", Decimal("4.5"), 2, date(2036, 2, 15), date(2026, 2, 15))
    assert abs(of_yield(bond, date(2026, 8, 15), Decimal("4.5")) - 100) < Decimal("1e-20")


def test_dirty_is_clean_with_interest() -> None:
    bond = Bond("30/360", Decimal("5.25"), 2, date(2034, 2, 15))
    assert clean(bond, date(2026, 6, 10), Decimal("102"), PriceType.DIRTY) == Decimal("100.3229166667")
    assert clean(bond, date(2026, 6, 10), Decimal("102"), PriceType.CLEAN) == 102


def test_a_buyer_ex_dividend_gets_no_coupon() -> None:
    gilt = Bond("ACT/ACT ICMA", Decimal("4.25"), 2, date(2055, 12, 7), ex_dividend_days=7, ex_dividend_calendar=OPEN)
    _, flows = payments(gilt, date(2026, 6, 1))
    assert [flow.amount for flow in flows[:2]] == [Decimal(0), Decimal("2.125")]
    assert clean(gilt, date(2026, 6, 1), Decimal("99"), PriceType.DIRTY) > 99


@pytest.mark.parametrize(("price_type", "price"), [("yield", "2000"), ("yield", "-60")])
def test_what_is_no_yield_is_refused(price_type: str, price: str) -> None:
    with pytest.raises(Unsupported):
        clean(Bond("30/360", Decimal(5), 2, date(2034, 2, 15)), date(2026, 6, 10), Decimal(price), price_type)


def test_a_matured_bond_has_no_price() -> None:
    with pytest.raises(Unsupported, match="matured"):
        of_yield(Bond("30/360", Decimal(5), 2, date(2026, 2, 15)), date(2026, 6, 10), Decimal(4))
