"""Running venues, and a client that speaks FIX to them: real processes and sockets on loopback."""

import os
import queue
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from routing.fix import codec
from routing.fix.engine import Engine, Link, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent
UNIVERSE = """symbol,currency,tick,lot,price,venues,kind
AAPL,USD,0.01,100,100,XNAS|XNYS|BATS,equity
MSFT,USD,0.01,100,200,XNAS|XNYS|BATS,equity
BOND,USD,0.001,1000,99.5,XNAS,government_bond
"""
AT = "2026-11-23T15:00:00+00:00"
Fields = dict[str, Any]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
            self.process.wait(15)


class Client:
    """One initiator with a queue of what it received."""

    def __init__(self, home: Path, port: int, name: str = "XNAS", *, heartbeat_s: int = 30) -> None:
        self.name = name
        self.received: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.logons = 0
        link = Link(name, "OMS", name, port=port, durable=name != "FEED", heartbeat_s=heartbeat_s)
        self.engine = Engine(
            [link], "initiator", home, on_message=lambda _, raw: self.received.put(raw), on_logon=self._logged_on,
        )  # fmt: skip

    def _logged_on(self, name: str) -> None:
        self.logons += 1

    def start(self) -> "Client":
        self.engine.start()
        assert self.up(), "no logon"
        return self

    def up(self, timeout_s: float = 15) -> bool:
        return wait_for(lambda: self.engine.is_logged_on(self.name), timeout_s)

    def send(self, msg_type: str, fields: Fields) -> int:
        return self.engine.send(self.name, msg_type, fields)

    def raw(self, timeout_s: float = 5) -> str:
        return self.received.get(timeout=timeout_s)

    def next(self, timeout_s: float = 5) -> Fields:
        """The next message: its fields, and its type as ``msg_type``."""
        message = codec.decode(self.raw(timeout_s))
        return {**message.fields, "msg_type": message.msg_type}

    def quiet(self, for_s: float = 0.3) -> bool:
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


def alone(function: Any) -> None:
    """Run ``function`` in a forked child: QuickFIX's sessions and destructors stay out of the test process."""
    pid = os.fork()
    if not pid:
        os._exit(_outcome(function))
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def _outcome(function: Any) -> int:
    try:
        function()
    except BaseException:
        import traceback

        traceback.print_exc()
        return 1
    return 0
