"""What allocating must know: the orders and what they executed, accounts, and what is allocated already."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from oms.base.locks import locked
from oms.base.refusal import Refusal
from oms.desk.asked import Actor
from orders.models import Account, Order
from orders.reference import business_date
from risk.models import AccountProfile
from settlement.allocation.executed import Executed
from settlement.allocation.shares import Ask, Method
from settlement.models import AllocationOrder


class Share(NamedTuple):
    """What is asked for one account; the method says which numbers. ``nav`` empty: as the account's is known."""

    account: str
    qty: Decimal | None = None
    percent: Decimal | None = None
    nav: Decimal | None = None
    priority: int | None = None


class Of(NamedTuple):
    """What an allocation must know of an order."""

    id: int
    desk_id: int
    instrument_id: int
    side: str
    account_id: int
    average_price: bool
    composition: str
    leaves_qty: Decimal
    entered_by_id: int
    sender_comp_id: str
    assigned_to_id: int | None
    currency: str

    def is_own(self, actor: Actor) -> bool:
        """Whether it is the actor's: entered by it, through its session, or assigned to it."""
        return actor.user_id in (self.entered_by_id, self.assigned_to_id) or self.sender_comp_id == actor.sender_comp_id


OF = (*Of._fields[:5], "account__average_price", *Of._fields[6:-1], "instrument__currency")


class Known(NamedTuple):
    """What a batch has loaded: orders locked, what they executed, accounts by code, and what is allocated already."""

    orders: Mapping[int, Of]
    executed: Executed
    accounts: Mapping[str, tuple[int, int]]
    navs: Mapping[int, Decimal]
    taken: dict[int, set[date | None]]
    today: date


def find(order_ids: Iterable[int], shares: Iterable[Share], actor: Actor) -> Known:
    """Lock the orders on the actor's desks, and load what allocating them needs. Seven statements."""
    rows = Order.objects.filter(pk__in=sorted(set(order_ids)), parent__isnull=True, desk_id__in=actor.desk_ids)
    orders = {row[0]: Of(*row) for row in locked(rows).values_list(*OF)}
    taken: dict[int, set[date | None]] = {}
    for order_id, day in AllocationOrder.objects.filter(order_id__in=list(orders), active=True).values_list(
        "order_id", "trade_date"
    ):
        taken.setdefault(order_id, set()).add(day)
    theirs = Account.objects.filter(
        code__in={share.account for share in shares}, active=True, average_price=False, desk_id__in=actor.desk_ids
    )
    accounts = {code: (pk, desk) for code, pk, desk in theirs.values_list("code", "pk", "desk_id")}
    worth = AccountProfile.objects.filter(pk__in=[pk for pk, _ in accounts.values()], nav__gt=0)
    navs = dict(worth.values_list("pk", "nav"))
    return Known(orders, Executed(orders), accounts, navs, taken, business_date())


def asked(method: str, shares: Sequence[Share], desk_id: int, known: Known) -> list[Ask] | Refusal:
    """The shares as the kernel takes them; accounts must be of the orders' desk and no allocation accounts."""
    if method not in list(Method):
        return Refusal("BAD_VALUE", "method", f"method must be one of {', '.join(Method)}")
    asks = []
    for at, share in enumerate(shares):
        account, desk = known.accounts.get(share.account, (0, 0))
        if desk != desk_id:
            text = f"{share.account!r} is no account of the orders' desk that trades can be allocated to"
            return Refusal("UNKNOWN_ACCOUNT", f"shares[{at}].account", text)
        nav = share.nav if share.nav is not None or method != Method.PERCENT_OF_NAV else known.navs.get(account)
        asks.append(Ask(account, share.qty, share.percent, nav, share.priority))
    return asks


def is_over(order: Of, day: date, today: date) -> bool:
    """Whether nothing more can be executed of the order on the day."""
    return order.leaves_qty == 0 or day < today
