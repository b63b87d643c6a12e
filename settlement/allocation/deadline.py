"""Until when something must be done on the trade date: a time of day in a market's own zone. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Limit:
    """From ``valid_from`` on ``what`` is to be done by ``at`` in ``zone`` on the trade date; market "" is any."""

    market: str
    what: str
    valid_from: date
    at: time
    zone: str


def deadline(limits: Iterable[Limit], market: str, what: str, trade_date: date) -> datetime | None:
    """The moment, in UTC: by the market's own row before one for all, the latest that is in force. None: no limit."""
    fitting = [
        one for one in limits if one.what == what and one.market in ("", market) and one.valid_from <= trade_date
    ]
    best = max(fitting, key=lambda one: (one.market != "", one.valid_from), default=None)
    if best is None:
        return None
    return datetime.combine(trade_date, best.at, ZoneInfo(best.zone)).astimezone(UTC)
