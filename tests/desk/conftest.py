"""What tests of the desk begin with."""

import pytest

from oms.desk import enter
from oms.desk.record import record
from oms.desk.route import route
from orders.models import Order
from tests.desk.world import children, says
from tests.factories import Floor


@pytest.fixture
def pair(desk: Floor) -> tuple[Order, Order]:
    """A root order of 100 and the child that a venue acknowledged."""
    [answer] = enter([desk.draft(qty=100)], desk.actor)
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    root = Order.objects.get(pk=answer.order_id)
    assert root.ord_status == "pending_new"
    record([says(child, "new")])
    root.refresh_from_db()
    assert root.ord_status == "new"
    return root, child
