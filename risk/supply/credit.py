"""Use of the credit line of each order's account: what it executed today and has open, in the order's currency."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from orders.reference import business_date
from risk.models import Reservation, Usage
from risk.parts import Credit
from risk.room import worth
from risk.supply.batch import Batch, Parts

ZERO = Decimal(0)
Sums = dict[str, list[Decimal]]
"""By currency: executed today, open."""


def credit(batch: Batch) -> Parts:
    """The sums that usages of the account keep, without what the order itself has open. Three statements.

    An account of which something open has no value, or money cannot be turned into the order's currency, is left out:
    its use is not known.
    """
    sums, unknown = _sums(batch.accounts)
    own = _own(batch.orders)
    parts = {}
    for t in batch.terms:
        mine = sums[t.account_id or 0]
        rates = {currency: batch.rate(currency, t.currency) for currency in mine}
        if t.account_id not in unknown and None not in rates.values():
            executed, still_open = (
                sum((mine[currency][n] * (rate or ZERO) for currency, rate in rates.items()), ZERO) for n in (0, 1)
            )
            parts[t.order_id] = Credit(executed, still_open - own.get(t.order_id, ZERO))
    return {"credit": parts}


def _sums(accounts: Iterable[int]) -> tuple[defaultdict[int, Sums], set[int]]:
    rows = Usage.objects.filter(kind=Usage.Kind.ACCOUNT, scope_id__in=accounts).exclude(open_orders=0, executed_value=0)
    columns = (
        "scope_id", "instrument__currency", "open_orders", "open_buy_value", "open_sell_value", "executed_value",
        "executed_on",
    )  # fmt: skip
    today = business_date()
    found: defaultdict[int, Sums] = defaultdict(lambda: defaultdict(lambda: [ZERO, ZERO]))
    unknown = set()
    for account, currency, count, buys, sells, executed, day in rows.values_list(*columns):
        sums = found[account][currency]
        sums[0] += executed if day == today else ZERO
        sums[1] += buys + sells
        if count and not buys + sells:
            unknown.add(account)
    return found, unknown


def _own(orders: Iterable[int]) -> dict[int, Decimal]:
    """What each order that is amended has open itself, in its instrument's currency."""
    rows = Reservation.objects.filter(order_id__in=orders, qty__gt=0, usage__kind=Usage.Kind.ACCOUNT)
    return {order_id: worth(qty, unit) for order_id, qty, unit in rows.values_list("order_id", "qty", "unit")}
