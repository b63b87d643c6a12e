"""Allocations: trades that are somebody's still to be named, what is asked for them, and booking it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse

from oms.base.clock import now
from oms.blotter.ops import choices
from oms.blotter.ops.allocated import events, facts, shares
from oms.blotter.ops.cells import (
    Block,
    Cell,
    Column,
    Detail,
    Row,
    clock,
    day,
    money,
    px,
    qty,
    side,
    state,
    text,
    tile,
    words,
)
from oms.blotter.ops.sheet import Act, Asked, Field, Filter, Found, Sheet, equal, has
from oms.desk.followed import ToDo, to_do
from orders.models import Order
from settlement.allocation import confirming
from settlement.allocation.deadline import deadline
from settlement.allocation.executed import Executed
from settlement.allocation.shares import Method
from settlement.allocation.tables import WAITING, State
from settlement.cycles import MARKETS
from settlement.models import Allocation, AllocationShare

PATH = "/api/v1/allocations/"
METHODS = tuple((one.value, one.value.replace("_", " ")) for one in Method)
WORDS = Field("text", "Remark", required=False)
SHARES = Field("shares", "Shares: ACCOUNT 600, ACCOUNT 400; ACCOUNT 60%; with priority ACCOUNT 600 1", "shares")
LOT = Field("min_lot", "Least lot", "number", False, hint="1")
NEEDS = ("instrument", "desk", "made_by")


def states() -> list[tuple[str, str]]:
    """What is to do, then each state."""
    return [("to_do", "— to do —"), ("unallocated", "— without an allocation —"), *State.choices]


def which(value: str) -> Q:
    """Allocations of a state, or of those that wait."""
    if value == "unallocated":
        return Q(pk=None)
    return Q(state__in=WAITING) if value == "to_do" else Q(state=value)


class Allocations(Sheet):
    """Orders without an allocation first, then allocations, the newest first."""

    slug, title = "allocations", "Allocations"
    empty = "Nothing is to be allocated."
    columns = (
        Column("allocation", "Allocation"),
        Column("state", "State"),
        Column("orders", "Orders"),
        Column("side", "Side"),
        Column("symbol", "Instrument"),
        Column("qty", "Qty", "num"),
        Column("px", "Avg px", "num"),
        Column("net", "Net money", "num"),
        Column("ccy", "Ccy"),
        Column("method", "Method"),
        Column("shares", "Shares", "num"),
        Column("day", "Trade date"),
        Column("by", "Allocate by", hint="Cut-off on trade date"),
        Column("desk", "Desk"),
        Column("who", "Asked by"),
    )
    filters = (
        Filter("state", "State", "choice", which, states),
        Filter("trade_date", "Trade date", "date", equal("trade_date")),
        Filter("account", "For account", "choice", equal("shares__account__code"), choices.accounts),
        Filter("symbol", "Symbol", "text", has("instrument__symbol")),
    )
    acts = (
        Act(
            "allocate",
            "Allocate",
            "n",
            PATH,
            "Says who the executions of the order are for. It is booked after that.",
            (Field("method", "Method", "choice", options=METHODS), SHARES, LOT, WORDS),
            each=True,
            preview=f"{PATH}preview/",
        ),
        Act(
            "change",
            "Change",
            "m",
            f"{PATH}{{key}}/change/",
            "Other shares, until it is booked.",
            (Field("method", "Method", "choice", options=METHODS), SHARES, LOT, WORDS),
        ),
        Act(
            "book",
            "Book",
            "b",
            f"{PATH}{{key}}/book/",
            "Positions and obligations become the accounts' at the average price, and each share is confirmed.",
            (WORDS,),
        ),
        Act(
            "cancel",
            "Cancel",
            "u",
            f"{PATH}{{key}}/cancel/",
            "Takes it back before it is booked.",
            (Field("text", "Reason, for the record"),),
            tone="danger",
        ),
    )

    def read(self, asked: Asked) -> Found:
        """What is without an allocation, and the allocations asked for."""
        if asked.faults:
            return Found((), 0)
        found = Allocation.objects.select_related(*NEEDS).prefetch_related("orders")
        for one in self.filters:
            if one.name in asked.values:
                found = found.filter(one.narrow(asked.values[one.name]))
        known = list(found.distinct().order_by("-pk")[:2_000])
        bare = self._bare(asked)
        rows = [*_bare_rows(bare), *_rows(known)]
        return self.listed(rows, asked, (("without an allocation", text(len(bare), tone="warn" if bare else "")),))

    def _bare(self, asked: Asked) -> list[ToDo]:
        """Orders of allocation accounts that nobody has allocated yet."""
        if asked.values.get("state", "to_do") not in ("to_do", "unallocated") or "account" in asked.values:
            return []
        wanted = asked.values.get("trade_date")
        return [one for one in unallocated() if wanted in (None, one.trade_date.isoformat())]

    def detail(self, key: int) -> Detail | None:
        """Who gets what, the orders, and everything that happened to it."""
        one = Allocation.objects.select_related(*NEEDS).filter(pk=key).first()
        if one is None:
            return None
        orders = [member.order_id for member in one.orders.all()]
        href = reverse("ops-trade", args=[orders[0]]) if orders else ""
        return Detail(
            f"Allocation {one.pk}",
            state(one.state),
            facts(one, orders),
            (shares(one, orders), events(one)),
            href=href,
            acts=acts_for(one),
        )


def unallocated() -> list[ToDo]:
    """What is executed in an allocation account and has no allocation at all."""
    found = to_do()
    keys = {one.order_id for one in found}
    named = Allocation.objects.filter(orders__order__in=keys, orders__active=True)
    taken = set(named.values_list("orders__order_id", "trade_date"))
    return [one for one in found if (one.order_id, one.trade_date) not in taken]


def _bare_rows(found: Sequence[ToDo]) -> Iterable[Row]:
    orders = Order.objects.select_related("instrument", "desk", "account").in_bulk([one.order_id for one in found])
    executed, limits = Executed([one.order_id for one in found]), confirming.limits()
    for one in found:
        order = orders[one.order_id]
        by = deadline(limits, MARKETS.get(one.market, one.market), "allocate", one.trade_date)
        cells = (
            text("none", tone="warn"), state("to_do"), text(order.pk, href=reverse("ops-trade", args=[order.pk])),
            side(order.side), text(order.instrument.symbol), qty(executed.qty([order.pk], one.trade_date)),
            px(order.avg_px), text(""), text(order.instrument.currency), text(""), text(""), day(one.trade_date),
            clock(by, now()), text(order.desk.code), text(f"in {order.account.code}"),
        )  # fmt: skip
        given = {"order_ids": [str(order.pk)], "trade_date": one.trade_date.isoformat()}
        yield Row(f"order-{order.pk}-{one.trade_date}", cells, ("allocate",), "", given)


def _rows(found: Sequence[Allocation]) -> Iterable[Row]:
    limits, counts = confirming.limits(), _counts(found)
    for one in found:
        orders = [member.order_id for member in one.orders.all()]
        first = text(" ".join(map(str, orders[:3])) + (" ..." if len(orders) > 3 else ""))
        if len(orders) == 1:
            first = first._replace(href=reverse("ops-trade", args=orders))
        cells = (
            text(one.pk, href=f"?open={one.pk}"), state(one.state), first, side(one.side), text(one.instrument.symbol),
            qty(one.qty), px(one.avg_px), money(one.net_money), text(one.currency), words(one.method),
            text(counts.get(one.pk, 0)), day(one.trade_date), _by(one, limits), text(one.desk.code),
            text(one.made_by.username),
        )  # fmt: skip
        yield Row(str(one.pk), cells, acts_for(one), "gone" if one.state == State.CANCELLED else "")


def _counts(found: Sequence[Allocation]) -> dict[int, int]:
    revisions = {one.pk: one.revision for one in found}
    made: dict[int, int] = {}
    for pk, revision in AllocationShare.objects.filter(allocation__in=revisions).values_list(
        "allocation_id", "revision"
    ):
        made[pk] = made.get(pk, 0) + (revision == revisions[pk])
    return made


def _by(one: Allocation, limits: Any) -> Cell:
    if one.state not in WAITING or one.trade_date is None:
        return text("")
    market = one.instrument.settl_market
    return clock(deadline(limits, MARKETS.get(market, market), "allocate", one.trade_date), now())


def acts_for(one: Allocation) -> tuple[str, ...]:
    """What may be done with it now; the verb looks again."""
    if one.state not in WAITING:
        return ()
    return ("change", "book", "cancel") if one.state != State.DRAFT else ("change", "cancel")


def waiting() -> int:
    """What is without an allocation, and allocations that are not booked."""
    return len(unallocated()) + Allocation.objects.filter(state__in=WAITING).count()


def tiles() -> tuple[Cell, ...]:
    """What is to be allocated."""
    return (tile(waiting(), "Allocations", "to do", f"{reverse('ops-sheet', args=['allocations'])}?state=to_do"),)


def blocks() -> tuple[Block, ...]:
    """No table of its own."""
    return ()
