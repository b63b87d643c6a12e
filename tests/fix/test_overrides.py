"""Objections over FIX: an order sent all the same for a reason (20011), or with an override (20012)."""

from collections.abc import Iterator
from typing import Any

import pytest

from oms.desk import Actor
from oms.desk.override import Ask, Ruling, ask, decide
from oms.management.conformance.matrices import stage
from oms.management.conformance.matrices.acceptor import client
from oms.management.conformance.matrices.client import Client
from orders.models import Desk, Order
from orders.vocabulary import Role
from risk.models import Decision, Override
from routing.fix.engine import wait_for
from tests.factories import user
from tests.overriding import second_person, warn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def trader() -> Iterator[Client]:
    with client() as one:
        warn()
        yield one


def new(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "cl_ord_id": name, "account": stage.ACCOUNT, "symbol": stage.SYMBOL, "side": "buy", "ord_type": "limit",
        "order_qty": "100", "price": "100", "time_in_force": "day", "transact_time": "2026-11-23T10:00:00.000+00:00",
        **changes,
    }  # fmt: skip


def said(trader: Client, msg_type: str, fields: dict[str, Any]) -> Any:
    trader.engine.send(trader.name, msg_type, fields)
    return trader.hear()


def entered(trader: Client, fields: dict[str, Any]) -> Order:
    """An order that is accepted: nothing is said of it before its venue says something."""
    trader.engine.send(trader.name, "D", fields)
    found = Order.objects.filter(cl_ord_id=fields["cl_ord_id"], parent__isnull=True)
    assert wait_for(found.exists, 60)
    return found.get()


def test_a_reason_sends_it_in_spite_of_warnings(trader: Client) -> None:
    no = said(trader, "D", new("A1"))
    assert (no["exec_type"], "acknowledge_reason" in no["text"]) == ("rejected", True)
    order = entered(trader, new("A2", acknowledge_reason="block of the client's"))
    assert Decision.objects.get(order=order).reason == "block of the client's"


def test_the_order_id_of_the_refusal_is_what_to_ask_about(trader: Client) -> None:
    second_person()
    no = said(trader, "D", new("B1", acknowledge_reason="block"))
    assert no["exec_type"] == "rejected"
    assert no["text"].startswith("SECOND_PERSON")
    order_id = int(no["order_id"])
    colleague = Actor.of(user("tom", desk=Desk.objects.get(pk=Order.objects.get(pk=order_id).desk_id)))
    [asked] = ask([Ask(order_id, "the client insists")], colleague)
    decide([Ruling(asked.override_id or 0, True, "fine")], Actor.of(user("carla", role=Role.COMPLIANCE)))

    other = said(trader, "D", new("B2", order_qty="101", override_id=asked.override_id))
    assert (other["exec_type"], other["order_id"]) == ("rejected", "NONE")
    assert "OVERRIDE_TERMS" in other["text"]
    sent = entered(trader, new("B3", override_id=asked.override_id))
    assert Override.objects.get(pk=asked.override_id).used_by_id == sent.pk
    again = said(trader, "D", new("B4", override_id=asked.override_id))
    assert "OVERRIDE_USED" in again["text"]
    assert not Order.objects.filter(cl_ord_id="B4").exists()
