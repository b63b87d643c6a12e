"""What may be sold short: the easy-to-borrow list, locates, and how much of them is used."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from orders.models import Order
from orders.vocabulary import Phase, Side
from risk.models import Locate
from risk.parts import Borrow
from risk.supply.batch import ROOTS, Batch, Parts

EASY = "easy_to_borrow"
Key = tuple[int, int]


class _Located(NamedTuple):
    """The unexpired locates of an account in an instrument, together; what expired first, where none is left."""

    qty: Decimal
    since: datetime
    expires_at: datetime


def borrow(batch: Batch) -> Parts:
    """Two statements: the locates, and the short sales entered since. What a canceled sale left is free again."""
    located = _located(batch)
    keys = located.keys()
    sold: dict[Key, list[tuple[int, datetime, Decimal]]] = defaultdict(list)
    rows = Order.objects.filter(
        side=Side.SELL_SHORT, account_id__in={account for account, _ in keys},
        instrument_id__in={instrument for _, instrument in keys},
        **ROOTS, created_at__gte=min((one.since for one in located.values()), default=batch.at),
    ).exclude(phase=Phase.REJECTED)  # fmt: skip
    columns = ("account_id", "instrument_id", "pk", "created_at", "cum_qty", "leaves_qty")
    for account, instrument, pk, created_at, cum, leaves in rows.values_list(*columns):
        sold[account, instrument].append((pk, created_at, cum + leaves))
    known = {}
    for t in batch.terms:
        key = (t.account_id or 0, t.instrument_id or 0)
        easy = any(one.kind == EASY and one.account_id in (None, t.account_id) for one in batch.lists.get(key[1], ()))
        one = located.get(key)
        used = sum((qty for pk, at, qty in sold[key] if one and at >= one.since and pk != t.order_id), Decimal(0))
        known[t.order_id] = Borrow(easy, one.qty, used, one.expires_at) if one else Borrow(easy, Decimal(0))
    return {"borrow": known}


def _located(batch: Batch) -> dict[Key, _Located]:
    rows = Locate.objects.filter(
        account_id__in=batch.accounts, instrument_id__in=batch.instruments, effective_from__lte=batch.at
    ).order_by("expires_at")
    found: dict[Key, _Located] = {}
    for account, instrument, qty, used, since, until in rows.values_list(
        "account_id", "instrument_id", "qty", "used_qty", "effective_from", "expires_at"
    ):
        before = found.get((account, instrument))
        if before is None or before.expires_at <= batch.at:
            found[account, instrument] = _Located(qty - used, since, until)
        else:
            found[account, instrument] = _Located(
                before.qty + qty - used, min(before.since, since), max(before.expires_at, until)
            )
    return found
