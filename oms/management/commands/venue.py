"""Tell a simulated venue what to do: cancel unasked, bust, overfill, halt, or misbehave until told otherwise."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from routing.exchange.commands import POSITIONAL
from routing.exchange.control import CommandFailed, Control


class Command(BaseCommand):
    """``manage.py venue XNAS fill ORDER 100 99.50``; docs/venues.md lists the commands."""

    help = "Give a simulated venue a command, or its standing faults, and print the outcome."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("venue", help="MIC of the venue; * in faults means all")
        parser.add_argument("what", metavar="command", help=f"faults, {', '.join(sorted(POSITIONAL))}")
        parser.add_argument("args", nargs="*", help="values in their order, or name=value; for faults one JSON object")
        parser.add_argument("--wait", action="store_true", help="wait for the outcome and print it (the default)")
        parser.add_argument("--no-wait", action="store_true", help="print the command's id and leave")
        parser.add_argument("--timeout", type=float, default=10, help="seconds to wait for the outcome")
        parser.add_argument("--home", type=Path, default=None, help="another directory than OMS_HOME/exchange")

    def handle(self, *args: str, **options: Any) -> None:
        control = Control(options["home"] or Path(settings.OMS_HOME) / "exchange")
        venue, command, timeout_s = options["venue"], options["what"], options["timeout"]
        try:
            if command == "faults":
                self._faults(control, venue, args, timeout_s, wait=not options["no_wait"])
                return
            said = _named(command, args)
            if options["no_wait"]:
                self.stdout.write(control.tell(venue, command, **said))
                return
            outcome = control.run(venue, command, timeout_s=timeout_s, **said)
        except (CommandFailed, TimeoutError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(outcome["result"], indent=2))

    def _faults(self, control: Control, venue: str, args: tuple[str, ...], timeout_s: float, *, wait: bool) -> None:
        """Set one session's faults; without an object, show all."""
        if args:
            control.set_faults(venue, json.loads(args[0]), wait=wait, timeout_s=timeout_s)
        self.stdout.write(json.dumps(control.faults(), indent=2))


def _named(command: str, args: tuple[str, ...]) -> dict[str, str]:
    """The arguments by their names. ValueError for one too many."""
    named = dict(part.split("=", 1) for part in args if "=" in part)
    plain = [part for part in args if "=" not in part]
    names = [name for name in POSITIONAL.get(command, ()) if name not in named]
    if len(plain) > len(names):
        raise ValueError(f"{command} takes {', '.join(POSITIONAL.get(command, ())) or 'no values'}")
    return dict(zip(names, plain, strict=False)) | named
