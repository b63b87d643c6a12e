"""Spreads of clients that speak FIX, over TCP to a real acceptor process on the real database."""

from collections.abc import Callable, Iterator
from decimal import Decimal as D
from typing import Any

import pytest

from oms.base.clock import now
from oms.desk.record import record
from oms.management.conformance.matrices import stage
from oms.management.conformance.matrices.acceptor import client
from oms.management.conformance.matrices.client import Client
from orders.models import Instrument, Order
from routing.fix.engine import wait_for
from routing.models import Listing, Quote
from tests.desk.spreads import leg_fill, takes_spreads, units, whole_fill
from tests.desk.world import children, says, sent

pytestmark = pytest.mark.django_db(transaction=True)
OTHER = "SECOND"
LEGS = [
    {"leg_symbol": stage.SYMBOL, "leg_ratio_qty": "1", "leg_side": "buy", "leg_ref_id": "near"},
    {"leg_symbol": OTHER, "leg_ratio_qty": "2", "leg_side": "sell", "leg_ref_id": "far"},
]
SHOWN = ("exec_type", "multi_leg_reporting_type", "leg_ref_id", "symbol", "side", "last_qty", "last_px", "cum_qty",
         "leaves_qty", "ord_status")  # fmt: skip


@pytest.fixture
def trader() -> Iterator[Client]:
    """A client that is logged on, and a second instrument on a venue that takes spreads."""
    with client() as one:
        first = Instrument.objects.get(symbol=stage.SYMBOL)
        other = Instrument.objects.create(
            symbol=OTHER, name=OTHER, primary_mic=stage.VENUE, asset_class="equity", currency="USD",
            tick_table=first.tick_table,
        )  # fmt: skip
        Listing.objects.create(instrument=other, venue_id=stage.VENUE)
        Quote.objects.create(instrument=other, venue_id=stage.VENUE, bid_px=100, offer_px=100, quoted_at=now())
        takes_spreads(stage.VENUE)
        yield one


def spread(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "cl_ord_id": "S1", "account": stage.ACCOUNT, "symbol": "near/far", "side": "buy", "ord_type": "limit",
        "order_qty": "10", "price": "-100.5", "time_in_force": "day", "legs": LEGS,
        "transact_time": "2026-11-23T10:00:00.000+00:00",
    }  # fmt: skip
    return {name: value for name, value in (fields | changes).items() if value is not None}


def shown(heard: Any, *names: str) -> tuple[Any, ...]:
    return tuple(heard.get(name) for name in names or SHOWN)


def working(trader: Client) -> tuple[Order, Order]:
    trader.engine.send(trader.name, "AB", spread())
    assert wait_for(lambda: Order.objects.filter(cl_ord_id="S1").exists(), 60)
    stage.sent_on()
    whole = Order.objects.get(cl_ord_id="S1")
    [child] = children(whole.pk)
    record([says(child, "new")])
    whole.refresh_from_db()
    assert shown(trader.hear(), "exec_type", "multi_leg_reporting_type", "symbol", "price") == (
        "new", "multileg_security", f"{stage.SYMBOL}-{OTHER}", "-100.5",
    )  # fmt: skip
    return whole, child


def test_a_spread_is_entered_filled_replaced_and_canceled(trader: Client, books: Callable[[], None]) -> None:
    whole, child = working(trader)
    record(units(child, 4))
    heard = [trader.hear() for _ in range(3)]
    label = f"{stage.SYMBOL}-{OTHER}"
    assert [shown(one) for one in heard] == [
        ("trade", "multileg_security", None, label, "buy", "4", "-100.5", "4", "6", "partially_filled"),
        ("trade", "individual_leg", "near", stage.SYMBOL, "buy", "4", "99.5", "4", "6", "partially_filled"),
        ("trade", "individual_leg", "far", OTHER, "sell", "8", "100", "8", "12", "partially_filled"),
    ]
    assert {shown(one, "order_id", "cl_ord_id") for one in heard} == {(str(whole.pk), "S1")}
    assert len({one["exec_id"] for one in heard}) == 3

    trader.engine.send(trader.name, "AC", spread(cl_ord_id="S2", orig_cl_ord_id="S1", order_qty="12", price="0"))
    assert wait_for(lambda: bool(sent("AC")), 60)
    [message] = sent("AC")
    record([says(child, "replaced", message.cl_ord_id, order_qty=D(12), price=D(0))])
    assert shown(trader.hear(), "exec_type", "cl_ord_id", "orig_cl_ord_id", "order_qty", "price") == (
        "replaced", "S2", "S1", "12", "0",
    )  # fmt: skip
    record(units(child, 1))
    assert {trader.hear()["cl_ord_id"] for _ in range(3)} == {"S2"}

    trader.engine.send(trader.name, "H", {"cl_ord_id": "S2", "symbol": label, "side": "buy"})
    assert shown(trader.hear(), "exec_type", "multi_leg_reporting_type", "symbol", "cum_qty") == (
        "order_status", "multileg_security", label, "5",
    )  # fmt: skip
    fields = {name: spread()[name] for name in ("symbol", "side", "transact_time")}
    trader.engine.send(trader.name, "F", {"cl_ord_id": "S3", "orig_cl_ord_id": "S2"} | fields)
    assert wait_for(lambda: bool(sent("F")), 60)
    record([says(child, "canceled", sent("F")[0].cl_ord_id)])
    assert shown(trader.hear(), "exec_type", "cl_ord_id", "ord_status", "cum_qty") == (
        "canceled", "S3", "canceled", "5",
    )  # fmt: skip
    assert trader.hear(0.5) == {}
    books()


def test_busts_of_whole_and_legs_name_what_they_undo(trader: Client) -> None:
    _, child = working(trader)
    told = [whole_fill(child, 1, "-100"), leg_fill(child, "1", 1, "100"), leg_fill(child, "2", 2, "100")]
    record(told)
    made = [trader.hear()["exec_id"] for _ in told]
    record([one._replace(exec_type="trade_cancel", exec_id=f"B{one.exec_id}", exec_ref_id=one.exec_id) for one in told])
    busts = [trader.hear() for _ in told]
    assert [(one["exec_type"], one["exec_ref_id"], one.get("leg_ref_id")) for one in busts] == [
        ("trade_cancel", made[0], None), ("trade_cancel", made[1], "near"), ("trade_cancel", made[2], "far"),
    ]  # fmt: skip


NONSENSE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("AB", {"account": "NOBODY"}, {"msg_type": "8", "exec_type": "rejected", "ord_rej_reason": 15, "order_id": "NONE"}),
    ("AB", {"legs": LEGS[:1]}, {"msg_type": "8", "exec_type": "rejected", "ord_rej_reason": 99}),
    ("AB", {"legs": [LEGS[0], LEGS[1] | {"leg_symbol": "ZZZZ"}]}, {"exec_type": "rejected", "ord_rej_reason": 1}),
    ("AB", {"legs": [LEGS[0], {"leg_symbol": OTHER}]}, {"exec_type": "rejected", "ord_rej_reason": 99}),
    ("AB", {"order_qty": None}, {"exec_type": "rejected", "ord_rej_reason": 99}),
    ("AB", {"cl_ord_id": "oms-7"}, {"exec_type": "rejected", "ord_rej_reason": 99}),
    ("AC", {"cl_ord_id": "N1", "orig_cl_ord_id": "none"}, {"msg_type": "9", "cxl_rej_reason": 1, "order_id": "NONE"}),
    ("AC", {"cl_ord_id": "N2", "orig_cl_ord_id": "S1", "legs": LEGS[::-1]},
     {"msg_type": "9", "cxl_rej_response_to": "order_cancel_replace_request", "ord_status": "new"}),
    ("G", {"cl_ord_id": "N3", "orig_cl_ord_id": "S1", "legs": None}, {"msg_type": "9", "ord_status": "new"}),
]  # fmt: skip


def test_what_makes_no_sense_is_answered_and_moves_nothing(trader: Client) -> None:
    whole, _ = working(trader)
    before = Order.objects.count()
    for msg_type, changes, expected in NONSENSE:
        trader.engine.send(trader.name, msg_type, spread(**changes))
        heard = trader.hear()
        assert {name: heard.get(name) for name in expected} == expected, (msg_type, changes, heard)
    assert Order.objects.count() == before
    assert Order.objects.get(pk=whole.pk).version == whole.version
    trader.engine.send(trader.name, "AB", spread())
    assert shown(trader.hear(), "exec_type", "ord_rej_reason") == ("rejected", 6)


def test_a_mass_cancel_takes_the_whole_and_not_its_legs(trader: Client) -> None:
    working(trader)
    fields = {"mass_cancel_request_type": "all_orders", "transact_time": "2026-11-23T10:00:00.000+00:00"}
    trader.engine.send(trader.name, "q", {"cl_ord_id": "q1"} | fields)
    assert shown(trader.hear(), "msg_type", "total_affected_orders") == ("r", 1)
    assert len(sent("F")) == 1
