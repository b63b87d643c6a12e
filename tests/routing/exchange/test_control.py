"""Commands and standing faults of running venues, as a script, a page or a test gives them; over sockets."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from routing.exchange.control import CommandFailed, Control
from routing.fix import codec
from tests.routing.venues import AT, ROOT, Client, Venues, running, until


@pytest.fixture
def control(venues: Venues) -> Iterator[Control]:
    control = Control(venues.home)
    yield control
    control.set_faults("XNAS", {})


def named(client: Client, name: str) -> str:
    return client.prefix + name


def done(client: Client, control: Control, name: str, command: str, **args: Any) -> bool:
    """Whether the venue did it to the order; not, when it does not have the order yet."""
    try:
        return bool(control.run("XNAS", command, order=named(client, name), **args)["ok"])
    except CommandFailed as failure:
        if "has no order" not in str(failure):
            raise
        return False


def fill_when_there(client: Client, control: Control, name: str, qty: int) -> None:
    """Fill an order of which no report tells that it has reached the venue."""
    assert until(lambda: done(client, control, name, "fill", qty=qty), 30)


def there(client: Client, control: Control, name: str) -> bool:
    """Wait until the venue has an order of which no report tells, and whatever was sent before it."""
    return until(lambda: done(client, control, name, "show"), 30)


def test_a_fill_a_bust_and_a_correction(client: Client, control: Control) -> None:
    client.new("A1", 100)
    client.next()
    outcome = control.run("XNAS", "fill", order=named(client, "A1"), qty=40, px="98.5")
    trade = client.next()
    assert (trade["exec_type"], trade["last_qty"], trade["last_px"]) == ("trade", "40", "98.5")
    assert outcome["result"]["exec_id"] == trade["exec_id"]
    assert outcome["result"]["cum_qty"] == "40"
    control.run("XNAS", "correct", order=named(client, "A1"), px="98.4")
    correction = client.next()
    assert (correction["exec_type"], correction["exec_ref_id"]) == ("trade_correct", trade["exec_id"])
    control.run("XNAS", "bust", order=trade["order_id"])
    bust = client.next()
    assert (bust["exec_type"], bust["exec_ref_id"], bust["cum_qty"], bust["ord_status"]) == (
        "trade_cancel", correction["exec_id"], "0", "new",
    )  # fmt: skip


def test_a_command_that_is_refused_says_why(control: Control) -> None:
    with pytest.raises(CommandFailed, match="no order NOPE"):
        control.run("XNAS", "cancel", order="NOPE")
    with pytest.raises(CommandFailed, match="XLON is no venue here"):
        control.run("XLON", "open")


def test_a_command_happens_once_however_often_it_is_written(client: Client, venues: Venues, control: Control) -> None:
    client.new("A1", 100)
    client.next()
    line = {
        "id": f"same-{named(client, '')}",
        "venue": "XNAS",
        "command": "fill",
        "args": {"order": named(client, "A1"), "qty": "10"},
    }
    with (venues.home / "commands.jsonl").open("a") as file:
        file.write("nonsense\n" + f"{json.dumps(line)}\n" * 3)
    assert client.next()["cum_qty"] == "10"
    assert control.wait(line["id"])["ok"]
    assert client.rest() == []


def test_lost_reports_and_the_status_that_tells_the_truth(client: Client, control: Control) -> None:
    control.set_faults("XNAS", {"drop": True})
    client.new("A1", 100)
    fill_when_there(client, control, "A1", 60)
    assert client.rest() == []
    client.status("A1")
    report = client.next()
    assert (report["exec_type"], report["ord_status"], report["cum_qty"]) == ("order_status", "partially_filled", "60")


def test_doubled_reports_have_one_exec_id(client: Client, control: Control) -> None:
    control.set_faults("XNAS", {"duplicate": {"count": 1}})
    client.new("A1")
    assert client.next()["exec_id"] == client.next()["exec_id"]


def test_a_silent_venue_answers_when_it_is_released(client: Client, control: Control) -> None:
    control.set_faults("XNAS", {"silent": True})
    client.new("A1")
    client.status("A1")
    client.new("A2")
    assert there(client, control, "A2")
    assert client.quiet(0.5)
    assert client.is_up.is_set()
    control.set_faults("XNAS", {})
    assert control.run("XNAS", "release")["result"] == {"reports": 3}
    assert [client.next()["exec_type"] for _ in range(3)] == ["new", "order_status", "new"]


def test_pending_reports_come_first_and_requests_wait(client: Client, control: Control) -> None:
    control.set_faults("XNAS", {"pending": {"for_s": 0.3, "one_at_a_time": True}})
    client.new("A1")
    assert [client.next()["exec_type"] for _ in range(2)] == ["pending_new", "new"]
    # Long enough for the next request to come while this one waits.
    control.set_faults("XNAS", {"pending": {"for_s": 2, "one_at_a_time": True}})
    client.replace("A2", "A1", 200, "99.00")
    client.replace("A3", "A2", 300, "99.00")
    first, refusal, last = client.next(), client.next(), client.next()
    assert (first["exec_type"], first["ord_status"]) == ("pending_replace", "pending_replace")
    assert (refusal["msg_type"], refusal["cxl_rej_reason"], refusal["orig_cl_ord_id"]) == ("9", 3, "A1")
    assert (last["exec_type"], last["order_qty"]) == ("replaced", "200")


def test_faults_that_have_no_meaning_are_refused_and_leave_the_file(control: Control) -> None:
    with pytest.raises(ValueError, match="dorp"):
        control.set_faults("XNAS", {"dorp": 1})
    assert control.faults().get("sessions", {}) == {}


def test_the_connection_goes_and_comes_back(client: Client, control: Control) -> None:
    outs = client.outs
    control.run("XNAS", "disconnect")
    assert until(lambda: client.outs > outs, 30)
    assert client.is_up.wait(60)
    client.new("A1")
    assert client.next()["exec_type"] == "new"


def test_a_session_that_was_logged_out_may_log_on_again(tmp_path: Path) -> None:
    with running(tmp_path / "venues") as venues:
        client = Client(tmp_path / "client", venues.port).start()
        control = Control(venues.home)
        control.run("XNAS", "logout")
        assert until(lambda: client.outs > 0, 30)
        client.stop()
        control.run("XNAS", "book", symbol="AAPL")
        client.start()
        client.new("A1")
        assert client.next()["exec_type"] == "new"
        client.stop()


def test_everything_said_again_is_the_same(tmp_path: Path) -> None:
    with running(tmp_path / "venues") as venues:
        client = Client(tmp_path / "client", venues.port).start()
        control = Control(venues.home)
        for n in range(5):
            client.new(f"A{n}", 100, "100.10" if n % 2 else "99.00")
        first: list[dict[str, Any]] = []
        while len(first) < 7:
            first.append(client.next())
        assert control.run("XNAS", "replay")["result"] == {"reports": 7}
        again = [client.next() for _ in range(7)]
        assert all(report.pop("poss_resend") for report in again)
        assert again == first
        client.stop()


def cancel_all(client: Client) -> None:
    """Earlier tests' orders go."""
    client.send("q", {"cl_ord_id": "CLEAR", "mass_cancel_request_type": "all_orders", "transact_time": AT})
    client.rest()


def test_the_other_messages(client: Client, control: Control) -> None:
    cancel_all(client)
    control.run("XNAS", "quote", symbol="MSFT", bid="199.00", offer="200.00")
    control.run("XNAS", "quote", symbol="AAPL", bid="99.00", offer="100.00", offer_size=500)
    client.send("AB", {
        "cl_ord_id": "M1", "symbol": "[N/A]", "side": "buy", "order_qty": "300", "ord_type": "limit",
        "price": "-100.00", "time_in_force": "day", "transact_time": AT, "legs": [
            {"leg_symbol": "AAPL", "leg_ratio_qty": "1", "leg_side": "buy", "leg_ref_id": "L1"},
            {"leg_symbol": "MSFT", "leg_ratio_qty": "1", "leg_side": "sell", "leg_ref_id": "L2"},
        ],
    })  # fmt: skip
    assert client.next()["exec_type"] == "new"
    assert client.rest() == [], "it costs -99 and not -100"
    client.send("q", {"cl_ord_id": "Q1", "mass_cancel_request_type": "all_orders", "transact_time": AT})
    answer, canceled = client.next(), client.next()
    assert answer["mass_cancel_response"] == "all_orders"
    assert (canceled["exec_type"], canceled["cl_ord_id"]) == ("canceled", "M1")
    client.new("A1")
    client.next()
    client.send("AF", {"mass_status_req_id": "S1", "mass_status_req_type": "all_orders"})
    report = client.next()
    assert (report["mass_status_req_id"], report["tot_num_reports"], report["last_rpt_requested"]) == ("S1", 1, True)
    trade = {"order_id": report["order_id"], "exec_id": report["exec_id"], "dk_reason": "other"}
    client.send("Q", {**trade, "symbol": "AAPL", "side": "buy"})
    client.send("K", {"list_id": "L", "transact_time": AT})
    refusal = client.next()
    assert (refusal["msg_type"], refusal["ref_msg_type"], refusal["business_reject_reason"]) == ("j", "K", 3)


def test_stops_and_icebergs_over_the_wire(client: Client, control: Control) -> None:
    cancel_all(client)
    control.run("XNAS", "quote", symbol="AAPL", bid="99.00", offer="100.00")
    client.new("S1", 100, None, ord_type="stop", stop_px="150.00")
    client.new("I1", 100, "99.50", max_floor="10")
    client.new("P1", 100, "99.00", ord_type="pegged", peg_price_type="primary", exec_inst="cancel_on_trading_halt")
    reports = [client.next() for _ in range(3)]
    assert (reports[0]["stop_px"], reports[1]["max_floor"], reports[2]["peg_price_type"]) == ("150", "10", "primary")
    assert control.run("XNAS", "book", symbol="AAPL")["result"]["bid_size"] == "10"
    control.run("XNAS", "print", symbol="AAPL", px="150.00")
    assert [client.next()["exec_type"] for _ in range(2)] == ["triggered", "trade"]
    control.run("XNAS", "halt", symbol="AAPL")
    report = client.next()
    assert (report["cl_ord_id"], report["exec_restatement_reason"]) == ("P1", "cancel_on_trading_halt")
    control.run("XNAS", "resume", symbol="AAPL")
    control.run("XNAS", "unquote", symbol="AAPL")


def test_a_venue_of_fix_42(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ExecTransType and partial fills on the wire; in our words it is the same."""
    monkeypatch.setenv("FIX_VERSION", "FIX.4.2")
    with running(tmp_path / "venues", "--rate", "0", "--fix-version", "XNAS=FIX.4.2") as venues:
        client = Client(tmp_path / "client", venues.port).start()
        control = Control(venues.home)
        client.new("A1", 100)
        assert client.next()["exec_type"] == "new"
        control.run("XNAS", "fill", order="A1", qty=40, px="99")
        raw = client.raw()
        assert "\x0120=0\x01" in raw
        assert "\x01150=1\x01" in raw
        assert codec.decode(raw).fields["exec_type"] == "trade"
        control.run("XNAS", "bust", order="A1")
        raw = client.raw()
        assert "\x0120=1\x01" in raw
        assert codec.decode(raw).fields["exec_type"] == "trade_cancel"
        client.status("A1")
        assert client.next()["exec_type"] == "order_status"
        client.stop()


def test_from_the_command_line(client: Client, venues: Venues) -> None:
    client.new("A1")
    client.next()

    def venue(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", "venue", "XNAS", *arguments, "--home", str(venues.home)]
        return subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)

    found = venue("fill", named(client, "A1"), "30", "98.75", "--wait")
    assert json.loads(found.stdout)["cum_qty"] == "30", found.stderr
    assert client.next()["last_px"] == "98.75"
    assert "only 70 are left" in venue("fill", named(client, "A1"), "71").stderr
    assert json.loads(venue("faults", '{"duplicate": 0.01}').stdout)["sessions"] == {"XNAS": {"duplicate": 0.01}}
    assert "unknown: dorp" in venue("faults", '{"dorp": 0.01}').stderr
    assert json.loads(venue("faults", "{}").stdout)["sessions"] == {}
