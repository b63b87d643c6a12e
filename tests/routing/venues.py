"""Running venues, and a client that speaks FIX to them: real processes and sockets on loopback."""

import itertools
import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from oms.base.ports import free_port
from routing.exchange.control import Control
from routing.fix import codec

ROOT = Path(__file__).resolve().parent.parent.parent
UNIVERSE = """symbol,currency,tick,lot,price,venues,kind
AAPL,USD,0.01,100,100,XNAS|XNYS|BATS,equity
MSFT,USD,0.01,100,200,XNAS|XNYS|BATS,equity
BOND,USD,0.001,1000,99.5,XNAS,government_bond
"""
AT = "2026-11-23T15:00:00+00:00"
Fields = dict[str, Any]


class Venues:
    """The exchange process; ``kill`` is SIGKILL."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        self.port = free_port()
        self.options = options
        home.mkdir(parents=True, exist_ok=True)
        (home / "universe.csv").write_text(UNIVERSE)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Venues":
        command = [sys.executable, "-m", "routing.exchange", "--home", str(self.home), "--port", str(self.port)]
        log = (self.home / "log.txt").open("ab")
        with log:
            self.process = subprocess.Popen([*command, *self.options], cwd=ROOT, stdout=log, stderr=log)
        return self

    def kill(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


class Client:
    """One initiator, in a process of its own, with a queue of what it received."""

    def __init__(
        self, home: Path, port: int, name: str = "XNAS", *, heartbeat_s: int = 30, numbered: bool = False
    ) -> None:
        self.name = name
        if numbered:
            store = home / "store"
            store.mkdir(parents=True)
            # QuickFIX's own format: next number out, next number in.
            (store / f"FIX.4.4-OMS-{name}.seqnums").write_text(f"{2:020d} : {1:020d}")
        self.arguments = [str(home), str(port), name, str(heartbeat_s)]
        self.received: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.sent: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.is_up = threading.Event()
        # How often it was logged out: a logon may follow sooner than a test looks.
        self.outs = 0
        self.prefix = ""
        self._questions = itertools.count(1)

    def begin(self, prefix: str) -> None:
        """A new test: ClOrdIDs are its own, and what came late for the last one is gone."""
        self.rest()
        self.prefix = prefix

    def start(self) -> "Client":
        command = [sys.executable, "-m", "tests.routing.initiator", *self.arguments]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._listening = threading.Thread(target=self._listen, args=(self.process,), daemon=True)
        self._listening.start()
        assert self.is_up.wait(60), "no logon"
        return self

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout
        for line in process.stdout:
            told = json.loads(line)
            if "raw" in told:
                self.received.put(told["raw"])
            elif "sent" in told:
                self.sent.put(told["sent"])
            elif told["up"]:
                self.is_up.set()
            else:
                self.is_up.clear()
                self.outs += 1

    def tell(self, **order: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self._ended()

    def kill(self) -> None:
        self.process.kill()
        self._ended()

    def _ended(self) -> None:
        self.process.wait(60)
        self._listening.join(60)
        self.is_up.clear()

    def send(self, msg_type: str, fields: Fields) -> int:
        """Send it; answer its MsgSeqNum."""
        names = ("cl_ord_id", "orig_cl_ord_id")
        fields = fields | {name: self.prefix + fields[name] for name in names if name in fields}
        self.tell(msg_type=msg_type, fields=fields)
        return self.sent.get(timeout=120)

    def raw(self, timeout_s: float = 120) -> str:
        return self.received.get(timeout=timeout_s)

    def next(self, timeout_s: float = 120) -> Fields:
        """The next message: its fields, and its type as ``msg_type``."""
        message = codec.decode(self.raw(timeout_s))
        names = {
            name: message.fields[name].removeprefix(self.prefix)
            for name in ("cl_ord_id", "orig_cl_ord_id") if name in message.fields
        }  # fmt: skip
        return {**message.fields, **names, "msg_type": message.msg_type}

    def rest(self) -> list[Fields]:
        """All that comes before the answer to a question that is asked now: a venue answers in the order of requests."""
        name, found = f"Q{next(self._questions)}", []
        self.status(name)
        while (message := self.next()).get("cl_ord_id") != name:
            found.append(message)
        return found

    def quiet(self, for_s: float) -> bool:
        """Nothing comes for so long, where nobody would answer a question; what has come on the way is not ruled out."""
        try:
            self.received.get(timeout=for_s)
        except queue.Empty:
            return True
        return False

    def new(self, cl_ord_id: str, qty: int = 100, price: str | None = "99.00", **more: Any) -> int:
        """A day order to buy AAPL, away from the market unless told otherwise."""
        return self.send("D", new_order(cl_ord_id, qty, price, **more))

    def cancel(self, cl_ord_id: str, orig: str, **more: Any) -> int:
        fields = {"cl_ord_id": cl_ord_id, "orig_cl_ord_id": orig, "symbol": "AAPL", "side": "buy", "transact_time": AT}
        return self.send("F", fields | more)

    def replace(self, cl_ord_id: str, orig: str, qty: int, price: str, **more: Any) -> int:
        return self.send("G", new_order(cl_ord_id, qty, price) | {"orig_cl_ord_id": orig} | more)

    def status(self, cl_ord_id: str) -> int:
        return self.send("H", {"cl_ord_id": cl_ord_id, "symbol": "AAPL", "side": "buy"})


def new_order(cl_ord_id: str, qty: int = 100, price: str | None = "99.00", **more: Any) -> Fields:
    """The fields of a NewOrderSingle."""
    fields: Fields = {
        "cl_ord_id": cl_ord_id, "symbol": "AAPL", "side": "buy", "order_qty": str(qty), "transact_time": AT,
        "ord_type": "limit" if price else "market", "price": price, "time_in_force": "day",
    }  # fmt: skip
    return fields | more


@contextmanager
def running(home: Path, *options: str) -> Iterator[Venues]:
    """Venues with frozen quotes unless ``options`` say otherwise."""
    venues = Venues(home, *(options or ("--rate", "0"))).start()
    try:
        yield venues
    finally:
        venues.stop()


def offered(venues: Venues) -> bool:
    """Wait until somebody offers AAPL on XNAS: what was eaten comes back when the venues next look about."""
    control = Control(venues.home)
    return until(lambda: control.run("XNAS", "book", symbol="AAPL")["result"]["offer"] is not None, 30)


def until(predicate: Callable[[], bool], timeout_s: float) -> bool:
    """Ask again and again until it is so, or time is up."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if predicate():
            return True
        time.sleep(0.05)
    return predicate()
