"""Many pages without a screen, in a process of their own: each acknowledges as the page does and knows how far it is.

The first line of standard input says whom to connect to, as JSON: ``{"url", "desk", "since", "cookies"}``, a cookie
header a client. When all are connected a line goes out. Each further line in, ``{"number", "within_s"}``, asks whether
all have come to that number of the stream, waits for it at most so long, and is answered with a line of counts.
"""

import asyncio
import json
import re
import sys
import time
import urllib.request
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

# What a client wants of a message stands at its beginning: nobody measures how fast Python reads JSON here.
KIND = re.compile(rb'\{"t":"(\w+)"')
PLACE = re.compile(rb'\{"t":"d","s":"[^"]+","p":(\d+),"q":(\d+)')
SNAPSHOT = re.compile(r'\{"epoch":"[^"]*","seq":(\d+)')
# As in static/blotter/feed.js.
ACK_FRAMES, ACK_BYTES, ACK_S = 8, 250_000, 0.5


class Client:
    """One page that shows a desk's orders."""

    def __init__(self, given: dict[str, Any], cookie: str) -> None:
        self.url, self.cookie, self.seq = given["url"], cookie, given["since"]
        self.key = f"orders@{given['desk']}"
        self.arrived_at = 0.0
        self.frames = self.bytes = self.gaps = self.resyncs = 0
        self.heard = self.acknowledged = self.unacknowledged = 0
        self.acknowledged_at = time.monotonic()

    async def live(self, connected: asyncio.Queue[None], moved: asyncio.Event) -> None:
        """Until the process ends."""
        address = self.url.replace("http", "ws") + "/ws/blotter/"
        given: Any = {"compression": None, "max_size": None, "additional_headers": {"Cookie": self.cookie}}
        async with connect(address, origin=Origin(self.url), **given) as socket:
            await _say(socket, op="hello", v=1, tab="crowd")
            await socket.recv()
            await _say(socket, op="sub", s=self.key, since=self.seq)
            connected.put_nowait(None)
            while True:
                await self._hear(socket, await socket.recv(decode=False))
                moved.set()

    async def _hear(self, socket: ClientConnection, text: bytes) -> None:
        found = KIND.match(text)
        if found and found[1] == b"d":
            await self._frame(socket, text)
        elif found and found[1] == b"resync":
            self.resyncs += 1
            self.seq = await asyncio.to_thread(self._snapshot, json.loads(text)["url"])
        if self._owes():
            self.acknowledged, self.unacknowledged, self.acknowledged_at = self.heard, 0, time.monotonic()
            await _say(socket, op="ack", c=self.heard, q={self.key: self.seq}, lat=None)

    async def _frame(self, socket: ClientConnection, text: bytes) -> None:
        place = PLACE.match(text)
        assert place, text[:80]
        first, last = map(int, place.groups())
        self.frames, self.bytes = self.frames + 1, self.bytes + len(text)
        self.heard, self.unacknowledged = self.heard + 1, self.unacknowledged + len(text)
        if first > self.seq:
            self.gaps += 1
            await _say(socket, op="resume", s=self.key, since=self.seq)
        elif last > self.seq:
            self.seq, self.arrived_at = last, time.time()

    def _owes(self) -> bool:
        waiting = self.heard - self.acknowledged
        late = time.monotonic() - self.acknowledged_at >= ACK_S
        return waiting >= ACK_FRAMES or self.unacknowledged >= ACK_BYTES or (waiting > 0 and late)

    def _snapshot(self, path: str) -> int:
        asked = urllib.request.Request(self.url + path, headers={"Cookie": self.cookie})
        with urllib.request.urlopen(asked) as answer:
            found = SNAPSHOT.match(answer.read().decode())
        assert found, "a snapshot begins with its place in the stream"
        return int(found[1])


async def _say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def crowd() -> None:
    """Connect everybody, then answer until standard input ends."""
    given = json.loads(sys.stdin.readline())
    clients = [Client(given, cookie) for cookie in given["cookies"]]
    connected, moved = asyncio.Queue[None](), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(client.live(connected, moved)) for client in clients]
        for _ in clients:
            await connected.get()
        print(json.dumps({"connected": len(clients)}), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            asked = json.loads(line)
            await _all_at(asked["number"], asked["within_s"], clients, moved)
            print(json.dumps(_counts(asked["number"], clients)), flush=True)
        for task in tasks:
            task.cancel()


async def _all_at(number: int, within_s: float, clients: list[Client], moved: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(within_s):
            while any(client.seq < number for client in clients):
                moved.clear()
                await moved.wait()
    except TimeoutError:
        return


def _counts(number: int, clients: list[Client]) -> dict[str, float]:
    """How many are there, when the last of them came, and what all of them got so far."""
    there = [client for client in clients if client.seq == number]
    sums = {name: sum(getattr(client, name) for client in clients) for name in ("frames", "bytes", "gaps", "resyncs")}
    return {"equal": len(there), "last_at": max((client.arrived_at for client in there), default=0.0), **sums}


if __name__ == "__main__":
    asyncio.run(crowd())
