"""The price of a bond by its other names: clean, dirty and yield to maturity, in Decimal. No Django, no clock.

Dirty is clean with accrued interest. The yield is by street convention (ISMA; SIFMA Standard Securities Calculation
Methods, formulae 5 and 7): payments are discounted by whole periods of the schedule and the part of the present one
that is left, compounded as often as coupons are paid; in the last period, with simple interest. All per 100 of face.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, DecimalException, localcontext
from fractions import Fraction
from typing import NamedTuple

from orders.vocabulary import PriceType
from settlement.accrued import Bond, accrued, coupon, coupon_period, fraction_left
from settlement.calendars import Unsupported
from settlement.rounding import ONE, ZERO

HUNDRED = Decimal(100)
DIGITS = 34
EXACT_ENOUGH = Decimal("1e-16")
MOST_TRIES = 100
# Beyond these a yield is a slip of the finger.
LOWEST, HIGHEST = Decimal(-50), Decimal(1_000)


class Payment(NamedTuple):
    """What is paid per 100 of face, and how many periods from now, as a whole number on top of the part left."""

    periods: int
    amount: Decimal


def payments(bond: Bond, settle_date: date) -> tuple[Decimal, list[Payment]]:
    """The part of the present period that is left, and all payments a buyer who settles then gets."""
    start, end = coupon_period(bond, settle_date)
    left, ex_dividend = fraction_left(bond, settle_date, start, end), accrued(bond, settle_date, ONE).ex_dividend
    found: list[Payment] = []
    periods = 0
    while True:
        last = end >= bond.maturity_date
        paid = ZERO if periods == 0 and ex_dividend else coupon(bond, start, end)
        found.append(Payment(periods, paid + (HUNDRED if last else ZERO)))
        if last:
            return _decimal(left), found
        periods += 1
        start, end = coupon_period(bond, end)


def clean(bond: Bond, settle_date: date, price: Decimal, price_type: str) -> Decimal:
    """``price`` of ``price_type`` as a clean price. Raises Unsupported where it is none of such a bond."""
    if price_type == PriceType.DIRTY:
        return price - accrued(bond, settle_date, ONE).per_100
    if price_type == PriceType.YIELD:
        return of_yield(bond, settle_date, price)
    return price


def of_yield(bond: Bond, settle_date: date, yield_pct: Decimal) -> Decimal:
    """The clean price at a yield in percent a year. Raises Unsupported."""
    if not LOWEST <= yield_pct <= HIGHEST:
        raise Unsupported(f"a yield of {yield_pct:f} % is not between {LOWEST} and {HIGHEST}")
    left, flows = payments(bond, settle_date)
    with localcontext() as context:
        context.prec = DIGITS
        return _dirty(flows, left, _rate(bond, yield_pct)) - accrued(bond, settle_date, ONE).per_100


def to_yield(bond: Bond, settle_date: date, clean_price: Decimal) -> Decimal:
    """The yield in percent a year at a clean price, by bisection: it falls as the price rises. Raises Unsupported."""
    left, flows = payments(bond, settle_date)
    with localcontext() as context:
        context.prec = DIGITS
        wanted = clean_price + accrued(bond, settle_date, ONE).per_100
        low, high = LOWEST, HIGHEST
        if not _dirty(flows, left, _rate(bond, high)) <= wanted <= _dirty(flows, left, _rate(bond, low)):
            raise Unsupported(f"a price of {clean_price:f} gives no yield between {LOWEST} and {HIGHEST} %")
        for _ in range(MOST_TRIES):
            middle = (low + high) / 2
            if _dirty(flows, left, _rate(bond, middle)) > wanted:
                low = middle
            else:
                high = middle
            if high - low < EXACT_ENOUGH:
                break
        return (low + high) / 2


def _dirty(flows: Sequence[Payment], left: Decimal, rate: Decimal) -> Decimal:
    """What the payments are worth now at ``rate`` a period; the last one alone with simple interest."""
    if len(flows) == 1:
        return flows[0].amount / (1 + rate * left)
    try:
        factor = 1 / (1 + rate)
        worth, discount = ZERO, factor**left
        for flow in flows:
            worth += flow.amount * discount
            discount *= factor
    except DecimalException as why:
        raise Unsupported(f"a rate of {rate:f} a period discounts nothing") from why
    return worth


def _rate(bond: Bond, yield_pct: Decimal) -> Decimal:
    if not bond.frequency:
        raise Unsupported("a bond without coupons has no coupon period to compound by")
    return yield_pct / HUNDRED / bond.frequency


def _decimal(value: Fraction) -> Decimal:
    with localcontext() as context:
        context.prec = DIGITS
        return Decimal(value.numerator) / Decimal(value.denominator)
