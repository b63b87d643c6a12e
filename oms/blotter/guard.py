"""Whether those who look may still look. One task a web process asks it for all of its open pages together.

It asks when the bell "rights" rings (whoever changes a user, a sign-in or a token rings it) and every second in any
case: a session may also run out by itself, or be taken away by a statement that rings nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, NamedTuple

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError

from oms.blotter import access
from oms.blotter.sessions import Gone, users_of
from oms.desk.asked import CHANGES, ENTERS
from orders.models import User

log = logging.getLogger(__name__)

RECHECK_S = 1.0


class Rights(NamedTuple):
    """What a signed-in user may do and see."""

    user_id: int
    desks: frozenset[str]
    may_trade: bool
    may_change: bool

    def told(self) -> dict[str, object]:
        """As the page is told."""
        return {"desks": sorted(self.desks), "may_trade": self.may_trade, "may_change": self.may_change}


Found = dict[str, Rights | Gone]
Told = Callable[[Rights | Gone], Coroutine[Any, Any, None]]


def rights_of(keys: set[str]) -> Found:
    """The rights that go with each session key, or why there are none. Four SELECTs, whatever the number."""
    found = users_of(keys)
    desks = access.desks_of([user for user in found.values() if isinstance(user, User)])
    return {key: _rights(user, desks) if isinstance(user, User) else user for key, user in found.items()}


def _rights(user: User, desks: dict[int, frozenset[str]]) -> Rights:
    above = user.is_superuser
    return Rights(user.pk, desks[user.pk], above or user.role in ENTERS, above or user.role in CHANGES)


class Guard:
    """The open pages of a process by their session key, and what each was told last."""

    def __init__(self) -> None:
        self.bell = asyncio.Event()
        self.pages: dict[Told, tuple[str, Rights]] = {}
        self.task: asyncio.Task[None] | None = None
        self.telling: set[asyncio.Task[None]] = set()

    def add(self, tell: Told, key: str, rights: Rights) -> None:
        """A page that has these rights now wants to hear when they change."""
        self.pages[tell] = (key, rights)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._run(), name="blotter guard")

    def discard(self, tell: Told) -> None:
        """The page has gone."""
        self.pages.pop(tell, None)

    async def _run(self) -> None:
        while self.pages:
            with suppress(TimeoutError):
                async with asyncio.timeout(RECHECK_S):
                    await self.bell.wait()
            self.bell.clear()
            try:
                self._compare(await look_up({key for key, _ in self.pages.values()}))
            except (OperationalError, InterfaceError) as error:
                log.warning("rights cannot be looked up: %s", error)

    def _compare(self, found: Found) -> None:
        """Tell the pages whose rights are not what they were. Each is told on its own: one may be slow to listen."""
        for tell, (key, known) in list(self.pages.items()):
            # A page that came while we looked is looked up the next time.
            now = found.get(key, known)
            if now == known:
                continue
            if isinstance(now, Gone):
                self.discard(tell)
            else:
                self.pages[tell] = (key, now)
            task = asyncio.create_task(tell(now))
            self.telling.add(task)
            task.add_done_callback(self.telling.discard)


look_up = database_sync_to_async(rights_of)
