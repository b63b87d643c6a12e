"""A spread all the way to a simulated venue and back: every message over FIX, between processes of their own."""

from collections.abc import Callable
from decimal import Decimal as D

from django.conf import LazySettings

from oms.base import bell
from oms.desk import Amendment, Cancellation, amend, cancel, pump, route
from oms.desk.differing import differing
from oms.desk.multileg import enter_multileg
from orders.models import Alert, Order, Position
from routing.models import Inbox
from tests.desk.spreads import draft, legs_of, takes_spreads
from tests.factories import Floor
from tests.routing.gateway.conftest import Gateway
from tests.routing.venues import until

Start = Callable[..., Gateway]


def reached(order: Order, status: str) -> bool:
    """Record what comes, until the order has the status."""

    def there() -> bool:
        pump("XNAS")
        return Order.objects.filter(pk=order.pk, ord_status=status).exists()

    return until(there, 60)


def test_a_spread_is_traded_replaced_and_canceled_at_its_venue(
    floor: Floor, gateway: Start, settings: LazySettings, books: Callable[[], None]
) -> None:
    takes_spreads("XNAS")
    gateway()
    # The venue quotes AAPL about 100 and MSFT about 200: one AAPL less two MSFT is a little above -300.
    dear, cheap = enter_multileg(
        [draft(floor, order_qty=D(5), price=D("-290")), draft(floor, order_qty=D(5), price=D("-310"))], floor.actor
    )
    route()
    bell.ring("outbox:XNAS")
    traded, waiting = (Order.objects.get(pk=answer.order_id) for answer in (dear, cheap))
    assert reached(traded, "filled")
    assert reached(waiting, "new")
    assert until(lambda: pump("XNAS") >= 0 and [leg.cum_qty for leg in legs_of(traded.pk)] == [5, 10], 60)
    assert dict(Position.objects.values_list("instrument__symbol", "qty")) == {"AAPL": 5, "MSFT": -10}
    types = Inbox.objects.filter(fields__exec_type="trade").order_by("id")
    assert [fields.get("multi_leg_reporting_type") for fields in types.values_list("fields", flat=True)] == [
        "multileg_security", "individual_leg", "individual_leg",
    ]  # fmt: skip
    settings.LEGS_DIFFER_S = 0
    differing()
    assert not Alert.objects.exists()

    [answer] = amend([Amendment(waiting.pk, order_qty=D(7), price=D("-309.5"))], floor.actor)
    assert answer.accepted, answer
    bell.ring("outbox:XNAS")
    assert reached(waiting, "new")
    assert (Order.objects.get(pk=waiting.pk).price, [leg.order_qty for leg in legs_of(waiting.pk)]) == (
        D("-309.5"), [7, 14],
    )  # fmt: skip
    cancel([Cancellation(waiting.pk)], floor.actor)
    bell.ring("outbox:XNAS")
    assert reached(waiting, "canceled")
    assert {leg.ord_status for leg in legs_of(waiting.pk)} == {"canceled"}
    books()
