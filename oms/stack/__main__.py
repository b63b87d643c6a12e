"""``python -m oms.stack``: demo, run, clean. OMS_HOME says which copy."""

from __future__ import annotations

import argparse
import shutil
import sys

from oms.stack import demo, servers
from oms.stack.home import BusyError, Home, Lock, StackError
from oms.stack.postgres import Postgres
from oms.stack.valkey import Valkey


def main(arguments: list[str] | None = None) -> int:
    """The exit code of the sub-command."""
    parser = argparse.ArgumentParser(prog="python -m oms.stack", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    commands.add_parser("demo", help="run the whole system until Ctrl-C")
    run = commands.add_parser("run", help="run one command with PostgreSQL and Valkey up")
    run.add_argument("--migrate", action="store_true", help="bring the tables up to date before")
    run.add_argument("command", nargs=argparse.REMAINDER, help="-- and the command")
    commands.add_parser("clean", help="delete everything that OMS_HOME holds")
    given = parser.parse_args(arguments)
    home = Home()
    if given.what == "demo":
        return demo.reporting(lambda: demo.main(home))
    if given.what == "clean":
        return demo.reporting(lambda: clean(home))
    words = given.command[1:] if given.command[:1] == ["--"] else given.command
    return demo.reporting(lambda: servers.run(home, words, given.migrate))


def clean(home: Home) -> int:
    """Delete the home, and what it keeps elsewhere because PostgreSQL could not reach it."""
    if not home.path.exists():
        return 0
    if not (home.run / "postgres.lock").exists():
        raise StackError(f"{home.path} was not made by us: nothing is deleted.")
    locks = [Lock(home, name) for name in ("demo", "postgres", "valkey")]
    for lock in locks:
        if not lock.take():
            raise BusyError(f"{home.path} is in use by process {lock.holder()}: stop it first.")
    for service in (Postgres(home), Valkey(home)):
        service.remove()
    shutil.rmtree(home.path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
