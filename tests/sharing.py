"""Two running systems for all modules that need one, and the order in which modules are run.

To start a whole system takes two cores a quarter of a minute, and more than a dozen modules want one. Those that look at
it through a browser share one; those that kill its parts, or pull a kill switch, share the next. All run one after the
other on one worker, from the beginning: one system at a time leaves two cores with something for the others, who begin
with what takes long by itself. A run is as long as its longest worker.
"""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from oms.stack.running import Running, running
from tests import prepared

# In the order in which they run.
UNITS: dict[str, tuple[str, ...]] = {
    "browsers": (
        "tests/blotter/test_accessibility.py",
        "tests/blotter/test_hostile_in_browser.py",
        "tests/blotter/test_day_by_keyboard.py",
        "tests/blotter/test_ladder_in_browser.py",
        "tests/blotter/test_limits_page.py",
        "tests/blotter/test_line_in_browser.py",
        "tests/blotter/test_orders_in_browser.py",
        "tests/blotter/test_override_in_browser.py",
        "tests/blotter/test_ticket_in_browser.py",
        "tests/blotter/test_views_in_browser.py",
        "tests/ops/test_browser.py",
        # Leaves a rule in force that lets few orders pass.
        "tests/blotter/test_rules_in_browser.py",
    ),
    "faults": (
        # On a system with no orders but its own.
        "tests/blotter/test_kill_page.py",
        "tests/system/test_faults.py",
        "tests/system/test_fix_kills.py",
        "tests/system/test_kill.py",
        # Leaves reports that wait for a person.
        "tests/system/test_anything.py",
        # Systems of their own.
        "tests/system/test_journey.py",
        "tests/stack/test_demo.py",
    ),
}
LONG = (
    "tests/stack/test_postgres",
    "tests/fix/",
    "tests/routing/gateway/",
    "tests/routing/fix/test_sessions.py",
    "tests/routing/exchange/",
    "tests/desk/test_machine.py",
    "tests/orders/test_machine.py",
    "tests/risk/test_limit_race.py",
    "tests/settlement/test_lives.py",
    "tests/settlement/test_agreement.py",
    "tests/adversary/",
    "tests/admin/test_breach_browser.py",
)
_PLACE = {name: (n, m) for n, names in enumerate(UNITS.values()) for m, name in enumerate(names)}
_UNIT = {name: unit for unit, names in UNITS.items() for name in names}
_open = ExitStack()
_started: list[Running] = []


def system() -> Running:
    """The system that the modules of a unit share; started when the first asks."""
    if not _started:
        place = Path(_open.enter_context(tempfile.TemporaryDirectory(prefix="oms-shared-")))
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
    """What shares a system, in one piece: a module, as a rule."""
    return _UNIT.get(module(nodeid), module(nodeid))


def in_order(items: list[pytest.Item]) -> None:
    """First the units with a system, then what takes long, then the modules with most tests."""
    sizes: dict[str, int] = {}
    for item in items:
        sizes[module(item.nodeid)] = sizes.get(module(item.nodeid), 0) + 1

    def rank(item: pytest.Item) -> tuple[int, int, int, str]:
        name = module(item.nodeid)
        if name in _PLACE:
            return (0, *_PLACE[name], name)
        return (1 if name.startswith(LONG) else 2, -sizes[name], 0, name)

    items.sort(key=rank)


class ByModule(LoadScopeScheduling):
    """A module to a worker; all that need systems to one."""

    def _split_scope(self, nodeid: str) -> str:
        name = module(nodeid)
        return "systems" if name in _UNIT else name

    def remove_node(self, node: Any) -> str | None:
        """A test that ended its worker has failed; it is not run again, to end the next worker as well."""
        units = self.assigned_work.get(node, {}).values()
        died = next((name for unit in units for name, done in unit.items() if not done), None)
        if died is None:
            return super().remove_node(node)
        next(unit for unit in units if died in unit)[died] = True
        super().remove_node(node)
        return died


def scheduler(config: Any, log: Any) -> ByModule:
    """What hands out the modules; in the order they come."""
    config.option.loadscopereorder = False
    return ByModule(config, log)
