"""Settlement dates, accrued interest and fees."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from oms.management.conformance.compare import NotSupported
from settlement import accrued, fees
from settlement.calendars import Calendar, Unsupported
from settlement.cycles import settlement
from settlement.standard_calendars import CYCLES, calendars

Case = Mapping[str, Any]
Pair = tuple[Mapping[str, Any], Mapping[str, Any]]


def settlement_date(case: Case) -> Pair:
    """Settlement date, cycle and the calendar it was counted on, from the shipped tables."""
    trade_date = date.fromisoformat(case["trade_date"])
    try:
        found = settlement(case["market"], case["asset"], trade_date, calendars(), CYCLES, case.get("pair", ""))
    except Unsupported as why:
        raise NotSupported(str(why)) from why
    actual = {
        "settle_date": found.settl_date.isoformat(),
        "cycle": f"T+{found.days}",
        "settlement_calendar": found.calendar,
    }
    return {name: case[name] for name in actual if name in case}, actual


def accrued_interest(case: Case) -> Pair:
    """Interest accrued to the settlement date."""
    try:
        bond = accrued.Bond(
            day_count=case["day_count"],
            coupon_pct=Decimal(case["coupon_pct"]),
            frequency=int(case["frequency"]),
            maturity_date=_date(case["maturity_date"]),
            issue_date=_date(case.get("issue_date")),
            end_of_month=case.get("end_of_month", True),
            ex_dividend_days=case.get("ex_dividend_business_days") or 0,
            ex_dividend_calendar=_calendar(case.get("ex_dividend_calendar")),
        )
        period = (_date(case["period_start"]), _date(case["period_end"])) if case.get("period_start") else None
        found = accrued.accrued(bond, _date(case["settle_date"]), Decimal(case["face"]), period)
    except Unsupported as why:
        raise NotSupported(str(why)) from why
    return case["expected"], {
        "accrued_days": found.days,
        "accrued_per_100": found.per_100,
        "accrued_amount": found.amount,
        "ex_dividend": found.ex_dividend,
    }


def fee(case: Case) -> Pair:
    """One fee from its inputs."""
    try:
        amount = fees.by_kind(case["kind"], case["inputs"])
    except Unsupported as why:
        raise NotSupported(str(why)) from why
    return {"amount": case["expected"]}, {"amount": amount}


def _calendar(code: str | None) -> Calendar | None:
    if code and code not in calendars():
        raise NotSupported(f"calendar {code}")
    return calendars()[code] if code else None


def _date(text: str | None) -> Any:
    return date.fromisoformat(text) if text else None
