"""Allocations over FIX: J is answered by P, a booking by AS and a Confirmation (AK) an account, which AU affirms."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from oms.desk import affirming, followed
from oms.desk.record import record
from oms.management.conformance.matrices import stage
from oms.management.conformance.matrices.acceptor import client
from oms.management.conformance.matrices.client import Client
from orders.models import Account, BusinessDate, Desk, Order, Position, User
from routing.fix.engine import wait_for
from settlement.load import load_calendars, load_rates
from settlement.models import Allocation, Obligation, TradeConfirmation
from settlement.settle import settle
from tests.desk.world import children, fill, says

pytestmark = pytest.mark.django_db(transaction=True)
AT = "2026-11-23T15:00:00.000+00:00"


@pytest.fixture
def trader() -> Iterator[Client]:
    """A client that is logged on, whose desk has an allocation account, AVG, and three to allocate to."""
    load_calendars(2026, 2027)
    load_rates()
    BusinessDate.objects.create(pk=1, today=date(2026, 11, 23))
    desk = Desk.objects.create(code="CONFORM", name="Conformance")
    User.objects.create(username="conformance", role="api_client")
    Account.objects.create(code="AVG", name="Allocation", desk=desk, average_price=True)
    for code in ("ONE", "TWO"):
        Account.objects.create(code=code, name=code, desk=desk)
    with client() as one:
        yield one


def filled(trader: Client, name: str, qty: int = 300, **more: Any) -> Order:
    """An order of the client's in the allocation account, filled at 100 and 100.5."""
    trader.engine.send(trader.name, "D", {
        "cl_ord_id": name, "account": "AVG", "symbol": stage.SYMBOL, "side": "buy", "ord_type": "limit",
        "order_qty": str(qty), "price": "101", "time_in_force": "day", "handl_inst": "automated", "transact_time": AT,
    } | more)  # fmt: skip
    assert wait_for(lambda: Order.objects.filter(cl_ord_id=name, parent=None).exists(), 60)
    stage.sent_on()
    order = Order.objects.get(cl_ord_id=name, parent=None)
    (child,) = children(order.pk)
    half = qty // 2
    assert not any(record([says(child, "new"), fill(child, half, "100"), fill(child, qty - half, "100.5")]))
    return order


def instruct(trader: Client, alloc_id: str, order: Order, **changes: Any) -> dict[str, Any]:
    """Send a J, and answer the P."""
    fields: dict[str, Any] = {
        "alloc_id": alloc_id, "alloc_trans_type": "new", "alloc_type": 1, "alloc_no_orders_type": 1,
        "orders": [{"cl_ord_id": order.cl_ord_id}], "side": "buy", "symbol": stage.SYMBOL, "quantity": "300",
        "avg_px": "100.25", "trade_date": "2026-11-23", "transact_time": AT,
        "allocs": [
            {"alloc_account": stage.ACCOUNT, "alloc_qty": "100"}, {"alloc_account": "ONE", "alloc_qty": "150"},
            {"alloc_account": "TWO", "alloc_qty": "50"},
        ],
    }  # fmt: skip
    trader.engine.send(trader.name, "J", {k: v for k, v in (fields | changes).items() if v is not None})
    return hear(trader, "P")


def hear(trader: Client, msg_type: str) -> dict[str, Any]:
    """The next message of the type; others are left out."""
    while (heard := trader.hear(60)) and heard["msg_type"] != msg_type:
        pass
    assert heard, f"no {msg_type} came"
    return dict(heard)


def work() -> None:
    while any((settle(), followed.follow(), followed.book_due(), affirming.confirm())):
        pass


def test_from_instruction_to_affirmation(trader: Client) -> None:
    order = filled(trader, "A1")
    assert instruct(trader, "J1", order)["alloc_status"] == "accepted"
    work()
    report = hear(trader, "AS")
    assert (report["alloc_id"], report["alloc_trans_type"], report["quantity"], report["avg_px"]) == (
        "J1", "new", "300", "100.25",
    )  # fmt: skip
    assert [(one["alloc_account"], one["alloc_qty"], one["alloc_avg_px"]) for one in report["allocs"]] == [
        (stage.ACCOUNT, "100", "100.25"), ("ONE", "150", "100.25"), ("TWO", "50", "100.25"),
    ]  # fmt: skip
    confirmed = [hear(trader, "AK") for _ in range(3)]
    assert {(one["alloc_account"], one["alloc_qty"], one["confirm_status"]) for one in confirmed} == {
        (stage.ACCOUNT, "100", "confirmed"), ("ONE", "150", "confirmed"), ("TWO", "50", "confirmed"),
    }  # fmt: skip
    assert sum(D(one["net_money"]) for one in confirmed) == D(report["net_money"])
    for one, status in zip(confirmed, ("affirmed", "confirm_rejected", "received"), strict=True):
        trader.engine.send(trader.name, "AU", {
            "confirm_id": one["confirm_id"], "trade_date": "2026-11-23", "transact_time": AT, "affirm_status": status,
            "text": "the quantity is wrong" if status == "confirm_rejected" else None,
        })  # fmt: skip
    assert wait_for(lambda: set(states()) == {"affirmed", "disputed", "confirmed"}, 60)
    trader.engine.send(trader.name, "AU", {
        "confirm_id": "999999", "trade_date": "2026-11-23", "transact_time": AT, "affirm_status": "affirmed",
    })  # fmt: skip
    assert hear(trader, "j")["business_reject_ref_id"] == "999999"
    assert dict(Position.objects.exclude(qty=0).values_list("account__code", "qty")) == {
        stage.ACCOUNT: 100, "ONE": 150, "TWO": 50,
    }  # fmt: skip
    assert Obligation.objects.count() == 3


def states() -> list[str]:
    return list(TradeConfirmation.objects.values_list("state", flat=True))


WRONG: list[tuple[str, dict[str, Any], int]] = [
    ("parts", {"quantity": "400"}, 8),
    ("quantity", {"quantity": "200", "allocs": [{"alloc_account": "ONE", "alloc_qty": "200"}]}, 1),
    ("price", {"avg_px": "100.26"}, 2),
    ("account", {"allocs": [{"alloc_account": "NOBODY", "alloc_qty": "300"}]}, 0),
    ("order", {"orders": [{"cl_ord_id": "never"}]}, 12),
    ("order id", {"orders": [{"cl_ord_id": "A1", "order_id": "999999"}]}, 5),
    ("no orders", {"orders": None}, 7),
    ("side", {"side": "sell"}, 11),
    ("no accounts", {"allocs": None}, 1),
    ("not a number", {"allocs": [{"alloc_account": "ONE", "alloc_qty": "-300"}]}, 1),
    ("reference", {"alloc_trans_type": "cancel", "ref_alloc_id": "never"}, 11),
    ("a transaction", {"alloc_trans_type": "preliminary"}, 7),
]


def test_what_does_not_add_up_is_refused_by_its_number(trader: Client) -> None:
    order = filled(trader, "A1")
    for number, (what, changes, code) in enumerate(WRONG):
        heard = instruct(trader, f"W{number}", order, **changes)
        assert heard["alloc_status"] in ("block_level_reject", "account_level_reject"), what
        assert heard["alloc_rej_code"] == code, (what, heard)
    assert not Allocation.objects.exists()


def test_replace_and_cancel_name_what_they_change(trader: Client) -> None:
    order = filled(trader, "A1")
    assert instruct(trader, "J1", order)["alloc_status"] == "accepted"
    assert instruct(trader, "J1", order)["alloc_rej_code"] == 7
    halves = [{"alloc_account": "ONE", "alloc_qty": "150"}, {"alloc_account": "TWO", "alloc_qty": "150"}]
    replaced = instruct(trader, "J2", order, alloc_trans_type="replace", ref_alloc_id="J1", allocs=halves)
    assert replaced["alloc_status"] == "accepted"
    one = Allocation.objects.get()
    assert (one.alloc_id, one.revision, one.state) == ("J2", 2, "submitted")
    cancelled = instruct(trader, "J3", order, alloc_trans_type="cancel", ref_alloc_id="J2")
    assert cancelled["alloc_status"] == "accepted"
    assert Allocation.objects.get().state == "cancelled"
    assert instruct(trader, "J4", order)["alloc_status"] == "accepted"
    work()
    assert Allocation.objects.filter(state="booked").count() == 1
    late = instruct(trader, "J5", order, alloc_trans_type="replace", ref_alloc_id="J4", allocs=halves)
    assert late["alloc_status"] == "block_level_reject"


def order(name: str, *shares: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A NewOrderSingle that names accounts."""
    return {
        "cl_ord_id": name, "account": "AVG", "symbol": stage.SYMBOL, "side": "buy", "ord_type": "limit",
        "order_qty": "300", "price": "101", "time_in_force": "day", "handl_inst": "automated", "transact_time": AT,
        "allocs": [{"alloc_account": account, "alloc_qty": qty} for account, qty in shares],
    } | more  # fmt: skip


def test_an_order_that_names_its_accounts_is_allocated_to_them(trader: Client) -> None:
    shares = [{"alloc_account": account, "alloc_qty": qty} for account, qty in (("ONE", "200"), ("TWO", "100"))]
    made = filled(trader, "P1", allocs=shares, settl_type="3")
    assert made.settl_date == date(2026, 11, 25), "T+2"
    held = Allocation.objects.get()
    assert (held.alloc_id, held.method, held.auto_book, held.orders.get().order_id) == ("P1", "fixed", True, made.pk)
    work()
    report = hear(trader, "AS")
    assert (report["alloc_id"], [(one["alloc_account"], one["alloc_qty"]) for one in report["allocs"]]) == (
        "P1", [("ONE", "200"), ("TWO", "100")],
    )  # fmt: skip
    assert set(Obligation.objects.values_list("account__code", "qty", "settl_date")) == {
        ("ONE", 200, date(2026, 11, 25)), ("TWO", 100, date(2026, 11, 25)),
    }  # fmt: skip
    assert instruct(trader, "J9", made)["alloc_rej_code"] == 7, "it is in an allocation already"
    trader.engine.send(trader.name, "D", order("P1", ("ONE", "200"), ("TWO", "100")) | {"poss_resend": True})
    assert hear(trader, "8")["cl_ord_id"] == "P1"
    assert Allocation.objects.count() == Order.objects.filter(parent=None).count() == 1


def test_accounts_that_do_not_fit_refuse_the_order(trader: Client) -> None:
    Account.objects.create(code="FAR", name="FAR", desk=Desk.objects.create(code="FAR", name="Another"))
    for name, shares in {
        "W1": [("ONE", "200"), ("TWO", "99")], "W2": [("NOBODY", "300")], "W3": [("FAR", "300")], "W4": [("AVG", "300")],
        "W5": [("ONE", "150"), ("ONE", "150")],
    }.items():  # fmt: skip
        trader.engine.send(trader.name, "D", order(name, *shares))
        said = hear(trader, "8")
        assert (said["cl_ord_id"], said["ord_status"]) == (name, "rejected")
        assert "account" in said["text"], said["text"]
    trader.engine.send(trader.name, "D", order("W6", ("ONE", "300"), settl_type="8"))
    assert "SettlType" in hear(trader, "8")["text"]
    assert not Order.objects.exists()
    assert not Allocation.objects.exists()
