"""Accrued interest of bonds, exact: day counts by name, quasi coupon periods, ex-dividend. No Django, no
clock.

Sources: ISDA 2006 definitions 4.16 and ICMA rule 251 for the day counts, the UK DMO's formulae for gilts.
Interest accrues to the settlement date. There are several 30/360 rules and they differ at the ends of
months, so each has a name of its own.
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from settlement.calendars import Calendar, Unsupported
from settlement.rounding import CENT, half_up

TENTH_PLACE = Decimal("0.0000000001")
ICMA = "ACT/ACT ICMA"
DAY_COUNTS = {
    "30/360 BONDBASIS": "30/360 BondBasis",
    "30/360": "30/360 BondBasis",
    "30A/360": "30/360 BondBasis",
    "30/360 US-EOM": "30/360 US-EOM",
    "30/360 US": "30/360 US-EOM",
    "30U/360": "30/360 US-EOM",
    "30E/360": "30E/360",
    "30E/360 ISDA": "30E/360 ISDA",
    "ACT/ACT ICMA": ICMA,
    "ACT/ACT ISMA": ICMA,
    "ACT/ACT": ICMA,
    "ACT/ACT ISDA": "ACT/ACT ISDA",
    "ACT/360": "ACT/360",
    "ACT/365": "ACT/365F",
    "ACT/365F": "ACT/365F",
    "ACT/365 FIXED": "ACT/365F",
}


@dataclass(frozen=True, slots=True)
class Bond:
    """The terms interest accrues by. ``coupon_pct`` is the yearly coupon per 100 of face, 0 for none.

    ``ex_dividend_days``: business days of ``ex_dividend_calendar`` before a coupon date; settling strictly
    after that day the buyer does not get the coupon and accrued interest is negative.
    """

    day_count: str
    coupon_pct: Decimal
    frequency: int
    maturity_date: date
    issue_date: date | None = None
    end_of_month: bool = True
    ex_dividend_days: int = 0
    ex_dividend_calendar: Calendar | None = None


@dataclass(frozen=True, slots=True)
class Accrued:
    """Days accrued by the bond's own count, interest per 100 of face to 10 decimals, and for the face asked
    about.
    """

    days: int
    per_100: Decimal
    amount: Decimal
    ex_dividend: bool


def accrued(
    bond: Bond,
    settle_date: date,
    face: Decimal,
    period: tuple[date, date] | None = None,
    unit: Decimal = CENT,
) -> Accrued:
    """Interest accrued to ``settle_date`` on ``face``, rounded half up to ``unit``.

    ``period`` is the coupon period (start, end) where it is known, else it is derived from the maturity.
    """
    if not bond.coupon_pct:
        return Accrued(0, Decimal(0).quantize(TENTH_PLACE), half_up(Decimal(0), unit), False)
    start, end = period or coupon_period(bond, settle_date)
    if bond.issue_date and start < bond.issue_date < end:
        start = bond.issue_date
    ex_dividend = _is_ex(bond, settle_date, end)
    count = _name(bond.day_count)
    years = -_years(bond, count, settle_date, end, end) if ex_dividend else _years(bond, count, start, settle_date, end)
    per_100 = Fraction(bond.coupon_pct) * years
    return Accrued(
        days(count, start, settle_date, bond.maturity_date),
        half_up(per_100, TENTH_PLACE),
        half_up(per_100 * Fraction(face) / 100, unit),
        ex_dividend,
    )


def coupon(bond: Bond, start: date, end: date) -> Decimal:
    """What the coupon of the period ``start`` to ``end`` pays per 100 of face, to 10 decimals.

    Interest accrues to exactly this, so a first period that began at the issue pays for its own days.
    """
    if bond.issue_date and start < bond.issue_date < end:
        start = bond.issue_date
    return half_up(Fraction(bond.coupon_pct) * _years(bond, _name(bond.day_count), start, end, end), TENTH_PLACE)


def coupon_period(bond: Bond, day: date) -> tuple[date, date]:
    """The regular coupon period (start, end) with start <= ``day`` < end, counted back from maturity."""
    if day >= bond.maturity_date:
        raise Unsupported(f"the bond matured on {bond.maturity_date}")
    months = _months(bond)
    periods = ((bond.maturity_date.year - day.year) * 12 + bond.maturity_date.month - day.month) // months
    # Month arithmetic is right to within one period: step to the one that holds the day.
    while _back(bond, periods) > day:
        periods += 1
    while _back(bond, periods - 1) <= day:
        periods -= 1
    return _back(bond, periods), _back(bond, periods - 1)


def fraction_left(bond: Bond, day: date, start: date, end: date) -> Fraction:
    """The part of the coupon period from ``day`` to its end, by the bond's own day count, of a whole regular period."""
    count = _name(bond.day_count)
    whole = (
        Fraction(1, bond.frequency) if count == ICMA or count.startswith("30") else _years(bond, count, start, end, end)
    )
    return 1 - _years(bond, count, start, day, end) / whole


def days(day_count: str, start: date, end: date, maturity: date | None = None) -> int:
    """Days from ``start`` to ``end``: of a 360 day year for the 30/360 rules, else of the calendar."""
    name = _name(day_count)
    if not name.startswith("30"):
        return (end - start).days
    first, last = _THIRTY[name](start, end, maturity)
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first


def _years(bond: Bond, count: str, start: date, end: date, period_end: date) -> Fraction:
    """The part of a year's coupon earned from ``start`` to ``end``."""
    if count == ICMA:
        return _icma(bond, start, end, period_end)
    if count == "ACT/ACT ISDA":
        return _isda(start, end)
    base = 365 if count == "ACT/365F" else 360
    return Fraction(days(count, start, end, bond.maturity_date), base)


def _icma(bond: Bond, start: date, end: date, period_end: date) -> Fraction:
    """Each quasi coupon period counts its own days: so short and long first coupons come out right (ICMA
    251.1).
    """
    total, months, steps, high = Fraction(0), _months(bond), 0, period_end
    while high > start:
        steps += 1
        low = _shift(period_end, -months * steps, bond)
        inside = (min(end, high) - max(start, low)).days
        if inside > 0:
            total += Fraction(inside, (high - low).days * bond.frequency)
        high = low
    return total


def _isda(start: date, end: date) -> Fraction:
    """Days in leap years over 366, the others over 365 (ISDA 4.16(b))."""
    total = Fraction(0)
    for year in range(start.year, end.year + 1):
        inside = (min(end, date(year + 1, 1, 1)) - max(start, date(year, 1, 1))).days
        total += Fraction(inside, 366 if calendar.isleap(year) else 365)
    return total


def _is_ex(bond: Bond, settle_date: date, period_end: date) -> bool:
    if not bond.ex_dividend_days or bond.ex_dividend_calendar is None:
        return False
    return settle_date > bond.ex_dividend_calendar.add(period_end, -bond.ex_dividend_days)


def _months(bond: Bond) -> int:
    if bond.frequency not in (1, 2, 3, 4, 6, 12):
        raise Unsupported(f"{bond.frequency} coupons a year")
    return 12 // bond.frequency


def _back(bond: Bond, periods: int) -> date:
    return _shift(bond.maturity_date, -_months(bond) * periods, bond)


def _shift(day: date, months: int, bond: Bond) -> date:
    """``day`` moved by whole months. The day of the month is the maturity's; month ends stay month ends if
    so agreed.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    length = calendar.monthrange(year, month + 1)[1]
    wanted = max(day.day, bond.maturity_date.day) if _is_month_end(day) else day.day
    if bond.end_of_month and _is_month_end(bond.maturity_date) and _is_month_end(day):
        wanted = length
    return date(year, month + 1, min(wanted, length))


def _is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _february_end(day: date) -> bool:
    return day.month == 2 and _is_month_end(day)


def _name(day_count: str) -> str:
    name = DAY_COUNTS.get(day_count.upper())
    if name is None:
        raise Unsupported(f"day count {day_count}")
    return name


def _bond_basis(start: date, end: date, _maturity: date | None) -> tuple[int, int]:
    """ISDA 4.16(f): the 31st is the 30th; at the end only if the start is."""
    first = min(start.day, 30)
    return first, 30 if end.day == 31 and first == 30 else end.day


def _us_eom(start: date, end: date, _maturity: date | None) -> tuple[int, int]:
    """As bond basis, and the last day of February is the 30th (at the end, if the start is one, too)."""
    first, last = start.day, end.day
    if _february_end(start):
        last = 30 if _february_end(end) else last
        first = 30
    if last == 31 and first >= 30:
        last = 30
    return min(first, 30), last


def _eurobond(start: date, end: date, _maturity: date | None) -> tuple[int, int]:
    """ISDA 4.16(g): the 31st is the 30th, always."""
    return min(start.day, 30), min(end.day, 30)


def _eurobond_isda(start: date, end: date, maturity: date | None) -> tuple[int, int]:
    """ISDA 4.16(h): also the last day of February, except at maturity."""
    first = 30 if _february_end(start) else min(start.day, 30)
    return first, 30 if _february_end(end) and end != maturity else min(end.day, 30)


_THIRTY = {
    "30/360 BondBasis": _bond_basis,
    "30/360 US-EOM": _us_eom,
    "30E/360": _eurobond,
    "30E/360 ISDA": _eurobond_isda,
}
