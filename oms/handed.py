"""HTTP requests in standing threads, handed over as a whole.

The library hands each piece of a request and of an answer from the event loop to the thread or back by itself, four
times for the smallest answer, and each time one waits for the other to be given a processor. Here the body's first
piece is there before a thread is taken, which a slow client therefore does not hold, and the answer goes back with the
end of the thread's work. Only what is long is handed over in between, and then at the speed at which it can be sent.
"""

import asyncio
import contextvars
from collections.abc import Iterable
from typing import Any

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import Body, WSGIResponder, build_environ

# Bytes of an answer that are kept before they are sent.
MOST = 256 * 1024


class Threads(WSGIMiddleware):
    """The ASGI application that answers HTTP by a WSGI application in its own threads."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            await _Answer(self.app, self.executor, self.send_queue_size).to(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)  # closes or acknowledges what is no HTTP


class _Begun(Body):
    """A body whose first piece has arrived."""

    def __init__(self, loop: asyncio.AbstractEventLoop, receive: Any, first: dict[str, Any]) -> None:
        super().__init__(loop, receive)
        self.buffer.extend(first.get("body", b""))
        self._has_more = first.get("more_body", False)


class _Answer(WSGIResponder):
    """One answer: what the thread says, until it is handed over."""

    async def to(self, scope: Any, receive: Any, send: Any) -> None:
        """Have a thread answer, and send what it said."""
        self.pass_on, self.kept, self.length = send, list[dict[str, Any]](), 0
        environ = build_environ(scope, _Begun(self.loop, receive, await receive()))
        run = contextvars.copy_context().run
        await self.loop.run_in_executor(self.executor, run, self.wsgi, environ, self.start_response)
        await self._forward(_whole(self.kept))

    def send(self, message: Any) -> None:
        """Called by the thread: keep the piece; what has become long is sent before the next."""
        self.kept.append(message)
        self.length += len(message.get("body", b""))
        if self.length >= MOST:
            long, self.kept, self.length = self.kept, [], 0
            asyncio.run_coroutine_threadsafe(self._forward(long), self.loop).result()

    async def _forward(self, messages: Iterable[dict[str, Any]]) -> None:
        for message in messages:
            await self.pass_on(message)


def _whole(kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The beginning of the answer, if it is there, and all of its body in one piece, the last."""
    body = b"".join(one.get("body", b"") for one in kept)
    beginning = [one for one in kept if one["type"] == "http.response.start"]
    return [*beginning, {"type": "http.response.body", "body": body, "more_body": False}]
