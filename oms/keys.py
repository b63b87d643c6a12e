"""Forgetting old idempotency keys. The doors write and read them (oms/api/idempotency.py)."""

from datetime import datetime, timedelta

from oms.models import IdempotencyKey

KEPT = timedelta(days=7)


def forget(at: datetime) -> int:
    """Delete the keys that are older than seven days; answer how many."""
    return IdempotencyKey.objects.filter(created_at__lt=at - KEPT).delete()[0]
