"""Linked orders through the desk: entered together or linked while they work, and what follows."""

from decimal import Decimal as D

import pytest

from oms.desk import Cancellation, cancel, enter
from oms.desk.contingent import contingent
from oms.desk.lists import ListDraft, enter_list, link, unlink
from oms.desk.record import record
from oms.desk.route import route
from orders.models import Alert, Order, OrderList
from tests.desk.test_chains import whole
from tests.desk.world import children, fill, says, sent
from tests.factories import Floor

pytestmark = pytest.mark.django_db


def of(order_id: int | None) -> Order:
    return Order.objects.get(pk=order_id)


def child(order_id: int | None) -> Order:
    assert order_id is not None
    return children(order_id)[-1]


def settle() -> None:
    """What follows, until nothing does."""
    while contingent():
        pass


def pair(desk: Floor) -> tuple[int, int]:
    """Two working orders to sell, linked: one cancels the other."""
    made = enter_list(
        ListDraft(
            "L1", "one_cancels_other", [desk.draft(side="sell", price="101"), desk.draft(side="sell", price="102")]
        ),
        desk.actor,
    )
    route()
    first, second = (answer.order_id for answer in made.answers)
    record([says(child(first), "new"), says(child(second), "new")])
    return first, second  # type: ignore[return-value]


def test_a_partial_fill_cancels_the_other(desk: Floor) -> None:
    first, second = pair(desk)
    settle()
    assert not sent("F")
    record([fill(child(first), 10)])
    settle()
    assert [message.order_id for message in sent("F")] == [child(second).id]
    settle()
    assert len(sent("F")) == 1
    record([says(child(second), "canceled", sent("F")[0].cl_ord_id)])
    settle()
    assert (of(first).ord_status, of(second).ord_status) == ("partially_filled", "canceled")
    whole()


def test_both_filled_before_the_cancel_is_surfaced(desk: Floor) -> None:
    first, second = pair(desk)
    record([fill(child(first), 10), fill(child(second), 5)])
    settle()
    settle()
    assert Alert.objects.filter(code="CONTINGENCY_BREACHED").count() == 1


def test_a_bracket_protects_what_was_filled(desk: Floor) -> None:
    made = enter_list(
        ListDraft(
            "B1", "bracket",
            [
                desk.draft(qty=100), desk.draft(side="sell", price="110"),
                desk.draft(side="sell", ord_type="stop", price=None, stop_px=D("90")),
            ],
        ),
        desk.actor,
    )  # fmt: skip
    route()
    entry, target, stop = (answer.order_id for answer in made.answers)
    assert [of(one).hold for one in (target, stop)] == ["contingent", "contingent"]
    record([says(child(entry), "new"), fill(child(entry), 40)])
    settle()
    assert [(of(one).order_qty, of(one).hold, of(one).to_route) for one in (target, stop)] == [(40, "", True)] * 2
    route()
    assert of(stop).hold == "trigger"
    record([fill(child(entry), 60)])
    settle()
    [message] = sent("G")
    assert (message.order_id, message.fields["order_qty"]) == (child(target).id, "100")
    record(
        [says(child(target), "new"), says(child(target), "replaced", message.cl_ord_id, order_qty=D(100), price=D(110))]
    )
    settle()
    assert (of(target).order_qty, of(stop).order_qty) == (100, 100)
    record([fill(child(target), 30, "110")])
    settle()
    assert of(stop).order_qty == 70
    record([fill(child(target), 70, "110")])
    settle()
    assert (of(target).ord_status, of(stop).ord_status) == ("filled", "canceled")
    whole()


def test_a_primary_that_ends_unfilled_takes_the_others_with_it(desk: Floor) -> None:
    made = enter_list(
        ListDraft("T1", "one_triggers_other", [desk.draft(), desk.draft(side="sell", price="105")]), desk.actor
    )
    first, second = (answer.order_id for answer in made.answers)
    cancel([Cancellation(first)], desk.actor)  # type: ignore[arg-type]
    settle()
    assert (of(first).ord_status, of(second).ord_status) == ("canceled", "canceled")
    assert not OrderList.objects.get().active
    whole()


def test_all_or_nothing(desk: Floor) -> None:
    made = enter_list(
        ListDraft("N1", "basket", [desk.draft(), desk.draft(symbol="NOSUCH")], all_or_nothing=True), desk.actor
    )
    assert [answer.refusals[0].code for answer in made.answers] == ["LIST_REFUSED", "UNKNOWN_INSTRUMENT"]
    assert not Order.objects.exists()
    assert not OrderList.objects.exists()


def test_a_list_id_is_one_list(desk: Floor) -> None:
    draft = ListDraft("D1", "basket", [desk.draft(cl_ord_id="a"), desk.draft(cl_ord_id="b")])
    first, again = enter_list(draft, desk.actor), enter_list(draft, desk.actor)
    assert (again.pk, again.duplicate, Order.objects.count()) == (first.pk, True, 2)


def test_working_orders_are_linked_and_unlinked(desk: Floor) -> None:
    answers = enter([desk.draft(side="sell", price="101"), desk.draft(side="sell", price="102")], desk.actor)
    route()
    first, second = (answer.order_id for answer in answers)
    made = link([first, second], "one_updates_other", desk.actor)  # type: ignore[list-item]
    assert made.pk is not None
    assert link([first, second], "one_updates_other", desk.actor).refusals[0].code == "BAD_LIST"  # type: ignore[list-item]
    record([says(child(first), "new"), says(child(second), "new"), fill(child(first), 30)])
    settle()
    assert sent("G")[0].fields["order_qty"] == "70"
    assert unlink(made.pk, desk.actor) is None
    record([fill(child(first), 30)])
    settle()
    assert len(sent("G")) == 1


@pytest.mark.parametrize(
    ("kind", "which", "code"),
    [("bracket", (0, 1), "BAD_VALUE"), ("one_cancels_other", (0, 0), "BAD_LIST"), ("one_cancels_other", (0, 2), "BAD_LIST"),
     ("one_cancels_other", (0, 3), "UNKNOWN_ORDER")],
)  # fmt: skip
def test_what_cannot_be_linked(desk: Floor, kind: str, which: tuple[int, int], code: str) -> None:
    answers = enter([desk.draft(), desk.draft(), desk.draft(account="BETA")], desk.actor)
    ids = [*(answer.order_id for answer in answers), 999_999]
    assert link([ids[n] for n in which], kind, desk.actor).refusals[0].code == code  # type: ignore[misc]
    assert not OrderList.objects.exists()
