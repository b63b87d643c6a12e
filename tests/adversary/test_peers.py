"""The peers' environment: what happens when there is no package index, and how a peer's states are read."""

from decimal import Decimal as D
from fractions import Fraction
from pathlib import Path

import pytest

from oms.management.bench.adversary import peers
from oms.management.bench.adversary.model import Outcome


def test_without_the_package_index_they_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = {
        "UV_DEFAULT_INDEX": "http://127.0.0.1:9/",
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "UV_HTTP_RETRIES": "0",
    }
    for name, value in nowhere.items():
        monkeypatch.setenv(name, value)
    for name in ("UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_FIND_LINKS", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(peers, "WHEELS", (("a-package-that-is-not-there==1.0",),))
    with pytest.raises(peers.NotThereError, match="package index"):
        peers.environment(tmp_path)
    assert not (tmp_path / "peers" / "installed.json").exists()


def test_a_state_is_right_in_the_peers_own_words() -> None:
    vnpy = peers.PEERS[0]
    outcome = Outcome("expired", D(3), D(1), D(3), D(0), D(5), {})
    assert outcome.avg_px == Fraction(5, 3)
    assert peers._right(["canceled", 3.0, 3.0, 1.6666666], outcome, vnpy)
    assert not peers._right(["canceled", 3.0, 3.0, 1.66], outcome, vnpy)
    assert not peers._right(["canceled", 3.0, 3.0, None], outcome, vnpy)
    assert not peers._right(["expired", 3.0, 3.0, 1.6666666], outcome, vnpy)
    assert not peers._right(["canceled", 3.0, 2.0, 1.6666666], outcome, vnpy)
    assert not peers._right(None, outcome, vnpy)
