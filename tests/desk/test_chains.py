"""Requests in flight, busts and corrections, as Appendix D plays them, through the desk and the database."""

from decimal import Decimal as D
from typing import Any

import pytest

from oms.desk import Amendment, Cancellation, amend, cancel, enter
from oms.desk.record import record
from oms.desk.route import route
from oms.management.books.checker import check
from orders.models import ExecutionReport, Order, OrderRequest, Position
from orders.replay import differences
from risk.models import Usage
from tests.desk.world import children, fill, says, sent
from tests.factories import Floor

pytestmark = pytest.mark.django_db


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def shown(order: Order) -> tuple[str, int, int, int]:
    now = fresh(order)
    return now.ord_status, int(now.order_qty), int(now.cum_qty), int(now.leaves_qty)


def whole() -> None:
    """The independent checker and the replay find nothing."""
    assert [outcome for outcome in check() if outcome.broken] == []
    assert list(differences()) == []


def test_two_replaces_in_flight_are_both_accepted(desk: Floor, pair: tuple[Order, Order]) -> None:
    root, child = pair
    record([fill(child, 10)])
    amend([Amendment(root.id, order_qty=D(80), cl_ord_id="Y")], desk.actor)
    amend([Amendment(root.id, order_qty=D(70), cl_ord_id="Z")], desk.actor)
    first, second = sent("G")
    assert (second.orig_cl_ord_id, first.orig_cl_ord_id) == (first.cl_ord_id, child.cl_ord_id)
    assert Usage.objects.get().open_buy_qty == 90
    record([says(child, "replaced", first.cl_ord_id, orig_cl_ord_id=child.cl_ord_id, order_qty=D(80))])
    assert shown(root) == ("pending_replace", 80, 10, 70)
    record([says(child, "replaced", second.cl_ord_id, orig_cl_ord_id=first.cl_ord_id, order_qty=D(70))])
    assert shown(root) == ("partially_filled", 70, 10, 60)
    assert fresh(root).cl_ord_id == "Z"
    assert Usage.objects.get().open_buy_qty == 60
    whole()


def test_a_replace_accepted_before_the_order_was_acknowledged_names_the_next_one(desk: Floor, books: Any) -> None:
    [answer] = enter([desk.draft(90, "100.00")], desk.actor)
    assert answer.order_id
    route()
    [child] = children(answer.order_id)
    names = []
    for qty in (120, 40):
        [asked] = amend([Amendment(answer.order_id, order_qty=D(qty))], desk.actor)
        assert asked.accepted
        request = OrderRequest.objects.filter(order=child, kind="replace").latest("id")
        names.append((request.orig_cl_ord_id, request.cl_ord_id))
        agreed = says(
            child, "replaced", request.cl_ord_id, orig_cl_ord_id=request.orig_cl_ord_id, order_qty=D(qty),
            price=child.price,
        )  # fmt: skip
        assert record([agreed]) == [None]
    assert names[0][0] == f"{child.pk}.1"
    assert names[1][0] == names[0][1]
    books()


def test_a_replace_accepted_before_the_one_it_follows_is_what_the_next_one_names(
    desk: Floor, pair: tuple[Order, Order], books: Any
) -> None:
    root, child = pair
    for qty in (80, 70):
        amend([Amendment(root.id, order_qty=D(qty))], desk.actor)
    first, second = sent("G")

    def accepted(asked: Any, qty: int) -> Any:
        return says(child, "replaced", asked.cl_ord_id, orig_cl_ord_id=asked.orig_cl_ord_id, order_qty=D(qty))

    assert record([accepted(second, 70)]) == [None]
    amend([Amendment(root.id, order_qty=D(60))], desk.actor)
    third = sent("G")[-1]
    assert third.orig_cl_ord_id == second.cl_ord_id
    assert record([accepted(first, 80)]) == [None]
    assert record([accepted(third, 60)]) == [None]
    assert shown(root)[1] == 60
    books()


def test_the_second_of_two_replaces_is_refused(desk: Floor, pair: tuple[Order, Order]) -> None:
    """D.2.c."""
    root, child = pair
    amend([Amendment(root.id, order_qty=D(80), cl_ord_id="Y")], desk.actor)
    amend([Amendment(root.id, order_qty=D(70), cl_ord_id="Z")], desk.actor)
    first, second = sent("G")
    record([says(child, "pending_replace", first.cl_ord_id, orig_cl_ord_id=child.cl_ord_id)])
    record([says(child, "cancel_rejected", second.cl_ord_id, exec_id="", fields={"cxl_rej_reason": 3})])
    assert shown(root) == ("pending_replace", 100, 0, 100)
    refusal = ExecutionReport.objects.get(order=root, exec_type="cancel_rejected")
    assert (refusal.cl_ord_id, refusal.orig_cl_ord_id, refusal.reason_code) == (
        "Z", root.cl_ord_id, "REQUEST_PENDING",
    )  # fmt: skip
    record([says(child, "replaced", first.cl_ord_id, orig_cl_ord_id=child.cl_ord_id, order_qty=D(80))])
    assert shown(root) == ("new", 80, 0, 80)
    assert dict(OrderRequest.objects.filter(order=root).values_list("cl_ord_id", "state")) == {
        root.cl_ord_id: "accepted", "Y": "accepted", "Z": "rejected",
    }  # fmt: skip
    whole()


def test_less_than_filled_means_what_is_filled(desk: Floor, pair: tuple[Order, Order]) -> None:
    """C.3.c."""
    root, child = pair
    record([fill(child, 60)])
    [answer] = amend([Amendment(root.id, order_qty=D(40))], desk.actor)
    assert answer.accepted
    [message] = sent("G")
    assert message.fields["order_qty"] == "60"
    record([says(child, "replaced", message.cl_ord_id, order_qty=D(60))])
    assert shown(root) == ("filled", 60, 60, 0)
    whole()


def test_a_filled_order_is_revived(desk: Floor, pair: tuple[Order, Order]) -> None:
    """C.1.c and J.1.a."""
    root, child = pair
    record([fill(child, 100)])
    [answer] = amend([Amendment(root.id, order_qty=D(120))], desk.actor)
    assert answer.ord_status == "pending_replace"
    [message] = sent("G")
    record([says(child, "replaced", message.cl_ord_id, order_qty=D(120))])
    assert shown(root) == ("partially_filled", 120, 100, 20)
    assert Usage.objects.get().open_buy_qty == 20
    whole()


def test_a_bust_and_corrections_name_the_latest_version(desk: Floor, pair: tuple[Order, Order]) -> None:
    """J.1.a: the position is what it would be had the busted fill never been made."""
    root, child = pair
    record([fill(child, 10, "100", exec_id="C"), fill(child, 90, "110", exec_id="D")])
    record([says(child, "trade_cancel", exec_id="E", exec_ref_id="C")])
    assert shown(root) == ("partially_filled", 100, 90, 10)
    assert fresh(root).avg_px == 110
    record([says(child, "trade_correct", exec_id="F", exec_ref_id="D", last_qty=D(90), last_px=D(100))])
    record([fill(child, 10, "120", exec_id="G")])
    record([says(child, "trade_correct", exec_id="H", exec_ref_id="F", last_qty=D(90), last_px=D(120))])
    assert (shown(root), fresh(root).avg_px) == (("filled", 100, 100, 0), 120)
    held = Position.objects.get()
    assert (held.qty, held.avg_cost, held.bought_qty) == (100, 120, 100)
    assert Usage.objects.get().position_qty == 100
    whole()


def test_a_bust_after_the_cancel_leaves_it_canceled(desk: Floor, pair: tuple[Order, Order]) -> None:
    """J.1.b, and a late fill is a fill."""
    root, child = pair
    record([fill(child, 40, exec_id="C"), says(child, "canceled")])
    record([says(child, "trade_cancel", exec_id="E", exec_ref_id="C")])
    assert shown(root) == ("canceled", 100, 0, 0)
    record([fill(child, 30, exec_id="L")])
    assert shown(root) == ("canceled", 100, 30, 0)
    assert Position.objects.get().qty == 30
    whole()


def test_what_is_not_there_cannot_be_busted(desk: Floor, pair: tuple[Order, Order]) -> None:
    root, child = pair
    record([fill(child, 40, exec_id="C")])
    [refusal] = record([says(child, "trade_cancel", exec_id="E", exec_ref_id="nothing")])
    assert refusal is not None
    assert refusal.code == "BAD_REPORT"
    assert shown(root) == ("partially_filled", 100, 40, 60)


def test_a_good_till_cancel_order_rests_overnight(desk: Floor) -> None:
    """H.1.a: done for the day, renewed, and the day's quantities begin anew."""
    [answer] = enter([desk.draft(qty=100, time_in_force="good_till_cancel")], desk.actor)
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    root = Order.objects.get(pk=answer.order_id)
    record([says(child, "new"), fill(child, 20), says(child, "done_for_day")])
    assert shown(root) == ("done_for_day", 100, 20, 80)
    record([says(child, "restated", reason="gt_renewal", order_qty=D(100))])
    assert shown(root) == ("partially_filled", 100, 20, 80)
    record([fill(child, 10)])
    state = fresh(root)
    assert (state.prior_cum_qty, state.cum_qty) == (20, 30)
    whole()


def test_an_unasked_change_is_the_clients_too(desk: Floor, pair: tuple[Order, Order]) -> None:
    """E.1.d, and a cancel that crosses it."""
    root, child = pair
    record([says(child, "restated", order_qty=D(90), reason="partial_decline")])
    assert shown(root) == ("new", 90, 0, 90)
    cancel([Cancellation(root.id)], desk.actor)
    record([says(child, "canceled")])
    assert shown(root) == ("pending_cancel", 90, 0, 0)
    [message] = sent("F")
    record([says(child, "cancel_rejected", message.cl_ord_id, exec_id="")])
    assert shown(root)[0] == "canceled"
    whole()
