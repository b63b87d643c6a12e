"""Kill -9 of the venues in mid-flow: nothing lost, nothing doubled, the same book afterwards."""

import contextlib
import json
import queue
from pathlib import Path
from typing import Any

import pytest

from routing.exchange.control import Control
from routing.exchange.journal import Journal
from routing.exchange.orders import ClientOrder
from routing.fix import codec
from tests.routing.exchange.trading import Trading
from tests.routing.venues import Client, Venues, running, until

ORDERS = 400


def drain(client: Client, into: dict[str, dict[str, Any]], until: int, timeout_s: float = 60) -> None:
    """Collect reports by ExecID until ``until`` orders have been acknowledged. A repeat must say the same."""
    acknowledged = {f["cl_ord_id"] for f in into.values() if f["exec_type"] in ("new", "order_status")}
    with contextlib.suppress(queue.Empty):
        while len(acknowledged) < until:
            report = client.next(timeout_s)
            keep(report, into)
            if report["exec_type"] in ("new", "order_status"):
                acknowledged.add(report["cl_ord_id"])
    assert len(acknowledged) == until
    for report in client.rest():
        keep(report, into)


def keep(report: dict[str, Any], into: dict[str, dict[str, Any]]) -> None:
    flags = {"poss_dup", "poss_resend", "orig_sending_time"}
    same = {name: value for name, value in report.items() if name not in flags}
    assert into.setdefault(report["exec_id"], same) == same


@pytest.mark.parametrize("after", [1, 120, 333])
def test_killed_between_orders(tmp_path: Path, after: int) -> None:
    """Four hundred orders, a kill somewhere among them: each is acknowledged once and fills once."""
    with running(tmp_path / "venues") as venues:
        client = Client(tmp_path / "client", venues.port).start()
        for n in range(ORDERS):
            client.new(f"K{n}", 10, "100.05" if n % 10 == 0 else "99.00")
            if n == after:
                venues.kill()
                venues.start()
        reports: dict[str, dict[str, Any]] = {}
        drain(client, reports, ORDERS)
        check(reports, venues)
        client.stop()


def check(reports: dict[str, dict[str, Any]], venues: Venues) -> None:
    """One acknowledgement an order, fills that add up, and the journal of the same opinion."""
    news = [f["cl_ord_id"] for f in reports.values() if f["exec_type"] == "new"]
    assert len(news) == len(set(news)) == ORDERS
    assert len({f["order_id"] for f in reports.values()}) == ORDERS
    venues.stop()
    kept = {order.cl_ord_id: order for order in Journal(venues.home / "journal.jsonl").remembered.orders}
    assert len(kept) == ORDERS
    for name, order in kept.items():
        trades = [f for f in reports.values() if f["cl_ord_id"] == name and f["exec_type"] == "trade"]
        assert sum(int(f["last_qty"]) for f in trades) == order.cum


def test_open_orders_are_still_there_in_their_places(tmp_path: Path) -> None:
    with running(tmp_path / "venues") as venues:
        client = Client(tmp_path / "client", venues.port).start()
        for name in ("FIRST", "SECOND"):
            client.new(name, 100, "99.00")
            client.next()
        client.replace("THIRD", "FIRST", 200, "99.00")  # more quantity: to the back of the queue
        assert client.next()["exec_type"] == "replaced"
        venues.kill()
        venues.start()
        client.status("THIRD")
        while (report := client.next(60))["exec_type"] == "replaced":  # it may say again what may not have left
            assert {"poss_dup", "poss_resend"} & set(report), report
        assert (report["exec_type"], report["ord_status"], report["order_qty"]) == ("order_status", "new", "200")
        client.new("SELL", 5_000, "99.00", side="sell")
        sold = []
        while len(sold) < 2:
            report = client.next()
            if report["exec_type"] == "trade" and report["cl_ord_id"] != "SELL":
                sold.append(report["cl_ord_id"])
        assert sold == ["SECOND", "THIRD"]
        client.stop()


def test_a_report_that_may_not_have_left_goes_out_again_under_its_exec_id(tmp_path: Path) -> None:
    """The journal has the report, the FIX engine may not have had it: PossResend, same ExecID."""
    home = tmp_path / "venues"
    home.mkdir()
    journal = Journal(home / "journal.jsonl")
    order = ClientOrder("O-1", "XNAS", "A1", "AAPL", "buy", "limit", "day", 100, 99 * 10**8, None, names=["A1"])
    fields = {
        "order_id": "O-1", "cl_ord_id": "A1", "exec_id": "E-1", "exec_type": "new", "ord_status": "new", "side": "buy",
        "symbol": "AAPL", "leaves_qty": "100", "cum_qty": "0", "avg_px": "0",
    }  # fmt: skip
    journal.write([order], [], {"XNAS": ("an earlier store", 7)}, [("XNAS", "8", fields)])
    journal.close()
    with running(home) as venues:
        # A client whose store is not new: the first logon of a new one starts both sides at 1 and drops what waits.
        client = Client(tmp_path / "client", venues.port, numbered=True).start()
        message = codec.decode(client.raw())
        assert (message.fields["exec_id"], message.fields["poss_resend"]) == ("E-1", True)
        assert client.rest() == []
        client.stop()


def test_a_torn_last_line_is_as_if_it_had_not_been(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    order = ClientOrder("O-1", "XNAS", "A1", "AAPL", "buy", "limit", "day", 100, 99 * 10**8, None, names=["A1"])
    journal.write([order], [], {"XNAS": ("then", 2)}, [])
    journal.close()
    with path.open("ab") as file:
        file.write(b'{"id":9,"orders":[["O-2"')
    again = Journal(path)
    assert [one.order_id for one in again.remembered.orders] == ["O-1"]
    assert again.remembered.read == {"XNAS": ("then", 2)}


def test_identifiers_are_never_given_twice(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    given: list[str] = []
    for _ in range(3):
        journal = Journal(path)
        ids = journal.ids()
        given += [next(ids) for _ in range(5)]
        journal.write([], [], {}, [])
        journal.close()
    assert len(set(given)) == 15


def test_what_waits_survives_a_kill(tmp_path: Path) -> None:
    """A stop, an iceberg's tranche and place, an auction order, a bust, a halt, a request in flight, faults."""
    with running(tmp_path / "venues") as venues:
        client = Client(tmp_path / "client", venues.port).start()
        control = Control(venues.home)
        control.run("XNAS", "quote", symbol="AAPL", bid="90.00", offer="110.00", once=True)
        client.new("STOP", 10, None, ord_type="stop", stop_px="150.00")
        client.new("ICE", 100, "99.00", max_floor="20")
        client.new("BEHIND", 10, "99.00")
        client.new("CLOSE", 10, "200.00", time_in_force="at_the_close")
        client.new("BUST", 100, "80.00")
        for _ in range(5):
            client.next()
        client.new("SELL", 30, "99.00", side="sell", time_in_force="immediate_or_cancel")
        client.rest()  # it has traded before the venue does nothing by itself any more
        control.run("XNAS", "fill", order="BUST", qty=40, px="80")
        control.run("XNAS", "bust", order="BUST")
        control.run("XNAS", "halt", symbol="MSFT")
        control.set_faults("XNAS", {"manual": True})
        client.replace("BUST2", "BUST", 300, "80.00")
        assert until(lambda: "BUST2" in (venues.home / "journal.jsonl").read_text(), 30)
        venues.kill()
        venues.start()
        names = ("ICE", "BUST", "CLOSE", "STOP")
        orders = {name: control.run("XNAS", "show", order=name, timeout_s=60)["result"] for name in names}
        assert [one["leaves_qty"] for one in orders.values()] == ["80", "100", "10", "10"]
        assert [one["qty"] for one in orders["BUST"]["executions"]] == ["0"]
        assert control.run("XNAS", "accept", order="BUST2")["result"]["order_qty"] == "300"
        assert control.run("XNAS", "resume", symbol="MSFT")["ok"]
        # Participants came back with their own quotes; ours stand where they stood. BEHIND is filled.
        control.run("XNAS", "quote", symbol="AAPL", bid=None, offer="110.00")
        assert control.run("XNAS", "book", symbol="AAPL")["result"]["bid_size"] == "20"
        assert control.run("XNAS", "print", symbol="AAPL", px="150.00")["ok"]
        assert control.run("XNAS", "close")["ok"]
        told: dict[str, list[str]] = {}
        for report in client.rest():
            if not report.get("poss_resend"):
                told.setdefault(report["cl_ord_id"], []).append(report["exec_type"])
        assert told["STOP"] == ["triggered", "trade"]
        assert told["CLOSE"] == ["trade"]
        assert told["BUST2"] == ["replaced", "expired"]
        client.stop()


def test_a_command_is_not_repeated_after_a_kill(tmp_path: Path) -> None:
    with running(tmp_path / "venues") as venues:
        client = Client(tmp_path / "client", venues.port).start()
        control = Control(venues.home)
        client.new("A", 100)
        client.next()
        for _ in range(3):
            control.run("XNAS", "fill", order="A", qty=10, timeout_s=60)
            client.next()
            venues.kill()
            venues.start()
        # A command written while the venues were down is done when they are up.
        venues.kill()
        name = control.tell("XNAS", "fill", order="A", qty=10)
        (venues.home / "outcomes.jsonl").write_text("")
        venues.start()
        assert control.wait(name, timeout_s=60)["result"]["cum_qty"] == "40"
        answered = [json.loads(line)["ok"] for line in (venues.home / "outcomes.jsonl").read_text().splitlines()]
        assert answered == [True] * 4
        client.stop()


def test_a_journal_that_is_rewritten_says_the_same(tmp_path: Path) -> None:
    trading = Trading()
    trading.new("A", 100)
    for args in ({"qty": 40, "px": "99"}, {"qty": 10, "px": "98"}):
        trading.command("fill", "A", **args)
    trading.command("correct", "A", px="97")
    trading.command("bust", "A", exec_id=trading.order("A").executions[0].ids[0])
    trading.behave(manual=True)
    trading.replace("B", "A", 200, "99.00")
    trading.command("halt", symbol="MSFT")
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.write([], [], {}, [("XNAS", "8", {"exec_id": "E"})])
    journal.rewrite(trading.entry, {"XNAS": ("then", 3)}, ["C1"])
    journal.close()
    again = Journal(path)
    (order,) = again.remembered.orders
    assert order.row() == trading.order("A").row()
    assert order.executions == trading.order("A").executions
    assert [one.name for one in again.remembered.waiting] == ["B"]
    assert again.remembered.shut == [("MSFT", "XNAS")]
    assert again.remembered.done == {"C1": {}}
    # The reports of the file before are still there to be said again.
    assert again.reports("XNAS") == [("XNAS", "8", {"exec_id": "E"})]
