"""What the venues, the clients and the database each remember, to be held against each other."""

import contextlib
import json
from collections.abc import Collection
from pathlib import Path

from oms.stack.running import Running
from routing.exchange.orders import ClientOrder, from_row
from tests.system.conftest import Database


def venues_say(system: Running) -> dict[str, int]:
    """CumQty by the first ClOrdID of every order the venues know, from their own journal; no name stands twice."""
    latest: dict[str, ClientOrder] = {}
    lines = (system.home / "exchange" / "journal.jsonl").read_text().splitlines(keepends=True)
    for line in lines if not lines or lines[-1].endswith("\n") else lines[:-1]:
        for row in json.loads(line).get("orders", ()):
            order = from_row(row)
            latest[order.order_id] = order
    names = [order.names[0] for order in latest.values()]
    assert len(names) == len(set(names)), "a venue took one of our orders twice"
    return {order.names[0]: order.cum for order in latest.values()}


def our_children(database: Database) -> dict[str, int]:
    """CumQty by first ClOrdID of every child order we sent: not of those that a kill switch took before they left."""
    sent = database.rows(
        """SELECT r.cl_ord_id, o.cum_qty FROM orders_order o
           JOIN orders_orderrequest r ON r.order_id = o.id AND r.kind = 'new'
           WHERE o.parent_id IS NOT NULL AND NOT EXISTS (SELECT FROM risk_taken t WHERE t.order_id = o.id AND t.unsent)"""
    )
    return {name: int(cum) for name, cum in sent}


def at_odds(
    system: Running, database: Database, disputed: Collection[str] = ()
) -> dict[str, tuple[int | None, int | None]]:
    """Orders of which we and the venues remember different quantities, ours first: a report may still be on its way."""
    theirs, ours = venues_say(system), our_children(database)
    names = ours.keys() | theirs.keys()
    told = {name: (ours.get(name), theirs.get(name)) for name in names}
    return {name: (mine, yours) for name, (mine, yours) in told.items() if mine != yours and name not in disputed}


def remember_the_same(system: Running, database: Database) -> None:
    """We and the venues do, as soon as every report has come."""
    with contextlib.suppress(AssertionError):  # what is missing is said below
        system.until("every report has come", lambda: not at_odds(system, database), 180)
    assert at_odds(system, database) == {}


def stored(database: Database, session: str) -> set[str]:
    """The ClOrdIDs of every order that came through a client's session."""
    rows = "SELECT cl_ord_id FROM orders_orderrequest WHERE kind = 'new' AND sender_comp_id = %s"
    return {name for (name,) in database.rows(rows, session)}


def numbers(store: Path, name: str) -> tuple[int, int]:
    """The next MsgSeqNum that this side sends, and the next it expects, from its FIX store."""
    out, _, in_ = (store / f"{name}.seqnums").read_text().partition(":")
    return int(out), int(in_)
