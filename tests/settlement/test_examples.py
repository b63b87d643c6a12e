"""Every case of the acceptance format that settlement answers for, through the kernels, without a database."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from settlement import accrued, cycles, fees, standard_calendars

FILE = Path(__file__).resolve().parents[3] / "shared/examples/controls.json"


def cases(kind: str) -> list[Any]:
    if not FILE.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"{FILE} is not there"))]
    found = json.loads(FILE.read_text(), parse_float=Decimal)[kind]
    return [pytest.param(case, id=case["id"]) for case in found]


@pytest.mark.parametrize("case", cases("settlement"))
def test_settlement_date(case: dict[str, Any]) -> None:
    found = cycles.settlement(
        case["market"],
        case["asset"],
        date.fromisoformat(case["trade_date"]),
        standard_calendars.calendars(),
        standard_calendars.CYCLES,
        case.get("pair", ""),
    )
    assert found.settl_date.isoformat() == case["settle_date"]
    assert f"T+{found.days}" == case["cycle"]
    assert found.calendar == case["settlement_calendar"]


@pytest.mark.parametrize("case", cases("accrued"))
@pytest.mark.parametrize("period_is_known", [True, False])
def test_accrued_interest(case: dict[str, Any], period_is_known: bool) -> None:
    bond = accrued.Bond(
        day_count=case["day_count"],
        coupon_pct=Decimal(case["coupon_pct"]),
        frequency=case["frequency"],
        maturity_date=date.fromisoformat(case["maturity_date"]),
        issue_date=date.fromisoformat(case["issue_date"]),
        end_of_month=case["end_of_month"],
        ex_dividend_days=case.get("ex_dividend_business_days", 0),
        ex_dividend_calendar=standard_calendars.calendars().get(case.get("ex_dividend_calendar", "")),
    )
    period = (date.fromisoformat(case["period_start"]), date.fromisoformat(case["period_end"]))
    settle_date = date.fromisoformat(case["settle_date"])
    found = accrued.accrued(bond, settle_date, Decimal(case["face"]), period if period_is_known else None)
    expected = case["expected"]
    assert found.days == expected["accrued_days"]
    assert str(found.per_100) == expected["accrued_per_100"]
    assert str(found.amount) == expected["accrued_amount"]
    assert found.ex_dividend == expected["ex_dividend"]


@pytest.mark.parametrize("case", cases("fees"))
def test_fee(case: dict[str, Any]) -> None:
    assert str(fees.by_kind(case["kind"], case["inputs"])) == case["expected"]
