"""kill -9 of the acceptor or a gateway again and again while a client trades over FIX: every report comes, and once.

FIX_KILLS says how often (20 for a long run).
"""

import itertools
import os
from pathlib import Path
from typing import Any

import pytest

from oms.stack.running import Running
from tests.system.conftest import Database, books_hold, quiet
from tests.system.histories import numbers, remember_the_same, stored
from tests.system.trader import Trader

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

KILLS, PACE_S = int(os.environ.get("FIX_KILLS", "6")), 0.1
SESSION = "BUYSIDE1"
VENUES = ("XNAS", "XNYS", "BATS")
TOLD = "SELECT fields->>'exec_id', msg_seq_num FROM routing_clientreport WHERE session_id = %s AND msg_type = '8'"


def test_no_report_is_lost_and_none_booked_twice(system: Running, tmp_path: Path) -> None:
    database = Database(system)
    with Trader(system, SESSION, tmp_path) as trader:
        trader.trade(PACE_S)
        kill_in_mid_flow(system, database, trader)
        trader.enough()
        system.until("every component is well again", system.healthy, 180)
        system.until("every order has come", lambda: stored(database, SESSION) == set(trader.entered), 180)
        system.until("nothing waits at the venues", lambda: quiet(database), 180)
        remember_the_same(system, database)
        system.until("nothing waits anywhere", lambda: quiet(database) and all_told(database), 180)
        reports = database.one("SELECT count(*) FROM routing_clientreport WHERE session_id = %s", SESSION)
        system.until("the client has heard all", lambda: trader.listen() >= reports)
        every_report_came_once(database, trader)
        every_order_stands_as_the_client_was_told(database, trader)
        sequence_numbers_are_whole(system, trader)
    remember_the_same(system, database)
    books_hold(system)


def kill_in_mid_flow(system: Running, database: Database, trader: Trader) -> None:
    """Every other time the acceptor, else one gateway after the other, each when it has worked since its last death."""
    gateways = itertools.cycle(VENUES)
    for n in range(KILLS):
        if n % 2 == 0:
            heard = trader.listen()
            system.until("the client hears reports", lambda heard=heard: trader.listen() >= heard + 5)
            system.kill("clients")
        else:
            venue = next(gateways)
            sent = database.one("SELECT count(*) FROM routing_inbox WHERE session_id = %s", venue)
            more = "SELECT count(*) > %s FROM routing_inbox WHERE session_id = %s"
            system.until(f"{venue} reports", lambda: database.one(more, sent + 2, venue))  # noqa: B023
            system.kill(f"gateway-{venue.lower()}")


def all_told(database: Database) -> bool:
    """Every event has become a report, and every report has gone out."""
    return database.one(
        """SELECT NOT EXISTS (SELECT FROM routing_clientreport WHERE session_id = %s AND sent_at IS NULL)
           AND NOT EXISTS (SELECT FROM orders_executionreport e, orders_cursor c
                           WHERE c.name = 'fix:clients' AND (e.tx, e.id) > (c.tx, c.event_id))""",
        SESSION,
    )


def every_report_came_once(database: Database, trader: Trader) -> None:
    stored = database.rows(TOLD, SESSION)
    first: set[str] = set()
    for message in trader.heard:
        if message.msg_type == "8":
            exec_id = message.fields["exec_id"]
            assert exec_id not in first or message.fields.get("poss_resend"), f"{exec_id} came again as if it were new"
            first.add(exec_id)
    assert first == {exec_id for exec_id, _ in stored}
    assert len({number for _, number in stored}) == len(stored) == len(first)
    arrived = [message.msg_seq_num for message in trader.heard]
    assert arrived == sorted(set(arrived))


def every_order_stands_as_the_client_was_told(database: Database, trader: Trader) -> None:
    rows = database.rows(
        """SELECT r.cl_ord_id, o.id::text, o.ord_status, o.cum_qty FROM orders_orderrequest r
           JOIN orders_order o ON o.id = r.order_id WHERE r.sender_comp_id = %s AND r.kind = 'new'""",
        SESSION,
    )
    assert sorted(name for name, *_ in rows) == sorted(trader.entered)
    last: dict[str, Any] = {}
    filled: dict[str, dict[str, int]] = {}
    for message in trader.heard:
        fields = message.fields
        if message.msg_type == "8":
            last[fields["order_id"]] = fields["ord_status"], int(fields["cum_qty"])
            if fields["exec_type"] == "trade":
                filled.setdefault(fields["order_id"], {})[fields["exec_id"]] = int(fields["last_qty"])
    assert {order_id: (status, int(cum)) for _, order_id, status, cum in rows} == last
    assert {order_id: sum(fills.values()) for order_id, fills in filled.items()} == {
        order_id: int(cum) for _, order_id, _, cum in rows if cum
    }


def sequence_numbers_are_whole(system: Running, trader: Trader) -> None:
    """What one side will send next is what the other expects, in every session and both directions."""
    fix, exchange = system.home / "fix", system.home / "exchange"
    stores = {
        "FIX.4.4-BUYSIDE1-OMS": (trader.store, fix / "clients" / "store", "FIX.4.4-OMS-BUYSIDE1"),
        **{
            f"FIX.4.4-OMS-{venue}": (
                fix / venue / "store", next(exchange.rglob(f"FIX.4.4-{venue}-OMS.seqnums")).parent, f"FIX.4.4-{venue}-OMS",
            )
            for venue in VENUES
        },
    }  # fmt: skip
    for ours, (store, theirs, name) in stores.items():
        system.until(
            f"{ours} agrees with {name}",
            lambda a=(store, ours), b=(theirs, name): numbers(*a) == numbers(*b)[::-1],
            180,
        )
