"""Requests that wait, chains of them, what venues do unasked, days and halts: on the kernel, without sockets."""

from typing import Any

import pytest

from routing.exchange.actions import Refused
from tests.routing.exchange.trading import DAY_2, Trading, kinds

PENDING: dict[str, Any] = {"pending": {"for_s": 1}}


def numbers(report: dict[str, Any]) -> tuple[str, str, str]:
    return report["order_qty"], report["cum_qty"], report["leaves_qty"]


# Pending.


def test_a_cancel_is_pending_and_a_fill_meanwhile_keeps_the_old_name() -> None:
    """B.1.b."""
    trading = Trading(pending={"cancel": True, "for_s": 1})
    trading.new("X", 10_000)
    assert kinds(trading.cancel("Y", "X"), "cl_ord_id", "orig_cl_ord_id", "leaves_qty") == [
        ("pending_cancel", "pending_cancel", "Y", "X", "10000"),
    ]  # fmt: skip
    assert kinds(trading.command("fill", "X", qty=1000), "cl_ord_id") == [("trade", "pending_cancel", "X")]
    (report,) = trading.passes(1.0)
    assert kinds([report], "cl_ord_id", "orig_cl_ord_id") == [("canceled", "canceled", "Y", "X")]
    assert numbers(report) == ("10000", "1000", "0")


def test_an_order_filled_while_its_cancel_was_pending_ends_filled() -> None:
    """B.1.c: too late, and OrdStatus says Filled."""
    trading = Trading(**PENDING)
    trading.behave(pending={"cancel": True, "for_s": 1})
    trading.new("X")
    trading.passes(1.0)
    trading.cancel("Y", "X")
    assert kinds(trading.command("fill", "X")) == [("trade", "pending_cancel")]
    (refusal,) = trading.passes(2.0)
    assert (refusal["msg_type"], refusal["ord_status"], refusal["cxl_rej_reason"]) == ("9", "filled", 0)
    assert refusal["orig_cl_ord_id"] == "X"


def test_replaces_in_flight_are_answered_in_order() -> None:
    """D.2.a: each names the one before it, though that has no answer yet."""
    trading = Trading(**PENDING)
    trading.new("X", 10_000)
    trading.passes(1.0)
    assert kinds(trading.replace("Y", "X", 8000, "99.00")) == [("pending_replace", "pending_replace")]
    assert kinds(trading.replace("Z", "Y", 7000, "99.00"), "orig_cl_ord_id") == [
        ("pending_replace", "pending_replace", "X"),
    ]  # fmt: skip
    first, second = trading.passes(2.0)
    assert kinds([first], "cl_ord_id", "orig_cl_ord_id", "order_qty") == [
        ("replaced", "pending_replace", "Y", "X", "8000"),
    ]  # fmt: skip
    assert kinds([second], "cl_ord_id", "orig_cl_ord_id", "order_qty") == [("replaced", "new", "Z", "Y", "7000")]


def test_one_at_a_time_refuses_the_second_replace() -> None:
    """D.2.c: CxlRejReason 3, and OrigClOrdID is the last accepted."""
    trading = Trading(pending={"replace": True, "for_s": 1, "one_at_a_time": True})
    trading.new("X", 10_000)
    trading.passes(1.0)
    trading.replace("Y", "X", 8000, "99.00")
    (refusal,) = trading.replace("Z", "Y", 7000, "99.00")
    assert (refusal["msg_type"], refusal["cxl_rej_reason"], refusal["orig_cl_ord_id"], refusal["ord_status"]) == (
        "9", 3, "X", "pending_replace",
    )  # fmt: skip
    assert kinds(trading.passes(2.0), "order_qty") == [("replaced", "new", "8000")]


def test_an_order_is_canceled_before_it_was_acknowledged() -> None:
    trading = Trading(pending={"new": True, "for_s": 5})
    assert kinds(trading.new("X")) == [("pending_new", "pending_new")]
    trading.behave()
    assert kinds(trading.cancel("Y", "X"), "cl_ord_id") == [("canceled", "canceled", "Y")]
    assert trading.passes(10.0) == []


def test_by_hand_everything_waits_for_a_command() -> None:
    """C.1.b, driven: the venue reports what it is told to, when it is told to."""
    trading = Trading(manual=True)
    trading.quote("98.00", "99.00")
    assert trading.new("X", 10_000) == []
    assert kinds(trading.command("pend", "X")) == [("pending_new", "pending_new")]
    assert kinds(trading.command("accept", "X")) == [("new", "new")]
    trading.command("fill", "X", qty=1000, px="99")
    assert trading.replace("Y", "X", 12_000, "99.00") == []
    (report,) = trading.command("pend", "Y")
    assert (report["ord_status"], numbers(report)) == ("pending_replace", ("10000", "1000", "9000"))
    (report,) = trading.command("fill", "X", qty=100, px="99")
    assert (report["cl_ord_id"], report["ord_status"], numbers(report)) == (
        "X", "pending_replace", ("10000", "1100", "8900"),
    )  # fmt: skip
    (report,) = trading.command("accept", "Y")
    assert (report["ord_status"], numbers(report)) == ("partially_filled", ("12000", "1100", "10900"))
    trading.cancel("Z", "Y")
    (refusal,) = trading.command("refuse", "Z", reason=2)
    assert (refusal["msg_type"], refusal["cxl_rej_reason"], refusal["ord_status"]) == ("9", 2, "partially_filled")
    assert kinds(trading.command("fill", "Y", px="99"), "cl_ord_id") == [("trade", "filled", "Y")]


def test_an_order_that_waits_can_be_refused_or_filled_before_its_acknowledgement() -> None:
    trading = Trading(manual=True)
    trading.new("X")
    assert kinds(trading.command("refuse", "X", reason=3), "ord_rej_reason") == [("rejected", "rejected", 3)]
    trading.new("Y")
    assert kinds(trading.command("fill", "Y", qty=10)) == [("trade", "partially_filled")]
    assert kinds(trading.command("accept", "Y")) == [("new", "partially_filled")]


def test_a_replace_revives_a_filled_order_where_the_venue_does_that() -> None:
    """C.1.c; elsewhere it is too late."""
    trading = Trading()
    trading.new("X")
    trading.command("fill", "X")
    (refusal,) = trading.replace("Y", "X", 200, "99.00")
    assert (refusal["msg_type"], refusal["ord_status"], refusal["cxl_rej_reason"]) == ("9", "filled", 0)
    trading.behave(revive_filled=True)
    (report,) = trading.replace("Z", "X", 200, "99.00")
    assert (report["exec_type"], report["ord_status"], numbers(report)) == (
        "replaced", "partially_filled", ("200", "100", "100"),
    )  # fmt: skip
    assert trading.top() == ("99.0000", 100)


# Unasked.


def test_unsolicited_cancel_and_restatement() -> None:
    """E.1.b, E.1.d."""
    trading = Trading()
    trading.new("X", 10_000)
    (report,) = trading.command("restate", "X", qty=9000)
    assert kinds([report], "exec_restatement_reason", "orig_cl_ord_id") == [
        ("restated", "new", "partial_decline", None)
    ]
    assert numbers(report) == ("9000", "0", "9000")
    assert trading.top() == ("99.0000", 9000)
    (report,) = trading.command("cancel", "X")
    assert kinds([report], "exec_restatement_reason", "orig_cl_ord_id") == [
        ("canceled", "canceled", "verbal_change", None)
    ]
    assert trading.top() is None


def test_busts_and_corrections() -> None:
    """J.1.a, to the letter: references, averages, a filled order that lives again."""
    trading = Trading(manual=True, revive_filled=True)
    trading.new("X", 10_000, "130")
    trading.command("accept", "X")
    (c,) = trading.command("fill", "X", qty=1000, px="100")
    (d,) = trading.command("fill", "X", qty=9000, px="110")
    assert (d["ord_status"], d["avg_px"]) == ("filled", "109")
    (e,) = trading.command("bust", "X", exec_id=c["exec_id"])
    assert kinds([e], "exec_ref_id", "avg_px") == [("trade_cancel", "partially_filled", c["exec_id"], "110")]
    assert numbers(e) == ("10000", "9000", "1000")
    (f,) = trading.command("correct", "X", exec_id=d["exec_id"], px="100")
    assert kinds([f], "exec_ref_id", "avg_px", "last_qty") == [
        ("trade_correct", "partially_filled", d["exec_id"], "100", "9000"),
    ]  # fmt: skip
    (g,) = trading.command("fill", "X", qty=1000, px="120")
    assert (g["ord_status"], g["avg_px"]) == ("filled", "102")
    # Named by its first ExecID, referred to by its latest.
    (h,) = trading.command("correct", "X", exec_id=d["exec_id"], px="120")
    assert (h["exec_ref_id"], h["ord_status"], h["avg_px"]) == (f["exec_id"], "filled", "120")
    trading.replace("Y", "X", 12_000, "130")
    (j,) = trading.command("accept", "Y")
    assert (j["ord_status"], numbers(j)) == ("partially_filled", ("12000", "10000", "2000"))
    (k,) = trading.command("correct", "Y", exec_id=h["exec_id"], qty=9500)
    assert (k["exec_ref_id"], k["last_qty"], numbers(k)) == (h["exec_id"], "9500", ("12000", "10500", "1500"))
    with pytest.raises(Refused, match="busted"):
        trading.command("bust", "Y", exec_id=c["exec_id"])


def test_a_busted_fill_returns_to_the_book() -> None:
    trading = Trading()
    trading.quote(None, "99.00", 100)
    trading.new("X", 100)
    assert kinds(trading.command("bust", "X")) == [("trade_cancel", "new")]
    assert trading.top() == ("99.0000", 100)


def test_late_fill_bust_and_overfill_leave_a_closed_order_closed() -> None:
    """J.1.b: Canceled outlives what happens to quantities."""
    trading = Trading()
    trading.new("X")
    trading.cancel("Y", "X")
    (report,) = trading.command("late_fill", "X", qty=30, px="99")
    assert (report["ord_status"], numbers(report)) == ("canceled", ("100", "30", "0"))
    assert kinds(trading.command("bust", "X"), "cum_qty") == [("trade_cancel", "canceled", "0")]
    trading.new("Z")
    (report,) = trading.command("overfill", "Z", qty=130)
    assert (report["ord_status"], numbers(report)) == ("filled", ("100", "130", "0"))


def test_stopped_guarantees_and_executes_later() -> None:
    """L.1.a."""
    trading = Trading()
    trading.quote("98.00", "99.50")
    trading.new("X", 10_000)
    (report,) = trading.command("stop", "X", qty=1000, px="50.10")
    assert kinds([report], "last_qty", "last_px", "cum_qty") == [("stopped", "stopped", "1000", "50.1", "0")]
    (report,) = trading.command("fill", "X", qty=1000, px="50.00")
    assert (report["ord_status"], numbers(report)) == ("stopped", ("10000", "1000", "9000"))


def test_done_expired_rejected_late_and_unknown() -> None:
    trading = Trading()
    for name in ("A", "B", "C"):
        trading.new(name)
    assert kinds(trading.command("done_for_day", "A"), "leaves_qty") == [("done_for_day", "done_for_day", "0")]
    assert kinds(trading.command("expire", "B"), "leaves_qty") == [("expired", "expired", "0")]
    assert kinds(trading.command("reject", "C", reason=3), "ord_rej_reason") == [("rejected", "rejected", 3)]
    (report,) = trading.command("unknown", symbol="AAPL", side="sell", qty=10, px="99")
    assert kinds([report], "last_qty", "side") == [("trade", "filled", "10", "sell")]
    assert trading.entry.named("XNAS", report["cl_ord_id"]) is None


@pytest.mark.parametrize(
    ("command", "args", "why"),
    [
        ("cancel", {"order": "NOPE"}, "no order NOPE"),
        ("cancel", {}, "order is needed"),
        ("fill", {"order": "X", "qty": 101}, "only 100 are left"),
        ("fill", {"order": "X", "qty": "1.5"}, "whole number"),
        ("overfill", {"order": "X", "qty": 100}, "no overfill"),
        ("late_fill", {"order": "X", "qty": 1}, "the order is new"),
        ("bust", {"order": "X"}, "no such execution"),
        ("accept", {"order": "X"}, "no request X"),
        ("cancel", {"order": "X", "reason": "whim"}, "reason is a code"),
        ("halt", {"symbol": "NOPE"}, "not traded"),
        ("dance", {}, "no command dance"),
        ("cancel", {"order": "X", "colour": "red"}, "does not take colour"),
    ],
)
def test_a_command_that_makes_no_sense_changes_nothing(command: str, args: dict[str, Any], why: str) -> None:
    trading = Trading()
    trading.new("X")
    before = trading.order("X").row()
    with pytest.raises(Refused, match=why):
        trading.command(command, **args)
    assert trading.said() == []
    assert trading.order("X").row() == before


# Days and halts.


def test_a_day_ends_and_a_gtc_order_is_restated() -> None:
    """H.1.a: Done for Day keeps LeavesQty; next day Restated (1), and the day's quantities."""
    trading = Trading()
    trading.new("X", 10_000, time_in_force="good_till_cancel")
    trading.new("D", 100)
    trading.command("fill", "X", qty=2000, px="99")
    reports = trading.command("close")
    assert kinds(reports, "cl_ord_id", "leaves_qty") == [
        ("done_for_day", "done_for_day", "X", "8000"), ("expired", "expired", "D", "0"),
    ]  # fmt: skip
    assert trading.top() is None
    assert kinds(trading.new("N", time_in_force="immediate_or_cancel"), "ord_rej_reason") == [
        ("rejected", "rejected", 2)
    ]
    trading.at = DAY_2
    (report,) = trading.command("open")
    names = ("exec_restatement_reason", "leaves_qty", "day_order_qty", "day_cum_qty", "day_avg_px")
    assert kinds([report], *names) == [("restated", "partially_filled", "gt_renewal", "8000", "8000", "0", "0")]
    (report,) = trading.command("fill", "X", qty=1000, px="98")
    assert kinds([report], "leaves_qty", "day_order_qty", "day_cum_qty", "day_avg_px") == [
        ("trade", "partially_filled", "7000", "8000", "1000", "98"),
    ]  # fmt: skip
    assert trading.top() == ("99.0000", 7000)


def test_how_a_day_ends_is_a_habit() -> None:
    trading = Trading(day_end="done_for_day", gt_done_for_day=False)
    trading.new("X", time_in_force="good_till_cancel")
    trading.new("D")
    assert kinds(trading.command("close"), "cl_ord_id", "leaves_qty") == [("done_for_day", "done_for_day", "D", "0")]
    assert kinds(trading.command("open"), "cl_ord_id") == [("restated", "new", "X")]


def test_a_gtc_order_reported_expired_at_night_lives_on() -> None:
    trading = Trading(expire_gtc=True)
    trading.new("X", time_in_force="good_till_cancel")
    assert kinds(trading.command("close"), "leaves_qty") == [("expired", "expired", "0")]
    assert kinds(trading.command("open"), "leaves_qty") == [("restated", "new", "100")]


def test_a_halt_cancels_suspends_or_only_waits() -> None:
    """K.1.a, K.1.b."""
    trading = Trading()
    trading.quote("98.00", "100.00")
    trading.new("K", exec_inst="cancel_on_trading_halt")
    trading.new("J", exec_inst="reinstate_on_trading_halt")
    trading.new("P")
    reports = trading.command("halt", symbol="AAPL")
    assert kinds(reports, "cl_ord_id", "exec_restatement_reason") == [
        ("canceled", "canceled", "K", "cancel_on_trading_halt"), ("suspended", "suspended", "J", None),
    ]  # fmt: skip
    assert trading.top() == ("98.0000", 1000)
    assert kinds(trading.new("Q", 100, "100.00")) == [("new", "new")]
    assert kinds(trading.new("I", time_in_force="fill_or_kill"), "ord_rej_reason") == [("rejected", "rejected", 2)]
    reports = trading.command("resume", symbol="AAPL")
    assert kinds(reports, "cl_ord_id") == [("new", "new", "J"), ("trade", "filled", "Q")]
    assert trading.top() == ("99.0000", 200)


# Many orders at once, and spreads.


def test_mass_status_numbers_its_reports() -> None:
    trading = Trading()
    ask = {"mass_status_req_id": "M1", "mass_status_req_type": "all_orders"}
    (report,) = trading.send("AF", **ask)
    assert (report["ord_status"], report["tot_num_reports"], report["last_rpt_requested"]) == ("rejected", 0, True)
    for name in ("A", "B"):
        trading.new(name)
    reports = trading.send("AF", **ask)
    names = ("cl_ord_id", "mass_status_req_id", "tot_num_reports", "last_rpt_requested")
    assert kinds(reports, *names) == [
        ("order_status", "new", "A", "M1", 2, False), ("order_status", "new", "B", "M1", 2, True),
    ]  # fmt: skip


def test_mass_cancel_by_symbol_and_of_everything() -> None:
    trading = Trading()
    trading.new("A")
    trading.new("B", symbol="MSFT")
    ask = {"transact_time": trading.at, "mass_cancel_request_type": "orders_for_a_security"}
    answer, *reports = trading.send("q", cl_ord_id="Q1", symbol="MSFT", **ask)
    assert (answer["msg_type"], answer["mass_cancel_response"], answer["total_affected_orders"]) == (
        "r", "orders_for_a_security", 1,
    )  # fmt: skip
    assert kinds(reports, "cl_ord_id") == [("canceled", "canceled", "B")]
    (answer,) = trading.send("q", cl_ord_id="Q2", symbol="NOPE", **ask)
    assert (answer["mass_cancel_response"], answer["mass_cancel_reject_reason"]) == ("request_rejected", 1)
    answer, *reports = trading.send("q", cl_ord_id="Q3", **ask | {"mass_cancel_request_type": "all_orders"})
    assert kinds(reports, "cl_ord_id") == [("canceled", "canceled", "A")]


LEGS = [
    {"leg_symbol": "AAPL", "leg_ratio_qty": "1", "leg_side": "buy", "leg_ref_id": "L1"},
    {"leg_symbol": "MSFT", "leg_ratio_qty": "2", "leg_side": "sell", "leg_ref_id": "L2"},
]


def spread(trading: Trading, name: str, qty: int, price: str | None, **more: Any) -> list[dict[str, Any]]:
    fields = {
        "cl_ord_id": name, "symbol": "AAPL/MSFT", "side": "buy", "order_qty": str(qty), "ord_type": "limit",
        "price": price, "time_in_force": "day", "transact_time": trading.at, "legs": LEGS,
    }  # fmt: skip
    return trading.send(more.pop("msg_type", "AB"), **fields | more)


def test_a_spread_executes_in_its_ratio_when_the_net_price_allows() -> None:
    trading = Trading()
    trading.quote("99.00", "100.00", 50)
    trading.quote("40.00", "41.00", 60, symbol="MSFT")
    # One unit costs 100 - 2 x 40 = 20; the bid for MSFT is enough for 30 units.
    assert kinds(spread(trading, "M", 40, "19.99")) == [("new", "new")]
    reports = spread(trading, "M2", 40, "20.00", msg_type="AC", orig_cl_ord_id="M")
    names = ("multi_leg_reporting_type", "leg_ref_id", "symbol", "side", "last_qty", "last_px", "cum_qty")
    assert kinds(reports[1:], *names) == [
        ("trade", "partially_filled", "multileg_security", None, "AAPL/MSFT", "buy", "30", "20", "30"),
        ("trade", "partially_filled", "individual_leg", "L1", "AAPL", "buy", "30", "100", "30"),
        ("trade", "partially_filled", "individual_leg", "L2", "MSFT", "sell", "60", "40", "30"),
    ]  # fmt: skip
    reports = trading.quote("40.00", "41.00", 100, symbol="MSFT")
    assert [report["last_qty"] for report in reports] == ["10", "10", "20"]
    assert trading.order("M").ord_status == "filled"


def test_a_busted_spread_is_busted_leg_by_leg() -> None:
    trading = Trading()
    trading.quote("99.00", "100.00", 50)
    trading.quote("40.00", "41.00", 60, symbol="MSFT")
    made = {report.get("leg_ref_id"): report["exec_id"] for report in spread(trading, "M", 40, "20.00")[1:]}
    busts = trading.command("bust", "M")
    assert kinds(busts, "multi_leg_reporting_type", "leg_ref_id", "exec_ref_id", "last_qty", "cum_qty") == [
        ("trade_cancel", "new", "multileg_security", None, made[None], "0", "0"),
        ("trade_cancel", "new", "individual_leg", "L1", made["L1"], "30", "0"),
        ("trade_cancel", "new", "individual_leg", "L2", made["L2"], "60", "0"),
    ]  # fmt: skip
    with pytest.raises(Refused):
        trading.command("correct", "M", px="1")


def test_a_spread_is_all_or_nothing_when_told_so_and_can_be_canceled() -> None:
    trading = Trading()
    trading.quote("99.00", "100.00", 50)
    trading.quote("40.00", "41.00", 60, symbol="MSFT")
    assert kinds(spread(trading, "F", 40, None, ord_type="market", time_in_force="fill_or_kill"))[-1] == (
        "canceled", "canceled",
    )  # fmt: skip
    spread(trading, "D", 40, "1.00")
    assert kinds(trading.send("F", cl_ord_id="D2", orig_cl_ord_id="D", symbol="AAPL/MSFT", side="buy")) == [
        ("canceled", "canceled"),
    ]  # fmt: skip
    (report,) = spread(trading, "B", 40, "1.00", legs=[*LEGS, {"leg_symbol": "NOPE", "leg_side": "buy"}])
    assert (report["exec_type"], report["ord_rej_reason"]) == ("rejected", 1)
