"""Order types: natively where a venue takes them, else emulated here and marked so, else refused before anything is sent."""

from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from oms.base.clock import now
from oms.desk import Amendment, Cancellation, amend, cancel, enter
from oms.desk.record import record
from oms.desk.reprice import reprice
from oms.desk.route import route
from oms.desk.trigger import trigger
from orders.models import ExecutionReport, Order, Position
from routing.models import Outbox, Quote, Trail, VenueCapability
from tests.desk.test_chains import whole
from tests.desk.world import children, fill, says, sent
from tests.factories import Floor, quote

pytestmark = pytest.mark.django_db
PLAIN = {"ord_types": ["market", "limit"], "times_in_force": ["day", "good_till_cancel", "immediate_or_cancel"]}


def entered(desk: Floor, **terms: Any) -> Order:
    """An order that was accepted and met the routing."""
    [answer] = enter([desk.draft(**terms)], desk.actor)
    assert answer.accepted, answer
    route()
    return Order.objects.get(pk=answer.order_id)


def again(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def moves(desk: Floor, bid: str, offer: str, last: str = "") -> None:
    """The market moves on every venue."""
    for mic in ("XNAS", "XNYS", "BATS"):
        quote(desk.instruments["AAPL"], mic, bid, offer)
    if last:
        Quote.objects.update(last_px=D(last))


@pytest.mark.parametrize(
    ("terms", "field", "code"),
    [
        ({"ord_type": "stop", "price": None}, "stop_px", "MISSING"),
        ({"ord_type": "stop", "price": "99", "stop_px": D(99)}, "price", "BAD_VALUE"),
        ({"ord_type": "stop_limit", "price": None, "stop_px": D(99)}, "price", "MISSING"),
        ({"stop_px": D(99)}, "stop_px", "BAD_VALUE"),
        ({"ord_type": "trailing_stop", "price": None}, "peg_offset_value", "MISSING"),
        ({"ord_type": "pegged"}, "peg_price_type", "MISSING"),
        ({"peg_price_type": "primary"}, "peg_price_type", "BAD_VALUE"),
        ({"max_floor": D(200)}, "max_floor", "BAD_VALUE"),
        ({"ord_type": "market", "price": None, "max_floor": D(10)}, "max_floor", "BAD_VALUE"),
        ({"time_in_force": "good_till_date"}, "expire_time", "MISSING"),
        ({"expire_time": now() + timedelta(days=1)}, "expire_time", "BAD_VALUE"),
        ({"time_in_force": "good_till_date", "expire_time": now() - timedelta(days=1)}, "expire_time", "BAD_VALUE"),
        ({"exec_inst": "jump"}, "exec_inst", "BAD_VALUE"),
        ({"exec_inst": "participate_dont_initiate", "time_in_force": "immediate_or_cancel"}, "exec_inst", "BAD_VALUE"),
        ({"cash_order_qty": D(1000)}, "cash_order_qty", "BAD_VALUE"),
        ({"ord_type": "limit", "price": "-1"}, "price", "NOT_POSITIVE"),
        (
            {"ord_type": "stop", "price": None, "stop_px": D(99), "time_in_force": "fill_or_kill"},
            "time_in_force",
            "BAD_VALUE",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(desk: Floor, terms: dict[str, Any], field: str, code: str) -> None:
    [answer] = enter([desk.draft(**({"price": "100"} | terms))], desk.actor)
    assert (code, field) in {(refusal.code, refusal.field) for refusal in answer.refusals}
    assert not Order.objects.exists()


def test_a_stop_goes_to_the_venue_that_takes_stops(desk: Floor) -> None:
    VenueCapability.objects.create(venue_id="XNYS", **PLAIN | {"ord_types": ["limit", "stop"]})
    order = entered(desk, ord_type="stop", price=None, stop_px=D("101.00"))
    [message] = sent("D")
    assert (message.session_id, message.fields["ord_type"], message.fields["stop_px"]) == ("XNYS", "stop", "101")
    assert (order.emulated, order.hold) == ("", "")


def test_a_stop_is_watched_here_when_no_venue_takes_it(desk: Floor) -> None:
    order = entered(desk, side="sell", ord_type="stop", price=None, stop_px=D("99.50"))
    assert (order.ord_status, order.hold, order.emulated) == ("new", "trigger", "stop")
    assert trigger() == 0
    assert not sent()
    moves(desk, "99.40", "99.50", "99.50")
    assert trigger() == 1
    order = again(order)
    assert (order.triggered, order.hold, order.to_route) == (True, "", True)
    assert "reached 99.5" in ExecutionReport.objects.get(order=order, exec_type="triggered").text
    route()
    [message] = sent("D")
    assert message.fields["ord_type"] == "market"
    [child] = children(order.id)
    record([says(child, "new"), fill(child, 100, "99.45")])
    assert (again(order).ord_status, again(order).stop_px) == ("filled", D("99.5"))
    whole()


def test_a_stale_quote_fires_nothing(desk: Floor) -> None:
    order = entered(desk, side="sell", ord_type="stop", price=None, stop_px=D("99.50"))
    moves(desk, "90.00", "90.10", "90.00")
    Quote.objects.update(quoted_at=now() - timedelta(minutes=1))
    assert trigger() == 0
    assert again(order).hold == "trigger"


def test_a_stop_limit_becomes_a_limit_order(desk: Floor) -> None:
    order = entered(desk, ord_type="stop_limit", price="101.50", stop_px=D("101.00"))
    moves(desk, "101.00", "101.10")
    assert trigger() == 1
    route()
    [message] = sent("D")
    assert (message.fields["ord_type"], message.fields["price"]) == ("limit", "101.5")
    assert again(order).ord_type == "stop_limit"


def test_if_touched_waits_for_the_other_direction(desk: Floor) -> None:
    entered(desk, ord_type="limit_if_touched", price="99.60", stop_px=D("99.50"))
    moves(desk, "100.40", "100.50")
    assert trigger() == 0
    moves(desk, "99.40", "99.50")
    assert trigger() == 1


def test_a_trailing_stop_follows_and_never_goes_back(desk: Floor) -> None:
    order = entered(desk, side="sell", ord_type="trailing_stop", price=None, peg_offset_value=D(1))
    assert trigger() == 0
    assert Trail.objects.get().stop_px == D("98.99")
    moves(desk, "102.00", "102.10")
    assert trigger() == 0
    moves(desk, "101.50", "101.60")
    assert trigger() == 0
    assert Trail.objects.get().stop_px == D("101.00")
    moves(desk, "100.90", "101.00")
    assert trigger() == 1
    assert again(order).triggered


def test_a_waiting_order_can_be_amended_and_canceled(desk: Floor) -> None:
    order = entered(desk, side="sell", ord_type="stop", price=None, stop_px=D("99.50"))
    [answer] = amend([Amendment(order.id, stop_px=D("98.00"))], desk.actor)
    assert answer.accepted
    moves(desk, "99.00", "99.10", "99.00")
    assert trigger() == 0
    [answer] = cancel([Cancellation(order.id)], desk.actor)
    assert answer.ord_status == "canceled"
    moves(desk, "90.00", "90.10", "90.00")
    assert trigger() == 0
    assert not Outbox.objects.exists()
    whole()


def test_an_iceberg_shows_its_parts_one_by_one(desk: Floor) -> None:
    order = entered(desk, qty=250, max_floor=D(100))
    assert again(order).emulated == "iceberg"
    for expected in (100, 100, 50):
        child = children(order.id)[-1]
        assert child.order_qty == expected
        record([says(child, "new"), fill(child, expected)])
        route()
    order = again(order)
    assert (order.ord_status, order.cum_qty, len(children(order.id))) == ("filled", 250, 3)
    assert Position.objects.get().qty == 250
    whole()


def test_a_venue_that_cancels_a_part_ends_the_iceberg(desk: Floor) -> None:
    order = entered(desk, qty=250, max_floor=D(100))
    [child] = children(order.id)
    record([says(child, "new"), fill(child, 40), says(child, "canceled")])
    assert (again(order).ord_status, again(order).cum_qty) == ("canceled", 40)
    assert route() == 0


def test_a_peg_follows_the_quote_up_to_its_cap(desk: Floor) -> None:
    order = entered(desk, ord_type="pegged", price="100.20", peg_price_type="primary")
    [child] = children(order.id)
    assert (child.ord_type, child.price, order.emulated) == ("limit", D("99.99"), "peg")
    record([says(child, "new")])
    Order.objects.filter(pk=child.pk).update(updated_at=now() - timedelta(seconds=5))
    moves(desk, "100.10", "100.20")
    assert reprice() == 1
    [message] = sent("G")
    assert message.fields["price"] == "100.1"
    assert reprice() == 0
    record(
        [says(child, "replaced", message.cl_ord_id, orig_cl_ord_id=child.cl_ord_id, order_qty=D(100), price=D("100.1"))]
    )
    assert again(order).ord_status == "new"
    Order.objects.filter(pk=child.pk).update(updated_at=now() - timedelta(seconds=5))
    moves(desk, "100.50", "100.60")
    assert reprice() == 1
    assert sent("G")[-1].fields["price"] == "100.2"
    whole()


def test_what_nobody_takes_is_refused_before_it_is_sent(desk: Floor) -> None:
    order = entered(desk, ord_type="market", price=None, time_in_force="at_the_close")
    assert (order.ord_status, order.reason_code) == ("rejected", "NOT_SUPPORTED_BY_VENUE")
    assert "at_the_close" in order.text
    assert not sent()
    whole()


def test_an_amount_of_money_buys_whole_lots(desk: Floor) -> None:
    order = entered(desk, qty=1, price=None, ord_type="market", order_qty=None, cash_order_qty=D(10_050))
    assert (order.order_qty, order.cash_order_qty) == (100, 10_050)
    [again_] = enter(
        [
            desk.draft(
                price=None, ord_type="market", order_qty=None, cash_order_qty=D(10_050), cl_ord_id=order.cl_ord_id
            )
        ],
        desk.actor,
    )
    assert again_.refusals == () or again_.duplicate
    Quote.objects.update(quoted_at=now() - timedelta(minutes=1))
    [refused] = enter([desk.draft(price=None, ord_type="market", order_qty=None, cash_order_qty=D(10_050))], desk.actor)
    assert refused.refusals[0].code == "DATA_STALE"


def test_reduce_only_closes_and_no_more(desk: Floor) -> None:
    bought = entered(desk, qty=100)
    [child] = children(bought.id)
    record([says(child, "new"), fill(child, 100)])
    sell = {"side": "sell", "exec_inst": "do_not_increase"}
    first, second = enter([desk.draft(qty=60, **sell), desk.draft(qty=60, **sell)], desk.actor)
    assert first.accepted
    assert [refusal.code for refusal in second.refusals] == ["REDUCE_ONLY"]


def test_watching_costs_the_same_for_many(desk: Floor, django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for many in (1, 40):
        enter([desk.draft(side="sell", ord_type="trailing_stop", price=None, peg_offset_value=D(1))] * many, desk.actor)
        route()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            trigger()
        counts.append(len(queries))
        moves(desk, "101.00", "101.10")
        trigger()
    assert counts[0] == counts[1]
