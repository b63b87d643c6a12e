"""The last hour of each instrument's price in bars of five seconds, kept in Valkey beside the streams.

For drawing only: nothing decides by them, and when Valkey forgets them the chart starts anew.
"""

import time
from typing import Any

import orjson
import redis
from django.conf import settings

from oms.blotter import stream
from oms.blotter.tables import Row

BAR_S = 5
KEPT = 720
FORGOTTEN_AFTER_S = 2 * KEPT * BAR_S

_valkey = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=0.5)


class Maker:
    """Turns quotes into bars and hands over each bar once it is complete."""

    def __init__(self) -> None:
        self.bars: dict[int, list[float]] = {}

    def take(self, rows: list[Row], pipe: Any) -> None:
        """Quotes that moved (columns as tables.QUOTE_COLUMNS). Finished bars are appended through ``pipe``."""
        start = int(time.time()) // BAR_S * BAR_S
        for instrument, price in ((row[0], _price(row)) for row in rows):
            bar = self.bars.get(instrument)
            if price is None:
                continue
            if bar is None or bar[0] != start:
                if bar:
                    _keep(pipe, instrument, bar)
                first = bar[4] if bar else price
                bar = self.bars[instrument] = [start, first, max(first, price), min(first, price), price]
            bar[2], bar[3], bar[4] = max(bar[2], price), min(bar[3], price), price


def of(instrument: int) -> list[list[float]]:
    """The bars of an instrument, the oldest first; none when Valkey is away."""
    try:
        stored: Any = _valkey.lrange(_key(instrument), 0, -1)
    except redis.RedisError:
        return []
    return [orjson.loads(bar) for bar in stored]


def _price(row: Row) -> float | None:
    """The last trade, else the middle of the quote."""
    last, bid, offer = (None if value is None else float(value) for value in row[1:4])
    if last is not None:
        return last
    return None if bid is None or offer is None else (bid + offer) / 2


def _keep(pipe: Any, instrument: int, bar: list[float]) -> None:
    pipe.rpush(_key(instrument), orjson.dumps(bar))
    pipe.ltrim(_key(instrument), -KEPT, -1)
    pipe.expire(_key(instrument), FORGOTTEN_AFTER_S)


def _key(instrument: int) -> str:
    return stream.key("bars", str(instrument))
