"""Changes of rows into a desk's stream, at a given rate, as the relay writes them."""

import random
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import orjson
import redis

from oms.blotter import stream
from oms.stack.running import Running

TICK_S = 0.05
PREFIX = "bl"


class Feeder(threading.Thread):
    """Writes ``rate`` images of ``rows`` a second until stopped; ``late_s`` is how far it has fallen behind at most.

    With each write goes what the relay would say with it: how far the desk's stream has come, and that it is alive.
    The images of ``seconds`` are made beforehand: whoever is measured needs the two cores.
    """

    def __init__(
        self, system: Running, desk: str, cols: list[str], rows: list[list[Any]], rate: int, seconds: float = 0.0
    ) -> None:
        super().__init__(daemon=True)
        self.valkey = redis.Redis.from_url(system.facts["redis_url"])
        name = urlsplit(system.facts["database_url"]).path.removeprefix("/")
        self.desk = desk
        self.stream, self.head_key, self.beat_key = (
            f"{PREFIX}:{name}:{key}" for key in (f"desk:{desk}", "head", "beat")
        )
        self.at = {name: place for place, name in enumerate(cols)}
        self.rows, self.rate = rows, rate
        self.dice = random.Random(7)  # noqa: S311 - the same changes in every run
        self.ended = threading.Event()
        self.number = self._last()
        self.size = min(stream.ROWS_AN_ENTRY, int(rate * TICK_S))
        made = [self._change() for _ in range(int(seconds * rate / self.size))]
        self.changes = self._changes(made)
        self.written = 0
        self.late_s = 0.0

    def _last(self) -> int:
        found = self.valkey.xrevrange(self.stream, count=1)
        return stream.unpack(found[0][1]).number if found else 0  # type: ignore[index,arg-type]

    def run(self) -> None:
        """Every tick what is due by then."""
        known = stream.head(self.valkey.get(self.head_key))  # type: ignore[arg-type]
        assert known, "the relay has said where it is"
        begun = time.monotonic()
        while not self.ended.wait(max(0.0, TICK_S - (time.monotonic() - begun) % TICK_S)):
            due = int((time.monotonic() - begun) * self.rate) - self.written
            self.late_s = max(self.late_s, due / self.rate - TICK_S)
            self._write(known, due // self.size)

    def _write(self, known: stream.Head, entries: int) -> None:
        ts = int(time.time() * 1000)
        with self.valkey.pipeline(transaction=True) as pipe:
            for _ in range(entries):
                self.number += 1
                entry = stream.Entry(known.epoch, self.number, ts, next(self.changes))
                pipe.xadd(self.stream, stream.pack(entry), maxlen=stream.LONGEST)  # type: ignore[arg-type]
            counts = known.counts | {self.desk: self.number}
            pipe.set(self.head_key, known._replace(counts=counts).dump())
            pipe.set(self.beat_key, ts)
            pipe.execute()
        self.written += entries * self.size

    def _changes(self, made: list[Any]) -> Iterator[Any]:
        yield from made
        while True:
            yield self._change()

    def _change(self) -> Any:
        """The tables of one entry, as they are written."""
        rows = [self._changed(self.rows[self.dice.randrange(len(self.rows))]) for _ in range(self.size)]
        return orjson.Fragment(orjson.dumps({"orders": rows}))

    def _changed(self, row: list[Any]) -> list[Any]:
        """The row a little further on: its price, what is done of it, its time."""
        at = self.at
        row[at["rev"]] += 1
        total = int(row[at["order_qty"]])
        done = self.dice.randrange(total)
        row[at["cum_qty"]], row[at["leaves_qty"]] = str(done), str(total - done)
        row[at["avg_px"]] = f"{100 + self.dice.randrange(40_000) / 100:.2f}"
        row[at["ord_status"]] = "partially_filled" if done else "new"
        row[at["updated_at"]] = int(time.time() * 1000)
        return list(row)

    def stop(self) -> None:
        """After the tick that is under way."""
        self.ended.set()
        self.join(10)
