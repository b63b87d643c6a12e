"""Margin, exercises and expiries of which the day of payment has come: what is pending is posted."""

from datetime import date, datetime

from django.db.models import Q

from settlement.actions import book
from settlement.models import LedgerEntry

KINDS = ("exercise", "expiry", "variation_margin")


def post_due(today: date, at: datetime, limit: int = 5_000) -> int:
    """Post what falls due until ``today``; answer how many transactions. Six statements a kind that has any."""
    waits = Q(phase="pending", resolved_by__isnull=True, transaction__kind__in=KINDS)
    rows = LedgerEntry.objects.filter(waits, transaction__value_date__lte=today).order_by("transaction_id")
    found: dict[str, list[str]] = {}
    for kind, source in rows.values_list("transaction__kind", "transaction__source").distinct()[:limit]:
        found.setdefault(kind, []).append(source)
    return sum(book.settle(sources, kind, today, today, at) for kind, sources in sorted(found.items()))
