"""The figures that need the whole system, on one system of their own, the one that kills it last."""

from collections.abc import Callable, Iterator
from pathlib import Path

from oms.management.bench.figure import Figure
from oms.management.bench.fix.entry import fix_entry
from oms.management.bench.line import entry, lifecycle, live
from oms.management.bench.restart import restart
from oms.management.bench.verdict import verdict
from oms.management.bench.wall.clients import clients
from oms.management.bench.wall.figures import wall
from oms.stack.running import Running, running

FIGURES: dict[str, Callable[[Running], Iterator[Figure]]] = {
    "lifecycle": lifecycle,
    "entry": entry,
    "live": live,
    "fix_entry": fix_entry,
    "verdict": verdict,
    "wall": wall,
    "clients": clients,
    "restart": restart,
}


def on_system(home: Path, only: set[str]) -> Iterator[Figure]:
    """All of them, or those named."""
    chosen = [figure for name, figure in FIGURES.items() if not only or name in only]
    if chosen:
        with running(home, DJANGO_SETTINGS_MODULE="oms.management.bench.settings") as system:
            for figure in chosen:
                yield from figure(system)
