"""Look at the compliance of portfolios now, with no order at all."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oms.base.refusal import Refusal
from oms.desk import portfolios
from risk.models import Breach


class Command(BaseCommand):
    """``manage.py review_portfolios``: every account, or those of ``--account``; prints what is breached."""

    help = "Judge portfolios by the controls of what is held, open and close breaches, and say what is live."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which accounts, and in whose name."""
        parser.add_argument("--account", action="append", metavar="CODE", help="may be repeated; all without it")
        parser.add_argument("--by", default="command", help="who asks; kept with the evidence")

    def handle(self, *args: Any, **options: Any) -> None:
        outcome = portfolios.review(options["account"], options["by"])
        if isinstance(outcome, Refusal):
            raise CommandError(f"{outcome.code}: {outcome.text}")
        self.stdout.write(
            f"run {outcome.run}: {outcome.accounts} accounts, {outcome.breaches} breaches, "
            f"{outcome.opened} new, {outcome.closed} over"
        )
        live = Breach.objects.filter(kind=Breach.Kind.POST_TRADE, closed_at=None)
        if options["account"]:
            live = live.filter(account__code__in=options["account"])
        for row in live.select_related("account").order_by("pk"):
            until = f", cure by {row.deadline}" if row.deadline else ""
            whose = row.account.code if row.account else "the firm"
            self.stdout.write(f"{row.pk} {row.control} {whose} {row.origin} {row.state}{until}: {row.text}")
