"""Positions over corporate actions: held, announced, the date moved, and what came of it."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from oms.base.clock import now
from oms.desk.actions import act
from orders.book import Line
from orders.models import (
    OrderRequest,
    Position,
)
from risk import usage
from settlement import ladder
from settlement.actions.announce import Notice, announce, approve
from settlement.advance import advance
from settlement.settle import settle
from tests import factories
from tests.settlement.world import MONDAY, fill

TUESDAY, WEDNESDAY, FRIDAY = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 27)
D = Decimal


def announced(floor: factories.Floor, kind: str, ex_date: date = TUESDAY, **terms: Any) -> int:
    """An action of AAPL that a second person approved."""
    notice = Notice(
        f"test:{kind}:{ex_date}:{floor.instruments['AAPL'].pk}", kind, floor.instruments["AAPL"].pk, ex_date, **terms
    )
    (pk,) = announce([notice], "olga")
    assert isinstance(pk, int), pk
    assert approve([pk], "otto") == [None]
    return pk


def hold(
    floor: factories.Floor,
    side: str,
    qty: Any,
    px: Any = 20,
    account: int = 0,
    day: date = MONDAY,
    agreed: date | None = None,
) -> Line:
    """Book a position with its fills, as the desk does; to settle on the day agreed, if one was."""
    from orders.holdings import Holdings

    lines = fill(
        floor, [(side, qty, px)], account=floor.accounts[account], trade_date=day, prefix=f"H{account}{day.day}",
        settl_date=agreed,
    )  # fmt: skip
    asked = [
        OrderRequest(
            order_id=one.id, sender_comp_id="tina", cl_ord_id=one.cl_ord_id, kind="new", state="accepted",
            order_qty=D(qty), created_at=now(),
        )
        for one in lines
    ]  # fmt: skip
    OrderRequest.objects.bulk_create(asked)
    with transaction.atomic():
        key = (floor.accounts[account].pk, floor.instruments["AAPL"].pk)
        usage.lock([key])
        holdings = Holdings([key])
        holdings.book(key, side, D(qty), D(px), day)
        holdings.save(now())
        usage.follow([key])
    while settle():
        pass
    return lines[0]


def moved_to(day: date) -> None:
    """The business date, and all that follows from it."""
    assert advance(day, "olga") == day
    while act():
        pass


def position(floor: factories.Floor, account: int = 0, of: str = "AAPL") -> Position:
    return Position.objects.get(account=floor.accounts[account], instrument=floor.instruments[of])


def cash(floor: factories.Floor, account: int = 0) -> tuple[str, str]:
    """Posted, and pending net, of the account in dollars from corporate actions alone."""
    rows = [one for one in ladder.holdings([floor.accounts[account].pk]) if one.currency == "USD"]
    return tuple(f"{sum((getattr(one, name) for one in rows), D(0)):.2f}" for name in ("posted", "pending_in"))  # type: ignore[return-value]
