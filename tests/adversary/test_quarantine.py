"""What is in quarantine stays there until a person decides, whatever is heard again and whatever room appears."""

from decimal import Decimal as D

import pytest

from oms.desk import enter, record, route
from orders.models import Alert, Order
from tests.desk.world import children, fill, says
from tests.factories import Floor

pytestmark = pytest.mark.django_db


def kept(arrival):
    """``arrival`` with the fields that the quarantine keeps, as the gateway parses them."""
    told = {"exec_id": arrival.exec_id, "exec_type": arrival.exec_type, "last_qty": f"{arrival.last_qty:f}"}
    return arrival._replace(fields=told | {"last_px": f"{arrival.last_px:f}"})


@pytest.mark.parametrize("together", [True, False])
def test_an_overfill_is_not_booked_when_it_is_heard_again_and_there_is_room(desk: Floor, together: bool) -> None:
    [answer] = enter([desk.draft(qty=100)], desk.actor)
    route()
    [child] = children(answer.order_id)
    first, excess = fill(child, 60, exec_id="A"), kept(fill(child, 80, exec_id="B"))
    bust = says(child, "trade_cancel", exec_id="C", exec_ref_id="A")
    story = [says(child, "new"), first, excess, bust, excess, excess._replace(last_qty=D(81))]
    answers = record(story) if together else [record([report])[0] for report in story]
    codes = [answer.code if answer else "" for answer in answers]
    assert codes == ["", "", "OVERFILL", "", "DUPLICATE_EXEC_ID", "BAD_REPORT"]
    assert Order.objects.get(pk=child.pk).cum_qty == 0
    assert list(Alert.objects.order_by("id").values_list("code", flat=True)) == ["OVERFILL", "BAD_REPORT"]


def test_a_fill_under_the_exec_id_of_an_acknowledgement_is_not_passed_over(desk: Floor) -> None:
    [answer] = enter([desk.draft(qty=100)], desk.actor)
    route()
    [child] = children(answer.order_id)
    answers = record([says(child, "new", exec_id="A"), fill(child, 10, exec_id="A"), says(child, "new", exec_id="A")])
    assert [answer.code if answer else "" for answer in answers] == ["", "BAD_REPORT", "DUPLICATE_EXEC_ID"]
    assert Alert.objects.get().code == "BAD_REPORT"
