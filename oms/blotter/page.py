"""What one open page is sent, and how fast.

Nothing is queued for a page: it has a place in each shard it shows, and is sent frames from there while it keeps up.
It keeps up while it has acknowledged all but the last WINDOW frames or WINDOW_BYTES. When it falls out of what the
shard still holds, it is told to read a snapshot. So a page that has stopped reading costs the same as one that has not.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from oms.blotter.hub import Hub
from oms.blotter.shards import Shard

WINDOW = 20
WINDOW_BYTES = 1_000_000
HEARTBEAT_S = 2.0
SEND_TIMEOUT_S = 5.0
TRY_AGAIN_LATER = 1013

Send = Callable[[str], Awaitable[None]]


class Window:
    """Frames sent and not yet acknowledged."""

    def __init__(self) -> None:
        self.sizes: deque[int] = deque()
        self.bytes = 0
        self.acknowledged = 0

    @property
    def total(self) -> int:
        """How many frames were sent since the page connected."""
        return self.acknowledged + len(self.sizes)

    @property
    def open(self) -> bool:
        """Whether one more frame may be sent."""
        return len(self.sizes) <= WINDOW and self.bytes <= WINDOW_BYTES

    def sent(self, size: int) -> None:
        """One frame more is under way."""
        self.sizes.append(size)
        self.bytes += size

    def acknowledge(self, total: int) -> None:
        """The page has received ``total`` frames since it connected; never more than were sent."""
        for _ in range(min(total - self.acknowledged, len(self.sizes))):
            self.bytes -= self.sizes.popleft()
            self.acknowledged += 1


class Page:
    """The shards one page shows and where it stands in each."""

    def __init__(self, hub: Hub, send: Send) -> None:
        self.hub, self._send = hub, send
        self.shards: dict[str, tuple[Shard, int]] = {}
        self.interest: frozenset[int] = frozenset()
        self.ladders: frozenset[int] = frozenset()
        self.quotes_version = 0
        self.window = Window()
        self.awake = asyncio.Event()

    async def subscribe(self, key: str, since: int | None, why: str = "new") -> None:
        """Show a shard from ``since`` on, or from now after a snapshot."""
        shard = await self.hub.shard(key)
        if since is not None and shard.after(since) is not None and since <= shard.head:
            self.shards[key] = (shard, since)
            await self.tell({"t": "ok", "s": key, "seq": since})
            self.awake.set()
        else:
            await self._resync(shard, why if since is None else "trim")

    def unsubscribe(self, key: str) -> None:
        """The shard is no longer shown."""
        self.shards.pop(key, None)

    def want(self, instruments: frozenset[int], ladders: frozenset[int] = frozenset()) -> None:
        """Quotes of these are sent, first their present state; of ``ladders`` with what each venue says."""
        self.interest, self.ladders, self.quotes_version = instruments, ladders, 0
        self.awake.set()

    def acknowledge(self, total: int) -> None:
        """The page has taken in ``total`` frames."""
        self.window.acknowledge(total)
        self.awake.set()

    async def pump(self) -> None:
        """Send what there is, whenever there is something and the page keeps up; a heartbeat every two seconds."""
        beat_at = 0.0
        while True:
            if (now := time.monotonic()) >= beat_at:
                beat_at = now + HEARTBEAT_S
                await self.tell(self._heartbeat())
            await self.catch_up()
            try:
                # Not asyncio.wait_for: before Python 3.12 that forgets a cancellation which comes together with news.
                async with asyncio.timeout(max(0.0, beat_at - time.monotonic())):
                    await self.awake.wait()
            except TimeoutError:
                continue
            self.awake.clear()

    async def catch_up(self) -> None:
        """Send every shard's next frames, then the quotes, until the window is full."""
        for key in list(self.shards):
            await self._next_frames(key)
        if self.window.open and self.quotes_version < self.hub.quotes.version:
            text = self.hub.quotes.newer(self.quotes_version, self.interest, self.ladders)
            self.quotes_version = self.hub.quotes.version
            if text:
                await self._frame(text)

    async def _next_frames(self, key: str) -> None:
        held, place = self.shards[key]
        shard = self.hub.now(key)
        if shard is not held:
            await self._resync(await self.hub.shard(key), "epoch")
            return
        frames = held.after(place)
        if frames is None:
            await self._resync(held, "lag")
            return
        for frame in frames:
            if not self.window.open or key not in self.shards:
                return
            self.shards[key] = (held, frame.q)
            await self._frame(frame.text)

    async def _resync(self, shard: Shard, why: str) -> None:
        """From now on, on top of a snapshot that the page reads over HTTP."""
        table, _, desk = shard.key.partition("@")
        self.shards[shard.key] = (shard, shard.head)
        url = f"/api/v1/blotter/{table}/snapshot?desk={desk}"
        await self.tell({"t": "resync", "s": shard.key, "why": why, "epoch": shard.epoch, "url": url})
        self.awake.set()

    def _heartbeat(self) -> dict[str, Any]:
        return {
            "t": "hb",
            "ts": int(time.time() * 1000),
            "c": self.window.total,
            "q": {key: place for key, (_, place) in self.shards.items()},
            "src": {"up": self.hub.up, "relay_ms": self.hub.relay_age_ms()},
        }

    async def tell(self, message: dict[str, Any]) -> None:
        """A message outside the window: few, small, and answers to what the page said."""
        await self._out(orjson.dumps(message).decode())

    async def _frame(self, text: str) -> None:
        self.window.sent(len(text))
        await self._out(text)

    async def _out(self, text: str) -> None:
        """A page that does not take a message for five seconds is gone, whatever TCP believes."""
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await self._send(text)
