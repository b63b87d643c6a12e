"""How much of a stream came out right: one book of orders held against the model's."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from oms.management.bench.adversary.model import Books
from oms.management.bench.adversary.ours import Ours

SHOWN = 5


class Score(NamedTuple):
    """Shares between 0 and 1. ``wrong``: orders that differ, with what was expected and what was found."""

    orders: float
    positions: float
    surfaced: float
    spurious: int
    wrong: dict[str, str]


def ours(expected: Books, run: Ours) -> Score:
    """Our orders (roots and children), positions, and alerts."""
    found = run.outcomes()
    wrong = {}
    for name, outcome in expected.orders.items():
        root, child = found.get(name, (None, None))
        if not root == child == outcome:
            wrong[name] = f"expected {outcome}; root {root}; child {child}"
    moved = run.positions()
    keys = expected.positions.keys() | {key for key, qty in moved.items() if qty}
    right = sum(expected.positions.get(key, 0) == moved.get(key, 0) for key in keys)
    told, due = run.surfaced(), {anomaly.exec_id for anomaly in expected.anomalies}
    return Score(
        1 - len(wrong) / len(expected.orders), right / max(1, len(keys)), len(told & due) / max(1, len(due)),
        len(told - due), wrong,
    )  # fmt: skip


def examples(score: Score, kinds: Mapping[str, str]) -> Iterable[str]:
    """The first orders that differ, with the life each was to lead."""
    for name in list(score.wrong)[:SHOWN]:
        yield f"{kinds.get(name, '')} {name}: {score.wrong[name]}"
