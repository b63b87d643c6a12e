"""Limits during execution: working orders are judged again when price, position, list, rule or switch changes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from oms.desk import enter
from oms.desk.asked import Cancellation
from oms.desk.cancel import cancel
from oms.desk.care import Slice, slices
from oms.desk.intrade import intrade
from oms.desk.record import record
from oms.desk.route import route
from orders.models import Account, Alert, Order
from risk import cases, kill, rules
from risk.caselife import Verb, Who
from risk.cases import Wish
from risk.models import Breach, BreachEvent, BreachPolicy, Decision, Restriction, Rule
from routing.models import Outbox
from tests.desk.world import children, fill, says
from tests.factories import VENUES, Floor, quote, user

pytestmark = pytest.mark.django_db(transaction=True)
NONE = timedelta(0)


def rule(control: str, **params: Any) -> Rule:
    made = Rule(control=control, name="test", params={k: str(v) for k, v in params.items()})
    written = rules.put(made, None)
    assert isinstance(written, Rule), written
    return written


def change(one: Rule, **params: Any) -> None:
    one.params = {k: str(v) for k, v in params.items()}
    assert isinstance(rules.put(one, None), Rule)


def look() -> int:
    return intrade(NONE)


def shown() -> list[tuple[str, str, str, str]]:
    return list(Breach.objects.order_by("pk").values_list("control", "state", "outcome", "origin"))


def told() -> list[str]:
    return list(Alert.objects.filter(kind="breach").order_by("pk").values_list("code", flat=True))


@pytest.fixture
def working(pair: tuple[Order, Order]) -> Order:
    """An order of 100 at a venue, which the watch has seen once."""
    look()
    return pair[0]


def test_what_holds_is_no_breach(working: Order, books: Any) -> None:
    look()
    assert (shown(), told()) == ([], [])
    books()


def test_a_rule_that_is_tightened_is_told_of_once_and_over_when_it_is_loosened(working: Order, books: Any) -> None:
    size = rule("PT-01", hard=200)
    look()
    assert shown() == []
    change(size, soft=50, hard=200)
    assert look() == 1
    assert look() == 0
    assert (shown(), told()) == ([("PT-01", "open", "soft", "passive")], ["MAX_ORDER_QTY"])
    change(size, soft=50, hard=90)
    look()
    assert (shown(), told()) == ([("PT-01", "open", "hard", "passive")], ["MAX_ORDER_QTY"] * 2)
    change(size, hard=100)
    look()
    assert shown() == [("PT-01", "closed", "hard", "passive")]
    assert told()[-1] == "BREACH_OVER"
    verbs = list(BreachEvent.objects.values_list("verb", flat=True))
    assert verbs == ["open", "worsen", "clean"]
    working.refresh_from_db()
    assert working.ord_status == "new"
    books()


def test_a_rule_that_ends_ends_its_breaches(working: Order) -> None:
    size = rule("PT-01", hard=50)
    look()
    size.active = False
    rules.put(size, None)
    look()
    assert [state for _, state, _, _ in shown()] == ["closed"]


def test_what_was_acknowledged_at_entry_is_not_told_again(desk: Floor, books: Any) -> None:
    rule("PT-01", soft=50, hard=200)
    [answer] = enter([desk.draft(acknowledge_soft=True, acknowledge_reason="hedged elsewhere")], desk.actor)
    assert answer.accepted
    look()
    assert (Decision.objects.get().basis, shown()) == ("acknowledged", [])
    books()


def test_a_price_that_moves_breaches_the_collar(desk: Floor, working: Order) -> None:
    rule("PT-03", aggressive_hard_pct=5, max_age_s=3600)
    look()
    assert shown() == []
    for mic in ("XNAS", "XNYS", "BATS"):
        quote(desk.instruments["AAPL"], mic, "89.99", "90.01")
    look()
    assert [row[0] for row in shown()] == ["PT-03"]
    assert Breach.objects.get().cause == "price"


def test_a_restricted_name_concerns_the_orders_in_it_alone(desk: Floor, working: Order) -> None:
    enter([desk.draft(symbol="MSFT")], desk.actor)
    Restriction.objects.create(instrument=desk.instruments["AAPL"], side="buy")
    assert look() == 1
    assert [(b.order_id, b.cause, b.reason_code) for b in Breach.objects.all()] == [(working.pk, "list", "RESTRICTED")]


def test_a_watched_name_is_no_breach_that_anybody_sees(desk: Floor, working: Order) -> None:
    Restriction.objects.create(instrument=desk.instruments["AAPL"], kind="watch")
    look()
    assert (shown(), told()) == ([], [])


def test_our_own_fill_makes_it_active(desk: Floor, pair: tuple[Order, Order], books: Any) -> None:
    rule("PT-30", max_executions=1)
    look()
    record([fill(pair[1], 40)])
    look()
    assert [(b.control, b.origin, b.cause) for b in Breach.objects.all()] == [("PT-30", "active", "position")]
    books()


@pytest.mark.parametrize("scope", ["venue", "client", "strategy"])
def test_a_switch_over_a_venue_client_or_strategy_is_seen_for_the_orders_in_it(
    desk: Floor, working: Order, scope: str
) -> None:
    chief, other = user("chief", role="compliance"), user("other", role="operations")
    Account.objects.filter(pk=working.account_id).update(client="HARBOUR")
    [child] = children(working.pk)
    elsewhere = next(mic for mic in VENUES if mic != child.venue)
    for target, seen in (({"venue": elsewhere, "client": "NORTHSTAR", "strategy": "other"}, []),
                         ({"venue": child.venue, "client": "HARBOUR", "strategy": "tina"}, ["PT-34"])):  # fmt: skip
        switch = kill.engage(scope, target[scope], chief, "drill")
        look()
        assert [breach.control for breach in Breach.objects.filter(closed_at=None)] == seen
        kill.release(switch.pk, other)  # type: ignore[union-attr]
    look()
    assert not Breach.objects.filter(closed_at=None).exists()


def test_a_switch_is_seen_and_its_release_is(desk: Floor, working: Order) -> None:
    chief, other = user("carla", role="compliance"), user("carl", role="compliance")
    switch = kill.engage("account", str(working.account_id), chief, "drill")
    look()
    assert [(b.control, b.cause) for b in Breach.objects.all()] == [("PT-34", "switch")]
    kill.release(switch.pk, other)  # type: ignore[union-attr]
    look()
    assert [state for _, state, _, _ in shown()] == ["closed"]


def test_a_hold_lets_nothing_more_out_until_it_is_over(desk: Floor, books: Any) -> None:
    size = rule("PT-01", hard=200)
    BreachPolicy.objects.create(control="PT-01", action="hold")
    [answer] = enter([desk.draft()], desk.actor)
    look()
    change(size, hard=50)
    look()
    assert cases.held([answer.order_id])
    assert (route(), Outbox.objects.count()) == (0, 0)
    change(size, hard=200)
    look()
    assert (route(), Outbox.objects.count()) == (1, 1)
    books()


def test_a_hold_stops_slices_by_hand_as_well_until_it_is_waived(desk: Floor, books: Any) -> None:
    size = rule("PT-01", hard=200)
    BreachPolicy.objects.create(control="PT-01", action="hold")
    [answer] = enter([desk.draft(hold="manual", handl_inst="manual")], desk.actor)
    look()
    change(size, hard=50)
    look()
    part = Slice(answer.order_id, Decimal(10), price=Decimal(100), venue="XNAS")  # type: ignore[arg-type]
    assert [refusal.code for refusal in slices([part], desk.actor)[0].refusals] == ["BREACH_HOLD"]
    assert Outbox.objects.count() == 0
    for verb, name in ((Verb.ASK_WAIVER, "carla"), (Verb.GRANT_WAIVER, "carl")):
        one = user(name, role="compliance")
        wish = Wish(Breach.objects.get().pk, verb, "agreed")
        assert isinstance(cases.act([wish], Who(one.pk, name, "compliance"), Q())[0], Breach)
    assert slices([part], desk.actor)[0].accepted
    books()


def test_a_cancel_takes_back_what_works_once(working: Order, pair: tuple[Order, Order], books: Any) -> None:
    BreachPolicy.objects.create(control="PT-01", action="cancel")
    rule("PT-01", hard=50)
    look()
    look()
    working.refresh_from_db()
    assert (working.ord_status, Outbox.objects.filter(msg_type="F").count()) == ("pending_cancel", 1)
    assert list(BreachEvent.objects.values_list("verb", flat=True)) == ["open", "act"]
    request = children(working.pk)[0].requests.get(kind="cancel")
    record([says(pair[1], "canceled", request.cl_ord_id, orig_cl_ord_id=pair[1].cl_ord_id)])
    look()
    assert [state for _, state, _, _ in shown()] == ["closed"]
    books()


def test_an_order_that_ends_ends_its_breaches(desk: Floor, books: Any) -> None:
    [answer] = enter([desk.draft()], desk.actor)
    rule("PT-01", hard=50)
    look()
    assert cancel([Cancellation(answer.order_id)], desk.actor)[0].accepted  # type: ignore[arg-type]
    look()
    assert Breach.objects.get().state == "closed"
    assert BreachEvent.objects.get(verb="clean").text == "the order works no more"
    books()


def test_what_cannot_be_told_is_one_case_for_the_name_and_closes_no_other(desk: Floor, working: Order) -> None:
    enter([desk.draft(), desk.draft()], desk.actor)
    rule("PT-06", hard_pct=10)
    look()
    look()
    assert [(b.order_id, b.reason_code) for b in Breach.objects.all()] == [(None, "DATA_MISSING")]


def test_many_alerts_of_a_kind_are_told_as_one(desk: Floor) -> None:
    enter([desk.draft() for _ in range(30)], desk.actor)
    look()
    rule("PT-01", hard=50)
    look()
    assert (Breach.objects.count(), told()) == (30, ["MAX_ORDER_QTY"])
    assert "and 29 more" in Alert.objects.get(kind="breach").text


def test_the_statements_do_not_grow_with_the_orders(desk: Floor) -> None:
    counts = []
    for number in (1, 200):
        enter([desk.draft() for _ in range(number)], desk.actor)
        look()
        size = rule("PT-01", hard=50)
        with CaptureQueriesContext(connection) as made:
            assert look() > 0
        counts.append(len(made))
        size.active = False
        rules.put(size, None)
        look()
    assert counts[0] == counts[1]


def test_a_flicker_is_one_case(working: Order) -> None:
    size = rule("PT-01", hard=50)
    look()
    change(size, hard=200)
    look()
    change(size, hard=50)
    look()
    assert [state for _, state, _, _ in shown()] == ["open"]
    assert told() == ["MAX_ORDER_QTY", "BREACH_OVER"]
    one = Breach.objects.get()
    assert (one.version, Decimal(one.measured)) == (3, 100)
