"""manage.py replay: does the journal give exactly the rows?"""

from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.replay import differences

SHOWN = 20


class Command(BaseCommand):
    help = "Fold the journal of every order and compare with the orders and positions as stored."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(islice(differences(), SHOWN))
        for one in found:
            self.stdout.write(f"{one.what}: the journal gives {one.journal}, the row says {one.row}")
        if found:
            raise CommandError(
                f"journal and rows differ in {len(found)}{'+' * (len(found) == SHOWN)} places", returncode=1
            )
        self.stdout.write("journal and rows agree")
