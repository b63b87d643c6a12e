"""Every path of every scenario, venue-facing and then client-facing."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from oms.management.conformance.matrices import venue
from oms.management.conformance.matrices.acceptor import SESSION, client
from oms.management.conformance.matrices.client import play
from oms.management.conformance.matrices.paths import paths

Play = Callable[[], tuple[Mapping[str, Any], Mapping[str, Any]]]


def each(scenarios: Iterable[Mapping[str, Any]], tell: Callable[[str, Play], None]) -> None:
    """Hand ``tell`` the name of each path in each direction, and how to play it."""
    scenarios = list(scenarios)
    for scenario in scenarios:
        for path in paths(scenario):
            tell(f"{path.name} venue-facing ({_source(scenario)})", lambda path=path: venue.play(path))  # type: ignore[misc]
    with client() as one:
        for scenario in scenarios:
            for path in paths(scenario):
                tell(
                    f"{path.name} client-facing ({_source(scenario)})",
                    lambda path=path: play(path, one, SESSION),  # type: ignore[misc]
                )


def _source(scenario: Mapping[str, Any]) -> str:
    return str(scenario.get("source", {}).get("status", "no source"))
