"""The websocket of one page: who it is, what it may say. What it is sent is page.py's business.

Only reading happens here. Orders are entered, amended and cancelled over REST, where they are authenticated,
idempotent and answered. Rights are looked up when the socket opens and watched from then on (guard.py): a session that
has ended closes it (4401) with the reason, a desk taken away is not told of any more, and the page hears what is left.
"""

import asyncio
import logging
from typing import Any
from urllib.parse import urlsplit

import orjson
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from oms.blotter import guard, hub
from oms.blotter.guard import Rights
from oms.blotter.page import HEARTBEAT_S, TRY_AGAIN_LATER, Page
from oms.blotter.sessions import Gone
from oms.blotter.tables import COLUMNS, DESK_TABLES

log = logging.getLogger(__name__)

BAD_MESSAGE = 4400
SIGNED_OUT = 4401
WRONG_ORIGIN = 4403
TOO_MANY = 4429
LONGEST_MESSAGE = 65_536
MOST_INSTRUMENTS = 5_000
MOST_SOCKETS_A_USER = 16
# What a server raises when it is handed a message for a socket that has closed.
GONE = (OSError, RuntimeError)

_sockets: dict[int, int] = {}


class BlotterConsumer(AsyncWebsocketConsumer):
    """`/ws/blotter/`, JSON text frames; see static/blotter/feed.js for the words."""

    page: Page | None = None
    rights: Rights | None = None
    greeted = False
    tasks: tuple[asyncio.Task[None], ...] = ()

    async def connect(self) -> None:
        """Accept, then close with a code the page understands when it may not stay."""
        await self.accept()
        if not same_origin(dict(self.scope["headers"])):
            await self.close(WRONG_ORIGIN)
            return
        key = self.scope.get("cookies", {}).get(settings.SESSION_COOKIE_NAME, "")
        found = (await guard.look_up({key}))[key] if key else Gone.ENDED
        if isinstance(found, Gone):
            await self.close(SIGNED_OUT, found)
            return
        if _sockets.get(found.user_id, 0) >= MOST_SOCKETS_A_USER:
            await self.close(TOO_MANY)
            return
        _sockets[found.user_id] = _sockets.get(found.user_id, 0) + 1
        self.rights = found
        self.page = Page(hub.running(), lambda text: self.send(text_data=text))
        self.page.hub.guard.add(self._rights_changed, key, found)

    async def disconnect(self, code: int) -> None:
        """Whatever the reason: leave nothing running."""
        for task in self.tasks:
            task.cancel()
        if self.page and self.rights:
            self.page.hub.discard(self.page.awake.set)
            self.page.hub.guard.discard(self._rights_changed)
            _sockets[self.rights.user_id] -= 1
            if not _sockets[self.rights.user_id]:
                del _sockets[self.rights.user_id]
        self.page = None

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One message of the page. Anything that is not in the protocol ends the conversation."""
        if self.page is None:
            return
        try:
            await self._obey(parse(text_data), self.page)
        except ValueError as problem:
            log.info("blotter socket closed: %s", problem)
            await self.close(BAD_MESSAGE)
        except TimeoutError:
            await self.close(TRY_AGAIN_LATER)
        except GONE as problem:
            log.info("blotter socket was closed meanwhile: %s", problem)

    async def _obey(self, message: dict[str, Any], page: Page) -> None:
        op = message["op"]
        if self.greeted == (op == "hello"):
            raise ValueError("hello comes first, and once")
        if op == "hello":
            await self._welcome(page)
        elif op in ("sub", "resume"):
            await self._subscribe(page, message.get("s"), message.get("since"))
        elif op == "unsub":
            page.unsubscribe(str(message.get("s")))
        elif op == "want":
            page.want(instruments(message.get("i")), instruments(message.get("d", [])))
        elif op == "ack":
            page.acknowledge(whole(message.get("c")))
        else:
            raise ValueError(f"unknown op {op!r}")

    async def _welcome(self, page: Page) -> None:
        self.greeted = True
        page.hub.add(page.awake.set)
        await page.hub.ready()
        await page.tell({
            "t": "welcome", "v": 1, "epoch": page.hub.epoch, "hb": int(HEARTBEAT_S * 1000),
            "schema": COLUMNS, "perms": self.rights.told() if self.rights else {},
        })  # fmt: skip
        self.tasks = (asyncio.create_task(self._pump(page)),)

    async def _subscribe(self, page: Page, key: Any, since: Any) -> None:
        table, _, desk = str(key).partition("@")
        if table not in DESK_TABLES:
            raise ValueError(f"no table {table!r}")
        if self._sees(desk):
            await page.subscribe(f"{table}@{desk}", None if since is None else whole(since))
        if not self._sees(desk):
            # Also where the right was taken away while the stream was looked up.
            page.unsubscribe(f"{table}@{desk}")
            await page.tell({"t": "resync", "s": key, "why": "perm"})

    def _sees(self, desk: str) -> bool:
        return self.rights is not None and desk in self.rights.desks

    async def _pump(self, page: Page) -> None:
        try:
            await page.pump()
        except TimeoutError:
            await self.close(TRY_AGAIN_LATER)
        except GONE as problem:
            log.info("blotter socket was closed meanwhile: %s", problem)

    async def _rights_changed(self, now: Rights | Gone) -> None:
        """Nothing more of what may not be seen leaves from here on; then the page is told why."""
        if self.page is None:
            return
        lost = [key for key in self.page.shards if isinstance(now, Gone) or key.partition("@")[2] not in now.desks]
        for key in lost:
            self.page.unsubscribe(key)
        try:
            if isinstance(now, Gone):
                for task in self.tasks:
                    task.cancel()
                await self.close(SIGNED_OUT, now)
                return
            self.rights = now
            for key in lost:
                await self.page.tell({"t": "resync", "s": key, "why": "perm"})
            await self.page.tell({"t": "perms", "perms": now.told()})
        except TimeoutError:
            await self.close(TRY_AGAIN_LATER)
        except GONE as problem:
            log.info("blotter socket was closed meanwhile: %s", problem)


def same_origin(headers: dict[bytes, bytes]) -> bool:
    """Cookies travel with a socket opened from any page: only our own pages, and those the settings trust, may."""
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origin:
        return False
    return urlsplit(origin).netloc == headers.get(b"host", b"").decode("latin-1") or (
        origin in settings.CSRF_TRUSTED_ORIGINS
    )


def parse(text: str | None) -> dict[str, Any]:
    """A message as an object with an op; ValueError when it is not one."""
    if text is None or len(text) > LONGEST_MESSAGE:
        raise ValueError("not a text message of reasonable length")
    message = orjson.loads(text)
    if not isinstance(message, dict) or not isinstance(message.get("op"), str):
        raise ValueError("not an object with an op")
    return message


def whole(value: Any) -> int:
    """A whole number from 0; ValueError for anything else."""
    if type(value) is not int or value < 0:
        raise ValueError("not a whole number")
    return value


def instruments(value: Any) -> frozenset[int]:
    """A bounded list of instrument ids."""
    if not isinstance(value, list) or len(value) > MOST_INSTRUMENTS:
        raise ValueError("not a list of instruments")
    return frozenset(whole(item) for item in value)
