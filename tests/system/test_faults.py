"""kill -9 of every process while orders flow: what was acknowledged is there, once, and the books hold."""

import http.client
import threading
import uuid
from typing import Any

import pytest

from oms.stack.running import Running
from tests.system.conftest import Database, books_hold, quiet
from tests.system.histories import remember_the_same

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

VICTIMS = [
    "web",
    "worker",
    "gateway-xnas",
    "exchange",
    "valkey",
    "postgres",
    "drain",
    "live",
    "custodian",
    "gateway-feed",
]


PACE_S = 0.1


class Client:
    """A client that enters orders one after the other and writes down what it was told, as a careful one would.

    It leaves the system time to breathe: what is tested is that nothing is lost, not how much two cores can do.
    """

    def __init__(self, system: Running) -> None:
        self.system = system
        self.acknowledged: dict[str, int] = {}
        self.refused: list[Any] = []
        self._stop = threading.Event()
        listed = system.call("GET", "/api/v1/instruments/?asset_class=equity").body["results"]
        self.symbols = [each["symbol"] for each in listed]
        accounts = system.call("GET", "/api/v1/accounts/").body["results"]
        self.account = next(each["account"] for each in accounts if not each["average_price"])
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> "Client":
        self._thread.start()
        return self

    def __exit__(self, *args: Any) -> None:
        self._stop.set()
        self._thread.join(120)

    def _work(self) -> None:
        n = 0
        while not self._stop.wait(PACE_S):
            n += 1
            order = {
                "cl_ord_id": str(uuid.uuid4()), "account": self.account, "symbol": self.symbols[n % len(self.symbols)],
                "side": "buy", "ord_type": "market", "time_in_force": "day", "order_qty": "1",
            }  # fmt: skip
            self._until_answered(order)

    def _until_answered(self, order: dict[str, str]) -> None:
        """Repeat the request until there is an answer that says yes or no: the ClOrdID makes that safe."""
        while not self._stop.is_set():
            try:
                reply = self.system.call("POST", "/api/v1/orders/", order)
            except (OSError, http.client.HTTPException):
                self._stop.wait(0.1)
                continue
            if reply.status in (200, 201):
                self.acknowledged[order["cl_ord_id"]] = int(reply.body["order_id"])
                return
            if reply.status == 422:
                self.refused.append(reply.body)
                return
            assert reply.status in (500, 502, 503), reply
            assert reply.status != 500, reply
            self._stop.wait(0.1)


@pytest.mark.parametrize("victim", VICTIMS)
def test_kill_9_loses_nothing(system: Running, victim: str) -> None:
    with Client(system) as client:
        system.until("orders flow", lambda: len(client.acknowledged) >= 20)
        before = system.kill(victim)
        system.until(f"{victim} is restarted", lambda: system.pid(victim) != before)
        system.until("every component is well again", system.healthy, 180)
        answered = len(client.acknowledged)
        system.until("orders flow again", lambda: len(client.acknowledged) >= answered + 20)
    assert f"{victim}" in system.log_tail(400)

    database = Database(system)
    system.until("nothing waits anywhere", lambda: quiet(database), 180)
    stored = dict(database.rows("SELECT cl_ord_id, id FROM orders_order WHERE parent_id IS NULL"))
    assert {name: stored.get(name) for name in client.acknowledged} == client.acknowledged
    remember_the_same(system, database)


def test_after_all_that_the_books_hold(system: Running) -> None:
    books_hold(system)
