"""The engine's port over real sockets: where it listens, what it resends, and when it starts again at 1."""

import os
import socket
from pathlib import Path

import pytest

from oms.base.ports import free_port
from routing.fix.listener import listen_instead
from tests.routing.venues import Client, Venues, running


def test_the_venues_listen_on_loopback_only(tmp_path: Path) -> None:
    with running(tmp_path / "venues") as venues:
        client = Client(tmp_path / "client", venues.port).start()
        listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        addresses = {row[1] for row in listening if row[3] == "0A" and row[1].endswith(f":{venues.port:04X}")}
        assert addresses == {f"0100007F:{venues.port:04X}"}
        client.stop()


def test_a_listener_takes_the_place_of_another() -> None:
    port = free_port()
    other = socket.socket()

    def start() -> None:
        other.bind(("127.0.0.1", 0))
        other.listen()

    listen_instead("127.0.0.1", port, start)
    with other, socket.create_connection(("127.0.0.1", port), 5) as there:
        accepted, address = other.accept()
        with accepted:
            assert address == there.getsockname()


def test_a_port_in_use_is_an_error_before_anything_starts() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(OSError, match="in use"):
            listen_instead("127.0.0.1", holder.getsockname()[1], lambda: pytest.fail("started"))


def while_away(venues: Venues, client: Client) -> None:
    """Send an order and a cancel while the venues are down, and bring them back."""
    venues.kill()
    while client.is_up.is_set():
        client.quiet(0.05)
    client.new("A1")
    client.cancel("A2", "A1")
    venues.start()


def test_what_was_sent_while_logged_out_arrives_after(tmp_path: Path) -> None:
    with running(tmp_path / "venues") as venues:
        client = Client(tmp_path / "client", venues.port).start()
        while_away(venues, client)
        assert [client.next(60)["exec_type"], client.next()["exec_type"]] == ["new", "canceled"]
        client.stop()


def test_an_order_too_old_for_its_market_is_not_resent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gap is filled; the cancel, which can do no harm, still goes out and finds no order."""
    monkeypatch.setitem(os.environ, "STALE_S", "0")
    with running(tmp_path / "venues") as venues:
        client = Client(tmp_path / "client", venues.port).start()
        while_away(venues, client)
        refusal = client.next(60)
        assert (refusal["msg_type"], refusal["cl_ord_id"], refusal["cxl_rej_reason"]) == ("9", "A2", 1)
        client.new("A3")
        assert client.next()["exec_type"] == "new"
        client.stop()


def test_a_lost_store_starts_both_sides_at_1(tmp_path: Path) -> None:
    with running(tmp_path / "venues") as venues:
        client = Client(tmp_path / "client", venues.port).start()
        for n in range(3):
            client.new(f"A{n}")
            client.next()
        client.kill()
        again = Client(tmp_path / "another", venues.port).start()
        assert again.send("H", {"cl_ord_id": "A0", "symbol": "AAPL", "side": "buy"}) == 2
        assert again.next()["ord_status"] == "new"
        again.stop()
