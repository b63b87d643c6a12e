"""Orders that people work: staged and accepted, refused, passed on; sliced, filled by telephone, sent on."""

from decimal import Decimal as D
from typing import Any

import pytest

from oms.desk import Actor, enter
from oms.desk.care import Fill, Slice, decide, execute, slices
from oms.desk.record import record
from oms.desk.route import route
from oms.desk.staging import Wish, accept, note, pass_on, refuse, send_on
from orders.models import ExecutionReport, ManualExecution, Order, Position
from risk.models import Usage
from tests.desk.test_chains import whole
from tests.desk.world import children, fill, says, sent
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db


def held(desk: Floor, hold: str, **terms: Any) -> Order:
    manual = {"handl_inst": "manual"} if hold == "manual" else {}
    [answer] = enter([desk.draft(hold=hold, **manual, **terms)], desk.actor)
    assert answer.accepted, answer
    route()
    assert not sent()
    return Order.objects.get(pk=answer.order_id)


def again(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def test_a_staged_order_is_accepted_and_routed(desk: Floor) -> None:
    order = held(desk, "staged")
    assert (order.ord_status, Usage.objects.get().open_buy_qty) == ("pending_new", 100)
    [answer] = accept([Wish(order.id, order.version)], desk.actor, care=False)
    assert answer.accepted
    route()
    assert len(sent("D")) == 1
    assert again(order).assigned_to_id == desk.trader.pk
    whole()


def test_a_refused_order_frees_its_limit(desk: Floor) -> None:
    order = held(desk, "staged")
    assert refuse([Wish(order.id)], desk.actor, " ")[0].refusals[0].code == "MISSING"
    refuse([Wish(order.id)], desk.actor, "no appetite")
    assert (again(order).ord_status, again(order).text, Usage.objects.get().open_buy_qty) == (
        "rejected",
        "no appetite",
        0,
    )
    whole()


def test_only_traders_of_the_desk_accept(desk: Floor) -> None:
    order = held(desk, "staged")
    manager = Actor.of(user("pam", desk=desk.desk, role="portfolio_manager"))
    assert accept([Wish(order.id)], manager, care=True)[0].refusals[0].code == "NOT_ALLOWED"
    stranger = Actor.of(user("stan"))
    assert accept([Wish(order.id)], stranger, care=True)[0].refusals[0].code == "UNKNOWN_ORDER"
    assert again(order).hold == "staged"


def test_an_order_is_passed_on_within_the_desk(desk: Floor) -> None:
    order = held(desk, "staged")
    tom = user("tom", desk=desk.desk)
    user("sue")
    assert pass_on([Wish(order.id)], desk.actor, "sue")[0].refusals[0].code == "BAD_VALUE"
    assert pass_on([Wish(order.id)], desk.actor, "tom")[0].accepted
    assert again(order).assigned_to_id == tom.pk
    assert "passed on to tom" in ExecutionReport.objects.filter(order=order).latest("id").text


def test_a_care_order_is_worked_in_slices(desk: Floor) -> None:
    order = held(desk, "manual")
    assert order.ord_status == "new"
    first, second, over = slices(
        [Slice(order.id, D(60), price=D("99.50"), venue="XNYS"), Slice(order.id, D(30), price=D("99.60")),
         Slice(order.id, D(20), price=D("99.50"))], desk.actor,
    )  # fmt: skip
    assert (first.accepted, second.accepted, over.refusals[0].code) == (True, True, "TOO_MUCH")
    assert sent("D")[0].session_id == "XNYS"
    one, two = children(order.id)
    record([says(one, "new"), says(two, "new"), fill(one, 60, "99.5"), says(two, "canceled")])
    assert (again(order).ord_status, again(order).leaves_qty, again(order).hold) == ("partially_filled", 40, "manual")
    send_on([Wish(order.id)], desk.actor)
    route()
    assert children(order.id)[-1].order_qty == 40
    whole()


@pytest.mark.parametrize(
    ("change", "code"),
    [({"price": D("100.01")}, "BAD_VALUE"), ({"ord_type": "market", "price": None}, "BAD_VALUE"),
     ({"order_qty": D(0)}, "NOT_POSITIVE"), ({"venue": "XLON"}, "NOT_SUPPORTED_BY_VENUE"), ({"order_id": 9}, "UNKNOWN_ORDER")],
)  # fmt: skip
def test_a_slice_that_does_not_fit_is_refused(desk: Floor, change: dict[str, Any], code: str) -> None:
    order = held(desk, "manual")
    terms: dict[str, Any] = {"order_id": order.id, "order_qty": D(10), "price": D("99.50")} | change
    [answer] = slices([Slice(**terms)], desk.actor)
    assert answer.refusals[0].code == code
    assert not sent()
    assert not children(order.id)


def test_a_fill_by_telephone_is_booked_like_any_other(desk: Floor) -> None:
    order = held(desk, "manual")
    [answer] = execute([Fill(order.id, D(40), D("99.90"), "XOFF", counterparty="Broker Ltd")], desk.actor)
    assert answer.accepted
    assert (again(order).cum_qty, again(order).ord_status) == (40, "partially_filled")
    assert Position.objects.get().qty == 40
    assert "Broker Ltd" in ExecutionReport.objects.get(order=order, exec_type="trade").text
    [over] = execute([Fill(order.id, D(61), D("99.90"), "XOFF")], desk.actor)
    assert over.refusals[0].code == "TOO_MUCH"
    made = f"M{ManualExecution.objects.get().pk}"
    record([says(children(order.id)[0], "trade_cancel", session="MANUAL", exec_id="M-bust", exec_ref_id=made)])
    assert (again(order).cum_qty, Position.objects.get().qty) == (0, 0)
    whole()


def test_a_great_one_needs_a_second_person(desk: Floor) -> None:
    order = held(desk, "manual", qty=20_000)
    [answer] = execute([Fill(order.id, D(20_000), D(100), "XOFF")], desk.actor)
    assert answer.refusals[0].code == "SECOND_PERSON"
    waiting = ManualExecution.objects.get()
    assert (again(order).cum_qty, waiting.state) == (0, "proposed")
    refusal = decide(waiting.pk, desk.actor, confirm=True)
    assert refusal is not None
    assert refusal.code == "SAME_PERSON"
    other = Actor.of(user("otto", desk=desk.desk, role="operations"))
    assert decide(waiting.pk, other, confirm=True) is None
    assert again(order).ord_status == "filled"
    whole()


def test_notes_stay(desk: Floor) -> None:
    order = held(desk, "manual")
    assert note([Wish(order.id)], desk.actor, "client prefers the close")[0].accepted
    assert ExecutionReport.objects.filter(order=order).latest("id").text == "client prefers the close"
    whole()
