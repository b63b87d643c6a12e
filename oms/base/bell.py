"""Doorbells: "look, something is waiting". They carry no data, so losing or repeating one is harmless.

There are three kinds. A bell that a worker answers (``TASKS``) becomes a Celery task with no arguments, at most one
waiting or at work at a time; it counts how often it was rung, so that the task knows whether it looked after the last.
One that several processes must hear (``HEARD_BY_ALL``) is a Valkey stream of one entry, which each reads on from where
it stands. Any other bell is a Valkey list of at most one element, which a process of its own waits on: ringing twice is
ringing once, and ``wait`` returns at once if it was rung before. When Valkey is away ``ring`` does nothing and ``wait``
just waits, and every waiter looks at the database again at least once a second.
"""

import threading
import time
from functools import cache
from typing import NamedTuple

import redis
from django.conf import settings
from django.db import transaction


class Task(NamedTuple):
    """A Celery task by its name, as the tasks stand above everything that rings; its queue; and how many seconds after
    the first ring it runs, so that work gathers for which nobody waits by the millisecond."""

    name: str
    queue: str
    after_s: float = 0.0


TASKS = {
    "route": Task("oms.tasks.route", "routing"),
    "inbox": Task("oms.tasks.record", "record"),
    "settle": Task("oms.tasks.settle", "settlement", 1.0),
    "net": Task("oms.tasks.net", "settlement"),
    "instruct": Task("oms.tasks.instruct", "settlement", 1.0),
    "allocate": Task("oms.tasks.allocate", "settlement"),
    "confirm": Task("oms.tasks.confirm", "settlement"),
    "actions": Task("oms.tasks.actions", "settlement"),
    "margin": Task("oms.tasks.margin", "settlement"),
    "reconcile": Task("oms.tasks.reconcile", "settlement"),
    "lists": Task("oms.tasks.lists", "routing"),
    "blocks": Task("oms.tasks.blocks", "routing"),
    "trigger": Task("oms.tasks.trigger", "routing"),
    "kill": Task("oms.tasks.kill", "routing"),
    "intrade": Task("oms.tasks.intrade", "watch", 1.0),
    "backtest": Task("oms.tasks.backtest", "watch"),
}
# "rights": somebody's sign-in, role or desks have changed. Every web process has pages open.
HEARD_BY_ALL = frozenset({"rights"})
# The journal has more than one reader: who rings for the pages rings for the clients that speak FIX, too.
ALSO = {"live": ("clients",)}
_LONGEST_RING_S = 0.25
# A task that was lost may be rung for again after this long: longer than any waits before it runs.
_FORGET_AFTER_MS = 3_000


@cache
def client(timeout_s: float = _LONGEST_RING_S) -> redis.Redis:
    """This process's connection pool to Valkey for calls that must end within ``timeout_s``."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=timeout_s, socket_connect_timeout=_LONGEST_RING_S)


def ring(*names: str) -> None:
    """Ring the bells now. Never raises: a bell is a courtesy, the row is the truth."""
    names = (*names, *(also for name in names for also in ALSO.get(name, ())))
    try:
        with client().pipeline(transaction=False) as pipe:
            for name in names:
                if name in TASKS:
                    pipe.set(key(name), 0, nx=True, px=_FORGET_AFTER_MS)
                    pipe.incr(key(name))
                elif name in HEARD_BY_ALL:
                    pipe.xadd(key(name), {"rung": 1}, maxlen=1, approximate=False)
                else:
                    pipe.lpush(key(name), 1)
                    pipe.ltrim(key(name), 0, 0)
            answers = iter(pipe.execute())
        for name in names:
            next(answers)
            if name in TASKS:
                if next(answers) == 1:
                    _send(TASKS[name])
            elif name not in HEARD_BY_ALL:
                next(answers)
    except (redis.RedisError, OSError):
        return


def key(name: str) -> str:
    """Where a bell hangs in Valkey."""
    return f"bell:{name}"


def _send(task: Task, rest_s: float = 0.0) -> None:
    from kombu.exceptions import OperationalError

    from oms.celery import app

    try:
        after_s = max(task.after_s, rest_s) or None
        app.send_task(task.name, queue=task.queue, ignore_result=True, retry=False, countdown=after_s)
    except OperationalError:
        return


def rung(name: str) -> int:
    """How often the bell of a task was rung since it hangs: asked before the look, and told ``answered`` after it."""
    try:
        return int(client().get(key(name)) or 0)
    except (redis.RedisError, OSError):
        return 0


def answered(name: str, times: int) -> bool:
    """Take the bell down, unless somebody rang more often than that: what they mean may not have been seen."""
    try:
        if client().decrby(key(name), times) > 0:
            return False
    except (redis.RedisError, OSError):
        return True
    heard(name)
    return True


def again(name: str, rest_s: float) -> None:
    """Have the task run once more after so many seconds, or its own. The bell hangs: nobody need ring until then."""
    try:
        with client().pipeline(transaction=False) as pipe:
            pipe.set(key(name), 1, nx=True)
            pipe.pexpire(key(name), _FORGET_AFTER_MS)
            pipe.execute()
    except (redis.RedisError, OSError):
        return
    _send(TASKS[name], rest_s)


def heard(name: str) -> None:
    """Take the bell down: whoever comes after that rings anew."""
    try:
        client().delete(key(name))
    except (redis.RedisError, OSError):
        return


def ring_on_commit(*names: str) -> None:
    """Ring the bells once the present transaction has committed."""
    if names:
        transaction.on_commit(lambda: ring(*names))


def wait(name: str, timeout_s: float = 1.0) -> bool:
    """Block until the bell rings or ``timeout_s`` seconds have passed. Answer whether it rang."""
    started = time.monotonic()
    try:
        return client(timeout_s + 1.0).blpop([key(name)], timeout=timeout_s) is not None
    except (redis.RedisError, OSError):
        left = timeout_s - (time.monotonic() - started)
        if left > 0:
            threading.Event().wait(left)
        return False
