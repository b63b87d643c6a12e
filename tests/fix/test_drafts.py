"""What a NewOrderSingle becomes."""

from oms.desk import Draft
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
