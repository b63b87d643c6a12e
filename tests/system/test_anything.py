"""Anything may happen to the running system: clients by REST and FIX, venues that misbehave, processes that are killed.

What is done is drawn by Hypothesis; whenever the system has come to rest the books hold, and venues, clients and
database remember the same. ``DAYS`` sets how many runs of ``STEPS`` steps are tried, on one system.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from oms.stack.running import Running
from routing.exchange.control import CommandFailed, Control
from tests.system.conftest import Database, books_hold, quiet
from tests.system.histories import our_children, stored, venues_say
from tests.system.trader import SESSION, Trader

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

DAYS, STEPS = int(os.environ.get("DAYS", "2")), 25
VENUES = ("XNAS", "XNYS", "BATS")
# What a report may suffer on its way and still arrive.
MISHAPS = ("duplicate", "reorder", "fill_before_ack", "lag_ord_status")
# What a venue does unasked. Each is about an order that the venue has; one that makes no sense is refused there.
UNASKED = ("cancel", "expire", "done_for_day", "fill", "late_fill", "overfill", "bust", "stop", "restate")
VICTIMS = ("web", "worker", "drain", "clients", "exchange", "live", *(f"gateway-{mic.lower()}" for mic in VENUES))
# What a venue says of an order that waits for a person: the two differ until somebody has decided.
DISPUTED = (
    "SELECT r.cl_ord_id FROM orders_alert a JOIN orders_orderrequest r ON r.order_id = a.order_id AND r.kind = 'new'"
)
ON_VENUE = """
SELECT o.venue, o.cl_ord_id FROM orders_order o WHERE o.parent_id IS NOT NULL AND o.phase <> 'pending_new'
ORDER BY o.id DESC LIMIT 20
"""
OPEN = """
SELECT id, order_qty FROM orders_order WHERE parent_id IS NULL AND leaves_qty > 0 AND phase = 'new' ORDER BY id DESC LIMIT 20
"""
which = st.integers(0, 19)
venues = st.sampled_from(VENUES)


def machine(system: Running, database: Database, trader: Trader) -> type[RuleBasedStateMachine]:
    """The machine over the running system."""
    control = Control(system.home / "exchange")
    symbols = sorted(trader.prices)

    class Day(RuleBasedStateMachine):
        """Between two rests nothing is waited for, so everything meets everything."""

        # -- what clients do

        @rule(
            number=which,
            count=st.integers(1, 20),
            resting=st.booleans(),
            tif=st.sampled_from(["day", "good_till_cancel"]),
        )
        def enter_by_rest(self, number: int, count: int, resting: bool, tif: str) -> None:
            orders = []
            for n in range(number, number + count):
                symbol = symbols[n % len(symbols)]
                price = {"ord_type": "limit", "price": f"{trader.prices[symbol] * 9 / 10:.2f}"}
                orders.append({
                    "account": "EQ-ALPHA", "symbol": symbol, "side": "buy", "order_qty": "20", "time_in_force": tif,
                    **(price if resting else {"ord_type": "market"}),
                })  # fmt: skip
            with busy():
                system.enter(*orders)

        @rule(count=st.integers(1, 10), resting=st.booleans(), back=st.booleans())
        def enter_by_fix(self, count: int, resting: bool, back: bool) -> None:
            for _ in range(count):
                trader.enter(resting=resting, back=back)

        @rule(number=which, qty=st.integers(1, 60))
        def amend(self, number: int, qty: int) -> None:
            if found := database.rows(OPEN):
                order_id, _ = found[number % len(found)]
                with busy():
                    system.call("PATCH", f"/api/v1/orders/{order_id}/", {"order_qty": str(qty)})

        @rule(number=which)
        def cancel(self, number: int) -> None:
            if found := database.rows(OPEN):
                order_id, _ = found[number % len(found)]
                with busy():
                    system.call("POST", f"/api/v1/orders/{order_id}/cancel/", {})

        # -- what venues do

        @rule(mic=venues, mishaps=st.sets(st.sampled_from(MISHAPS)), chance=st.sampled_from([0.2, 1.0]))
        def misbehave(self, mic: str, mishaps: set[str], chance: float) -> None:
            control.set_faults(mic, dict.fromkeys(mishaps, chance), wait=False)

        @rule(number=which, what=st.sampled_from(UNASKED))
        def unasked(self, number: int, what: str) -> None:
            if found := database.rows(ON_VENUE):
                mic, name = found[number % len(found)]
                control.tell(mic, what, order=name)

        @rule(mic=venues, symbol=st.integers(0, 5), what=st.sampled_from(["unknown", "replay", "disconnect"]))
        def stray(self, mic: str, symbol: int, what: str) -> None:
            control.tell(mic, what, **({"symbol": symbols[symbol]} if what == "unknown" else {}))

        # -- what fails

        @rule(victim=st.sampled_from(VICTIMS))
        def kill(self, victim: str) -> None:
            with contextlib.suppress(OSError):  # it is down already
                system.kill(victim)

        # -- what must be true

        @rule()
        def come_to_rest(self) -> None:
            at_rest(system, database, control, trader)

        def teardown(self) -> None:
            at_rest(system, database, control, trader)
            books_hold(system)

    return Day


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """The web process may have been killed: then the client knows nothing, and asks nothing more."""
    with contextlib.suppress(OSError, AssertionError):
        yield


def at_rest(system: Running, database: Database, control: Control, trader: Trader) -> None:
    """Nobody misbehaves, everybody is up, nothing waits: all remember the same."""
    for mic in VENUES:
        control.set_faults(mic, {}, wait=False)
    system.until("every component is well", system.healthy, 90)
    for mic in VENUES:
        with contextlib.suppress(CommandFailed):
            control.run(mic, "release", timeout_s=30)
    system.until("nothing waits anywhere", lambda: quiet(database), 90)
    system.until("the client's orders are there", lambda: stored(database, SESSION) == set(trader.entered), 60)
    system.until("nothing waits anywhere", lambda: quiet(database), 90)
    disputed = {name for (name,) in database.rows(DISPUTED)}
    theirs, ours = venues_say(system), our_children(database)
    assert theirs.keys() == ours.keys()
    differ = {name for name in ours if ours[name] != theirs[name]}
    assert differ <= disputed, {name: (ours[name], theirs[name]) for name in differ - disputed}


def test_whatever_happens(system: Running, tmp_path: Path) -> None:
    days = settings(
        max_examples=DAYS, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck),
        database=None, phases=[Phase.generate],
    )  # fmt: skip
    with Trader(system, tmp_path) as trader:
        run_state_machine_as_test(machine(system, Database(system), trader), settings=days)
