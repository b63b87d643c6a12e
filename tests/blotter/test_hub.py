"""The task that reads the streams, when it is told to go."""

import asyncio

import pytest
import redis

from oms.blotter.hub import Hub

TURNS = 60


@pytest.mark.parametrize("loop_of", ["_listen_to_the_beat", "_read_on"])
def test_a_reader_told_to_go_is_gone_whatever_it_was_doing(valkey: redis.Redis, loop_of: str) -> None:
    """Cancelled after every number of turns of the event loop: one of them meets an answer on its way."""

    async def play() -> list[int]:
        hub, left = Hub(), []
        hub.add(lambda: None)
        await hub.ready()
        for turns in range(TURNS):
            task = asyncio.create_task(getattr(hub, loop_of)())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            _, pending = await asyncio.wait({task}, timeout=10)
            left += [turns] * bool(pending)
            for stubborn in pending:
                stubborn.cancel()
        return left

    assert asyncio.run(play()) == []
