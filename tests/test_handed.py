"""HTTP in standing threads: requests and answers are handed over as a whole, and what is long as it can be sent."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from oms import handed

Messages = list[dict[str, Any]]
SCOPE = {
    "type": "http", "method": "POST", "path": "/a", "query_string": b"", "http_version": "1.1", "headers": [],
    "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
}  # fmt: skip


def answered(app: Callable[..., Any], *pieces: bytes) -> tuple[Messages, int]:
    """What the application answers to a body that comes in these pieces, and how many had come before a thread began."""
    arrived = [{"type": "http.request", "body": one, "more_body": True} for one in pieces]
    arrived[-1]["more_body"] = False
    said: Messages = []
    left_when_begun: list[int] = []

    def watched(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        left_when_begun.append(len(arrived))
        return app(environ, start)

    async def receive() -> dict[str, Any]:
        return arrived.pop(0)

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    asyncio.run(handed.Threads(watched, workers=1)(SCOPE, receive, send))  # type: ignore[arg-type]
    return said, len(pieces) - left_when_begun[0]


def echo(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    start("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.input"].read(), b"!"]


@pytest.mark.parametrize("pieces", [(b"",), (b"one",), (b"o", b"n", b"e")])
def test_an_answer_is_its_beginning_and_one_body_whatever_pieces_the_request_came_in(pieces: tuple[bytes, ...]) -> None:
    said, before = answered(echo, *pieces)
    assert before == 1, "no thread waits for the first piece"
    assert said == [
        {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]},
        {"type": "http.response.body", "body": b"".join(pieces) + b"!", "more_body": False},
    ]


def test_what_is_long_is_sent_while_it_is_made() -> None:
    sent_before: list[int] = []

    def long(_environ: dict[str, Any], start: Callable[..., Any]) -> Iterator[bytes]:
        start("200 OK", [])
        for _ in range(4):
            yield b"x" * handed.MOST
            sent_before.append(len(said))

    said: Messages = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    asyncio.run(handed.Threads(long, workers=1)(SCOPE, receive, send))  # type: ignore[arg-type]
    assert sent_before == [2, 3, 4, 5]
    assert sum(len(one.get("body", b"")) for one in said) == 4 * handed.MOST
    assert [one.get("more_body") for one in said[1:]] == [True] * 4 + [False]


def test_an_application_that_fails_has_answered_nothing() -> None:
    def fails(_environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        start("200 OK", [])
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        answered(fails, b"")
