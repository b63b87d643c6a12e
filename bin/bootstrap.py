"""Make .venv hold exactly what a lock file says. ``bin/bootstrap demo`` or ``bin/bootstrap dev [--browser]``.

Standard library only: this runs before anything is installed. pip brings uv (pinned by digest in bin/uv.lock),
uv brings the rest (pinned by digest in requirements-*.lock). A stamp keyed on the lock makes the next call
return at once.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
UV_LOCK = ROOT / "bin" / "uv.lock"
STAMP = VENV / ".lock-in-step"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
YOUNG_ENOUGH = "import sys; sys.exit(sys.version_info < (3, 11))"


def main(arguments: list[str]) -> int:
    """``demo`` or ``dev``: which lock; ``--browser``: Chromium as well."""
    kind = arguments[0] if arguments else ""
    if kind not in ("demo", "dev"):
        print("usage: bin/bootstrap demo|dev [--browser]", file=sys.stderr)
        return 2
    directory = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(directory, fcntl.LOCK_EX)  # two make runs at once: the second finds the work done
    try:
        synchronise(kind)
        if "--browser" in arguments:
            browser()
    except subprocess.CalledProcessError as error:
        print(f"bin/bootstrap: this failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    finally:
        os.close(directory)
    return 0


def synchronise(kind: str) -> None:
    """Bring .venv in step with its lock. What ``make test`` installed is enough for the demo and stays."""
    stamp = STAMP.read_text(encoding="ascii") if STAMP.exists() else ""
    if stamp.startswith("dev "):
        kind = "dev"
    lock = ROOT / f"requirements-{kind}.lock"
    wanted = f"{kind} {hashlib.sha256(lock.read_bytes()).hexdigest()}\n"
    if stamp == wanted and runs(PYTHON, "-c", YOUNG_ENOUGH):
        return
    if not runs(PYTHON, "-c", YOUNG_ENOUGH):
        make_venv()
    count = sum(1 for line in lock.read_text(encoding="utf-8").splitlines() if line[:1].isalnum())
    say(f"installing {count} packages ({lock.name})")
    STAMP.unlink(missing_ok=True)
    if not (install_uv() and uv_sync(lock)):
        say("uv could not do it; pip installs the same files")
        run(PYTHON, "-m", "pip", "install", "--require-hashes", "-r", lock)
    STAMP.write_text(wanted, encoding="ascii")


def make_venv() -> None:
    """.venv with pip in it, or without where this Python cannot (Debian keeps ensurepip in a package of its own)."""
    version = ".".join(map(str, sys.version_info[:3]))
    say(f"making .venv with Python {version}")
    shutil.rmtree(VENV, ignore_errors=True)
    if not runs(sys.executable, "-c", "import ensurepip") and can_apt():
        short = ".".join(map(str, sys.version_info[:2]))
        apt_install(f"python{short}-venv")
    if runs(sys.executable, "-c", "import ensurepip"):
        run(sys.executable, "-m", "venv", VENV)
    else:
        run(sys.executable, "-m", "venv", "--without-pip", VENV)


def install_uv() -> bool:
    """True when the pinned uv is in .venv: by its own pip, else by the pip or the uv that the system has."""
    pinned = UV_LOCK.read_text(encoding="utf-8").split()[0].replace("==", " ")
    if runs(UV, "--version") and text(UV, "--version").startswith(pinned):
        return True
    files: list[str | Path] = ["install", "--quiet", "--require-hashes", "-r", UV_LOCK]
    if runs(PYTHON, "-m", "pip", "--version"):
        return runs(PYTHON, "-m", "pip", *files, quiet=False)
    if runs(sys.executable, "-m", "pip", "--version"):
        return runs(sys.executable, "-m", "pip", "--python", PYTHON, *files, quiet=False)
    if shutil.which("uv"):
        return runs("uv", "pip", *files, "--python", PYTHON, quiet=False)
    short = ".".join(map(str, sys.version_info[:2]))
    print(
        f"This Python has neither ensurepip nor pip, and there is no uv. Install one of them, then try again:\n"
        f"    sudo apt-get install python{short}-venv",
        file=sys.stderr,
    )
    sys.exit(1)


def uv_sync(lock: Path) -> bool:
    """True when uv installed the lock's files and removed what is not in it."""
    environment = {"UV_HTTP_TIMEOUT": "120", **os.environ, "VIRTUAL_ENV": str(VENV)}
    if "PIP_INDEX_URL" in os.environ:  # uv does not read pip's variables
        environment.setdefault("UV_DEFAULT_INDEX", os.environ["PIP_INDEX_URL"])
    return runs(UV, "pip", "sync", "--quiet", "--require-hashes", lock, quiet=False, env=environment)


def browser() -> None:
    """Chromium for the browser tests: the system's; as root, installed; otherwise only say how."""
    if find_chromium():
        return
    if can_apt():
        say("installing Chromium for the browser tests")
        apt_install("chromium")
        if find_chromium():  # on Ubuntu the package is a pointer to a snap, which a container cannot run
            return
        if runs(PYTHON, "-m", "playwright", "install", "--with-deps", "chromium", quiet=False):
            return
    say(
        "no Chromium was found, so the browser tests will not run. Install one:\n"
        "    sudo apt-get install chromium        or        .venv/bin/playwright install --with-deps chromium"
    )


def find_chromium() -> bool:
    """True when one is there and runs: CHROMIUM, the PATH, or the one that playwright installed."""
    names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else CHROMIUMS
    if any(shutil.which(name) and runs(name, "--version") for name in names):
        return True
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return any(cache.glob("chromium*/*/*chrom*"))


def can_apt() -> bool:
    """Root on Debian or Ubuntu."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(package: str) -> bool:
    """Install a package of the system; False when that did not work."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    say(f"apt-get install {package}")
    runs("apt-get", "update", "-qq", quiet=False, env=environment)
    command = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", package)
    return runs(*command, quiet=False, env=environment)


def run(*command: str | Path) -> None:
    """Run it; CalledProcessError when it fails."""
    subprocess.run([str(word) for word in command], check=True, stdin=subprocess.DEVNULL)  # noqa: S603


def runs(*command: str | Path, quiet: bool = True, env: dict[str, str] | None = None) -> bool:
    """True when it can be started and ends with 0."""
    output = subprocess.DEVNULL if quiet else None
    words = [str(word) for word in command]
    try:
        done = subprocess.run(  # noqa: S603
            words, check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env
        )
    except OSError:
        return False
    return done.returncode == 0


def text(*command: str | Path) -> str:
    """Its standard output."""
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout  # noqa: S603


def say(what: str) -> None:
    """A line of progress."""
    print(f"-> {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
