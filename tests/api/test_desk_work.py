"""Lists, links, staged and care orders over HTTP."""

from typing import Any

import pytest

from oms.desk.contingent import contingent
from oms.desk.route import route
from orders.models import Order, OrderList
from tests.api.conftest import Rest, order
from tests.api.test_orders import codes
from tests.factories import Floor

pytestmark = pytest.mark.django_db


def entered(rest: Rest, **terms: Any) -> str:
    answer = rest.post("orders/", order(**terms))
    assert answer.status_code == 201, answer.content
    route()
    return str(answer.json()["order_id"])


def test_a_staged_order_is_accepted_to_be_worked_by_hand(rest: Rest) -> None:
    pk = entered(rest, hold="staged")
    answer = rest.post(f"orders/{pk}/accept/", {"care": True})
    assert (answer.status_code, answer.json()["hold"], answer.json()["ord_status"]) == (200, "manual", "new")
    assert rest.post(f"orders/{pk}/accept/", {}).status_code == 409
    sliced = rest.post(f"orders/{pk}/slices/", {"order_qty": "40", "price": "99.50"})
    assert sliced.status_code == 200, sliced.content
    assert rest.post(f"orders/{pk}/slices/", {"order_qty": "61", "price": "99.50"}).json()["code"] == "TOO_MUCH"
    filled = rest.post(f"orders/{pk}/fills/", {"last_qty": "60", "last_px": "99.40", "counterparty": "Broker"})
    assert (filled.json()["cum_qty"], filled.json()["ord_status"]) == ("60", "partially_filled")
    assert rest.post(f"orders/{pk}/note/", {"text": "client is patient"}).status_code == 200
    titles = " ".join(str(entry) for entry in rest.get(f"orders/{pk}/timeline/").json()["results"])
    assert "client is patient" in titles


def test_refusing_needs_a_reason(rest: Rest) -> None:
    pk = entered(rest, hold="staged")
    assert ("reason", "MISSING") in codes(rest.post(f"orders/{pk}/refuse/", {}))
    assert rest.post(f"orders/{pk}/refuse/", {"reason": "no"}).json()["ord_status"] == "rejected"


def test_a_bracket_is_entered_as_one(rest: Rest) -> None:
    body = {
        "list_id": "b1", "kind": "bracket",
        "orders": [order(), order(side="sell", price="110"),
                   order(side="sell", ord_type="stop", price=None, stop_px="90")],
    }  # fmt: skip
    answer = rest.post("order-lists/", body)
    assert answer.status_code == 201, answer.content
    made = rest.get(f"order-lists/{answer.json()['id']}/").json()
    assert [one["hold"] for one in made["orders"]] == ["", "contingent", "contingent"]
    again = rest.post("order-lists/", body)
    assert (again.status_code, again.json()["id"], Order.objects.count()) == (200, answer.json()["id"], 3)
    assert rest.post(f"order-lists/{made['id']}/cancel/", {}).status_code == 200
    while contingent():
        pass
    assert set(Order.objects.values_list("ord_status", flat=True)) == {"canceled"}


def test_one_bad_order_refuses_the_whole_list(rest: Rest) -> None:
    answer = rest.post("order-lists/", {
        "list_id": "o1", "kind": "one_cancels_other", "orders": [order(), order(order_qty="NaN")],
    })  # fmt: skip
    assert answer.status_code == 400
    assert [one["problem"]["code"] for one in answer.json()["results"]] == ["LIST_REFUSED", "BAD_NUMBER"]
    assert not Order.objects.exists()
    assert not OrderList.objects.exists()


def test_a_basket_is_tried_entered_and_released(rest: Rest, desk: Floor) -> None:
    rows = "account,symbol,side,ord_type,order_qty,price\nALPHA,AAPL,buy,limit,100,100\nALPHA,NOSUCH,buy,limit,1,1\n"
    tried = rest.client.post(
        "/api/v1/baskets/k1/csv/?dry_run=true", rows, content_type="text/csv", headers=rest.headers
    ).json()
    assert [one["status"] for one in tried["results"]] == [201, 400]
    assert not Order.objects.exists()
    made = rest.client.post("/api/v1/baskets/k1/csv/", rows, content_type="text/csv", headers=rest.headers)
    assert made.status_code == 201, made.content
    basket = made.json()["id"]
    assert Order.objects.get().hold == "wave"
    assert rest.post(f"order-lists/{basket}/release/", {}).json()["orders"][0]["hold"] == ""


def test_working_orders_are_linked(rest: Rest) -> None:
    first, second = entered(rest, side="sell", price="101"), entered(rest, side="sell", price="102")
    made = rest.post("orders/link/", {"order_ids": [first, second], "kind": "one_cancels_other"})
    assert made.status_code == 200, made.content
    assert rest.post("orders/link/", {"order_ids": [first, second], "kind": "one_cancels_other"}).status_code == 409
    assert rest.post("orders/link/", {"order_ids": "x", "kind": "one_cancels_other"}).status_code == 400
    assert rest.post(f"order-lists/{made.json()['id']}/unlink/", {}).json()["active"] is False
