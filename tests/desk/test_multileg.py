"""Spreads through the desk on the real database: one order to the market, positions and limits leg by leg."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal as D
from itertools import permutations
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.desk import Amendment, Cancellation, amend, cancel, days, record, route
from oms.desk.arrivals import Arrival
from oms.desk.care import Fill, execute
from oms.desk.differing import differing
from oms.desk.lists import ListDraft, enter_list, link
from oms.desk.multileg import LegDraft, enter_multileg
from oms.desk.quarantine import decide
from oms.desk.staging import Wish, note
from orders.models import Alert, ExecutionReport, Order, OrderList, Position
from risk import kill
from risk.models import Decision, Reservation, Rule, Usage
from routing.gateway import recover
from routing.models import Listing, Outbox
from tests.desk.spreads import LEGS, draft, leg_fill, legs_of, takes_spreads, units, whole_fill, working
from tests.desk.world import children, fill, says, sent
from tests.factories import TODAY, Floor, user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def books_hold_afterwards(desk: Floor, books: Callable[[], None]) -> Iterator[None]:
    """However a test went, what must always be true is true after it."""
    takes_spreads("XNAS")
    yield
    books()


def status(*orders: Order) -> list[str]:
    return [Order.objects.get(pk=order.pk).ord_status for order in orders]


def amounts(*orders: Order) -> list[tuple[D, D, D]]:
    found = (Order.objects.get(pk=order.pk) for order in orders)
    return [(one.order_qty, one.cum_qty, one.leaves_qty) for one in found]


def open_now() -> dict[str, tuple[D, D]]:
    rows = Usage.objects.values_list("instrument__symbol", "open_buy_qty", "open_sell_qty")
    return {symbol: (buys, sells) for symbol, buys, sells in rows}


def positions() -> dict[str, D]:
    return dict(Position.objects.exclude(qty=0).values_list("instrument__symbol", "qty"))


def story(order: Order) -> str:
    return " ".join(ExecutionReport.objects.filter(order=order).order_by("seq").values_list("exec_type", flat=True))


def settled(settings: LazySettings) -> list[str]:
    """What becomes of spreads that changed, however short ago; the alerts there are then."""
    settings.LEGS_DIFFER_S = 0
    differing()
    return list(Alert.objects.filter(code="LEGS_DIFFER").order_by("id").values_list("text", flat=True))


def test_a_spread_goes_out_as_one_and_is_booked_leg_by_leg(desk: Floor, settings: LazySettings) -> None:
    whole, child = working(desk)
    first, second = legs_of(whole.id)
    [message] = sent("AB")
    assert {name: message.fields[name] for name in ("symbol", "side", "order_qty", "price", "legs")} == {
        "symbol": "AAPL-MSFT", "side": "buy", "order_qty": "10", "price": "-100.5",
        "legs": [
            {"leg_symbol": "AAPL", "leg_ratio_qty": "1", "leg_side": "buy", "leg_ref_id": "1"},
            {"leg_symbol": "MSFT", "leg_ratio_qty": "2", "leg_side": "sell", "leg_ref_id": "2"},
        ],
    }  # fmt: skip
    assert (whole.composition, first.hold, second.hold) == ("multileg", "leg", "leg")
    assert status(whole, child, first, second) == ["new"] * 4
    assert amounts(first, second) == [(10, 0, 10), (20, 0, 20)]
    assert open_now() == {"AAPL": (10, 0), "MSFT": (0, 20)}

    assert record(units(child, 4)) == [None] * 3

    assert status(whole, first, second) == ["partially_filled"] * 3
    assert positions() == {"AAPL": 4, "MSFT": -8}
    assert open_now() == {"AAPL": (6, 0), "MSFT": (0, 12)}
    assert Order.objects.get(pk=whole.pk).avg_px == D("-100.5")
    assert record(units(child, 6, "99.60", "100.05")) == [None] * 3
    assert status(whole, child, first, second) == ["filled"] * 4
    assert Order.objects.get(pk=second.pk).avg_px == D("100.03")
    assert not Reservation.objects.exclude(qty=0).exists()
    assert settled(settings) == []
    assert not OrderList.objects.filter(to_check=True).exists()


def test_a_sold_spread_turns_its_legs_round(desk: Floor) -> None:
    whole, child = working(desk, side="sell", price=D("0"))
    assert [leg.side for leg in legs_of(whole.id)] == ["sell", "buy"]
    assert [leg["leg_side"] for leg in sent("AB")[0].fields["legs"]] == ["buy", "sell"]
    assert sent("AB")[0].fields["price"] == "0"
    record(units(child, 10))
    assert positions() == {"AAPL": -10, "MSFT": 20}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_reports_come_in_any_order_and_before_the_acknowledgement(
    desk: Floor, settings: LazySettings, order: tuple[int, ...]
) -> None:
    [answer] = enter_multileg([draft(desk)], desk.actor)
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    told = units(child, 10)
    for at in order:
        assert record([told[at]]) == [None]
    assert record([says(child, "new")]) == [None]
    whole = Order.objects.get(pk=answer.order_id)
    assert status(whole, *legs_of(whole.id)) == ["filled"] * 3
    assert positions() == {"AAPL": 10, "MSFT": -20}
    assert settled(settings) == []


def test_what_is_heard_twice_is_booked_once(desk: Floor) -> None:
    _, child = working(desk)
    told = units(child, 4)
    assert record([*told, *told])[3:] == record(told)
    assert [refusal and refusal.code for refusal in record(told)] == ["DUPLICATE_EXEC_ID"] * 3
    assert positions() == {"AAPL": 4, "MSFT": -8}


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"legs": LEGS[:1]}, "legs", "BAD_LIST"),
        ({"legs": [LegDraft(f"L{n}", "buy") for n in range(7)]}, "legs", "BAD_LIST"),
        ({"legs": (LEGS[0], LegDraft("AAPL.XNAS", "sell"))}, "legs[2].symbol", "BAD_LIST"),
        ({"legs": (LEGS[0], LegDraft("NOSUCH", "sell"))}, "legs[2].symbol", "UNKNOWN_INSTRUMENT"),
        ({"legs": (LEGS[0], LegDraft("MSFT", "borrow"))}, "legs[2].side", "BAD_VALUE"),
        ({"legs": (LEGS[0], LegDraft("MSFT", "sell", D("1.5")))}, "legs[2].ratio_qty", "BAD_VALUE"),
        ({"legs": (LEGS[0], LegDraft("MSFT", "sell", D(10) ** 20))}, "legs[2].ratio_qty", "BAD_VALUE"),
        ({"legs": (LegDraft("AAPL", "buy", D(1), "x"), LegDraft("MSFT", "sell", D(1), "x"))}, "legs[2].leg_ref_id", "BAD_VALUE"),
        ({"account": "NOBODY"}, "account", "UNKNOWN_ACCOUNT"),
        ({"side": "sell_short"}, "side", "BAD_VALUE"),
        ({"ord_type": "stop"}, "ord_type", "BAD_VALUE"),
        ({"time_in_force": "at_the_close"}, "time_in_force", "BAD_VALUE"),
        ({"order_qty": D("2.5")}, "order_qty", "BAD_VALUE"),
        ({"price": None}, "price", "MISSING"),
        ({"ord_type": "market"}, "price", "BAD_VALUE"),
        ({"cl_ord_id": "ä"}, "cl_ord_id", "BAD_TEXT"),
    ],
)  # fmt: skip
def test_what_is_no_spread_is_only_answered(desk: Floor, change: dict[str, Any], field: str, code: str) -> None:
    bad, good = enter_multileg([draft(desk, **change), draft(desk)], desk.actor)
    assert (field, code) in {(refusal.field, refusal.code) for refusal in bad.refusals}
    assert good.accepted
    assert Order.objects.filter(composition="multileg").count() == 1


def test_legs_of_two_currencies_have_no_net_price(desk: Floor) -> None:
    desk.instruments["MSFT"].currency = "EUR"
    desk.instruments["MSFT"].save()
    [answer] = enter_multileg([draft(desk)], desk.actor)
    assert [(refusal.field, refusal.code) for refusal in answer.refusals] == [("legs", "BAD_LIST")]


def test_a_leg_that_risk_refuses_refuses_the_spread_and_takes_no_room(desk: Floor) -> None:
    Rule.objects.create(control="PT-19", name="short", params={"max_short": "25"}, instrument=desk.instruments["MSFT"])
    refused, taken = enter_multileg([draft(desk, order_qty=D(13)), draft(desk, order_qty=D(12))], desk.actor)
    assert [(refusal.field, refusal.code) for refusal in refused.refusals] == [
        ("legs[2].order_qty", "POSITION_LIMIT"),
    ]  # fmt: skip
    assert taken.accepted
    whole = Order.objects.get(pk=refused.order_id)
    assert status(whole, *legs_of(whole.id)) == ["rejected"] * 3
    assert open_now() == {"AAPL": (12, 0), "MSFT": (0, 24)}
    assert route() == 1
    assert [row.outcome for row in Decision.objects.filter(order__in=legs_of(whole.id))] == ["hard"]


def test_a_cl_ord_id_is_one_spread(desk: Floor) -> None:
    first, again, other = enter_multileg(
        [draft(desk, cl_ord_id="S1"), draft(desk, cl_ord_id="S1"), draft(desk, cl_ord_id="S1", order_qty=D(11))],
        desk.actor,
    )
    assert (again.order_id, again.duplicate, other.refusals[0].code) == (first.order_id, True, "DUPLICATE_CL_ORD_ID")
    turned = (LEGS[0], LegDraft("MSFT", "sell", D(3)))
    later, differs = enter_multileg([draft(desk, cl_ord_id="S1"), draft(desk, cl_ord_id="S1", legs=turned)], desk.actor)
    assert (later.order_id, later.duplicate, differs.refusals[0].code) == (first.order_id, True, "DUPLICATE_CL_ORD_ID")
    assert Order.objects.count() == 3


def test_a_leg_is_not_amended_canceled_executed_or_linked_alone(desk: Floor) -> None:
    whole, _ = working(desk)
    first, second = legs_of(whole.id)
    before = Order.objects.get(pk=first.pk).version
    answers = [
        *cancel([Cancellation(first.id)], desk.actor), *amend([Amendment(first.id, order_qty=D(5))], desk.actor),
        *execute([Fill(first.id, D(1), D(100), "XOFF"), Fill(whole.id, D(1), D(100), "XOFF")], desk.actor),
    ]  # fmt: skip
    assert [answer.refusals[0].code for answer in answers] == ["IS_A_LEG"] * 4
    assert link([first.id, second.id], "one_cancels_other", desk.actor).refusals[0].code == "IS_A_LEG"
    assert Order.objects.get(pk=first.pk).version == before
    assert note([Wish(first.id)], desk.actor, "hedge of the book")[0].accepted
    assert not sent("F")


def test_a_spread_is_no_list_of_orders(desk: Floor) -> None:
    made = enter_list(ListDraft("L1", "multileg", [desk.draft(), desk.draft(symbol="MSFT")]), desk.actor)
    assert made.refusals[0].field == "kind"
    assert not Order.objects.exists()


@pytest.mark.parametrize("why", ["no venue takes spreads", "no venue lists every leg"])
def test_a_spread_that_no_venue_takes_is_not_sent(desk: Floor, why: str) -> None:
    if why == "no venue takes spreads":
        Listing.objects.filter(venue="XNAS").delete()
    else:
        Listing.objects.filter(instrument__symbol="AAPL").exclude(venue="XNYS").delete()
        Listing.objects.filter(instrument__symbol="MSFT").exclude(venue="XNAS").delete()
    [answer] = enter_multileg([draft(desk)], desk.actor)
    route()
    whole = Order.objects.get(pk=answer.order_id)
    assert (whole.ord_status, whole.reason_code) == ("rejected", "NOT_SUPPORTED_BY_VENUE")
    assert status(*legs_of(whole.id)) == ["rejected", "rejected"]
    assert not Outbox.objects.exists()
    assert not Reservation.objects.exclude(qty=0).exists()


@pytest.mark.parametrize("symbol", ["AAPL", "MSFT"])
def test_a_kill_switch_on_a_leg_stops_the_spread(desk: Floor, symbol: str) -> None:
    [answer] = enter_multileg([draft(desk)], desk.actor)
    kill.engage("instrument", str(desk.instruments[symbol].id), user("cora", role="compliance"), "halt")
    route()
    whole = Order.objects.get(pk=answer.order_id)
    assert (whole.ord_status, whole.reason_code) == ("rejected", "KILL_SWITCH")
    assert open_now() == {"AAPL": (0, 0), "MSFT": (0, 0)}


def test_a_cancel_of_the_whole_ends_the_legs(desk: Floor) -> None:
    whole, child = working(desk)
    record(units(child, 4))
    [answer] = cancel([Cancellation(whole.id)], desk.actor)
    [message] = sent("F")
    assert (answer.ord_status, message.fields["symbol"]) == ("pending_cancel", "AAPL-MSFT")
    assert status(*legs_of(whole.id)) == ["pending_cancel"] * 2
    assert open_now() == {"AAPL": (6, 0), "MSFT": (0, 12)}
    record([says(child, "canceled", message.cl_ord_id)])
    assert status(whole, *legs_of(whole.id)) == ["canceled"] * 3
    assert open_now() == {"AAPL": (0, 0), "MSFT": (0, 0)}


def test_leg_fills_that_overtook_the_cancel_are_booked(desk: Floor, settings: LazySettings) -> None:
    whole, child = working(desk)
    told, first, second = units(child, 4)
    cancel([Cancellation(whole.id)], desk.actor)
    assert record([told, says(child, "canceled", sent("F")[0].cl_ord_id), first, second]) == [None] * 4
    assert amounts(whole, *legs_of(whole.id)) == [(10, 4, 0), (10, 4, 0), (20, 8, 0)]
    assert positions() == {"AAPL": 4, "MSFT": -8}
    assert settled(settings) == []


def test_a_cancel_before_routing_is_immediate(desk: Floor) -> None:
    [answer] = enter_multileg([draft(desk)], desk.actor)
    cancel([Cancellation(answer.order_id)], desk.actor)  # type: ignore[arg-type]
    whole = Order.objects.get(pk=answer.order_id)
    assert status(whole, *legs_of(whole.id)) == ["canceled"] * 3
    assert route() == 0
    assert open_now() == {"AAPL": (0, 0), "MSFT": (0, 0)}


def test_a_refused_cancel_leaves_whole_and_legs_working(desk: Floor) -> None:
    whole, child = working(desk)
    cancel([Cancellation(whole.id)], desk.actor)
    record([says(child, "cancel_rejected", sent("F")[0].cl_ord_id)])
    assert status(whole, *legs_of(whole.id)) == ["new"] * 3


def test_an_amendment_carries_the_legs_with_it(desk: Floor) -> None:
    whole, child = working(desk)
    record(units(child, 4))
    [answer] = amend([Amendment(whole.id, order_qty=D(15), price=D("-101"))], desk.actor)
    assert answer.ord_status == "pending_replace"
    [message] = sent("AC")
    assert [message.fields[name] for name in ("order_qty", "price")] == ["15", "-101"]
    assert len(message.fields["legs"]) == 2
    assert open_now() == {"AAPL": (11, 0), "MSFT": (0, 22)}
    # A fill on the way keeps what was set aside for the greater quantity.
    record(units(child, 1))
    assert open_now() == {"AAPL": (10, 0), "MSFT": (0, 20)}
    record([says(child, "replaced", message.cl_ord_id, order_qty=D(15), price=D("-101"))])
    assert amounts(whole, *legs_of(whole.id)) == [(15, 5, 10), (15, 5, 10), (30, 10, 20)]
    assert open_now() == {"AAPL": (10, 0), "MSFT": (0, 20)}
    assert status(whole, *legs_of(whole.id)) == ["partially_filled"] * 3
    record([*units(child, 10)])
    assert status(whole, *legs_of(whole.id)) == ["filled"] * 3


def test_a_refused_amendment_gives_back_what_it_set_aside(desk: Floor) -> None:
    whole, child = working(desk)
    amend([Amendment(whole.id, order_qty=D(15))], desk.actor)
    record([says(child, "cancel_rejected", sent("AC")[0].cl_ord_id)])
    assert amounts(whole, *legs_of(whole.id)) == [(10, 0, 10), (10, 0, 10), (20, 0, 20)]
    assert open_now() == {"AAPL": (10, 0), "MSFT": (0, 20)}


def test_an_amendment_that_one_leg_may_not_have_changes_nothing(desk: Floor) -> None:
    whole, _ = working(desk)
    Rule.objects.create(control="PT-19", name="short", params={"max_short": "25"}, instrument=desk.instruments["MSFT"])
    [answer] = amend([Amendment(whole.id, order_qty=D(15))], desk.actor)
    assert answer.refusals[0].code == "POSITION_LIMIT"
    assert not sent("AC")
    assert open_now() == {"AAPL": (10, 0), "MSFT": (0, 20)}


def test_an_amendment_before_routing_is_immediate(desk: Floor) -> None:
    [answer] = enter_multileg([draft(desk)], desk.actor)
    amend([Amendment(answer.order_id, order_qty=D(7))], desk.actor)  # type: ignore[arg-type]
    whole = Order.objects.get(pk=answer.order_id)
    assert amounts(whole, *legs_of(whole.id)) == [(7, 0, 7), (7, 0, 7), (14, 0, 14)]
    assert open_now() == {"AAPL": (7, 0), "MSFT": (0, 14)}


def test_busts_and_corrections_of_whole_and_legs(desk: Floor, settings: LazySettings) -> None:
    whole, child = working(desk)
    told = units(child, 10)
    record(told)
    record([undone(told[0], "trade_correct", "C0", last_px=D("-100.60")),
            undone(told[2], "trade_correct", "C2", last_px=D("100.05"))])  # fmt: skip
    assert Order.objects.get(pk=whole.pk).avg_px == D("-100.6")
    assert settled(settings) == []
    busts = [undone(told[0], "trade_cancel", "B0", exec_ref_id="C0"), undone(told[1], "trade_cancel", "B1"),
             undone(told[2], "trade_cancel", "B2", exec_ref_id="C2")]  # fmt: skip
    assert record(busts) == [None] * 3
    assert status(whole, *legs_of(whole.id)) == ["new"] * 3
    assert positions() == {}
    assert open_now() == {"AAPL": (10, 0), "MSFT": (0, 20)}
    assert settled(settings) == []


def undone(arrival: Arrival, kind: str, exec_id: str, **more: Any) -> Arrival:
    return arrival._replace(exec_type=kind, exec_id=exec_id, **({"exec_ref_id": arrival.exec_id} | more))


def test_legs_that_break_the_ratio_are_surfaced_once(desk: Floor, settings: LazySettings) -> None:
    whole, child = working(desk)
    told, first, _ = units(child, 4)
    record([told, first, leg_fill(child, "2", 7, "100")])
    assert differing() == 0, "a moment's difference means nothing"
    assert settled(settings) == [f"spread {whole.id}: leg 2 has 7 filled, not 8"]
    assert differing() == 0
    record([leg_fill(child, "2", 1, "100")])
    assert len(settled(settings)) == 1


def test_legs_that_come_to_another_net_price_are_surfaced(desk: Floor, settings: LazySettings) -> None:
    whole, child = working(desk)
    told, first, _ = units(child, 4)
    record([told, first, leg_fill(child, "2", 8, "99")])
    text = f"spread {whole.id}: the net price is -100.5, the legs' prices come to -98.5"
    assert settled(settings) == [text]


def test_contracts_of_different_size_have_a_net_price_of_their_venues_own(desk: Floor, settings: LazySettings) -> None:
    desk.instruments["MSFT"].multiplier = D(100)
    desk.instruments["MSFT"].save()
    _, child = working(desk)
    record([whole_fill(child, 1, "-0.5"), leg_fill(child, "1", 1, "99"), leg_fill(child, "2", 2, "1")])
    assert settled(settings) == []


def test_a_leg_fill_beyond_the_spread_waits_for_operations(desk: Floor, settings: LazySettings) -> None:
    whole, child = working(desk)
    [refusal] = record([leg_fill(child, "2", 21, "100", exec_id="E9")])
    assert refusal is not None
    assert refusal.code == "OVERFILL"
    assert positions() == {}
    alert = Alert.objects.get(kind="quarantine")
    second = legs_of(whole.id)[1]
    assert alert.order is not None
    assert alert.order.parent_id == second.id
    Alert.objects.update(payload={
        "cl_ord_id": child.cl_ord_id, "exec_type": "trade", "exec_id": "E9", "last_qty": "21", "last_px": "100",
        "multi_leg_reporting_type": "individual_leg", "leg_ref_id": "2",
    })  # fmt: skip
    assert decide(alert.pk, "accept", "the venue insists", actor_of("operations", desk)) is None
    assert positions() == {"MSFT": -21}
    assert settled(settings) == [f"spread {whole.id}: leg 2 has 21 filled, not 0"]


def actor_of(role: str, desk: Floor) -> Any:
    return type(desk.actor).of(user("olga", desk=desk.desk, role=role))


def test_a_leg_that_the_spread_does_not_have_waits_for_operations(desk: Floor) -> None:
    _, child = working(desk)
    [refusal] = record([leg_fill(child, "3", 1, "100")])
    assert refusal is not None
    assert (refusal.code, refusal.field) == ("BAD_REPORT", "leg_ref_id")
    assert Alert.objects.get(kind="quarantine").order_id == child.id


def test_a_leg_may_be_named_by_its_symbol(desk: Floor) -> None:
    _, child = working(desk)
    named = {"multi_leg_reporting_type": "individual_leg", "symbol": "MSFT"}
    assert record([fill(child, 2, "100", fields=named)]) == [None]
    assert positions() == {"MSFT": -2}


def test_a_venue_that_refuses_refuses_whole_and_legs(desk: Floor) -> None:
    [answer] = enter_multileg([draft(desk)], desk.actor)
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    record([says(child, "rejected", text="no such strategy")])
    whole = Order.objects.get(pk=answer.order_id)
    assert {(one.ord_status, one.text) for one in (whole, *legs_of(whole.id))} == {("rejected", "no such strategy")}
    assert open_now() == {"AAPL": (0, 0), "MSFT": (0, 0)}


def test_the_day_ends_for_whole_and_legs(desk: Floor) -> None:
    whole, child = working(desk)
    record(units(child, 4))
    days.end(TODAY, "olga")
    assert status(whole, *legs_of(whole.id)) == ["expired"] * 3
    assert [leg.hold for leg in legs_of(whole.id)] == ["leg", "leg"]
    assert open_now() == {"AAPL": (0, 0), "MSFT": (0, 0)}


def test_a_carried_spread_is_sent_again_when_no_venue_holds_it(desk: Floor, settings: LazySettings) -> None:
    from orders.models import BusinessDate

    whole, child = working(desk, time_in_force="good_till_cancel")
    record(units(child, 4))
    days.end(TODAY, "olga")
    record([says(child, "expired")])
    assert status(whole, *legs_of(whole.id)) == ["done_for_day"] * 3
    BusinessDate.objects.update(today=TODAY + timedelta(days=1))
    days.start(TODAY + timedelta(days=1), "olga")
    assert route() == 1
    _, again = children(whole.id)
    assert (again.order_qty, [line.order_qty for line in map(last_child, legs_of(whole.id))]) == (6, [6, 12])
    record([says(again, "new"), *units(again, 6)])
    assert status(whole, *legs_of(whole.id)) == ["filled"] * 3
    assert positions() == {"AAPL": 10, "MSFT": -20}
    assert settled(settings) == []


def last_child(leg: Order) -> Order:
    return children(leg.id)[-1]


def test_a_venue_is_asked_about_the_whole_alone(desk: Floor) -> None:
    _, child = working(desk)
    Outbox.objects.update(sent_at=now(), msg_seq_num=7)
    assert recover.ask("XNAS") == 1
    assert sent("H")[0].order_id == child.id


@pytest.mark.parametrize("verb", ["enter", "route", "record", "cancel", "amend"])
def test_batch_size_does_not_change_the_number_of_statements(desk: Floor, verb: str) -> None:
    counts = []
    for size in (2, 40):
        ids = [a.order_id for a in enter_multileg([draft(desk)] * size, desk.actor)]
        if verb in ("record", "cancel", "amend"):
            route()
        kids = list(Order.objects.filter(parent_id__in=ids))
        work = {
            "enter": lambda size=size: enter_multileg([draft(desk)] * size, desk.actor),
            "route": route,
            "record": lambda kids=kids: record([report for kid in kids for report in units(kid, 1)]),
            "cancel": lambda ids=ids: cancel([Cancellation(i) for i in ids], desk.actor),
            "amend": lambda ids=ids: amend([Amendment(i, order_qty=D(50)) for i in ids], desk.actor),
        }[verb]
        with CaptureQueriesContext(connection) as queries:
            work()
        counts.append(len(queries))
        route()
    assert counts[0] == counts[1]
    assert counts[0] < 45
