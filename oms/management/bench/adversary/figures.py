"""The figure ``adversary``: the share of orders that end as the model says, ours and the peers'."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from oms.management.bench.adversary import score
from oms.management.bench.adversary.model import books
from oms.management.bench.adversary.ours import Ours
from oms.management.bench.adversary.peers import NotThereError, Standing, environment, standings
from oms.management.bench.adversary.stream import ORDERS, Stream, stream
from oms.management.bench.figure import Figure
from oms.management.bench.world import world

SEED = 1


def adversary() -> Iterator[Figure]:
    """20,000 orders, one percent of each adversity, every report told twice: ours first, then the peers'."""
    made = stream(ORDERS, SEED)
    mine = _ours(made)
    why, others = "", []
    try:
        others = standings(environment(Path(settings.OMS_HOME)), made)
    except NotThereError as error:
        why = f"vnpy and nautilus_trader are left out: {error}"
        print(f"adversary: {why}", file=sys.stderr)
    best = max(others, key=lambda standing: standing.correct_of_all, default=None)
    yield Figure(
        name="adversary",
        value=mine.value,
        unit="share correct",
        against=best and best.peer.name,
        against_value=best and best.correct_of_all,
        ratio=mine.value / best.correct_of_all if best and best.correct_of_all else None,
        parts={**(mine.parts or {}), **{each.peer.name: each.correct_of_all for each in others}},
        note="; ".join(filter(None, [mine.note, why])),
    )
    yield from map(_of_peer, others)


def _ours(made: Stream) -> Figure:
    run = Ours(world().actor, SEED)
    started = time.perf_counter()
    run.drive(made.messages)
    took = time.perf_counter() - started
    result = score.ours(books(made.messages), run)
    for name, answer in run.not_asked[: score.SHOWN]:
        print(f"adversary: the desk refused {name}: {answer.refusals}", file=sys.stderr)
    for example in score.examples(result, made.kinds):
        print(f"adversary: {example}", file=sys.stderr)
    parts = {
        "positions": result.positions, "surfaced": result.surfaced, "spurious": result.spurious,
        "requests_refused": len(run.not_asked),
    }  # fmt: skip
    note = f"{len(made.kinds)} orders, {len(made.messages)} messages through the database in {took:.0f} s"
    return Figure(name="adversary", value=result.orders, unit="share correct", parts=parts, note=note)


def _of_peer(standing: Standing) -> Figure:
    parts = {
        "expressible": standing.expressible, "correct_of_expressible": standing.correct_of_expressible,
        "correct_of_all": standing.correct_of_all, "correct_of_all_before_replay": standing.before_replay,
    }  # fmt: skip
    if standing.positions is not None:
        parts["positions"] = standing.positions
    wrong = ", ".join(f"{kind} {count}" for kind, count in standing.wrong.most_common())
    return Figure(
        name=f"adversary_{standing.peer.name}",
        value=standing.correct_of_all,
        unit="share correct of all",
        parts=parts,
        note=f"no words for {standing.peer.missing}; wrong: {wrong or 'none'}",
    )
