"""What was held and open at a moment of the past, rebuilt from the journal event by event. Pure but for ``opening``."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from orders.models import Position
from risk.pipeline import Row, Thing
from risk.pipeline.book import Who
from risk.terms import SELLS

ZERO = Decimal(0)
Key = tuple[int, int]
# Orders that were open then or were changed since, as they are now and as the journal had them then.
_SINCE = """
SELECT o.id, o.account_id, o.instrument_id, o.side, o.cum_qty, COALESCE(e.cum_qty, 0), COALESCE(e.leaves_qty, 0)
FROM orders_order o LEFT JOIN LATERAL (
    SELECT r.cum_qty, r.leaves_qty FROM orders_executionreport r
    WHERE r.order_id = o.id AND r.recorded_at < %(since)s ORDER BY r.seq DESC LIMIT 1
) e ON true
WHERE o.parent_id IS NULL AND o.composition = '' AND (o.leaves_qty > 0 OR o.updated_at >= %(since)s)
"""


class Past:
    """Positions and open quantities by account and instrument, what each order has of them, and prices seen last."""

    def __init__(self) -> None:
        self.held: dict[Key, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
        self.orders: dict[int, tuple[Decimal, Decimal]] = {}
        self.prices: dict[int, Decimal] = {}

    def happened(self, event: Mapping[str, Any]) -> None:
        """One event: what was filled moves the position, and what is left is open."""
        self.stood(
            event["order_id"], (event["account_id"], event["instrument_id"]), event["side"], event["leaves_qty"],
            event["cum_qty"],
        )  # fmt: skip
        if event["last_px"] is not None and event["exec_type"] == "trade":
            self.prices[event["instrument_id"]] = event["last_px"]

    def stood(self, order_id: int, key: Key, side: str, leaves: Decimal, cum: Decimal) -> None:
        """The order has so much open and so much filled now."""
        leaves_before, cum_before = self.orders.get(order_id, (ZERO, ZERO))
        cell, sells = self.held[key], side in SELLS
        cell[0] += (cum_before - cum) if sells else (cum - cum_before)
        cell[2 if sells else 1] += leaves - leaves_before
        if leaves:
            self.orders[order_id] = leaves, cum
        else:
            # A bust may come yet: what was filled is remembered.
            self.orders[order_id] = ZERO, cum

    def rows(self, whos: Mapping[int, Who], things: Mapping[int, Thing]) -> tuple[Row, ...]:
        """Everything as rules look at it."""
        return tuple(
            Row(whos[account], things[instrument], *cell)
            for (account, instrument), cell in self.held.items()
            if any(cell) and account in whos and instrument in things
        )

    def carried(self) -> dict[str, Any]:
        """All of it as JSON, for the next bite."""
        return {
            "held": [[*key, *map(str, cell)] for key, cell in self.held.items() if any(cell)],
            "orders": [[order, *map(str, cell)] for order, cell in self.orders.items()],
            "prices": [[instrument, str(price)] for instrument, price in self.prices.items()],
        }

    @classmethod
    def resumed(cls, carried: Mapping[str, Any]) -> "Past":
        """As the last bite left it."""
        past = cls()
        for account, instrument, *cell in carried["held"]:
            past.held[account, instrument] = [Decimal(one) for one in cell]
        for order, leaves, cum in carried["orders"]:
            past.orders[order] = Decimal(leaves), Decimal(cum)
        past.prices = {instrument: Decimal(price) for instrument, price in carried["prices"]}
        return past


def opening(since: datetime) -> Past:
    """What was held and open at ``since``: what is held now, less what was filled from then on. Two statements."""
    past = Past()
    for account, instrument, qty in Position.objects.exclude(qty=0).values_list("account_id", "instrument_id", "qty"):
        past.held[account, instrument][0] = qty
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, {"since": since})
        for order_id, account, instrument, side, cum_now, cum_then, leaves_then in cursor.fetchall():
            cell = past.held[account, instrument]
            filled = cum_now - cum_then
            cell[0] += filled if side in SELLS else -filled
            cell[2 if side in SELLS else 1] += leaves_then
            past.orders[order_id] = leaves_then, cum_then
    return past
