"""One task a web process reads the streams and makes frames; every page in the process is handed the same ones.

States it can be in, told in every heartbeat: `up` (the streams can be read) and the age of the relay's last sign of
life. When the streams cannot be read the hub keeps trying; whatever it may have missed shows as a hole in the entry
numbers or as another epoch, and the pages concerned are told to read a snapshot.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

import orjson
import redis.asyncio
from django.conf import settings

from oms.base import bell
from oms.blotter import stream
from oms.blotter.guard import Guard
from oms.blotter.shards import Shard
from oms.blotter.tables import DESK_TABLES

log = logging.getLogger(__name__)

READ_S = 0.2
QUOTES_EVERY_S = 0.25
BEAT_EVERY_S = 1.0
AWAY_S = 1.0
ANSWER_S = 5.0
LINGER_S = 60.0
UNKNOWN_AGE_MS = 999_999

_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, "Hub"] = WeakKeyDictionary()


def running() -> "Hub":
    """The hub of the running event loop; its reader starts with the first page."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


class Hub:
    """Shards by key, quotes by instrument, and the pages to wake when either has news."""

    def __init__(self) -> None:
        # Its answers have no useful types: what a command gives depends on the command. No socket_timeout: with one
        # redis sends by asyncio.wait_for, which before Python 3.12 forgets a cancellation. _answer() bounds the wait.
        self.valkey: Any = redis.asyncio.Redis.from_url(
            settings.REDIS_URL, socket_timeout=None, socket_connect_timeout=1
        )
        self.up = False
        self.epoch = ""
        self.beat_ms = 0
        self.quotes = Quotes()
        self.guard = Guard()
        self.rung = "0-0"
        self.shards: dict[str, Shard] = {}
        self.pages: set[Callable[[], None]] = set()
        self.positions: dict[str, str] = {}
        self.numbers: dict[str, int] = {}
        self.joining = asyncio.Lock()
        self.idle_since = 0.0
        self.task: asyncio.Task[None] | None = None

    def add(self, wake: Callable[[], None]) -> None:
        """A page wants to be woken when there is news."""
        self.pages.add(wake)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._run(), name="blotter hub")

    def discard(self, wake: Callable[[], None]) -> None:
        """The page has gone. Some time after the last one the reader rests, too."""
        self.pages.discard(wake)
        self.idle_since = time.monotonic()

    async def ready(self) -> None:
        """Know the epoch of the streams, if they can be read at all."""
        if self.up:
            return
        try:
            await self._look_at_head()
        except (redis.RedisError, OSError) as error:
            self._lost(error)

    async def shard(self, key: str) -> Shard:
        """The shard, read from now on if nobody did so far. Its epoch is '' while the streams cannot be read."""
        async with self.joining:
            if key not in self.shards:
                await self.ready()
                await self._join(key.partition("@")[2])
        return self.shards[key]

    def now(self, key: str) -> Shard | None:
        """The shard as it is at present: another object than before once pages must read again."""
        return self.shards.get(key)

    def relay_age_ms(self) -> int:
        """How long ago the relay gave its last sign of life."""
        return max(0, int(time.time() * 1000) - self.beat_ms) if self.beat_ms else UNKNOWN_AGE_MS

    async def _join(self, desk: str) -> None:
        """Begin to read a desk at the end of its stream."""
        number, last = 0, "0-0"
        try:
            found = await _answer(self.valkey.xrevrange(stream.of_desk(desk), count=1))
            if found:
                last, entry = found[0][0].decode(), stream.unpack(found[0][1])
                number = entry.number if entry.epoch == self.epoch else 0
        except redis.RedisError as error:
            self._lost(error)
        self.positions[stream.of_desk(desk)] = last
        self._restart(desk, number)

    def _restart(self, desk: str, number: int) -> None:
        """New shards from ``number`` on. A page that holds an old one sees that, and its browser reads a snapshot."""
        self.numbers[desk] = number
        for table in DESK_TABLES:
            key = f"{table}@{desk}"
            self.shards[key] = Shard(key, self.epoch, number)

    async def _run(self) -> None:
        """Read while anybody looks, and a minute longer, so that a page which comes back finds its place."""
        beat = asyncio.create_task(self._listen_to_the_beat())
        try:
            await self._read_on()
        finally:
            beat.cancel()
        self.up = False
        for known in (self.shards, self.positions, self.numbers):
            known.clear()

    def _wanted(self) -> bool:
        return bool(self.pages) or time.monotonic() - self.idle_since < LINGER_S

    async def _read_on(self) -> None:
        while self._wanted():
            try:
                await self._look_at_head()
                while self._wanted():
                    await self._read()
                    self._flush()
            except (redis.RedisError, OSError) as error:
                self._lost(error)
            except Exception:
                log.exception("the blotter's hub stumbled; it goes on")
                self._lost(None)
            if not self.up:
                await asyncio.sleep(AWAY_S)

    def _lost(self, error: Exception | None) -> None:
        if self.up:
            log.warning("the live streams cannot be read: %s", error)
        self.up = False
        self._wake()

    async def _look_at_head(self) -> None:
        """See whether the streams are the ones we knew."""
        stored = await _answer(self.valkey.get(stream.head_key()))
        head = stream.head(stored)
        if head and head.epoch != self.epoch:
            self.epoch = head.epoch
            for desk in list(self.numbers):
                await self._join(desk)
        if not self.up:
            self.up = True
            self._wake()

    async def _listen_to_the_beat(self) -> None:
        """The relay's sign of life, and a look at the epoch: it may change while no entry comes."""
        while True:
            try:
                self.beat_ms = int(await _answer(self.valkey.get(stream.beat_key())) or 0)
                if self.up:
                    await self._look_at_head()
            except (redis.RedisError, OSError) as error:
                self._lost(error)
            await asyncio.sleep(BEAT_EVERY_S)

    async def _read(self) -> None:
        rights = bell.key("rights")
        streams: dict[Any, Any] = {stream.quotes_key(): self.quotes.position, rights: self.rung, **self.positions}
        news = self.valkey.xread(streams, count=100, block=self._patience_ms())
        for key, entries in await _answer(news) or ():
            name = key.decode()
            for position, fields in entries:
                if name == rights:
                    self.rung = position.decode()
                    self.guard.bell.set()
                elif name == stream.quotes_key():
                    self.quotes.take(position.decode(), orjson.loads(fields[b"u"]))
                else:
                    self.positions[name] = position.decode()
                    self._entry(name.removeprefix(stream.of_desk("")), stream.unpack(fields))

    def _entry(self, desk: str, entry: stream.Entry) -> None:
        if entry.epoch != self.epoch:
            self.epoch = entry.epoch
            for other in list(self.numbers):
                self._restart(other, 0)
        if entry.number > self.numbers[desk] + 1:
            log.warning("blotter %s: entry %s is not the next one; pages read again", desk, entry.number)
            self._restart(desk, entry.number)
            return
        if entry.number <= self.numbers[desk]:
            return
        self.numbers[desk] = entry.number
        for table, rows in entry.tables.items():
            self.shards[f"{table}@{desk}"].take(rows, entry.number, entry.ts)

    def _patience_ms(self) -> int:
        """How long to wait for entries: until the next frame is due."""
        due = [at for shard in self.shards.values() if (at := shard.due_at()) is not None]
        if self.quotes.waiting:
            due.append(self.quotes.flushed_at + QUOTES_EVERY_S)
        wait_s = min([READ_S, *(at - time.monotonic() for at in due)])
        return max(1, int(wait_s * 1000))

    def _flush(self) -> None:
        now, at_ms = time.monotonic(), int(time.time() * 1000)
        frames = [frame for shard in self.shards.values() if (frame := shard.flush(now, at_ms))]
        if self.quotes.flush(now) or frames:
            self._wake()

    def _wake(self) -> None:
        for wake in self.pages:
            wake()


async def _answer(question: Awaitable[Any]) -> Any:
    """What Valkey says; TimeoutError, which is an OSError, when it says nothing for five seconds."""
    async with asyncio.timeout(ANSWER_S):
        return await question


class Quotes:
    """The last quote of each instrument, encoded once; pages pick those they are interested in.

    A row's last column, what each venue says, goes only to pages that show its ladder.
    """

    def __init__(self) -> None:
        self.position = "0-0"
        self.version = 0
        self.flushed_at = float("-inf")
        self.waiting: dict[int, tuple[str, str]] = {}
        self.shown: dict[int, tuple[int, str, str]] = {}

    def take(self, position: str, rows: list[list[Any]]) -> None:
        """Rows of one entry of the quotes stream."""
        self.position = position
        for row in rows:
            self.waiting[row[0]] = (orjson.dumps(row[:-1]).decode(), orjson.dumps(row).decode())

    def flush(self, now: float) -> bool:
        """Let pages see what waits, four times a second at most."""
        if not self.waiting or now < self.flushed_at + QUOTES_EVERY_S:
            return False
        self.version += 1
        self.shown.update({key: (self.version, *texts) for key, texts in self.waiting.items()})
        self.waiting, self.flushed_at = {}, now
        return True

    def newer(self, version: int, interest: frozenset[int], ladders: frozenset[int] = frozenset()) -> str | None:
        """A frame of the quotes in ``interest`` that changed after ``version``; None when there are none.

        Of those in ``ladders`` with what each venue says.
        """
        texts = [
            shown[2] if key in ladders else shown[1]
            for key in interest | ladders
            if (shown := self.shown.get(key)) is not None and shown[0] > version
        ]
        return f'{{"t":"q","u":[{",".join(texts)}]}}' if texts else None
