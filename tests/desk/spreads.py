"""Spreads for tests: a venue that takes them, one to enter, and what its venue says of whole and legs."""

from decimal import Decimal as D
from typing import Any

from oms.desk.arrivals import Arrival
from oms.desk.multileg import LegDraft, MultilegDraft, enter_multileg
from oms.desk.record import record
from oms.desk.route import route
from orders.models import ListOrder, Order
from routing.models import VenueCapability
from tests.desk.world import children, fill, says
from tests.factories import Floor

# One spread is one AAPL bought and two MSFT sold.
LEGS = (LegDraft("AAPL", "buy"), LegDraft("MSFT", "sell", D(2)))


def takes_spreads(*mics: str) -> None:
    """Describe venues as taking limit and market orders of several legs."""
    for mic in mics:
        VenueCapability.objects.create(
            venue_id=mic, ord_types=["limit", "market"], multileg=True,
            times_in_force=["day", "good_till_cancel", "immediate_or_cancel", "fill_or_kill"],
        )  # fmt: skip


def draft(desk: Floor, **terms: Any) -> MultilegDraft:
    """Buy 10 spreads at a net price of -100.50 or better."""
    usual: dict[str, Any] = {
        "account": desk.accounts[0].code, "side": "buy", "ord_type": "limit", "time_in_force": "day",
        "order_qty": D(10), "legs": LEGS, "price": D("-100.50"),
    }  # fmt: skip
    return MultilegDraft(**(usual | terms))


def legs_of(whole_id: int) -> list[Order]:
    """The legs of a spread, in their order."""
    spread = ListOrder.objects.get(order_id=whole_id, role="whole").list
    return list(Order.objects.filter(lists__list=spread, lists__role="leg").order_by("lists__seq_no"))


def working(desk: Floor, **terms: Any) -> tuple[Order, Order]:
    """A spread that its venue has acknowledged: the whole, and what the venue has."""
    [answer] = enter_multileg([draft(desk, **terms)], desk.actor)
    assert answer.accepted, answer
    assert route() == 1
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    assert record([says(child, "new", fields={"multi_leg_reporting_type": "multileg_security"})]) == [None]
    return Order.objects.get(pk=answer.order_id), Order.objects.get(pk=child.pk)


def whole_fill(child: Order, qty: Any, px: Any, **more: Any) -> Arrival:
    """MultiLegReportingType (442) 3: so many spreads at a net price."""
    return fill(child, qty, px, fields={"multi_leg_reporting_type": "multileg_security"}, **more)


def leg_fill(child: Order, ref: str, qty: Any, px: Any, **more: Any) -> Arrival:
    """MultiLegReportingType (442) 2: the leg ``ref`` (654)."""
    named = {"multi_leg_reporting_type": "individual_leg", "leg_ref_id": ref}
    return fill(child, qty, px, fields=named, **more)


def units(child: Order, qty: int, first: str = "99.50", second: str = "100") -> list[Arrival]:
    """``qty`` spreads traded: the whole at its net price, and both legs."""
    net = D(first) - 2 * D(second)
    return [whole_fill(child, qty, net), leg_fill(child, "1", qty, first), leg_fill(child, "2", 2 * qty, second)]
