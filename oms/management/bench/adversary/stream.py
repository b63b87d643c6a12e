"""The stream from its seed: orders of every kind of life, their messages interleaved, and all reports once more."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import NamedTuple

from oms.management.bench.adversary.life import Life
from oms.management.bench.adversary.lives import ADVERSE, ORDINARY, Script
from oms.management.bench.adversary.message import Message

ORDERS = 20_000
UNKNOWN = "unknown_order"
SHARES: Mapping[str, float] = dict.fromkeys((*ADVERSE, UNKNOWN), 0.01)
ACCOUNTS = tuple(f"BENCH{n:02}" for n in range(20))
SYMBOLS = tuple(f"BENCH{n:02}" for n in range(40))


class Stream(NamedTuple):
    """``kinds`` says for each order, by the ClOrdID it was entered under, what life it led."""

    messages: list[Message]
    kinds: dict[str, str]


def stream(orders: int = ORDERS, seed: int = 1, shares: Mapping[str, float] = SHARES, *, replay: bool = True) -> Stream:
    """``orders`` orders and what is said about them. ``shares``: what part of them leads each adverse life.

    ``replay`` says every report again at the end, as a venue does that is asked for all it ever sent.
    """
    rng = Random(seed)  # noqa: S311 a seed, not a secret
    plan = _plan(orders, rng, shares)
    lives, kinds = [], {}
    for number, (kind, script) in enumerate(plan, 1):
        life = Life(number, rng, rng.choice(ACCOUNTS), rng.choice(SYMBOLS))
        script(life)
        lives.append(life.script)
        kinds[f"{number}-1"] = kind
    lives += [_unknown(number, rng) for number in range(round(orders * shares.get(UNKNOWN, 0)))]
    messages = list(_interleaved(lives, rng))
    if replay:
        messages += [message for message in messages if not message.is_request]
    return Stream(messages, kinds)


def _plan(orders: int, rng: Random, shares: Mapping[str, float]) -> list[tuple[str, Script]]:
    """What life each order leads, shuffled."""
    plan = [(kind, script) for kind, script in ADVERSE.items() for _ in range(round(orders * shares.get(kind, 0)))]
    ordinary = rng.choices(list(ORDINARY), list(ORDINARY.values()), k=max(0, orders - len(plan)))
    plan += [(script.__name__, script) for script in ordinary]
    rng.shuffle(plan)
    return plan[:orders]


def _unknown(number: int, rng: Random) -> list[list[Message]]:
    """A report about an order that nobody sent."""
    life = Life(number, rng, rng.choice(ACCOUNTS), rng.choice(SYMBOLS))
    message = rng.choice((life.ack, lambda: life.fill(life.order_qty), lambda: life.ended("expired")))()
    stray = message._replace(cl_ord_id=f"nobody-{number}", exec_id=f"nobody.{number}")
    return [[] for _ in range(rng.randrange(4))] + [[stray]]


def _interleaved(lives: list[list[list[Message]]], rng: Random) -> Iterator[Message]:
    """Turn by turn: first what we ask, then what venues say, mixed over all orders but in order for each."""
    for turn in range(max(map(len, lives), default=0)):
        said = [life[turn] for life in lives if turn < len(life)]
        for wanted in (True, False):
            queues = [[m for m in messages if m.is_request is wanted] for messages in said]
            owners = [at for at, queue in enumerate(queues) for _ in queue]
            rng.shuffle(owners)
            ahead = [iter(queue) for queue in queues]
            yield from (next(ahead[at]) for at in owners)
