"""Settlement reads the journal behind committed transactions, so its tests commit."""

from pathlib import Path
from typing import Any

import pytest

from tests import factories
from tests.settlement.world import world


@pytest.fixture
def floor(transactional_db: None, settings: Any, tmp_path: Path) -> factories.Floor:
    """The floor of every test with the shipped standing data; messages go through a folder of the test's own."""
    settings.OMS_HOME = tmp_path
    return world()
