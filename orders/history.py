"""What happened to some positions, up to an instant, read in one statement: one snapshot of journal and adjustments."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from oms.base import sets
from orders.holdings import booked, unit_of
from orders.models import Instrument, Position
from orders.moves import Key, moves
from orders.positions import Holding, Unit

# The columns are those of DEALT and ADJUSTED (orders/moves.py), the latter behind the key they share.
_READ = """
WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest(%(accounts)s::bigint[], %(instruments)s::bigint[], %(events)s::bigint[],
                         %(adjustments)s::bigint[]) AS k (account_id, instrument_id, event, adjustment))
SELECT e.id, k.account_id, k.instrument_id, e.side, e.order_id, e.exec_type, e.venue_exec_id, e.exec_ref_id,
    e.last_qty, e.last_px, e.trade_date, NULL::bigint, NULL, NULL::numeric, NULL::numeric, NULL::numeric,
    NULL::numeric, NULL::numeric, NULL::date, NULL::date
FROM wanted k JOIN LATERAL (
    SELECT * FROM orders_executionreport r
    WHERE r.is_root AND r.exec_type IN ('trade', 'trade_cancel', 'trade_correct')
      AND r.account_id = k.account_id AND r.instrument_id = k.instrument_id AND r.id > k.event
      AND (%(at)s::timestamptz IS NULL OR r.recorded_at <= %(at)s)
) e ON true
UNION ALL
SELECT a.after_event, k.account_id, k.instrument_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, a.id, a.kind,
    a.qty, a.px, a.money, a.factor_new, a.factor_old, a.trade_date, a.opened_on
FROM wanted k JOIN orders_positionadjustment a ON a.instrument_id = k.instrument_id AND a.account_id = k.account_id
    AND a.id > k.adjustment AND (%(at)s::timestamptz IS NULL OR a.recorded_at <= %(at)s)
ORDER BY 1, 12
"""
_DEAL = 11


class Through(NamedTuple):
    """Up to where a line was read: the newest execution and the newest adjustment in it."""

    event: int = 0
    adjustment: int = 0


START = Through()


class Read(NamedTuple):
    """Fills, busts and corrections (DEALT) and adjustments (ADJUSTED), by position as well as all together."""

    events: list[tuple[Any, ...]]
    adjustments: list[tuple[Any, ...]]

    def through(self, before: Mapping[Key, Through]) -> dict[Key, Through]:
        """Up to where each position is read now, having been read up to ``before``."""
        found = dict(before)
        for row in self.events:
            key = row[1], row[2]
            found[key] = found.get(key, START)._replace(event=row[0])
        for row in self.adjustments:
            key = row[2], row[3]
            found[key] = found.get(key, START)._replace(adjustment=row[1])
        return found


def read(keys: Iterable[Key], after: Mapping[Key, Through] | None = None, at: datetime | None = None) -> Read:
    """What moved the positions ``keys`` behind ``after``, and was recorded by ``at`` (by now). One SELECT."""
    wanted, after = sorted(set(keys)), after or {}
    given: dict[str, Any] = {
        "accounts": sets.literal(account for account, _ in wanted),
        "instruments": sets.literal(instrument for _, instrument in wanted),
        "events": sets.literal(after.get(key, START).event for key in wanted),
        "adjustments": sets.literal(after.get(key, START).adjustment for key in wanted),
        "at": at,
    }
    events, adjusted = [], []
    with connection.cursor() as cursor:
        cursor.execute(_READ, given)
        for row in cursor.fetchall():
            if row[_DEAL] is None:
                events.append(row[:_DEAL])
            else:
                adjusted.append((row[0], row[_DEAL], row[1], row[2], *row[_DEAL + 1 :]))
    return Read(events, adjusted)


def units(keys: Iterable[Key]) -> dict[int, Unit]:
    """The unit of each instrument. One SELECT."""
    rows = Instrument.objects.filter(pk__in={instrument for _, instrument in keys})
    return {row[0]: unit_of(*row[1:]) for row in rows.values_list("pk", "asset_class", "multiplier")}


def holdings(keys: Sequence[Key], at: datetime | None) -> dict[Key, Holding]:
    """The positions as they were known at an instant: exact, and the same whenever it is asked. Two SELECTs.

    Of now they are read from their rows, which are the same.
    """
    if at is None:
        rows = Position.objects.filter(account_id__in={a for a, _ in keys}, instrument_id__in={i for _, i in keys})
        present = {row[:2]: Holding(*row[2:]) for row in rows.values_list("account_id", "instrument_id", *_HELD)}
        return {key: present.get(key, Holding()) for key in keys}
    known, held = units(keys), dict.fromkeys(keys, Holding())
    for key, move in moves(*read(keys, at=at), known):
        held[key] = booked(held[key], move, known[key[1]])
    return held


_HELD: tuple[Any, ...] = Holding._fields
