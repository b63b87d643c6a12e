"""When the database cannot answer in time, or at all, the client is told to come back."""

import psycopg2
import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction

from oms.api import problems
from oms.base.locks import locked
from orders.models import Order
from tests.api.conftest import Rest, order

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_does_not_come_is_503_and_undoes_nothing(rest: Rest) -> None:
    number = rest.post("orders/", order()).json()["order_id"]
    other = connection.copy()
    with other.cursor() as cursor, connection.cursor() as ours:
        ours.execute("SET lock_timeout = '100ms'")
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM orders_order WHERE id = %s FOR UPDATE", [number])
        answer = rest.post(f"orders/{number}/cancel/")
        ours.execute("RESET lock_timeout")
        cursor.execute("ROLLBACK")
    other.close()
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "BUSY", "1")
    assert rest.post(f"orders/{number}/cancel/").json()["ord_status"] == "canceled"
    with transaction.atomic():
        assert locked(Order.objects.filter(pk=number)).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_cut_is_503_and_the_next_request_has_a_new_one(rest: Rest) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])  # and wait until it is gone
    other.close()
    connection.health_check_done = True  # as in the middle of a request
    answer = rest.post("orders/", order())
    assert (answer.status_code, answer.json()["code"]) == (503, "BUSY")
    connection.close()
    assert rest.post("orders/", order()).status_code == 201


def test_errors_that_a_repetition_cannot_mend_are_ours() -> None:
    unique, check = IntegrityError(), IntegrityError()
    unique.__cause__ = type("E", (psycopg2.Error,), {"pgcode": "23505"})()
    check.__cause__ = type("E", (psycopg2.Error,), {"pgcode": "23514"})()
    assert problems._of_database(unique).status == 409  # type: ignore[union-attr]
    assert problems._of_database(check) is None
    assert problems._of_database(InterfaceError()).status == 503  # type: ignore[union-attr]
    assert problems._of_database(OperationalError()).status == 503  # type: ignore[union-attr]
