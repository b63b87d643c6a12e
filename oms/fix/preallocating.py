"""Accounts that a new order names itself (NoAllocs, 78): read before it is entered, allocated as soon as it is.

It is the allocation that an AllocationInstruction (J) before the first fill would make; its AllocID is the ClOrdID.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from oms.base.money import parse_decimal
from oms.base.refusal import Refusal
from oms.desk import Actor, Cancellation, Draft, allocating, cancel
from oms.desk.allocable import Share
from oms.desk.allocating import Wish

Request = Mapping[str, Any]
ZERO = Decimal(0)
Shares = tuple[Share, ...]
# An order, or what is wrong with it; and the accounts it names.
Read = tuple[Draft | tuple[Refusal, ...], Shares]


def read(request: Request, accounts: Mapping[str, str]) -> Shares | Refusal:
    """The shares that an order names: each account once, with quantities that come to OrderQty (38). () for none."""
    listed = request.get("allocs") or ()
    shares: list[Share] = []
    for at, one in enumerate(listed):
        code = str(one.get("alloc_account", ""))
        qty = parse_decimal(one.get("alloc_qty", ""), f"allocs[{at}].alloc_qty", positive=True)
        if isinstance(qty, Refusal):
            return qty._replace(text=f"AllocQty (80) of {code[:40]!a}: {qty.text}")
        shares.append(Share(accounts.get(code, code), qty=qty))
    if not shares:
        return ()
    total = parse_decimal(request.get("order_qty") or "", "order_qty", positive=True)
    if isinstance(total, Refusal):
        return Refusal("MISSING", "order_qty", "NoAllocs (78) divides OrderQty (38), which the order does not give")
    come = sum((share.qty or ZERO for share in shares), ZERO)
    if come != total:
        return Refusal("BAD_ALLOCATION", "allocs", f"the accounts come to {come:f} of OrderQty {total:f}")
    if len({share.account for share in shares}) != len(shares):
        return Refusal("BAD_ALLOCATION", "allocs", "each account stands once in NoAllocs (78)")
    return tuple(shares)


def fitting(orders: Sequence[Read], actor: Actor) -> list[Read]:
    """The orders, refused where an account they name is none of their desk's. One SELECT where any names one."""
    codes = {share.account for _, shares in orders for share in shares}
    if not codes:
        return list(orders)
    codes |= {order.account for order, shares in orders if shares and isinstance(order, Draft)}
    rows = actor.accounts.filter(code__in=codes, active=True).values_list("code", "desk_id", "average_price")
    known = {code: (desk, average) for code, desk, average in rows}
    return [_fit(order, shares, known) if shares else (order, shares) for order, shares in orders]


def _fit(order: Draft | tuple[Refusal, ...], shares: Shares, known: Mapping[str, tuple[int, bool]]) -> Read:
    desk = known[order.account][0] if isinstance(order, Draft) and order.account in known else None
    for at, share in enumerate(shares):
        own, average = known.get(share.account, (None, False))
        if desk is not None and (own != desk or average):
            text = f"{share.account!a} is no account of the order's desk that trades can be allocated to"
            return (Refusal("UNKNOWN_ACCOUNT", f"allocs[{at}].alloc_account", text),), ()
    return order, shares


def allocate(entered: Sequence[tuple[int, str, Shares]], actor: Actor) -> None:
    """Allocate orders (id, ClOrdID, shares) that were just entered. One that cannot be is taken back at once."""
    if not entered:
        return
    wishes = [Wish((order_id,), "fixed", shares, alloc_id=name, auto_book=True) for order_id, name, shares in entered]
    back = [
        Cancellation(order_id, text=f"not allocated: {told.refusals[0].text}"[:200])
        for (order_id, _, _), told in zip(entered, allocating.allocate(wishes, actor), strict=True)
        if told.refusals
    ]
    if back:
        cancel(back, actor)
