"""The blotter without a script: pages of a table, and cancels by form; what is not one's own is not there."""

import re
from typing import Any

import pytest
from django.test import Client

from oms.desk import enter
from orders.models import Desk, Order
from tests.blotter.conftest import signed_in
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db
PLAIN, CANCEL = "/blotter/plain/", "/blotter/plain/cancel"


def entered(desk: Floor, count: int, **more: Any) -> list[int]:
    return [
        answer.order_id or 0 for answer in enter([desk.draft(qty=100 + n, **more) for n in range(count)], desk.actor)
    ]


def status(order_id: int) -> str:
    return str(Order.objects.get(pk=order_id).ord_status)


def shown(page: Any) -> list[int]:
    return [int(key) for key in re.findall(r'name="order" value="(\d+)"', page.content.decode())]


def test_orders_are_told_by_pages_the_newest_first(desk: Floor) -> None:
    made = entered(desk, 55)
    browser = signed_in(desk.trader)
    first = browser.get(PLAIN, {"desk": "EQ"})
    assert shown(first) == made[:4:-1]
    [older] = re.findall(r'href="(\?[^"]*before=[^"]*)">Older', first.content.decode())
    assert shown(browser.get(PLAIN + older.replace("&amp;", "&"))) == made[4::-1]


def test_the_filter_line_is_the_blotter_s_and_says_what_it_does_not_understand(desk: Floor) -> None:
    made = entered(desk, 3)
    browser = signed_in(desk.trader)
    assert shown(browser.get(PLAIN, {"filter": "qty>=102"})) == made[2:]
    odd = browser.get(PLAIN, {"filter": "colour:red"})
    assert shown(odd) == []
    assert "colour" in odd.content.decode()


def test_chosen_orders_are_canceled_after_a_question(desk: Floor) -> None:
    first, second, third = entered(desk, 3)
    browser = signed_in(desk.trader)
    back = f"{PLAIN}?desk=EQ&show=all"
    asks = browser.post(CANCEL, {"order": [first, second], "back": back})
    assert "Cancel 2 orders?" in asks.content.decode()
    assert "canceled" not in {status(first), status(second)}, "a question does nothing"
    done = browser.post(CANCEL, {"order": [first, second], "back": back, "sure": "yes"}, follow=True)
    assert done.redirect_chain == [(back, 302)]
    assert f"Canceled, or asked to be canceled: {first}, {second}" in done.content.decode()
    assert [status(key) == "canceled" for key in (first, second, third)] == [True, True, False]
    again = browser.post(CANCEL, {"order": [first], "back": back, "sure": "yes"}, follow=True)
    assert f"Order {first}: " in again.content.decode()


def test_what_is_not_one_s_own_is_neither_told_nor_canceled(desk: Floor) -> None:
    [order_id] = entered(desk, 1)
    other = user("mona", desk=Desk.objects.create(code="FX", name="Currencies"))
    browser = signed_in(other)
    assert shown(browser.get(PLAIN, {"desk": "EQ"})) == []
    told = browser.post(CANCEL, {"order": [order_id], "sure": "yes"}, follow=True)
    assert f"Order {order_id}: " in told.content.decode()
    assert status(order_id) != "canceled"
    reader = signed_in(user("aude", role="auditor"))
    page = reader.get(PLAIN, {"desk": "EQ"})
    assert str(order_id) in page.content.decode()
    assert shown(page) == []
    reader.post(CANCEL, {"order": [order_id], "sure": "yes"})
    assert status(order_id) != "canceled"


def test_a_form_of_another_site_does_nothing(desk: Floor) -> None:
    [order_id] = entered(desk, 1)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(desk.trader)
    assert browser.post(CANCEL, {"order": [order_id], "sure": "yes"}).status_code == 403
    assert status(order_id) != "canceled"
    assert browser.get(CANCEL).status_code == 405
    assert Client().get(PLAIN).status_code == 302


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/admin/", "/blotter/plain/../../admin/", ""]
)
def test_it_leads_back_to_the_table_and_nowhere_else(desk: Floor, back: str) -> None:
    answer = signed_in(desk.trader).post(CANCEL, {"back": back})
    assert answer.headers["Location"] == PLAIN


@pytest.mark.parametrize("order", ["x", "-1", "9" * 30, "1;2", ""])
def test_what_is_no_order_is_none(desk: Floor, order: str) -> None:
    told = signed_in(desk.trader).post(CANCEL, {"order": order, "sure": "yes"}, follow=True)
    assert "Choose between 1 and 200 orders." in told.content.decode()


def test_the_live_page_leads_there_without_a_script(desk: Floor) -> None:
    page = signed_in(desk.trader).get("/blotter/?desk=EQ").content.decode()
    assert '<noscript><meta http-equiv="refresh" content="0; url=/blotter/plain/?desk=EQ"></noscript>' in page
