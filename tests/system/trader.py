"""A client that speaks FIX to the running system, with a FIX store of its own, and remembers all it was told."""

import itertools
import queue
import threading
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from oms.stack.running import Running
from routing.fix import codec
from routing.fix.engine import Engine
from routing.fix.link import Link

# Orders that wait until the acceptor is up again are sent however old they are: a test has no market that moves away.
STALE_S = 3_600


class Trader:
    """``entered`` are the ClOrdIDs of its orders, ``heard`` the messages that ``listen`` took in."""

    def __init__(self, system: Running, session: str, home: Path) -> None:
        self.session = session
        logon = next(one for one in system.facts["fix_clients"] if one["session"] == session)
        link = Link(
            session, logon["sender_comp_id"], logon["target_comp_id"], logon["host"], logon["port"],
            version=logon["version"], username=logon["username"], password=logon["password"],
        )  # fmt: skip
        self.store = home / "store"
        self.raw: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.engine = Engine(
            [link], "initiator", home, on_message=lambda _, raw: self.raw.put(raw), stale_order_s=STALE_S
        )
        self.heard: list[codec.Received] = []
        self.entered: list[str] = []
        listed = system.call("GET", "/api/v1/instruments/?asset_class=equity").body["results"]
        self.prices = {one["symbol"]: Decimal(one["reference_price"]) for one in listed if one["symbol"] != "BA"}
        self._symbols = itertools.cycle(sorted(self.prices))
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "Trader":
        self.engine.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.enough()
        self.engine.stop()

    def trade(self, every_s: float) -> None:
        """Enter an order every so often until ``enough``, and take every fifth back."""

        def work() -> None:
            for n in itertools.count():
                if self._stop.wait(every_s):
                    return
                self.enter(resting=n % 5 == 0, back=n % 5 == 0)

        self._thread = threading.Thread(target=work)
        self._thread.start()

    def enough(self) -> None:
        """Enter nothing more; what is under way goes on."""
        self._stop.set()
        if self._thread:
            self._thread.join(30)

    def enter(self, *, resting: bool, back: bool = False) -> None:
        """An order at the market or far below it; with ``back`` its cancel follows at once."""
        name, symbol = f"k{len(self.entered)}", next(self._symbols)
        terms = {"symbol": symbol, "side": "buy", "order_qty": "10", "transact_time": datetime.now(UTC).isoformat()}
        price = {"ord_type": "limit", "price": f"{self.prices[symbol] * Decimal('0.8'):.2f}"}
        self.engine.send(self.session, "D", {
            "cl_ord_id": name, "account": "EQ-CORE", "time_in_force": "day", "handl_inst": "automated", **terms,
            **(price if resting else {"ord_type": "market"}),
        })  # fmt: skip
        self.entered.append(name)
        if back:
            self.engine.send(self.session, "F", {"cl_ord_id": f"{name}c", "orig_cl_ord_id": name, **terms})

    def listen(self) -> int:
        """Take in what has come; answer how many messages that makes."""
        while not self.raw.empty():
            self.heard.append(codec.decode(self.raw.get()))
        return len(self.heard)
