"""Spreads over HTTP."""

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest

from oms.desk.record import record
from oms.desk.route import route
from orders.models import Order, OrderList
from risk.models import Rule
from tests.api.conftest import Rest
from tests.api.test_orders import codes
from tests.desk.spreads import takes_spreads, units
from tests.desk.world import children, says, sent
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db


def spread(**terms: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "account": "ALPHA", "side": "buy", "ord_type": "limit", "order_qty": "10", "price": "-100.50",
        "legs": [{"symbol": "AAPL", "side": "buy"}, {"symbol": "MSFT", "side": "sell", "ratio_qty": "2"}],
    }  # fmt: skip
    return {name: value for name, value in (usual | terms).items() if value is not None}


def test_a_spread_is_entered_read_amended_and_canceled(rest: Rest, books: Callable[[], None]) -> None:
    takes_spreads("XNAS")
    entered = rest.post("multileg-orders/", spread(cl_ord_id="S1"), Idempotency_Key="k1")
    assert entered.status_code == 201, entered.content
    body = entered.json()
    assert (body["composition"], body["price"], body["ord_status"]) == ("multileg", "-100.5", "pending_new")
    assert [(leg["leg_ref_id"], leg["leg_side"], leg["ratio_qty"], leg["order"]["order_qty"]) for leg in body["legs"]] == [
        ("1", "buy", "1", "10"), ("2", "sell", "2", "20"),
    ]  # fmt: skip
    assert rest.post("multileg-orders/", spread(cl_ord_id="S1")).status_code == 200
    assert rest.post("multileg-orders/", spread(cl_ord_id="S1", price="1")).status_code == 409
    route()
    [child] = children(int(body["order_id"]))
    record([says(child, "new"), *units(child, 4)])
    address = entered["Location"]
    read = rest.get(address)
    assert (read.json()["avg_px"], [leg["order"]["cum_qty"] for leg in read.json()["legs"]]) == ("-100.5", ["4", "8"])
    amended = rest.patch(address, {"price": "-101"}, If_Match=read["ETag"])
    assert (amended.status_code, amended.json()["ord_status"]) == (200, "pending_replace")
    [message] = sent("AC")
    record([says(child, "replaced", message.cl_ord_id, order_qty=D(10), price=D("-101"))])
    pk, leg = body["order_id"], read.json()["legs"][0]["order"]["order_id"]
    alone = rest.post(f"orders/{leg}/cancel/")
    assert (alone.status_code, alone.json()["code"]) == (409, "IS_A_LEG")
    assert rest.post(f"orders/{pk}/cancel/").json()["ord_status"] == "pending_cancel"
    record([says(child, "canceled", sent("F")[0].cl_ord_id)])
    assert rest.get(address).json()["ord_status"] == "canceled"
    titles = [entry["title"] for entry in rest.get(f"orders/{pk}/timeline/").json()["results"]]
    assert titles[0] == "entered: buy 10 AAPL-MSFT at -100.5, day, for ALPHA"
    assert any("multileg" in title.lower() for title in titles)
    books()


@pytest.mark.parametrize(
    ("terms", "status", "wrong"),
    [
        ({"legs": None}, 400, {("legs", "MISSING")}),
        ({"legs": "AAPL"}, 400, {("legs", "BAD_VALUE")}),
        ({"legs": [1, {"symbol": "AAPL"}]}, 400, {("legs[1]", "BAD_JSON"), ("legs[2].side", "MISSING")}),
        ({"legs": [{"symbol": "AAPL", "side": "buy", "price": "1"}]}, 400, {("legs[1].price", "UNKNOWN_FIELD")}),
        ({"legs": [{"symbol": "AAPL", "side": "buy"}]}, 400, {("legs", "BAD_LIST")}),
        ({"price": "1.0e3"}, 400, {("price", "BAD_NUMBER")}),
        ({"order_qty": "-1"}, 400, {("order_qty", "NOT_POSITIVE")}),
        ({"order_qty": "1.5"}, 400, {("order_qty", "BAD_VALUE")}),
        ({"time_in_force": "gtd"}, 400, {("time_in_force", "BAD_VALUE")}),
    ],
)
def test_what_is_wrong_is_named_by_its_place(
    rest: Rest, terms: dict[str, Any], status: int, wrong: set[tuple[str, str]]
) -> None:
    answer = rest.post("multileg-orders/", spread(**terms))
    assert answer.status_code == status
    assert wrong <= set(codes(answer))
    assert not Order.objects.exists()


def test_a_warning_about_a_leg_may_be_acknowledged(rest: Rest) -> None:
    Rule.objects.create(control="PT-01", name="large", params={"soft": "15"})
    answer = rest.post("multileg-orders/", spread())
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "legs[2].order_qty")
    assert answer.json()["errors"][0]["soft"]
    assert (
        rest.post("multileg-orders/", spread(acknowledge_soft=True, acknowledge_reason="asked for")).status_code == 201
    )


def test_whoever_may_not_enter_or_does_not_see_it(rest: Rest, desk: Floor) -> None:
    pk = rest.post("multileg-orders/", spread()).json()["order_id"]
    assert Rest(user("ada", desk=desk.desk, role="auditor")).post("multileg-orders/", spread()).status_code == 403
    assert Rest(user("stranger")).get(f"multileg-orders/{pk}/").status_code == 404
    leg = rest.get(f"multileg-orders/{pk}/").json()["legs"][0]["order"]["order_id"]
    assert rest.get(f"multileg-orders/{leg}/").status_code == 404
    assert rest.patch(f"multileg-orders/{pk}/", {"price": "1"}).status_code == 428
    assert rest.patch(f"multileg-orders/{pk}/", {}, If_Match="*").status_code == 400


def test_canceling_its_list_cancels_the_spread(rest: Rest) -> None:
    rest.post("multileg-orders/", spread())
    one = OrderList.objects.get()
    shown = rest.post(f"order-lists/{one.pk}/cancel/").json()
    assert {order["ord_status"] for order in shown["orders"]} == {"canceled"}
