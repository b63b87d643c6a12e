"""How much of each limit is in use: the rows that serialise orders, and what every open order holds of them.

The one lock that keeps two orders from taking the same room. Usage rows are locked first of all tables, so the desk
calls ``lock`` (or ``risk.facts.load``, which does) before it locks orders.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from oms.base import sets
from oms.base.locks import locked
from risk import kill
from risk.known import Held, Key
from risk.models import Reservation, Usage
from risk.terms import ZERO

Holds = tuple[int, int, str, Decimal]
"""(order id, usage id, side, quantity)"""
_FIELDS = ("scope_id", "instrument_id", "id", "position_qty", "open_buy_qty", "open_sell_qty")


@dataclass(frozen=True, slots=True)
class Move:
    """What happened to one order: what it held of its usage (``held``), what it holds now, and what was filled.

    ``filled_qty`` is negative for a bust. A closed order holds 0.
    """

    order_id: int
    account_id: int
    instrument_id: int
    side: str
    open_before: Decimal
    open_after: Decimal
    filled_qty: Decimal = ZERO

    @property
    def key(self) -> Key:
        """The usage it counts in."""
        return self.account_id, self.instrument_id


def lock(keys: Iterable[Key], *, fenced: bool = False) -> dict[Key, Held]:
    """Lock the usage rows of ``keys`` in primary key order, making those that are missing. Three statements.

    The fence of the kill switches comes first: a lock taken before it could wait for whoever waits for us.
    ``fenced`` says that the caller stands behind it already.
    """
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    if not fenced:
        kill.stay()
    columns = ("kind", "scope_id", "instrument_id", "position_qty", "open_buy_qty", "open_sell_qty")
    rows = [(Usage.Kind.ACCOUNT, account, instrument, ZERO, ZERO, ZERO) for account, instrument in wanted]
    sets.insert(Usage, columns, rows, skip_duplicates=True)
    return _locked(wanted)


def seen(keys: Iterable[Key]) -> dict[Key, Held]:
    """The usage rows of ``keys`` as they are, and nothing is locked; where there is none yet, nothing is used."""
    wanted = sorted(set(keys))
    rows = Usage.objects.filter(_exactly(wanted)).order_by("pk").values_list(*_FIELDS) if wanted else ()
    found = {(row[0], row[1]): Held(*row[2:]) for row in rows}
    return {key: found.get(key, Held(0, ZERO, ZERO, ZERO)) for key in wanted}


def held(order_ids: Iterable[int]) -> dict[int, Decimal]:
    """What each order holds of its account's usage; one that never held anything is missing. One statement."""
    rows = Reservation.objects.filter(order_id__in=set(order_ids), usage__kind=Usage.Kind.ACCOUNT)
    return dict(rows.values_list("order_id", "qty"))


def move(moves: Sequence[Move]) -> None:
    """Bring usages and reservations up to what happened. The usages are locked already. Three statements."""
    if not moves:
        return
    usages = _locked(sorted({m.key for m in moves}))
    for m in moves:
        usages[m.key] = usages[m.key].plus(m.side, m.open_after - m.open_before, m.filled_qty)
    write(usages.values())
    rows = {m.order_id: (m.order_id, usages[m.key].id, m.side, m.open_after) for m in moves}
    reserve([], list(rows.values()))


def write(usages: Iterable[Held]) -> None:
    """Save locked usages. One statement."""
    rows = [(u.id, u.position, u.open_buy, u.open_sell) for u in sorted(usages, key=lambda u: u.id)]
    assert sets.update(Usage, ["id"], ("position_qty", "open_buy_qty", "open_sell_qty"), rows) == len(rows)


def reserve(fresh: Sequence[Holds], changed: Sequence[Holds]) -> None:
    """Save what orders hold, new and changed, one statement each."""
    columns = ("order_id", "usage_id", "side", "qty")
    sets.insert(Reservation, columns, fresh)
    rows = [(order_id, usage_id, qty) for order_id, usage_id, _, qty in changed]
    if sets.update(Reservation, ["order_id", "usage_id"], ["qty"], rows) != len(rows):
        # An order that was refused, and yet was filled, held nothing before.
        sets.insert(Reservation, columns, changed, skip_duplicates=True)


def _locked(wanted: Sequence[Key]) -> dict[Key, Held]:
    rows = locked(Usage.objects.filter(_exactly(wanted))).values_list(*_FIELDS)
    return {(row[0], row[1]): Held(*row[2:]) for row in rows}


def _exactly(wanted: Sequence[Key]) -> RawSQL:
    """The condition for exactly the rows wanted: two IN lists would take every account's row of every instrument.

    The keys are found before the rows are locked (an array, no join): a locking SELECT whose condition joins looks at
    a row that it had to wait for with the rest of the join as it was, and can leave the row out.
    """
    return RawSQL(
        "risk_usage.id = ANY(ARRAY(SELECT u.id FROM risk_usage u"
        " JOIN unnest(%s::bigint[], %s::bigint[]) AS k (scope_id, instrument_id)"
        " ON u.kind = 'account' AND u.scope_id = k.scope_id AND u.instrument_id = k.instrument_id))",
        (sets.literal(account for account, _ in wanted), sets.literal(instrument for _, instrument in wanted)),
        BooleanField(),
    )
