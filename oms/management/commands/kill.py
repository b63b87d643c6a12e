"""manage.py kill: kill switches when the web is down. What needs a name asks for it, or takes --confirm NAME.

kill list
kill look desk EQ
kill engage desk EQ --user carla --reason "runaway algorithm"
kill release 7 --user otto --reason "algorithm stopped"
"""

import threading
from argparse import ArgumentParser
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError

from oms.base.refusal import Refusal
from oms.desk import killing, takeback, targets
from oms.desk.stages import drain
from orders.models import User
from risk.models import KillSwitch

LOOK_S = 1.0
Outcome = TypeVar("Outcome")


class Command(BaseCommand):
    help = "List, look at, engage and release kill switches; works while web, workers and Valkey are down."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="those that are on, with their counts by venue")
        look = verbs.add_parser("look", help="what engaging would take back")
        engage = verbs.add_parser("engage", help="stop trading in a scope, and take back what is open")
        for one in (look, engage):
            one.add_argument("scope", choices=KillSwitch.Scope.values)
            one.add_argument("target", nargs="?", default="", help="nothing for the firm")
        engage.add_argument("--confirm", help="the target's name once more (FIRM for the firm); asked for if left out")
        engage.add_argument("--wait", type=float, default=30, metavar="S", help="until all is taken back, at most")
        release = verbs.add_parser("release", help="let trading go on; another person than engaged it")
        release.add_argument("id", type=int)
        for one in (engage, release):
            one.add_argument("--user", required=True, help="who does it")
            one.add_argument("--reason", required=one is engage, default="")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        getattr(self, verb)(options)

    def list(self, options: dict[str, Any]) -> None:
        """Those that are on."""
        switches = list(KillSwitch.objects.filter(released_at__isnull=True).select_related("engaged_by"))
        names = targets.names(switches)
        for one in switches:
            self._show(one, names[one.pk])
        if not switches:
            self.stdout.write("no kill switch is engaged")

    def look(self, options: dict[str, Any]) -> None:
        """What engaging would take back."""
        found = _done(killing.foresee(options["scope"], options["target"]))
        for venue, count in found.venues.items():
            self.stdout.write(f"{venue or 'at no venue':<12} {count}")
        self.stdout.write(f"{'in all':<12} {found.total}; {found.staged} staged orders would stay")

    def engage(self, options: dict[str, Any]) -> None:
        """Engage, then take back here what can be: nobody else may be running."""
        target = _done(targets.find(options["scope"], options["target"]))
        confirm = options["confirm"]
        if confirm is None:
            confirm = input(f"This stops trading for {target.scope} {target.name}. Type the name to confirm: ")
        user = _user(options["user"])
        switch = _done(killing.engage(target.scope, options["target"], options["reason"], confirm, user))
        pause = threading.Event()
        for _ in range(max(int(options["wait"] / LOOK_S), 1)):
            drain("kill")
            switch.refresh_from_db()
            if switch.done_at or not options["wait"]:
                break
            pause.wait(LOOK_S)
        self._show(switch, target.name)

    def release(self, options: dict[str, Any]) -> None:
        """Release."""
        switch = _done(killing.release(options["id"], options["reason"], _user(options["user"])))
        self.stdout.write(f"kill switch {switch.pk} is released by {options['user']}")

    def _show(self, switch: KillSwitch, name: str) -> None:
        since = f"{switch.engaged_at:%Y-%m-%d %H:%M:%S} UTC"
        self.stdout.write(f"{switch.pk}: {switch.scope} {name}, by {switch.engaged_by} at {since}: {switch.reason}")
        for one in takeback.counts([switch.pk]).get(switch.pk, []):
            self.stdout.write(
                f"  {one.venue or 'at no venue':<12} found {one.found}, unsent {one.unsent}, ended before"
                f" {one.ended_before}, asked {one.asked},"
                f" confirmed {one.confirmed}, still open {one.still_open}"
            )


def _user(name: str) -> User:
    user = User.objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"there is no user {name}")
    return user


def _done(outcome: Outcome | Refusal) -> Outcome:
    if isinstance(outcome, Refusal):
        raise CommandError(f"{outcome.code}: {outcome.text}")
    return outcome
