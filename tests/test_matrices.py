"""Order state changes by the rules of FIX Appendix D: what a venue reports, and what the order shows then."""

from typing import Any

import pytest

from oms.management.conformance.compare import differences
from oms.management.conformance.matrices import venue
from oms.management.conformance.matrices.paths import paths
from tests.matrices import scenarios

PATHS = [path for scenario in scenarios() for path in paths(scenario)]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS, ids=[path.name for path in PATHS])
def test_the_order_shows_what_the_venue_reports(path: Any) -> None:
    assert differences(*venue.play(path), {}) == []


@pytest.mark.django_db
def test_a_wrong_expectation_fails() -> None:
    [scenario] = [one for one in scenarios() if one["id"] == "day order expires"]
    scenario["steps"][2]["cum_qty"] = 2_001
    assert any("2001" in line for line in differences(*venue.play(next(paths(scenario))), {}))
