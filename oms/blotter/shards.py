"""A shard is one table of one desk on its way to the pages. Pure: no clock, no network.

Changes are conflated by row, at most ten frames a second, the first after a pause at once. A frame is encoded once
and the same text goes to every page. The last frames are kept, so that a page that was away or slow catches up from
them; one that was away longer reads a snapshot.
"""

from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

INTERVAL_S = 0.1
RING = 128


class Frame(NamedTuple):
    """Leads a page from number ``p`` of the desk's stream to ``q``."""

    p: int
    q: int
    text: str


class Shard:
    """Rows waiting to be told, and the frames told last."""

    def __init__(self, key: str, epoch: str, seq: int) -> None:
        self.key, self.epoch, self.head, self.first = key, epoch, seq, seq
        self.kind = "ev" if key.startswith("events@") else "d"
        self.frames: deque[Frame] = deque()
        self.waiting: dict[Any, list[Any]] = {}
        self.upto = seq
        self.oldest_ts = 0
        self.flushed_at = float("-inf")

    def take(self, rows: Iterable[list[Any]], number: int, ts: int) -> None:
        """Rows of entry ``number``; of two images of one row the one of the higher revision is kept."""
        if not self.waiting:
            self.oldest_ts = ts
        for row in rows:
            known = self.waiting.get(row[0])
            if known is None or row[1] >= known[1]:
                self.waiting[row[0]] = row
        self.upto, self.oldest_ts = number, min(ts, self.oldest_ts)

    def due_at(self) -> float | None:
        """When the next frame may go, on the caller's monotonic clock; None with nothing to tell."""
        return self.flushed_at + INTERVAL_S if self.waiting else None

    def flush(self, now: float, at_ms: int) -> Frame | None:
        """Make a frame of what waits, unless it is too soon after the last one; ``at_ms`` is when it leaves, by the
        clock of the day."""
        due = self.due_at()
        if due is None or now < due:
            return None
        message = {
            "t": self.kind, "s": self.key, "p": self.head, "q": self.upto, "ts": self.oldest_ts, "at": at_ms,
            "n": list(self.waiting.values()),
        }  # fmt: skip
        frame = Frame(self.head, self.upto, orjson.dumps(message).decode())
        if len(self.frames) == RING:
            self.first = self.frames.popleft().q
        self.frames.append(frame)
        self.head, self.flushed_at, self.waiting = self.upto, now, {}
        return frame

    def after(self, seq: int) -> list[Frame] | None:
        """The frames a page at ``seq`` has not seen, oldest first; None when they are no longer all here."""
        if seq < self.first:
            return None
        frames: list[Frame] = []
        for frame in reversed(self.frames):
            if frame.q <= seq:
                break
            frames.append(frame)
        return frames[::-1]
