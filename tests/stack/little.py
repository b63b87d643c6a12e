"""A little system of shell processes under the supervisor: ``python -m tests.stack.little HOME WHICH``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from oms.stack.home import Home
from oms.stack.process import Process
from oms.stack.supervisor import Supervisor

# Runs until it is told to end, and says so. `wait` is interrupted by the signal, a foreground command would not be.
SERVER = "trap 'echo {0} ends; kill $!; exit 0' TERM; echo {0} is here; tail -f /dev/null & wait"


def server(name: str, after: tuple[str, ...] = (), script: str = SERVER) -> Process:
    return Process(name, ["/bin/sh", "-c", script.format(name)], after=after)


def step(name: str, script: str, after: tuple[str, ...] = ()) -> Process:
    return Process(name, ["/bin/sh", "-c", script], after=after, once=True)


def slow(home: Home) -> Process:
    """Says that it is ready only when the file is there, which it makes itself."""
    sign = home.path / "ready"
    script = f"echo base is here; : > {sign}; trap 'echo base ends; kill $!; exit 0' TERM; tail -f /dev/null & wait"
    return Process("base", ["/bin/sh", "-c", script], ready=sign.exists)


def system(which: str, home: Home) -> list[Process]:
    usual = [
        slow(home),
        step("tables", "echo tables made", after=("base",)),
        server("web", after=("base", "tables")),
        server("worker", after=("base", "tables")),
    ]
    return {
        "usual": usual,
        "bad-step": [slow(home), step("tables", "echo no such column; exit 3", ("base",)), server("web", ("tables",))],
        "never-up": [slow(home), server("web", ("base",), "echo {0} has no port; exit 1")],
        "missing": [Process("web", ["/nonexistent/program"])],
        "stubborn": [Process("web", ["/bin/sh", "-c", "trap '' TERM; echo {0}; tail -f /dev/null"], grace_s=0.5)],
        "chatty": [server("web", script="i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; " + SERVER)],
    }[which]


def main() -> int:
    home = Home(Path(sys.argv[1])).prepare()
    processes = system(sys.argv[2], home)
    return Supervisor(home, processes, os.environ, lambda pids: print("UP", pids, flush=True)).run()


if __name__ == "__main__":
    sys.exit(main())
