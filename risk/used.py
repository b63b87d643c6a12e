"""How much of each limit is used now, for whoever looks: never part of a decision."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from orders.fx import Rates
from risk import exposures, index, usage
from risk.against import exposure
from risk.context import Quoted
from risk.known import Facts
from risk.limits import Limit
from risk.models import Usage
from risk.room import EXPOSURES, Bound, Measure
from risk.terms import ZERO

HUNDRED = Decimal(100)


class Used(NamedTuple):
    """What is used in the worst case, what is left, and the share of the limit in percent; None if nobody can say."""

    used: Decimal | None
    room: Decimal | None
    percent: Decimal | None


def of(
    limits: Sequence[Limit],
    at: datetime,
    today: date,
    fx: Rates,
    quote: Callable[[Iterable[int]], Mapping[int, Quoted]],
) -> dict[int, Used]:
    """By the limit's id. Three SELECTs, and those of quotes where there are exposures."""
    rows = {
        row.scope_id: row for row in Usage.objects.filter(kind=Usage.Kind.LIMIT, scope_id__in=[x.pk for x in limits])
    }
    bounds = [index.bound_of(limit, rows[limit.pk].pk) for limit in limits]
    sent = usage.sent({bound.usage_id: bound.window_s for bound in bounds if bound.window_s}, at)
    exposed = [bound for bound in bounds if bound.measure in EXPOSURES]
    stakes = exposures.load(exposed, Facts(fx=fx), at, quote)
    found = {}
    for bound in bounds:
        used = _used(bound, rows[bound.id], today, sent, stakes)
        room = None if used is None else max(bound.hard - used, ZERO)
        share = None if used is None or not bound.hard else round(used / bound.hard * HUNDRED, 2)
        found[bound.id] = Used(used, room, share)
    return found


def _used(
    bound: Bound, row: Usage, today: date, sent: Mapping[int, Decimal], stakes: Mapping[int, Mapping[int, object]]
) -> Decimal | None:
    still_open = row.open_buy_value + row.open_sell_value
    executed = row.executed_value if row.executed_on == today else ZERO
    if bound.measure in EXPOSURES:
        mine = stakes.get(row.pk, {})
        if any(stake.unknown for stake in mine.values()):  # type: ignore[attr-defined]
            return None
        return max(exposure(bound.measure, mine, side) for side in ("buy", "sell"))  # type: ignore[arg-type]
    return {
        Measure.LONG_POSITION: max(row.position_qty + row.open_buy_qty, ZERO),
        Measure.SHORT_POSITION: max(row.open_sell_qty - row.position_qty, ZERO),
        Measure.GROSS_NOTIONAL: still_open + executed,
        Measure.OPEN_NOTIONAL: still_open,
        Measure.OPEN_ORDERS: Decimal(row.open_orders),
        Measure.WINDOW_NOTIONAL: sent.get(row.pk, ZERO),
    }[Measure(bound.measure)]
