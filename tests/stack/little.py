"""A little system of shell processes under the supervisor: ``python -m tests.stack.little HOME WHICH``."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path

from oms.stack.home import Home
from oms.stack.process import Process
from oms.stack.supervisor import Supervisor

# Has a child of its own, says that it is ready by a file, runs until it is told to end, and says so. `wait` is
# interrupted by the signal; a foreground command would not be.
SERVER = (
    "tail -f /dev/null & trap 'echo {name} ends; kill $!; exit 0' TERM; {more} echo {name} is here; : > {sign}; wait"
)


def server(home: Home, name: str, after: tuple[str, ...] = (), more: str = "") -> Process:
    sign = home.run / f"{name}.sign"
    script = SERVER.format(name=name, sign=sign, more=more)
    prepare = lambda: sign.unlink(missing_ok=True)  # noqa: E731
    return Process(name, ["/bin/sh", "-c", script], after=after, prepare=prepare, ready=sign.exists)


def step(name: str, script: str, after: tuple[str, ...] = ()) -> Process:
    return Process(name, ["/bin/sh", "-c", script], after=after, once=True)


def system(which: str, home: Home) -> list[Process]:
    base = server(home, "base")
    if which == "bad-step":
        step_fails = step("tables", "echo no such column; exit 3", ("base",))
        return [base, step_fails, server(home, "web", ("tables",))]
    if which == "never-up":
        return [base, Process("web", ["/bin/sh", "-c", "echo no port; exit 1"], ready=lambda: False)]
    if which == "missing":
        return [Process("web", ["/nonexistent/program"])]
    if which == "stubborn":
        stays = server(home, "web", more="trap '' TERM;")
        return [dataclasses.replace(stays, grace_s=0.5)]
    if which == "chatty":
        return [server(home, "web", more="i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done;")]
    return [
        base,
        step("tables", "echo tables made", after=("base",)),
        server(home, "web", after=("base", "tables")),
        server(home, "worker", after=("base", "tables")),
    ]


def main() -> int:
    home = Home(Path(sys.argv[1])).prepare()
    processes = system(sys.argv[2], home)
    return Supervisor(home, processes, os.environ, lambda pids: print("UP", pids, flush=True)).run()


if __name__ == "__main__":
    sys.exit(main())
