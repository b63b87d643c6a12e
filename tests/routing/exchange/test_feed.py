"""Market data over sockets, the tape, and misbehaviour on demand."""

import gzip
import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from routing.exchange.book import BUY, SELL, Resting
from routing.exchange.control import Control
from routing.exchange.flow import open_market
from routing.exchange.tape import Tape, quote
from routing.exchange.universe import UNIT, Listed, Universe, to_text, to_units
from routing.fix import codec, marketdata
from routing.fix.marketdata import BID, OFFER, TRADE, MdEntry
from tests.routing.venues import UNIVERSE, Client, Venues, running, until


@contextmanager
def subscriber(venues: Venues, home: Path, *symbols: str) -> Iterator[Client]:
    client = Client(home, venues.port, "FEED").start()
    client.tell(body=marketdata.encode_request("R1", symbols))
    yield client
    client.stop()


def entries(client: Client, msg_type: str, timeout_s: float = 30) -> list[MdEntry]:
    """The entries of the next message of ``msg_type``."""
    while True:
        raw = client.raw(timeout_s)
        if codec.header(raw)["35"] == msg_type:
            return marketdata.decode_entries(raw)


def test_a_subscription_begins_with_a_snapshot_of_each_venue(tmp_path: Path) -> None:
    with running(tmp_path / "venues") as venues, subscriber(venues, tmp_path / "c", "AAPL", "NOPE", "BOND") as client:
        found = [entries(client, "W") for _ in range(3)]
        reject = codec.decode(client.raw()).fields
        found.append(entries(client, "W"))
        assert [(one[0].symbol, one[0].mic) for one in found] == [
            ("AAPL", "XNAS"), ("AAPL", "XNYS"), ("AAPL", "BATS"), ("BOND", "XNAS"),
        ]  # fmt: skip
        assert (reject["md_req_id"], reject["md_req_rej_reason"], reject["text"]) == ("R1", "0", "unknown symbol NOPE")
        bid, offer = found[0]
        assert (bid.kind, offer.kind) == (BID, OFFER)
        assert bid.px
        assert offer.px
        assert to_units(bid.px) < to_units(offer.px)
        assert client.quiet(0.6), "frozen quotes are silent"


def test_a_trade_and_the_new_top_are_told_within_a_tick(tmp_path: Path) -> None:
    with running(tmp_path / "venues") as venues, subscriber(venues, tmp_path / "f", "AAPL") as feed:
        for _ in range(3):
            entries(feed, "W")
        trader = Client(tmp_path / "c", venues.port).start()
        trader.new("A1", 100, "100.01")  # inside the spread: the new best bid
        changed = entries(feed, "X")
        assert changed == [MdEntry("AAPL", "XNAS", BID, "100.01", "100")]
        trader.send("D", {**_sell("A2", 40), "price": "100.01"})
        changed = entries(feed, "X")
        assert MdEntry("AAPL", "XNAS", TRADE, "100.01", "40") in changed
        assert MdEntry("AAPL", "XNAS", BID, "100.01", "60") in changed
        trader.stop()


def _sell(name: str, qty: int) -> dict[str, str]:
    return {
        "cl_ord_id": name, "symbol": "AAPL", "side": "sell", "order_qty": str(qty), "ord_type": "limit",
        "time_in_force": "day", "transact_time": "2026-11-23T15:00:00Z",
    }  # fmt: skip


def test_a_symbol_listed_later_can_be_asked_for(tmp_path: Path) -> None:
    with running(tmp_path / "venues") as venues, subscriber(venues, tmp_path / "f", "LATE") as feed:
        assert codec.decode(feed.raw()).msg_type == "Y"
        (venues.home / "universe.csv").write_text(UNIVERSE + "LATE,USD,0.01,100,50,XNAS,equity\n")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            feed.tell(body=marketdata.encode_request("R2", ["LATE"]))
            if codec.decode(feed.raw()).msg_type == "W":
                return
            feed.quiet(0.3)
        raise AssertionError("never listed")


def test_a_moving_market_is_conflated(tmp_path: Path) -> None:
    """Four hundred moves a second, and no more than a few messages: each the latest state."""
    options = ("--rate", "400")
    with running(tmp_path / "v", *options) as venues, subscriber(venues, tmp_path / "f", "AAPL", "MSFT") as feed:
        sent: list[datetime] = []
        while len(sent) < 9:
            raw = feed.raw()
            if codec.header(raw)["35"] == "X":
                # By the venues' clock: however late it is read here.
                sent.append(datetime.strptime(codec.header(raw)["52"], "%Y%m%d-%H:%M:%S.%f"))
                seen = [(one.symbol, one.mic, one.kind) for one in marketdata.decode_entries(raw)]
                assert len(seen) == len(set(seen))
        assert sent[-1] - sent[0] > timedelta(seconds=1.2)


def tape_file(path: Path, *rows: tuple[str, int, str, int]) -> Path:
    """A tape of (bid, bid size, ask, ask size)."""
    lines = ["ask_price,ask_size,bid_price,bid_size"]
    lines += [f"{ask},{ask_size},{bid},{bid_size}" for bid, bid_size, ask, ask_size in rows]
    with gzip.open(path, "wt") as file:
        file.write("\n".join(lines) + "\n")
    return path


AAPL = Listed("AAPL", UNIT // 100, 100, 100 * UNIT, ("XNAS", "BATS"))


def test_the_tape_is_quoted_as_it_is_and_a_tick_wider_elsewhere(tmp_path: Path) -> None:
    tape = Tape("AAPL", tape_file(tmp_path / "t.csv.gz", ("585.33", 18, "585.94", 200)), 5)
    market = open_market(AAPL, 1)
    quote(market, next(tape.due(0)))
    tops = {mic: (book.best(BUY), book.best(SELL)) for mic, book in market.books.items()}
    assert [(to_text(px), size) for px, size in tops["XNAS"] if px] == [("585.33", 18), ("585.94", 200)]
    assert [(to_text(px), size) for px, size in tops["BATS"] if px] == [("585.32", 18), ("585.95", 200)]


def test_a_resting_order_trades_when_the_tape_reaches_it(tmp_path: Path) -> None:
    rows = [("100.00", 50, "100.10", 50), ("99.90", 50, "99.99", 30), ("99.80", 50, "99.95", 500)]
    tape = Tape("AAPL", tape_file(tmp_path / "t.csv.gz", *rows), 1)
    market = open_market(AAPL, 1)
    quote(market, next(tape.due(0)))
    ours = Resting(BUY, to_units("100.05"), 100)
    assert market.books["XNAS"].enter(ours) == []
    fills = [fill for row in tape.due(2) for mic, some in quote(market, row) if mic == "XNAS" for fill in some]
    assert [(fill.qty, to_text(fill.price)) for fill in fills] == [(30, "100.05"), (70, "100.05")]
    assert fills[0].maker is ours


def test_the_tape_plays_at_its_speed_and_begins_again(tmp_path: Path) -> None:
    tape = Tape("AAPL", tape_file(tmp_path / "t.csv.gz", ("1.00", 1, "1.01", 1), ("1.02", 2, "1.03", 2)), 4)
    assert len(list(tape.due(0))) == 1
    assert [len(list(tape.due(0.25))) for _ in range(4)] == [1, 1, 1, 1]
    assert len(list(tape.due(1.0))) == 4


def test_the_tape_runs_in_the_process(tmp_path: Path) -> None:
    rows = [(f"{100 + n}.00", 10, f"{100 + n}.10", 10) for n in range(40)]
    option = f"AAPL={tape_file(tmp_path / 't.csv.gz', *rows)}"
    options = ("--tape", option, "--speed", "8", "--rate", "0")
    with running(tmp_path / "v", *options) as venues, subscriber(venues, tmp_path / "f", "AAPL") as feed:
        first = entries(feed, "X")
        later = entries(feed, "X")
        assert {one.mic for one in first} == {"XNAS", "XNYS", "BATS"}
        assert first != later
        assert all(one.size == "10" for one in later)


def test_faults_on_demand(tmp_path: Path) -> None:
    with running(tmp_path / "venues") as venues:
        client = Client(tmp_path / "c", venues.port).start()
        (venues.home / "faults.json").write_text(json.dumps({"reject": ["AAPL"]}))
        names = itertools.count(1)

        def suspended() -> bool:
            """The file is looked at now and then; until it was, orders rest."""
            client.new(f"R{next(names)}")
            return client.next().get("text") == "AAPL is suspended"

        assert until(suspended, 30)
        (venues.home / "faults.json").write_text(json.dumps({"ack_delay_s": 0.8}))
        Control(venues.home).run("XNAS", "faults")
        started = time.monotonic()
        client.new("A2")
        assert client.next()["exec_type"] == "new"
        assert time.monotonic() - started > 0.7
        (venues.home / "faults.json").write_text(json.dumps({"drop": ["XNAS"]}))
        assert until(lambda: client.outs > 0, 30)
        assert client.is_up.wait(60), "the client comes back"
        client.new("A3")
        assert client.next()["exec_type"] == "new"
        client.stop()


def test_bad_lines_of_the_universe_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "u.csv"
    path.write_text(UNIVERSE + "BAD,USD,0,100,1,XNAS,equity\nWORSE,USD,x,100,1,XNAS,equity\n")
    universe = Universe(path)
    assert universe.refresh()
    assert not universe.refresh()
    assert sorted(universe.listed) == ["AAPL", "BOND", "MSFT"]
