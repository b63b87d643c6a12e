"""What a NewOrderSingle becomes."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from oms.base.refusal import Refusal
from oms.desk import Draft
from oms.fix import preallocating
from oms.fix.drafts import draft
from routing.fix import codec, engagement

NEW = {
    "cl_ord_id": "C1", "account": "ALPHA", "symbol": "AAPL", "side": "buy", "ord_type": "limit", "order_qty": "100",
    "price": "100", "time_in_force": "day", "transact_time": "2026-11-23T15:00:00+00:00",
}  # fmt: skip


def test_target_strategy_is_the_strategy_whose_limits_it_counts_in() -> None:
    raw = engagement.whole(codec.encode("D", {**NEW, "target_strategy": 1001}), "FIX.4.4")
    assert "\x01847=1001\x01" in raw
    read = draft(codec.decode(raw).fields, {}, {})
    assert isinstance(read, Draft)
    assert read.strategy == "1001"


def test_an_order_without_one_belongs_to_no_strategy() -> None:
    read = draft(NEW, {}, {})
    assert isinstance(read, Draft)
    assert read.strategy == ""


@pytest.mark.parametrize(
    ("said", "days", "day"),
    [
        ({}, None, None), ({"settl_type": "0"}, None, None), ({"settl_type": "1"}, 0, None), ({"settl_type": "2"}, 1, None),
        ({"settl_type": "3"}, 2, None), ({"settl_type": "4"}, 3, None), ({"settl_type": "5"}, 4, None),
        ({"settl_type": "9"}, 5, None), ({"settl_type": "6", "settl_date": "2026-12-01"}, None, date(2026, 12, 1)),
        ({"settl_type": "2", "settl_date": "2026-12-01"}, None, date(2026, 12, 1)),
    ],
)  # fmt: skip
def test_settl_type_says_how_many_days_unless_a_date_is_said(
    said: dict[str, str], days: int | None, day: date | None
) -> None:
    raw = engagement.whole(codec.encode("D", {**NEW, **said}), "FIX.4.4")
    read = draft(codec.decode(raw).fields, {}, {})
    assert isinstance(read, Draft)
    assert (read.settl_days, read.settl_date) == (days, day)


@pytest.mark.parametrize(
    ("kind", "field"), [("6", "settl_date"), ("7", "settl_type"), ("8", "settl_type"), ("B", "settl_type")]
)
def test_other_settlement_types_are_refused_by_name(kind: str, field: str) -> None:
    read = draft({**NEW, "settl_type": kind}, {}, {})
    assert not isinstance(read, Draft)
    [refusal] = read
    assert refusal.field == field
    assert "SettlType (63)" in refusal.text


def allocs(*shares: tuple[str, Any]) -> dict[str, Any]:
    return {**NEW, "allocs": [{"alloc_account": account, "alloc_qty": qty} for account, qty in shares]}


def test_accounts_of_an_order_are_its_allocation() -> None:
    read = preallocating.read(allocs(("mine", "60"), ("BETA", "40")), {"mine": "ALPHA"})
    assert not isinstance(read, Refusal)
    assert {share.account: share.qty for share in read} == {"ALPHA": Decimal(60), "BETA": Decimal(40)}
    assert preallocating.read(NEW, {}) == ()


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (allocs(("ALPHA", "60"), ("BETA", "41")), "BAD_ALLOCATION"), (allocs(("ALPHA", "60"), ("ALPHA", "40")), "BAD_ALLOCATION"),
        (allocs(("ALPHA", "-100")), "NOT_POSITIVE"), (allocs(("ALPHA", "")), "BAD_NUMBER"), (allocs(("ALPHA", "1e2")), "BAD_NUMBER"),
        ({**allocs(("ALPHA", "100")), "order_qty": "", "cash_order_qty": "5000"}, "MISSING"),
    ],
)  # fmt: skip
def test_accounts_that_do_not_come_to_the_order_are_refused(request_: dict[str, Any], code: str) -> None:
    read = preallocating.read(request_, {})
    assert isinstance(read, Refusal)
    assert read.code == code
