"""What the venues answer, over real sockets: FIX 4.4 Appendix D, in the words of the reports."""

from typing import Any

import pytest

from tests.routing.venues import AT, Client, Venues, offered


def brief(report: dict[str, Any], *names: str) -> tuple[Any, ...]:
    """ExecType, OrdStatus, CumQty, LeavesQty and what else is named."""
    return tuple(report[name] for name in ("exec_type", "ord_status", "cum_qty", "leaves_qty", *names))


def test_an_order_away_from_the_market_rests(client: Client) -> None:
    client.new("A1", 100, "99.00")
    report = client.next()
    assert brief(report, "cl_ord_id") == ("new", "new", "0", "100", "A1")
    assert report["order_id"] != "NONE"
    assert client.rest() == []


def test_an_order_through_the_market_fills_at_the_resting_prices(client: Client) -> None:
    client.new("A1", 100, "100.10")
    assert client.next()["exec_type"] == "new"
    report = client.next()
    assert brief(report, "last_qty", "last_mkt") == ("trade", "filled", "100", "0", "100", "XNAS")
    assert report["avg_px"] == report["last_px"] < "100.10"


def test_avg_px_is_exact_over_many_partial_fills(client: Client) -> None:
    from decimal import Decimal

    client.new("A1", 1500, "100.10", time_in_force="immediate_or_cancel")
    client.next()
    gross, cum = Decimal(0), Decimal(0)
    while (report := client.next())["exec_type"] == "trade":
        gross += Decimal(report["last_px"]) * Decimal(report["last_qty"])
        cum += Decimal(report["last_qty"])
        assert Decimal(report["cum_qty"]) == cum
        assert abs(Decimal(report["avg_px"]) - gross / cum) <= Decimal("0.000000005")
        if report["leaves_qty"] == "0":
            break


def test_cancel_takes_the_new_name(client: Client) -> None:
    client.new("A1")
    order_id = client.next()["order_id"]
    client.cancel("A2", "A1")
    report = client.next()
    assert brief(report, "cl_ord_id", "orig_cl_ord_id", "order_id") == (
        "canceled", "canceled", "0", "0", "A2", "A1", order_id,
    )  # fmt: skip


def test_replace_restates_the_total(client: Client) -> None:
    client.new("A1", 100)
    client.next()
    client.replace("A2", "A1", 300, "98.50")
    report = client.next()
    assert brief(report, "order_qty", "price", "orig_cl_ord_id") == ("replaced", "new", "0", "300", "300", "98.5", "A1")


def test_replace_into_the_market_fills(client: Client) -> None:
    client.new("A1", 100)
    client.next()
    client.replace("A2", "A1", 100, "100.20")
    assert brief(client.next())[:2] == ("replaced", "new")
    assert brief(client.next(), "cl_ord_id")[:2] == ("trade", "filled")


def partly_filled(client: Client) -> int:
    """A1 buys all offers at the best price and rests with 50 left; answers CumQty."""
    client.new("P1", 5000, "100.00", symbol="AAPL")  # below the offer: rests
    assert client.next()["ord_status"] == "new"
    client.send("D", {
        "cl_ord_id": "P2", "symbol": "AAPL", "side": "sell", "order_qty": "4950", "ord_type": "limit",
        "price": "100.00", "time_in_force": "day", "transact_time": AT,
    })  # fmt: skip
    last = ""
    while True:
        report = client.next()
        if report["cl_ord_id"] == "P1":
            last = report["cum_qty"]
        if report["cl_ord_id"] == "P2" and report["ord_status"] == "filled":
            break
    # Reports of one trade: taker first, then maker.
    for report in client.rest():
        last = report["cum_qty"] if report["cl_ord_id"] == "P1" else last
    return int(last)


def test_replace_below_what_traded_ends_filled(client: Client) -> None:
    """C.3.c: the new total cannot be below CumQty; the order ends filled with what it has."""
    cum = partly_filled(client)
    client.replace("P3", "P1", cum - 1, "100.00")
    report = client.next()
    assert brief(report, "order_qty") == ("replaced", "filled", str(cum), "0", str(cum))


def test_too_late_to_cancel(client: Client) -> None:
    """B.1.c: the refusal carries the order's own status."""
    client.new("A1", 100, "100.10")
    client.next(), client.next()
    client.cancel("A2", "A1")
    refusal = client.next()
    assert (refusal["msg_type"], refusal["ord_status"], refusal["cxl_rej_reason"]) == ("9", "filled", 0)
    assert refusal["cxl_rej_response_to"] == "order_cancel_request"


def test_cancel_of_an_unknown_order(client: Client) -> None:
    """B.1.f: OrderID NONE, status rejected, and the name it named is not consumed."""
    client.cancel("A2", "A1")
    refusal = client.next()
    assert (refusal["order_id"], refusal["ord_status"], refusal["cxl_rej_reason"]) == ("NONE", "rejected", 1)
    client.new("A1")
    assert client.next()["exec_type"] == "new"


def test_a_refused_request_burns_its_own_name(client: Client) -> None:
    client.cancel("A2", "A1")
    client.next()
    client.new("A2")
    assert brief(client.next(), "ord_rej_reason")[:2] == ("rejected", "rejected")


def test_a_duplicate_order_is_rejected_with_the_status_of_the_first(client: Client) -> None:
    """F.1.b."""
    client.new("A1", 100, "100.10")
    client.next(), client.next()
    client.new("A1", 100, "100.10")
    report = client.next()
    assert (report["exec_type"], report["ord_status"], report["ord_rej_reason"]) == ("rejected", "filled", 6)


def test_a_possible_resend_of_a_known_order_only_asks(client: Client) -> None:
    """F.1.b, with PossResend (97): the state of the order, and no new order."""
    client.new("A1")
    client.next()
    client.new("A1", poss_resend=True)
    assert brief(client.next())[:2] == ("order_status", "new")
    assert client.rest() == []


def test_a_possible_resend_of_an_unknown_order_is_an_order(client: Client) -> None:
    client.new("A1", poss_resend=True)
    assert client.next()["exec_type"] == "new"


def test_a_possible_resend_of_a_cancel_only_asks(client: Client) -> None:
    client.new("A1")
    client.next()
    client.cancel("A2", "A1")
    client.next()
    client.cancel("A2", "A1", poss_resend=True)
    assert brief(client.next())[:2] == ("order_status", "canceled")


def test_status_of_a_known_and_an_unknown_order(client: Client) -> None:
    client.new("A1")
    client.next()
    client.status("A1")
    report = client.next()
    assert brief(report)[:2] == ("order_status", "new")
    assert "last_qty" not in report
    client.status("A9")
    report = client.next()
    assert (report["order_id"], report["ord_status"], report["ord_rej_reason"]) == ("NONE", "rejected", 5)


@pytest.mark.parametrize(
    ("changes", "reason", "text"),
    [
        ({"symbol": "NOPE"}, 1, "not traded"),
        ({"symbol": "BOND", "price": "99.0005"}, 99, "multiple of 0.001"),
        ({"price": "99.005"}, 99, "multiple of 0.01"),
        ({"price": None, "ord_type": "limit"}, 99, "needs a Price"),
        ({"order_qty": "0.5"}, 13, "whole number"),
        ({"order_qty": "0"}, 13, "whole number"),
        ({"ord_type": "limit_if_touched", "stop_px": "90"}, 11, "OrdType limit_if_touched is not supported on XNAS"),
        ({"time_in_force": "good_till_crossing"}, 11, "not supported"),
        ({"exec_inst": "all_or_none"}, 11, "ExecInst all_or_none is not supported on XNAS"),
        ({"ord_type": "stop", "price": None}, 99, "needs a StopPx"),
        ({"max_floor": "200"}, 13, "MaxFloor"),
        ({"time_in_force": "good_till_date"}, 99, "needs ExpireTime or ExpireDate"),
        ({"time_in_force": "good_till_date", "expire_time": "2020-01-01T00:00:00Z"}, 99, "expired already"),
        ({"order_qty": None}, 13, "OrderQty or CashOrderQty"),
    ],
)
def test_terms_a_venue_cannot_take(client: Client, changes: dict[str, Any], reason: int, text: str) -> None:
    client.new("A1", **changes)
    report = client.next()
    assert brief(report, "ord_rej_reason") == ("rejected", "rejected", "0", "0", reason)
    assert text in report["text"]


def test_immediate_or_cancel_takes_what_is_there(client: Client) -> None:
    client.new("A1", 100_000, "100.10", time_in_force="immediate_or_cancel")
    reports = [client.next()]
    while reports[-1]["ord_status"] not in ("canceled", "filled"):
        reports.append(client.next())
    assert reports[0]["exec_type"] == "new"
    assert reports[-1]["exec_type"] == "canceled"
    assert int(reports[-1]["cum_qty"]) == sum(int(r["last_qty"]) for r in reports if r["exec_type"] == "trade") > 0
    assert "orig_cl_ord_id" not in reports[-1]


def test_fill_or_kill_takes_all_or_nothing(client: Client) -> None:
    client.new("A1", 100_000, "100.10", time_in_force="fill_or_kill")
    assert [client.next()["exec_type"] for _ in range(2)] == ["new", "canceled"]
    client.new("A2", 100, "100.10", time_in_force="fill_or_kill")
    assert [client.next()["exec_type"] for _ in range(2)] == ["new", "trade"]


def test_replace_may_not_change_the_side(client: Client) -> None:
    client.new("A1")
    client.next()
    client.replace("A2", "A1", 100, "99.00", side="sell")
    refusal = client.next()
    assert (refusal["msg_type"], refusal["ord_status"], refusal["cxl_rej_response_to"]) == (
        "9", "new", "order_cancel_replace_request",
    )  # fmt: skip


def test_liquidity_that_was_taken_returns(client: Client, venues: Venues) -> None:
    for n in range(3):
        client.new(f"A{n}", 100_000, "100.10", time_in_force="immediate_or_cancel")
        kinds = [client.next()["exec_type"]]
        while kinds[-1] != "canceled":
            kinds.append(client.next()["exec_type"])
        assert set(kinds) == {"new", "trade", "canceled"}, "all that was offered, and there was something"
        assert offered(venues)


def test_quotes_follow_the_seed(venues: Venues) -> None:
    from routing.exchange.book import BUY, SELL
    from routing.exchange.flow import move, open_market
    from routing.exchange.universe import Universe

    universe = Universe(venues.home / "universe.csv")
    universe.refresh()
    runs = []
    for _ in range(2):
        market = open_market(universe.listed["AAPL"], seed=7)
        for _ in range(200):
            move(market)
        runs.append([(book.best(BUY), book.best(SELL)) for book in market.books.values()])
    assert runs[0] == runs[1]
    bids, offers = [top[0] for top in runs[0]], [top[1] for top in runs[0]]
    assert max(bid[0] for bid in bids if bid) < min(offer[0] for offer in offers if offer)
