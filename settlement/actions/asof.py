"""Positions as they were at the close of a day, on trade date: as they stand, where nothing was booked since."""

from collections.abc import Collection
from datetime import date

from orders.holdings import adjustments, deals, fold, unit_of
from orders.models import ExecutionReport, Instrument, Position, PositionAdjustment
from orders.moves import ADJUSTED, DEALT, Key
from orders.positions import Holding
from orders.rollup import FILLS

_DEALT_ON, _ADJUSTED_ON = DEALT.index("trade_date"), ADJUSTED.index("trade_date")


def held_at_close(instrument_ids: Collection[int], day: date) -> dict[Key, Holding]:
    """The positions in the instruments at the close of ``day``. At most six SELECTs."""
    rows = Position.objects.filter(instrument_id__in=instrument_ids).order_by("account_id", "instrument_id")
    held = {(row[0], row[1]): Holding(*row[2:]) for row in rows.values_list(*_KEY, *Holding._fields)}
    since = sorted(_booked_after(instrument_ids, day))
    if since:
        units = Instrument.objects.filter(pk__in=instrument_ids).values_list("pk", "asset_class", "multiplier")
        before = fold(
            (one for one in deals(since) if one[_DEALT_ON] <= day),
            (one for one in adjustments(since) if one[_ADJUSTED_ON] <= day),
            {row[0]: unit_of(*row[1:]) for row in units},
        )
        held |= {key: before.get(key, Holding()) for key in since}
    return held


_KEY = ("account_id", "instrument_id")


def _booked_after(instrument_ids: Collection[int], day: date) -> set[Key]:
    late = {"instrument_id__in": instrument_ids, "trade_date__gt": day}
    fills = ExecutionReport.objects.filter(is_root=True, exec_type__in=sorted(FILLS), **late)
    booked = PositionAdjustment.objects.filter(**late)
    return {key for rows in (fills, booked) for key in rows.order_by().values_list(*_KEY).distinct()}
