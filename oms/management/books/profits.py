"""Profit and loss of every position, recomputed from fills and adjustments by arithmetic of its own (invariant I26).

The stated methods: average cost, weighted on increase, unchanged on reduction, the fill's price beyond zero; and FIFO,
the oldest parcel closed first, neighbours of one day and price being one parcel. Costs, quantities of parcels and what
a move realises are rounded half up to eight places after each move. A move at a price counts like a trade; a split
keeps what was paid, a spin-off takes part of it along, income changes no cost.
Of bonds a price is of 100. What was busted never was, what was corrected stands where it was first made.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any, NamedTuple

UNIT = "i.multiplier * CASE WHEN i.asset_class IN ('government_bond', 'corporate_bond') THEN 0.01 ELSE 1 END"
MOVES = f"""
SELECT m.account_id, m.instrument_id, {UNIT}, m.event, m.adjustment, m.kind, m.order_id, m.name, m.ref, m.qty, m.px,
    m.ratio, m.day
FROM (
    SELECT account_id, instrument_id, id AS event, 0 AS adjustment, exec_type AS kind, order_id, venue_exec_id AS name,
        exec_ref_id AS ref, CASE side WHEN 'buy' THEN last_qty ELSE -last_qty END AS qty, last_px AS px,
        NULL::numeric AS ratio, trade_date AS day
    FROM orders_executionreport WHERE is_root AND exec_type IN ('trade', 'trade_cancel', 'trade_correct')
    UNION ALL
    SELECT account_id, instrument_id, after_event, id, kind, 0, '', '', qty, px, factor_new / factor_old,
        coalesce(opened_on, trade_date)
    FROM orders_positionadjustment) m
JOIN orders_instrument i ON i.id = m.instrument_id
ORDER BY m.account_id, m.instrument_id, m.event, m.adjustment
"""
STORED = """
SELECT account_id, instrument_id, 'position', 9223372036854775807, 9223372036854775807, qty, avg_cost, realised, NULL
FROM orders_position
UNION ALL
SELECT account_id, instrument_id, 'result of ' || day, through_event, through_adjustment, qty, avg_cost, realised,
    fifo_realised
FROM orders_dayresult
"""
ZERO, EIGHT = Decimal(0), Decimal("0.00000001")
UNDOING = ("trade_cancel", "trade_correct")


class Moved(NamedTuple):
    """A row of MOVES."""

    account: int
    instrument: int
    unit: Decimal
    event: int
    adjustment: int
    kind: str
    order: int
    name: str
    ref: str
    qty: Decimal
    px: Decimal | None
    ratio: Decimal | None
    day: date | None


class Parcel(NamedTuple):
    """What is left of what was bought, or sold short (below zero), at one cost on one day."""

    qty: Decimal
    paid: Decimal
    day: date | None


def broken(moves: Iterator[tuple[Any, ...]], stored: list[tuple[Any, ...]]) -> Iterator[str]:
    """What is stored of positions and of days and does not follow from the moves; rows as SQL gives them."""
    wanted: dict[tuple[int, int], list[tuple[Any, ...]]] = {}
    for account, instrument, *rest in stored:
        wanted.setdefault((account, instrument), []).append(tuple(rest))
    for key, rows in groupby(map(Moved._make, moves), key=lambda row: (row.account, row.instrument)):
        yield from _compare(key, list(rows), wanted.pop(key, []))
    for key, rest in wanted.items():
        yield from _compare(key, [], rest)


def _compare(key: tuple[int, int], rows: list[Moved], stored: list[tuple[Any, ...]]) -> Iterator[str]:
    for what, event, adjustment, qty, cost, realised, fifo in stored:
        known = [row for row in rows if (row.adjustment <= adjustment if row.adjustment else row.event <= event)]
        lives = list(_live(known))
        if _average(lives) != (qty, cost, realised) or (fifo is not None and _fifo(lives) != fifo):
            yield f"{key} {what}"


def _live(rows: list[Moved]) -> Iterator[Moved]:
    """Trades and adjustments as they stand after what was undone and corrected."""
    now: dict[tuple[int, str], Moved | None] = {}
    first: dict[tuple[int, str], str] = {}
    for row in rows:
        if row.adjustment:
            continue
        origin = first.get((row.order, row.ref)) if row.kind in UNDOING else row.name
        if origin is None:
            continue
        first[row.order, row.name] = origin
        now[row.order, origin] = None if row.kind == "trade_cancel" else row
    for row in rows:
        if row.adjustment:
            yield row
        elif row.kind == "trade" and (stands := now[row.order, row.name]) is not None:
            yield row._replace(qty=stands.qty, px=stands.px, day=stands.day)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(EIGHT, ROUND_HALF_UP)


def _average(rows: list[Moved]) -> tuple[Decimal, Decimal, Decimal]:
    """Quantity, average cost and what was realised."""
    qty = cost = realised = ZERO
    for row in rows:
        after = qty + row.qty
        if row.ratio is not None and not row.qty:
            cost = _rounded(cost / row.ratio)
        elif row.ratio is not None and qty * after > 0:
            qty, cost = after, _rounded(cost * qty / after)
        elif row.qty:
            px = ZERO if row.ratio is not None or row.px is None else row.px
            closed = min(abs(row.qty), abs(qty)) if qty * row.qty < 0 else ZERO
            realised = _rounded(realised + (px - cost) * closed * (1 if qty > 0 else -1) * row.unit)
            if not closed:
                cost = _rounded((cost * abs(qty) + px * abs(row.qty)) / abs(after))
            elif qty * after <= 0:
                cost = px if after else ZERO
            qty = after
    return qty, cost, realised


def _fifo(rows: list[Moved]) -> Decimal:
    """What closing the oldest parcels has realised."""
    parcels: deque[Parcel] = deque()
    realised = ZERO
    for row in rows:
        before = sum((one.qty for one in parcels), ZERO)
        if row.ratio is not None and not row.qty:
            parcels = deque(one._replace(paid=_rounded(one.paid / row.ratio)) for one in parcels)
        elif row.ratio is not None and before * (before + row.qty) > 0:
            parcels = deque(_split(list(parcels), before, before + row.qty, row.ratio))
        elif row.qty:
            px = ZERO if row.ratio is not None or row.px is None else row.px
            left, gain = row.qty, ZERO
            while left and parcels and parcels[0].qty * left < 0:
                first = parcels.popleft()
                closed = min(abs(left), abs(first.qty))
                sign = 1 if first.qty > 0 else -1
                gain += (px - first.paid) * closed * sign * row.unit
                left += closed * sign
                if abs(first.qty) > closed:
                    parcels.appendleft(first._replace(qty=first.qty - closed * sign))
            realised += _rounded(gain)
            if left:
                parcels.append(Parcel(left, px, row.day))
        parcels = deque(_joined(parcels))
    return realised


def _joined(parcels: Iterable[Parcel]) -> Iterator[Parcel]:
    """Neighbours of one day and price as one: what a split leaves over goes to the youngest of these."""
    for (paid, day), same in groupby(parcels, key=lambda one: (one.paid, one.day)):
        yield Parcel(sum((one.qty for one in same), ZERO), paid, day)


def _split(parcels: list[Parcel], before: Decimal, after: Decimal, ratio: Decimal) -> Iterator[Parcel]:
    """Every parcel in the ratio, at its own cost; what is over is the youngest's."""
    older = [one.qty * ratio for one in parcels[:-1]]
    if (after - sum(older, ZERO)) * before <= 0:
        older = [one.qty * after / before for one in parcels[:-1]]
    for one, size in zip(parcels, [*older, after - sum(older, ZERO)], strict=True):
        yield one._replace(qty=_rounded(size), paid=_rounded(one.paid * one.qty / size))
