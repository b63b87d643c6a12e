"""``manage.py seed``: everything a new copy needs to trade. Safe to repeat: what is there stays."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from oms.base.clock import now
from oms.management.seed import clients, contracts, opening, people, standing
from oms.models import FLOW, Switch
from orders import importing
from orders.models import Instrument, User
from routing import universe

SEED = Path(people.__file__).parent


class Command(BaseCommand):
    """Lay standing data, instruments, people and rules, then tell the venues what they trade."""

    help = "Fill a database with what a demonstration needs. Safe to repeat."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """``--migrate``: what a start of the system asks for, in one process."""
        parser.add_argument("--migrate", action="store_true", help="check, and bring the tables up to date before")

    def handle(self, *_args: Any, migrate: bool, **_options: Any) -> None:
        """Each part in a transaction of its own: one that fails leaves whole parts behind, and a repeat goes on."""
        if migrate:
            call_command("migrate", interactive=False, verbosity=0, skip_checks=False)
        today = now().date()
        with transaction.atomic():
            standing.lay(today)
            Switch.objects.get_or_create(name=FLOW)
        with (SEED / "instruments.csv").open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        self._instruments(header, rows)
        self._instruments(contracts.COLUMNS, contracts.rows(today))
        entries = people.hire(settings.OMS_HOME / "seed.json")
        clients.engage(settings.OMS_HOME / "seed.json")
        with transaction.atomic():
            clients.describe_venues()
            standing.guard(User.objects.get(username="admin"), User.objects.get(username="compliance"))
            by_name = {user.username: user for user in User.objects.filter(username__startswith="operations")}
            standing.open_custody(by_name["operations"], by_name["operations2"])
            opening.fund(by_name["operations"], by_name["operations2"])
        universe.publish()
        self.stdout.write(f"{Instrument.objects.count()} instruments, {len(entries)} users in seed.json")

    def _instruments(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Import those that are not known; a known one may have been corrected since."""
        known = set(Instrument.objects.values_list("symbol", flat=True))
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(header)
        writer.writerows(row for row in rows if row[0] not in known)
        outcome = importing.run(text.getvalue())
        faults = [*outcome.refusals, *(fault for verdict in outcome.verdicts for fault in verdict.refusals)]
        if faults:
            raise CommandError("; ".join(fault.text for fault in faults))
