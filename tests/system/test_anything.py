"""Anything may happen to the running system: clients by REST and FIX, venues that misbehave, processes that are killed.

Dice decide what is done; a failure shows the seed and every step. Whenever the system has come to rest, venues, clients
and database remember the same. ``SEEDS`` names other runs ("3,4,5"), ``STEPS`` makes them longer.
"""

import contextlib
import http.client
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from oms.stack.running import Running
from routing.exchange.control import CommandFailed, Control
from tests.system.conftest import Database, books_hold, quiet
from tests.system.histories import at_odds, our_children, stored, venues_say
from tests.system.trader import Trader

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "1").split(",")]
STEPS, REST_EVERY = int(os.environ.get("STEPS", "75")), 25
SESSION = "BUYSIDE2"
VENUES = ("XNAS", "XNYS", "BATS")
# What a report may suffer on its way and still arrive.
MISHAPS = ("duplicate", "reorder", "fill_before_ack", "lag_ord_status")
# What a venue does unasked, to an order that it has; what makes no sense is refused there.
UNASKED = ("cancel", "expire", "done_for_day", "fill", "late_fill", "overfill", "bust", "stop", "restate")
VICTIMS = ("web", "worker", "drain", "clients", "exchange", "live", *(f"gateway-{mic.lower()}" for mic in VENUES))
# A report that waits for a person: until somebody has decided, the venue knows more than we book.
DISPUTED = (
    "SELECT r.cl_ord_id FROM orders_alert a JOIN orders_orderrequest r ON r.order_id = a.order_id AND r.kind = 'new'"
)
OURS_AT_VENUES = """
SELECT venue, cl_ord_id FROM orders_order WHERE parent_id IS NOT NULL AND phase <> 'pending_new' ORDER BY id DESC LIMIT 20
"""
OPEN = "SELECT id FROM orders_order WHERE parent_id IS NULL AND leaves_qty > 0 ORDER BY id DESC LIMIT 20"


class Day:
    """What happens, by the dice. Between two rests nothing is waited for, so everything meets everything."""

    def __init__(self, system: Running, trader: Trader, dice: random.Random) -> None:
        self.system, self.trader, self.dice = system, trader, dice
        self.database = Database(system)
        self.control = Control(system.home / "exchange")
        self.symbols = sorted(trader.prices)
        self.steps: list[str] = []
        self.often: dict[Callable[[], None], int] = {
            self.enter_by_rest: 5, self.enter_by_fix: 5, self.amend: 4, self.cancel: 3, self.unasked: 5,
            self.misbehave: 2, self.stray: 1, self.kill: 2,
        }  # fmt: skip

    def step(self) -> None:
        [action] = self.dice.choices(list(self.often), list(self.often.values()))
        self.steps.append(action.__name__)
        with may_be_down():
            action()

    def enter_by_rest(self) -> None:
        orders = []
        for symbol in self.dice.choices(self.symbols, k=self.dice.randint(1, 20)):
            price = {"ord_type": "limit", "price": f"{self.trader.prices[symbol] * 9 / 10:.2f}"}
            orders.append({
                "account": "EQ-ALPHA", "symbol": symbol, "side": "buy", "order_qty": "20",
                "time_in_force": self.dice.choice(["day", "good_till_cancel"]),
                **(price if self.dice.random() < 0.6 else {"ord_type": "market"}),
            })  # fmt: skip
        self.system.enter(*orders)

    def enter_by_fix(self) -> None:
        for _ in range(self.dice.randint(1, 10)):
            self.trader.enter(resting=self.dice.random() < 0.6, back=self.dice.random() < 0.3)

    def amend(self) -> None:
        for (order_id,) in self.some(OPEN):
            self.system.call("PATCH", f"/api/v1/orders/{order_id}/", {"order_qty": str(self.dice.randint(1, 60))})

    def cancel(self) -> None:
        for (order_id,) in self.some(OPEN):
            self.system.call("POST", f"/api/v1/orders/{order_id}/cancel/", {})

    def unasked(self) -> None:
        for mic, name in self.some(OURS_AT_VENUES):
            what = self.dice.choice(UNASKED)
            self.steps.append(f"{mic} {what} {name}")
            self.control.tell(mic, what, order=name)

    def misbehave(self) -> None:
        mishaps = self.dice.sample(MISHAPS, self.dice.randint(1, len(MISHAPS)))
        mic = self.dice.choice(VENUES)
        self.control.set_faults(mic, dict.fromkeys(mishaps, self.dice.choice([0.2, 1.0])), wait=False)

    def stray(self) -> None:
        """A fill of an order nobody sent, every report of the day once more, or a lost connection."""
        what = self.dice.choice(["unknown", "replay", "disconnect"])
        args = {"symbol": self.dice.choice(self.symbols)} if what == "unknown" else {}
        self.control.tell(self.dice.choice(VENUES), what, **args)

    def kill(self) -> None:
        victim = self.dice.choice(VICTIMS)
        self.steps.append(victim)
        self.system.kill(victim)

    def some(self, sql: str) -> list[tuple[Any, ...]]:
        """Up to three of the rows."""
        found = self.database.rows(sql)
        return self.dice.sample(found, min(len(found), self.dice.randint(1, 3)))

    def rest(self) -> None:
        """Nobody misbehaves, everybody is up, nothing waits: all remember the same."""
        system, database = self.system, self.database
        for mic in VENUES:
            self.control.set_faults(mic, {}, wait=False)
        system.until("every component is well", system.healthy, 180)
        for mic in VENUES:
            with contextlib.suppress(CommandFailed):
                self.control.run(mic, "release", timeout_s=30)
        entered = set(self.trader.entered)
        system.until("the client's orders are there", lambda: stored(database, SESSION) >= entered, 180)
        system.until("nothing waits anywhere", lambda: quiet(database), 180)
        with contextlib.suppress(AssertionError):  # said below
            system.until("every report has come", lambda: not self.differ(), 180)
        assert self.differ() == {}

    def differ(self) -> dict[str, Any]:
        """Orders that only one side knows, or of which they remember different quantities though nobody disputes it."""
        disputed = {name for (name,) in self.database.rows(DISPUTED)}
        known = venues_say(self.system).keys() ^ our_children(self.database).keys()
        return dict.fromkeys(known, "known to one side") | at_odds(self.system, self.database, disputed)


@contextlib.contextmanager
def may_be_down() -> Iterator[None]:
    """The web process may have been killed, or the victim already: then the client knows nothing, and goes on."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        yield


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens(system: Running, tmp_path: Path, seed: int) -> None:
    with Trader(system, SESSION, tmp_path) as trader:
        day = Day(system, trader, random.Random(seed))
        try:
            for n in range(1, STEPS + 1):
                day.step()
                if n % REST_EVERY == 0:
                    day.rest()
        except BaseException:
            print(f"seed {seed}:", *day.steps, sep="\n  ")
            raise
    books_hold(system)
