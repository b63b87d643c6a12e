"""One running system for all modules that look at it through a browser, and the order in which modules are run.

To start a whole system takes two cores a quarter of a minute, and ten modules want one. They run one after the other
on one worker, on one system, which is ended after the last of them. What starts systems of its own is with another
worker: two systems at a time are as many as two cores carry. Both begin first: a run is as long as its longest worker.
"""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from oms.stack.running import Running, running
from tests import prepared

TOGETHER = (
    "tests/blotter/test_accessibility.py",
    "tests/blotter/test_ladder_in_browser.py",
    "tests/blotter/test_limits_page.py",
    "tests/blotter/test_line_in_browser.py",
    "tests/blotter/test_orders_in_browser.py",
    "tests/blotter/test_override_in_browser.py",
    "tests/blotter/test_rules_in_browser.py",
    "tests/blotter/test_ticket_in_browser.py",
    "tests/blotter/test_views_in_browser.py",
    "tests/ops/test_browser.py",
)
ALONE = ("tests/system/", "tests/stack/test_demo.py")
_open = ExitStack()
_started: list[Running] = []


def system() -> Running:
    """The system that the modules of TOGETHER share; started when the first asks."""
    if not _started:
        place = Path(_open.enter_context(tempfile.TemporaryDirectory(prefix="oms-browser-")))
        _started.append(_open.enter_context(running(prepared.lay(place / "home"))))
    return _started[0]


def end_unless_wanted(item: pytest.Item, following: pytest.Item | None) -> None:
    """End the shared system when the next test is of another unit."""
    if _started and (following is None or unit(following.nodeid) != unit(item.nodeid)):
        _started.clear()
        _open.close()


def module(nodeid: str) -> str:
    return nodeid.split("::", 1)[0]


def unit(nodeid: str) -> str:
    """What is run on one worker, in one piece: a module, as a rule."""
    name = module(nodeid)
    return "together" if name in TOGETHER else "alone" if name.startswith(ALONE) else name


def in_order(items: list[pytest.Item]) -> None:
    """First the browsers, then what starts systems, then the modules with most tests."""
    sizes: dict[str, int] = {}
    for item in items:
        sizes[module(item.nodeid)] = sizes.get(module(item.nodeid), 0) + 1

    def rank(item: pytest.Item) -> tuple[int, int, str]:
        name = module(item.nodeid)
        first = {"together": 0, "alone": 1}.get(unit(item.nodeid))
        return (2, -sizes[name], name) if first is None else (first, 0, name)

    items.sort(key=rank)


class ByModule(LoadScopeScheduling):
    """A unit to a worker."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


def scheduler(config: Any, log: Any) -> ByModule:
    """What hands out the modules; in the order they come."""
    config.option.loadscopereorder = False
    return ByModule(config, log)
