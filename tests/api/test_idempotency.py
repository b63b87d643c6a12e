"""``Idempotency-Key``: at most once, also when two copies of a request arrive together."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from oms import keys
from oms.base.clock import now
from oms.base.locks import lane
from oms.models import IdempotencyKey
from orders.models import Order
from risk.models import Rule
from tests.api.conftest import Rest, order
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db


def test_the_same_request_is_answered_alike_and_done_once(rest: Rest) -> None:
    first = rest.post("orders/", order(), Idempotency_Key="k1")
    again = rest.post("orders/", order(), Idempotency_Key="k1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Order.objects.count() == 1


def test_another_request_under_the_same_key_is_refused(rest: Rest) -> None:
    rest.post("orders/", order(), Idempotency_Key="k1")

    answer = rest.post("orders/", order(order_qty="200"), Idempotency_Key="k1")

    assert (answer.status_code, answer.json()["code"]) == (422, "KEY_REUSED")
    assert Order.objects.count() == 1


def test_keys_belong_to_their_user(rest: Rest, desk: Floor) -> None:
    other = Rest(user("theo", desk=desk.desk))
    rest.post("orders/", order(), Idempotency_Key="k1")

    assert other.post("orders/", order(), Idempotency_Key="k1").status_code == 201
    assert Order.objects.count() == 2


def test_a_list_under_a_key_is_one_transaction_and_bounded(rest: Rest) -> None:
    items = [order(), {"side": "buy"}]
    first = rest.post("orders/", items, Idempotency_Key="k1")
    again = rest.post("orders/", items, Idempotency_Key="k1")
    long = rest.post("orders/", [order()] * 1_001, Idempotency_Key="k2")

    assert again.content == first.content
    assert (long.status_code, long.json()["code"]) == (413, "TOO_MANY")
    assert Order.objects.count() == 1


def test_what_was_malformed_may_be_corrected_under_its_key(rest: Rest) -> None:
    assert rest.post("orders/", order(side="up"), Idempotency_Key="k1").status_code == 400
    assert rest.post("orders/", order(), Idempotency_Key="k1").status_code == 201


def test_what_risk_refused_is_answered_alike(rest: Rest) -> None:
    rule = Rule.objects.create(control="PT-01", name="size", params={"hard": "50"})
    first = rest.post("orders/", order(), Idempotency_Key="k1")
    Rule.objects.filter(pk=rule.pk).update(active=False, version=rule.version + 1)
    again = rest.post("orders/", order(), Idempotency_Key="k1")

    assert (first.status_code, again.status_code) == (422, 422)
    assert again.content == first.content
    assert Order.objects.count() == 1


def test_a_cancel_may_carry_a_key_too(rest: Rest) -> None:
    number = rest.post("orders/", order()).json()["order_id"]
    first = rest.post(f"orders/{number}/cancel/", {}, Idempotency_Key="c1")
    again = rest.post(f"orders/{number}/cancel/", {}, Idempotency_Key="c1")

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content


@pytest.mark.parametrize("key", ["", "é", "x" * 256, "a\tb"])
def test_a_key_that_cannot_be_one(rest: Rest, key: str) -> None:
    assert rest.post("orders/", order(), Idempotency_Key=key).status_code == 400
    assert Order.objects.count() == 0


def test_keys_are_forgotten_after_seven_days(rest: Rest) -> None:
    rest.post("orders/", order(), Idempotency_Key="k1")
    IdempotencyKey.objects.update(created_at=now() - timedelta(days=7, seconds=1))

    assert rest.post("orders/", order(), Idempotency_Key="k1").status_code == 201
    assert Order.objects.count() == 2
    assert keys.forget(now()) == 0
    assert keys.forget(now() + timedelta(days=8)) == 1


@pytest.mark.django_db(transaction=True)
def test_while_a_request_is_worked_on_its_copy_is_told_so(rest: Rest, desk: Floor) -> None:
    answers = []

    def copy() -> None:
        try:
            answers.append(rest.post("orders/", order(), Idempotency_Key="k1"))
        finally:
            connection.close()

    with transaction.atomic():
        assert lane(f"idempotency:{desk.trader.pk}:k1")
        other = threading.Thread(target=copy)
        other.start()
        other.join()
    [answer] = answers
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (409, "IN_FLIGHT", "1")
    assert rest.post("orders/", order(), Idempotency_Key="k1").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_eight_copies_at_once_make_one_order(rest: Rest) -> None:
    """Each of them is told 201, or 409 to come back; whoever comes back gets the one answer."""
    start = threading.Barrier(8)
    statuses: list[int] = []

    def copy() -> None:
        try:
            start.wait()
            answer = rest.post("orders/", order(), Idempotency_Key="k1")
            while answer.status_code == 409:
                answer = rest.post("orders/", order(), Idempotency_Key="k1")
            statuses.append(answer.status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=copy) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [201] * 8
    assert Order.objects.count() == 1
