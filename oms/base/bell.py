"""Doorbells: "look, something is waiting". They carry no data, so losing or repeating one is harmless.

A bell is a Valkey list of at most one element. Ringing it twice is ringing it once; waiting on it returns at once
if it was rung before. When Valkey is away ``ring`` does nothing and ``wait`` just waits, and every waiter looks at
the database again at least once a second.
"""

import threading
import time
from functools import cache

import redis
from django.conf import settings
from django.db import transaction

_LONGEST_RING_S = 0.25


@cache
def _client(purpose: str, timeout_s: float) -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=timeout_s, socket_connect_timeout=_LONGEST_RING_S
    )


def ring(*names: str) -> None:
    """Ring the bells now. Never raises: a bell is a courtesy, the row is the truth."""
    try:
        with _client("ring", _LONGEST_RING_S).pipeline(transaction=False) as pipe:
            for name in names:
                pipe.lpush(f"bell:{name}", 1)
                pipe.ltrim(f"bell:{name}", 0, 0)
            pipe.execute()
    except (redis.RedisError, OSError):
        return


def ring_on_commit(*names: str) -> None:
    """Ring the bells once the present transaction has committed."""
    transaction.on_commit(lambda: ring(*names))


def wait(name: str, timeout_s: float = 1.0) -> bool:
    """Block until the bell rings or ``timeout_s`` seconds have passed. Answer whether it rang."""
    started = time.monotonic()
    try:
        return _client("wait", timeout_s + 1.0).blpop([f"bell:{name}"], timeout=timeout_s) is not None
    except (redis.RedisError, OSError):
        left = timeout_s - (time.monotonic() - started)
        if left > 0:
            threading.Event().wait(left)
        return False
