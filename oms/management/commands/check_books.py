"""manage.py check_books: is everything true that must always be true?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oms.management.books.checker import check


class Command(BaseCommand):
    help = "Check the invariants of the books with plain SQL, independently of the code that writes them."

    def handle(self, *args: Any, **options: Any) -> None:
        outcomes = check()
        for outcome in outcomes:
            if outcome.broken:
                examples = ", ".join(outcome.examples)
                self.stdout.write(f"FAILED {outcome.name}: {outcome.broken} rows, such as {examples}")
            elif options["verbosity"] > 1:
                self.stdout.write(f"ok     {outcome.name}")
        failed = sum(1 for outcome in outcomes if outcome.broken)
        self.stdout.write(f"{len(outcomes) - failed} passed, {failed} failed")
        if failed:
            raise CommandError("the books do not hold", returncode=1)
