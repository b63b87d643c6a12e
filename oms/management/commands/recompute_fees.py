"""``manage.py recompute_fees``: every obligation's charges from the dated tables, compared with what was booked."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from settlement.recompute import differences


class Command(BaseCommand):
    """Name each figure that differs; fail if one does."""

    help = "Work out fees, commission, interest and settlement dates of all obligations again and compare."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print what differs."""
        count = 0
        for one in differences():
            count += 1
            self.stdout.write(f"obligation {one.obligation_id}: {one.field} {one.booked}, computed {one.computed}")
        if count:
            raise CommandError(f"{count} figures differ")
        self.stdout.write("every figure is what the tables come to")
