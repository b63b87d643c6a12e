"""What is known of accounts and of the people who trade for them."""

from collections import defaultdict
from decimal import Decimal

from django.db.models import Q

from risk.models import AccountProfile, Permission
from risk.parts import Client, Grant
from risk.supply.batch import Batch, Parts

FIELDS = ("owner", "self_trade_group", "proprietary", "barrier", "qib", "erisa", "retail", "sanctioned")


def clients(batch: Batch) -> Parts:
    """The profile of each order's account. One statement."""
    rows = AccountProfile.objects.filter(pk__in=batch.accounts).values_list(
        "pk", "options_level", "approved_venues", "approved_brokers", *FIELDS
    )
    known: dict[int, Client] = {}
    for pk, level, venues, brokers, *values in rows:
        known[pk] = Client(
            **dict(zip(FIELDS, values, strict=True)),
            options_level=None if level is None else Decimal(level),
            venues=None if venues is None else tuple(venues),
            brokers=None if brokers is None else tuple(brokers),
        )
    return {"client": batch.by_account(known)}


def grants(batch: Batch) -> Parts:
    """The permissions of whoever entered each order. One statement."""
    in_force = Q(effective_to__isnull=True) | Q(effective_to__gt=batch.at)
    users = {t.entered_by_id for t in batch.terms if t.entered_by_id is not None}
    rows = Permission.objects.filter(in_force, user_id__in=users, effective_from__lte=batch.at)
    found: dict[int | None, list[Grant]] = defaultdict(list)
    columns = ("user_id", "asset_class", "account_id", "venue")
    for user_id, asset_class, account_id, venue in rows.order_by("pk").values_list(*columns):
        found[user_id].append(Grant(asset_class, account_id, venue))
    return {"grants": {t.order_id: tuple(found[t.entered_by_id]) for t in batch.terms if t.entered_by_id is not None}}
