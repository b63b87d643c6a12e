"""The live path in one process: the desk's own verbs, the relay, the streams in the real Valkey, the websocket."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import orjson
import pytest
import redis
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.db import connections
from django.test import Client

from oms.blotter import stream
from oms.blotter.relay import Relay
from oms.blotter.routing import websocket
from orders.models import User
from tests.factories import Floor

HOST = "testserver"
# As long as a busy machine may take for what comes at once as a rule.
SOON_S = 30.0


@pytest.fixture
def valkey(transactional_db: None) -> Iterator[redis.Redis]:
    """Valkey without a trace of earlier streams."""
    client = redis.Redis.from_url(settings.REDIS_URL)

    def forget() -> None:
        for key in list(client.scan_iter(stream.key("*"))):
            client.delete(key)

    forget()
    yield client
    forget()


@pytest.fixture
def relay(transactional_db: None, valkey: redis.Redis, desk: Floor) -> Relay:
    """A relay that has caught up with the present."""
    made = Relay()
    made.step()
    return made


@pytest.fixture
def browser(desk: Floor) -> Client:
    """A signed-in browser, as far as HTTP goes."""
    return signed_in(desk.trader)


def signed_in(user: User) -> Client:
    client = Client(HTTP_HOST=HOST)
    client.force_login(user)
    return client


class Socket(ApplicationCommunicator):
    """A page's websocket, spoken to in ASGI events."""

    def __init__(self, client: Client, origin: str = f"http://{HOST}") -> None:
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        headers = [(b"host", HOST.encode()), (b"origin", origin.encode()), (b"cookie", cookie.encode())]
        scope = {
            "type": "websocket",
            "path": "/ws/blotter/",
            "query_string": b"",
            "headers": headers,
            "subprotocols": [],
        }
        super().__init__(websocket, scope)

    async def connect(self) -> None:
        await self.send_input({"type": "websocket.connect"})
        assert (await self.receive_output(SOON_S))["type"] == "websocket.accept"

    async def disconnect(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(SOON_S)

    async def say(self, **message: Any) -> None:
        await self.say_text(orjson.dumps(message).decode())

    async def say_text(self, text: str) -> None:
        await self.send_input({"type": "websocket.receive", "text": text})

    async def hear(self, *kinds: str, within_s: float = SOON_S) -> dict[str, Any]:
        """The next message of one of these kinds; heartbeats and others are passed over."""
        until = asyncio.get_running_loop().time() + within_s
        while True:
            output = await self.receive_output(max(0.01, until - asyncio.get_running_loop().time()))
            assert output["type"] == "websocket.send", output
            message: dict[str, Any] = orjson.loads(output["text"])
            if message["t"] in kinds:
                return message

    async def greet(self) -> dict[str, Any]:
        await self.connect()
        await self.say(op="hello", v=1, tab="t")
        return await self.hear("welcome")

    async def closing_code(self) -> int:
        """The code the server closed with."""
        return (await self.closing())[0]

    async def closing(self, within_s: float = SOON_S) -> tuple[int, str]:
        """The code and the reason the server closed with."""
        until = asyncio.get_running_loop().time() + within_s
        while True:
            output = await self.receive_output(max(0.01, until - asyncio.get_running_loop().time()))
            if output["type"] == "websocket.close":
                return int(output["code"]), output.get("reason", "")


def play(script: Callable[[], Awaitable[None]]) -> None:
    """Run a coroutine; database connections of the helper thread are closed with it."""

    async def whole() -> None:
        try:
            await script()
        finally:
            await sync_to_async(connections.close_all)()

    asyncio.run(whole())


async def step(relay: Relay) -> None:
    """One turn of the relay, on the database thread."""
    await sync_to_async(relay.step)()
