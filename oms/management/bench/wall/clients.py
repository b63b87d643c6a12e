"""``clients``: a hundred pages on a hub that takes 20,000 changes of rows a second, and one page that never reads."""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from oms.management.bench.figure import Figure
from oms.management.bench.socket import signed_in
from oms.management.bench.wall import orders
from oms.management.bench.wall.deaf import cpu_s, deaf, resident_mib
from oms.management.bench.wall.feeder import Feeder
from oms.stack.running import Running

# Of a desk's orders only so many change at a time.
HOT, RATE = 500, 20_000
CLIENTS, LOAD_S, WITHIN_S = 100, 15.0, 20.0
# The hub allows 16 pages a user.
USERS = ("trader", "trader2", "pm", "compliance", "compliance2", "operations", "operations2", "auditor")


def clients(system: Running) -> Iterator[Figure]:
    """How soon after the last change every client has it; what the hub costs; what one that never reads costs it."""
    like = orders.template(system)
    with orders.asleep(system), orders.relay_away(system):
        orders.fill_up(system, like, HOT)
        browsers = [signed_in(system, name) for name in USERS]
        snapshot = json.load(browsers[0][0].open(f"{system.url}/api/v1/blotter/orders/snapshot?desk={orders.DESK}"))
        at = snapshot["cols"].index("leaves_qty")
        rows = [row for row in snapshot["rows"] if row[at] != "0"][:HOT]
        cookies = [cookie for _, cookie in browsers]
        crowd = Crowd(system, [cookies[n % len(cookies)] for n in range(CLIENTS)], snapshot["seq"])
        with crowd.connected():
            loads = [_load(system, crowd, snapshot["cols"], rows) for _ in range(2)]
            with deaf(system, cookies[-1], orders.DESK):
                loads.append(_load(system, crowd, snapshot["cols"], rows))
    yield _figure(*loads)


class Crowd:
    """The process of the clients."""

    def __init__(self, system: Running, cookies: list[str], since: int) -> None:
        self.given = {"url": system.url, "desk": orders.DESK, "since": since, "cookies": cookies}

    @contextlib.contextmanager
    def connected(self) -> Iterator[None]:
        """They are connected inside this block."""
        command = [sys.executable, "-m", "oms.management.bench.wall.crowd"]
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(command, text=True, **pipes) as self.process:  # noqa: S603 - our own
            self._ask(self.given)
            yield
            assert self.process.stdin
            self.process.stdin.close()

    def counts(self, number: int, within_s: float) -> dict[str, float]:
        """Wait at most so long until all are at this number; what they have got so far."""
        return self._ask({"number": number, "within_s": within_s})

    def cpu_s(self) -> float:
        """Seconds of a core that they have used."""
        return cpu_s(self.process.pid)

    def _ask(self, question: dict[str, Any]) -> dict[str, float]:
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(question), file=self.process.stdin, flush=True)
        answer: dict[str, float] = json.loads(self.process.stdout.readline())
        return answer


def _load(system: Running, crowd: Crowd, cols: list[str], rows: list[list[Any]]) -> dict[str, float]:
    """Fifteen seconds of changes, then quiet: what came of it."""
    web, before = system.pid("web"), crowd.counts(0, 0)
    feeder = Feeder(system, orders.DESK, cols, rows, RATE, LOAD_S)
    begun, used, theirs = time.monotonic(), cpu_s(web), crowd.cpu_s()
    feeder.start()
    threading.Event().wait(LOAD_S)
    feeder.stop()
    took, ended_at = time.monotonic() - begun, time.time()
    used, theirs = cpu_s(web) - used, crowd.cpu_s() - theirs
    after = crowd.counts(feeder.number, WITHIN_S)
    got = {name: after[name] - before[name] for name in ("frames", "bytes", "gaps", "resyncs")}
    return {
        **got, "equal": after["equal"], "behind_s": max(0.0, after["last_at"] - ended_at), "took_s": took,
        "rows": feeder.written, "late_s": feeder.late_s, "web_cpu": used / took, "clients_cpu": theirs / took,
        "mib": resident_mib(web),
    }  # fmt: skip


def _figure(first: dict[str, float], second: dict[str, float], third: dict[str, float]) -> Figure:
    """Of the second load, once the hub holds all the frames it ever holds; the third has the deaf one."""
    took = second["took_s"]
    return Figure(
        name="clients",
        value=second["behind_s"],
        unit="s from the last change until the last client has it",
        parts={
            "clients": CLIENTS, "equal": second["equal"], "rows_a_s": second["rows"] / took,
            "frames_a_s": second["frames"] / took / CLIENTS, "mib_a_s": second["bytes"] / took / 2**20,
            "gaps": second["gaps"], "resyncs": second["resyncs"], "web_cores": second["web_cpu"],
            "clients_cores": second["clients_cpu"], "feeder_late_s": second["late_s"],
            "deaf_mib": third["mib"] - second["mib"], "nobody_mib": second["mib"] - first["mib"],
            "equal_beside_deaf": third["equal"], "behind_beside_deaf_s": third["behind_s"],
        },
        note=f"{HOT} orders of a desk change {RATE} times a second for {LOAD_S:.0f} s, three times; the third time one"
        " client more never reads: what the web process's memory grew by then, and before (nobody)",
    )  # fmt: skip
