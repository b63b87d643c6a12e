"""Order types as the venues take them: stops, icebergs, pegs, post-only, market-to-limit, auctions, cash, GTD."""

import pytest

from routing.exchange.capabilities import VENUES, unsupported
from tests.routing.exchange.trading import BUY, DAY_1, DAY_2, SELL, Trading, kinds

PLAIN = {"ord_type": "limit", "time_in_force": "day", "price": "99"}


@pytest.mark.parametrize(
    ("mic", "terms", "said"),
    [
        ("XNYS", {"ord_type": "pegged", "peg_price_type": "primary"}, "OrdType pegged is not supported on XNYS"),
        ("XNYS", {"ord_type": "market_to_limit"}, "OrdType market_to_limit is not supported on XNYS"),
        ("XNYS", {"exec_inst": "participate_dont_initiate"}, "ExecInst participate_dont_initiate is not"),
        ("BATS", {"ord_type": "stop"}, "OrdType stop is not supported on BATS"),
        ("BATS", {"max_floor": "10"}, "MaxFloor is not supported on BATS"),
        ("BATS", {"time_in_force": "good_till_date"}, "TimeInForce good_till_date is not supported on BATS"),
        ("BATS", {"time_in_force": "at_the_close"}, "TimeInForce at_the_close is not supported on BATS"),
        ("BATS", {"ord_type": "pegged", "exec_inst": "primary_peg"}, "PegPriceType primary is not supported on BATS"),
        ("XNAS", {"ord_type": "trailing_stop"}, "OrdType trailing_stop is not supported on XNAS"),
        ("XNAS", {"exec_inst": "all_or_none"}, "ExecInst all_or_none is not supported on XNAS"),
        ("XNAS", {"max_floor": "10", "time_in_force": "immediate_or_cancel"}, "MaxFloor is for limit orders that rest"),
        ("XNAS", {"ord_type": "pegged", "peg_price_type": "market", "peg_offset_type": "ticks"}, "PegOffsetType must"),
        ("XNAS", {"ord_type": "pegged", "peg_price_type": "market"}, None),
        ("XNYS", {"max_floor": "10", "exec_inst": "cancel_on_trading_halt"}, None),
        ("BATS", {"ord_type": "pegged", "exec_inst": "mid_price_peg participate_dont_initiate"}, None),
    ],
)
def test_what_a_venue_takes_stands_in_its_table(mic: str, terms: dict[str, str], said: str | None) -> None:
    found = unsupported(mic, PLAIN | terms)
    assert (found is None) if said is None else (found or "").startswith(said)


def test_every_venue_takes_the_plain_orders() -> None:
    for mic in VENUES:
        for tif in ("day", "good_till_cancel", "immediate_or_cancel", "fill_or_kill"):
            assert unsupported(mic, PLAIN | {"time_in_force": tif}) is None
            assert unsupported(mic, {"ord_type": "market", "time_in_force": tif}) is None


def test_an_unsupported_order_is_rejected_with_reason_11() -> None:
    (report,) = Trading("BATS").new("A", ord_type="stop", stop_px="101")
    assert (report["exec_type"], report["ord_rej_reason"]) == ("rejected", 11)
    assert report["text"] == "OrdType stop is not supported on BATS"


# Stops.


def test_a_stop_waits_for_the_last_trade_and_then_is_a_market_order() -> None:
    trading = Trading()
    trading.quote("100.00", "100.05")
    assert kinds(trading.new("S", 100, None, ord_type="stop", stop_px="101.00"), "stop_px") == [("new", "new", "101")]
    assert trading.command("print", symbol="AAPL", px="100.99") == []
    reports = trading.command("print", symbol="AAPL", px="101.00")
    assert kinds(reports, "last_px") == [("triggered", "new", None), ("trade", "filled", "100.05")]


def test_a_sell_stop_limit_becomes_a_limit_order_that_rests() -> None:
    trading = Trading()
    trading.quote("98.00", "100.05")
    trading.new("S", 100, "99.50", side="sell", ord_type="stop_limit", stop_px="99.60")
    assert trading.top(SELL) == ("100.0500", 1000)
    assert kinds(trading.command("print", symbol="AAPL", px="99.60")) == [("triggered", "new")]
    assert trading.top(SELL) == ("99.5000", 100)


def test_a_stop_that_is_reached_already_fires_at_once_and_stops_set_off_stops() -> None:
    trading = Trading()
    trading.quote("98.00", "100.00", 100)
    trading.new("S1", 100, None, ord_type="stop", stop_px="99.00")
    trading.new("S2", 10, None, ord_type="stop", stop_px="100.00")
    reports = trading.command("print", symbol="AAPL", px="99.00")
    # S1 trades at 100.00, which is S2's trigger; nothing is left for S2.
    assert kinds(reports, "cl_ord_id") == [
        ("triggered", "new", "S1"), ("trade", "filled", "S1"), ("triggered", "new", "S2"),
        ("canceled", "canceled", "S2"),
    ]  # fmt: skip
    assert kinds(trading.new("S3", 10, "100.50", ord_type="stop_limit", stop_px="100.00")) == [
        ("new", "new"), ("triggered", "new"),
    ]  # fmt: skip


def test_a_waiting_stop_can_be_moved_and_canceled() -> None:
    trading = Trading()
    trading.quote("99.00", "100.05")
    trading.new("S", 100, None, ord_type="stop", stop_px="101.00")
    (report,) = trading.replace("S2", "S", 50, None, ord_type="stop", stop_px="102.00")
    assert (report["exec_type"], report["stop_px"], report["order_qty"]) == ("replaced", "102", "50")
    assert trading.command("print", symbol="AAPL", px="101.00") == []
    trading.cancel("S3", "S2")
    assert trading.command("print", symbol="AAPL", px="102.00") == []


# Icebergs.


def test_an_iceberg_shows_a_tranche_and_loses_its_place_with_each_new_one() -> None:
    trading = Trading()
    trading.new("I", 100, "99.00", max_floor="20")
    trading.new("L", 50, "99.00")
    assert trading.top() == ("99.0000", 70)
    reports = trading.new("S", 30, "99.00", side="sell")
    # 20 of the tranche, then the other order, which stood behind it; the new tranche stands last.
    fills = [(r["cl_ord_id"], r["last_qty"]) for r in reports if r["exec_type"] == "trade" and r["cl_ord_id"] != "S"]
    assert fills == [("I", "20"), ("L", "10")]
    reports = trading.new("S2", 100, "99.00", side="sell")
    fills = [(r["cl_ord_id"], r["last_qty"]) for r in reports if r["exec_type"] == "trade" and r["cl_ord_id"] != "S2"]
    assert fills == [("L", "40"), ("I", "20"), ("I", "20"), ("I", "20")]
    assert trading.order("I").leaves == 20
    assert trading.top() == ("99.0000", 20)


def test_an_incoming_iceberg_takes_with_its_whole_quantity() -> None:
    trading = Trading()
    trading.quote(None, "99.00", 70)
    reports = trading.new("I", 100, "99.00", max_floor="20")
    assert kinds(reports, "last_qty", "max_floor") == [
        ("new", "new", None, "20"), ("trade", "partially_filled", "70", "20"),
    ]  # fmt: skip
    assert trading.top() == ("99.0000", 20)


def test_an_iceberg_made_smaller_keeps_its_place() -> None:
    trading = Trading()
    trading.new("I", 100, "99.00", max_floor="20")
    trading.new("L", 50, "99.00")
    trading.replace("I2", "I", 25, "99.00", max_floor="20")
    reports = trading.new("S", 21, "99.00", side="sell")
    fills = [(r["cl_ord_id"], r["last_qty"]) for r in reports if r["exec_type"] == "trade" and r["cl_ord_id"] != "S"]
    assert fills == [("I2", "20"), ("L", "1")]
    assert trading.order("I").leaves == 5


# Pegs.


@pytest.mark.parametrize(
    ("side", "peg", "offset", "cap", "where"),
    [
        ("buy", "primary", "0", None, "100.0000"),
        ("buy", "primary", "-0.10", None, "99.9000"),
        ("buy", "primary", "0", "99.95", "99.9500"),
        ("buy", "market", "-0.20", None, "100.2000"),
        ("sell", "primary", "0.10", None, "100.5000"),
        ("sell", "market", "0.10", None, "100.1000"),
        ("sell", "primary", "0", "100.45", "100.4500"),
    ],
)
def test_where_a_peg_stands(side: str, peg: str, offset: str, cap: str | None, where: str) -> None:
    trading = Trading()
    trading.quote("100.00", "100.40")
    trading.new("P", 10, cap, side=side, ord_type="pegged", peg_price_type=peg, peg_offset_value=offset)
    resting = trading.order("P").resting
    assert resting is not None
    assert f"{(resting.price or 0) / 10**8:.4f}" == where


def test_a_peg_follows_and_never_itself() -> None:
    trading = Trading()
    trading.quote("100.00", "100.40")
    trading.new("P", 10, None, ord_type="pegged", peg_price_type="primary")
    trading.new("Q", 10, None, ord_type="pegged", peg_price_type="primary", peg_offset_value="0.05")
    assert trading.top() == ("100.0500", 10)
    trading.new("L", 5, "100.20")
    assert trading.top() == ("100.2500", 10)
    trading.cancel("L2", "L")
    assert trading.top() == ("100.0500", 10)
    trading.quote(None, "100.40")
    assert trading.top() is None
    trading.quote("99.00", "100.40")
    assert trading.top() == ("99.0500", 10)
    assert trading.order("P").ord_status == "new"


def test_a_midpoint_peg_trades_unseen_in_the_middle() -> None:
    trading = Trading("BATS")
    trading.quote("100.00", "100.05")
    assert kinds(trading.new("M", 100, None, ord_type="pegged", peg_price_type="midpoint")) == [("new", "new")]
    assert trading.top() == ("100.0000", 1000)
    reports = trading.new("S", 60, "100.00", side="sell", time_in_force="immediate_or_cancel")
    assert [(r["cl_ord_id"], r["last_px"]) for r in reports if r["exec_type"] == "trade"] == [
        ("S", "100.025"), ("M", "100.025"),
    ]  # fmt: skip


# Post-only, market-to-limit, cash.


def test_post_only_that_would_take_is_canceled_with_a_text() -> None:
    trading = Trading()
    trading.quote("99.00", "100.00")
    reports = trading.new("P", 100, "100.00", exec_inst="participate_dont_initiate")
    assert kinds(reports, "text") == [
        ("new", "new", None), ("canceled", "canceled", "post-only: it would take liquidity"),
    ]  # fmt: skip
    assert kinds(trading.new("R", 100, "99.99", exec_inst="participate_dont_initiate")) == [("new", "new")]
    assert kinds(trading.replace("R2", "R", 100, "100.00", exec_inst="participate_dont_initiate")) == [
        ("replaced", "new"), ("canceled", "canceled"),
    ]  # fmt: skip


def test_market_to_limit_rests_at_its_last_price() -> None:
    trading = Trading()
    trading.quote("99.00", "100.00", 60)
    reports = trading.new("M", 100, None, ord_type="market_to_limit")
    assert kinds(reports, "price", "exec_restatement_reason") == [
        ("new", "new", None, None), ("trade", "partially_filled", None, None),
        ("restated", "partially_filled", "100", "repricing"),
    ]  # fmt: skip
    assert trading.top() == ("100.0000", 40)


def test_market_to_limit_with_nobody_there_is_canceled() -> None:
    assert kinds(Trading().new("M", 100, None, ord_type="market_to_limit"))[-1] == ("canceled", "canceled")


def test_a_cash_order_states_its_quantity_on_new() -> None:
    """L.1.b: OrderQty is computed at the opposite best price."""
    trading = Trading()
    trading.quote("99.00", "100.00")
    reports = trading.new("C", None, None, cash_order_qty="2550.00")
    assert kinds(reports, "order_qty", "cash_order_qty", "leaves_qty") == [
        ("new", "new", "25", "2550.00", "25"), ("trade", "filled", "25", "2550.00", "0"),
    ]  # fmt: skip
    (report,) = trading.new("C2", None, None, cash_order_qty="99.99")
    assert (report["exec_type"], report["ord_rej_reason"]) == ("rejected", 13)
    assert "not even one" in report["text"]


# Auctions, good till date.


def test_at_the_open_executes_at_one_price() -> None:
    trading = Trading()
    trading.quote("99.00", "100.00")
    assert kinds(trading.new("O1", 100, None, time_in_force="at_the_opening")) == [("new", "new")]
    trading.new("O2", 50, "99.60", time_in_force="at_the_opening")
    trading.new("O3", 50, "99.40", time_in_force="at_the_opening")
    assert trading.top() == ("99.0000", 1000)
    reports = trading.command("open")
    assert kinds(reports, "cl_ord_id", "last_px") == [
        ("trade", "filled", "O1", "99.5"), ("trade", "filled", "O2", "99.5"), ("canceled", "canceled", "O3", None),
    ]  # fmt: skip


def test_at_the_close_executes_at_the_last_price() -> None:
    trading = Trading("XNYS")
    trading.command("print", symbol="AAPL", px="101.25")
    trading.new("C1", 100, "102.00", time_in_force="at_the_close")
    trading.new("C2", 100, "101.00", time_in_force="at_the_close")
    reports = trading.command("close")
    assert kinds(reports, "cl_ord_id", "last_px") == [
        ("trade", "filled", "C1", "101.25"), ("canceled", "canceled", "C2", None),
    ]  # fmt: skip


def test_good_till_a_moment_expires_then() -> None:
    trading = Trading()
    trading.new("G", 100, "99.00", time_in_force="good_till_date", expire_time="2026-11-23T16:00:00+00:00")
    assert trading.passes(1, "2026-11-23T15:59:59+00:00") == []
    assert kinds(trading.passes(2, "2026-11-23T16:00:00+00:00"), "leaves_qty") == [("expired", "expired", "0")]
    assert trading.passes(3, DAY_2) == []


def test_good_till_a_date_expires_at_its_close() -> None:
    trading = Trading()
    trading.new("G", 100, "99.00", time_in_force="good_till_date", expire_date="2026-11-24")
    assert kinds(trading.command("close")) == [("done_for_day", "done_for_day")]
    trading.at = DAY_2
    assert kinds(trading.command("open"))[0] == ("restated", "new")
    assert kinds(trading.command("close")) == [("expired", "expired")]


def test_the_book_shows_nothing_of_what_waits() -> None:
    trading = Trading()
    trading.quote("99.00", "100.00")
    trading.new("S", 10, "101.00", ord_type="stop_limit", stop_px="100.50")
    trading.new("O", 10, "99.50", time_in_force="at_the_close")
    assert (trading.top(BUY), trading.top(SELL)) == (("99.0000", 1000), ("100.0000", 1000))
    assert trading.at == DAY_1
