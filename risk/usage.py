"""How much of each limit is in use: the rows that serialise orders, and what every open order holds of them.

The one lock that keeps two orders from taking the same room. Usage rows are locked first of all tables, so the desk
calls ``lock`` (or ``risk.facts.load``, which does) before it locks orders. Whatever the number of limits, an order's
usages are locked, changed and written with the same few statements.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BooleanField, QuerySet, Sum
from django.db.models.expressions import RawSQL

from oms.base import fence, sets
from oms.base.locks import locked
from oms.base.prepared import Prepared
from oms.base.sets import Mark
from orders.vocabulary import AssetClass
from risk.known import Key
from risk.models import Reservation, Sent, Usage
from risk.room import NOTHING, Held, Hold, change, count, fill
from risk.terms import ZERO

FIELDS = (
    "kind", "scope_id", "instrument_id", "id", "position_qty", "open_buy_qty", "open_sell_qty", "open_buy_value",
    "open_sell_value", "open_orders", "executed_value", "executed_on",
)  # fmt: skip


class Holds(NamedTuple):
    """A reservation to be written: of which order, in which account's usage."""

    order_id: int
    usage_id: int
    side: str
    hold: Hold


@dataclass(frozen=True, slots=True)
class Move:
    """What happened to one order: what it held of its usage, what it holds now, and what was filled.

    ``filled_qty`` is negative for a bust, ``traded`` the money executed on ``day`` by these fills. A closed order holds
    0. ``hold`` is what it held as ``held`` has it, ``unit`` the money a unit counts as from now on, if that changes.
    """

    order_id: int
    account_id: int
    instrument_id: int
    side: str
    open_before: Decimal
    open_after: Decimal
    filled_qty: Decimal = ZERO
    hold: Hold = NOTHING
    unit: Decimal | None = None
    traded: Decimal = ZERO
    day: date | None = None

    @property
    def key(self) -> Key:
        """The usage it counts in."""
        return self.account_id, self.instrument_id

    def after(self, before: Hold) -> Hold:
        """What it holds now, having held ``before``."""
        unit = before.unit if self.unit is None else self.unit
        traded, day = before.traded, before.traded_on
        if self.day is not None and (self.filled_qty or self.traded):
            traded, day = before.traded_by(self.day) + self.traded, self.day
        return Hold(self.open_after, unit, before.per_px, before.limits, traded, day)


def lock(keys: Iterable[Key], order_ids: Iterable[int] = ()) -> dict[Any, Held]:
    """Lock the usages of accounts and of every limit that the orders count in. Three statements.

    The fence comes first: a lock taken before it could wait for whoever waits for us.
    """
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    fence.stay()
    return claim(wanted, order_ids=order_ids)


def claim(keys: Iterable[Key], usage_ids: Iterable[int] = (), order_ids: Iterable[int] = ()) -> dict[Any, Held]:
    """As ``lock``, behind the fence already; ``usage_ids`` are of limits that new orders will count in.

    Those of accounts that are missing are made. Accounts' usages come under their key, limits' under their id.
    """
    wanted = sorted(set(keys))
    columns = ("kind", "scope_id", "instrument_id", "position_qty", "open_buy_qty", "open_sell_qty", "open_buy_value",
               "open_sell_value", "open_orders", "executed_value")  # fmt: skip
    nothing = (ZERO, ZERO, ZERO, ZERO, ZERO, 0, ZERO)
    rows = [(Usage.Kind.ACCOUNT, account, instrument, *nothing) for account, instrument in wanted]
    sets.insert(Usage, columns, rows, skip_duplicates=True)
    return _locked(wanted, sorted(set(usage_ids)), sorted(set(order_ids)))


def seen(keys: Iterable[Key], usage_ids: Iterable[int] = (), order_ids: Iterable[int] = ()) -> dict[Any, Held]:
    """As ``claim``, but nothing is locked or made: where there is no row yet, nothing is used. One statement."""
    wanted = sorted(set(keys))
    found = _by_key(_SEEN(*_asked(wanted, sorted(set(usage_ids)), sorted(set(order_ids)))))
    return {key: Held(0) for key in wanted} | found


def held(order_ids: Iterable[int]) -> dict[int, Hold]:
    """What each order holds; one that never held anything is missing. One statement."""
    return {
        order_id: Hold(qty, unit, per_px, tuple((pk, Decimal(rate)) for pk, rate in limits), *traded)
        for order_id, qty, unit, per_px, limits, *traded in _HELD(set(order_ids))
    }


_HELD = Prepared(
    lambda orders: Reservation.objects.filter(order_id__among=orders, usage__kind=Usage.Kind.ACCOUNT).values_list(
        "order_id", "qty", "unit", "per_px", "limits", "traded", "traded_on"
    )
)


def reserved(account_ids: Iterable[int]) -> dict[tuple[int, str], Decimal]:
    """Money that open purchases have set aside by (account, currency); a future is not paid for. One statement."""
    rows = Usage.objects.filter(kind=Usage.Kind.ACCOUNT, scope_id__in=set(account_ids), open_buy_value__gt=0)
    sums = rows.exclude(instrument__asset_class=AssetClass.FUTURE).values_list("scope_id", "instrument__currency")
    return {(account, currency): value for account, currency, value in sums.annotate(Sum("open_buy_value")).order_by()}


def move(moves: Sequence[Move]) -> None:
    """Bring usages and reservations up to what happened. The usages are locked already. Three statements."""
    if not moves:
        return
    limits = sorted({pk for m in moves for pk, _ in m.hold.limits})
    uses = _locked(sorted({m.key for m in moves}), limits)
    rows: dict[int, Holds] = {}
    for m in moves:
        before = rows[m.order_id].hold if m.order_id in rows else m.hold
        if before.qty != m.open_before:
            before = before._replace(qty=m.open_before)
        after = m.after(before)
        count(uses, m.key, m.side, change(before, after))
        if m.day is not None and (m.filled_qty or m.traded):
            fill(uses, m.key, m.side, before, after, m.filled_qty, m.day)
        elif m.filled_qty:
            uses[m.key] = uses[m.key].plus(m.side, ZERO, m.filled_qty)
        rows[m.order_id] = Holds(m.order_id, uses[m.key].id, m.side, after)
    write(uses)
    reserve([], list(rows.values()))


def follow(keys: Iterable[Key]) -> None:
    """Have the locked usages of accounts say what their positions are now, which no order has moved. One statement."""
    wanted = sorted(set(keys))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE risk_usage u SET position_qty = p.qty"
            " FROM orders_position p JOIN unnest(%s::bigint[], %s::bigint[]) AS k (account_id, instrument_id)"
            " ON p.account_id = k.account_id AND p.instrument_id = k.instrument_id"
            " WHERE u.kind = 'account' AND u.scope_id = k.account_id AND u.instrument_id = k.instrument_id"
            " AND u.position_qty <> p.qty",
            [sets.literal(account for account, _ in wanted), sets.literal(instrument for _, instrument in wanted)],
        )


def write(uses: Mapping[Any, Held]) -> None:
    """Save locked usages. One statement."""
    rows = [
        (u.id, u.position, u.open_buy, u.open_sell, u.buy_value, u.sell_value, u.orders, u.executed, u.executed_on)
        for u in sorted(uses.values(), key=lambda u: u.id)
    ]
    assert sets.update(Usage, ["id"], FIELDS[4:], rows) == len(rows)


def reserve(fresh: Sequence[Holds], changed: Sequence[Holds]) -> None:
    """Save what orders hold, new and changed, one statement each."""
    columns = ("order_id", "usage_id", "side", "qty", "unit", "per_px", "limits", "traded", "traded_on")
    sets.insert(Reservation, columns, [_row(one) for one in fresh])
    keys, values = ["order_id", "usage_id"], ["qty", "unit", "traded", "traded_on"]
    rows = [(o, u, h.qty, h.unit, h.traded, h.traded_on) for o, u, _, h in changed]
    if sets.update(Reservation, keys, values, rows) != len(rows):
        # An order that was refused, and yet was filled, held nothing before.
        sets.insert(Reservation, columns, [_row(one) for one in changed], skip_duplicates=True)


def _row(one: Holds) -> tuple[Any, ...]:
    hold = one.hold
    limits = [[usage_id, f"{rate:f}"] for usage_id, rate in hold.limits]
    return (*one[:3], hold.qty, hold.unit, hold.per_px, limits, hold.traded, hold.traded_on)


def send(sums: Mapping[int, tuple[int, Decimal]], at: datetime) -> None:
    """Note what a batch sent within the windows of limits, and forget what is past. No statement without any."""
    if not sums:
        return
    rows = [(usage_id, at, value) for usage_id, (_, value) in sorted(sums.items()) if value > 0]
    sets.insert(Sent, ("usage_id", "at", "value"), rows)
    past = [at - timedelta(seconds=window_s) for _, (window_s, _) in sorted(sums.items())]
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM risk_sent s USING unnest(%s::bigint[], %s::timestamptz[]) AS w (usage_id, past)"
            " WHERE s.usage_id = w.usage_id AND s.at <= w.past",
            [sets.literal(sorted(sums)), sets.literal(past)],
        )


def sent(windows: Mapping[int, int], at: datetime) -> dict[int, Decimal]:
    """Money sent within each limit's window of seconds: half open, what is exactly as old is outside. One statement."""
    if not windows:
        return {}
    since = [at - timedelta(seconds=windows[pk]) for pk in sorted(windows)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.usage_id, sum(s.value) FROM risk_sent s"
            " JOIN unnest(%s::bigint[], %s::timestamptz[]) AS w (usage_id, since)"
            " ON s.usage_id = w.usage_id AND s.at > w.since GROUP BY s.usage_id",
            [sets.literal(sorted(windows)), sets.literal(since)],
        )
        return dict(cursor.fetchall())


def _locked(keys: Sequence[Key], usage_ids: Collection[int], order_ids: Collection[int] = ()) -> dict[Any, Held]:
    """Everything that is wanted, locked in key order."""
    return _by_key(_LOCKED(*_asked(keys, usage_ids, order_ids)))


def _by_key(rows: Iterable[tuple[Any, ...]]) -> dict[Any, Held]:
    """Accounts' usages under their key, limits' under their id."""
    return {row[3] if row[0] == Usage.Kind.LIMIT else (row[1], row[2]): Held(*row[3:]) for row in rows}


def _asked(keys: Sequence[Key], usage_ids: Collection[int], order_ids: Collection[int]) -> tuple[Collection[int], ...]:
    """What the queries below are asked with."""
    return [account for account, _ in keys], [instrument for _, instrument in keys], usage_ids, order_ids


# Exactly the rows wanted: two IN lists would lock every account's row of every instrument in the batch. As an array,
# computed once: a row that waited for its lock is looked at again as it is then, and a condition that joins would leave
# it out.
_WANTED = """risk_usage.id = ANY(ARRAY(
    SELECT u.id FROM risk_usage u JOIN unnest(%s::bigint[], %s::bigint[]) AS k (scope_id, instrument_id)
        ON u.kind = 'account' AND u.scope_id = k.scope_id AND u.instrument_id = k.instrument_id
    UNION ALL SELECT unnest(%s::bigint[])
    UNION ALL SELECT (e->>0)::bigint FROM risk_reservation r, jsonb_array_elements(r.limits) e
        WHERE r.order_id = ANY(%s::bigint[])))"""


def _wanted(*marks: Mark) -> QuerySet[Usage]:
    return Usage.objects.filter(RawSQL(_WANTED, marks, BooleanField()))  # noqa: S611 - a constant


_LOCKED = Prepared(lambda *marks: locked(_wanted(*marks)).values_list(*FIELDS), either=True)
_SEEN = Prepared(lambda *marks: _wanted(*marks).order_by("pk").values_list(*FIELDS), either=True)
