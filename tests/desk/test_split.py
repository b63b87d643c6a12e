"""Splitting: by quantity, percent and account, in one transaction, never with more reserved than before."""

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.desk import enter
from oms.desk.care import Fill, Slice, execute, slices
from oms.desk.lists import ListDraft, enter_list
from oms.desk.route import route
from oms.desk.split import Part, Split, SplitAnswer, split
from oms.desk.staging import Wish, accept, refuse
from orders.models import Account, Desk, ListOrder, Order
from risk.models import Decision, Reservation, Rule, Usage
from routing.models import ClientSession
from tests.desk.world import children
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db
Books = Callable[[], None]


def held(desk: Floor, qty: int = 1000, hold: str = "staged", **terms: Any) -> Order:
    manual = {"handl_inst": "manual"} if hold == "manual" else {}
    [answer] = enter([desk.draft(qty, hold=hold, **manual, **terms)], desk.actor)
    assert answer.accepted, answer
    return Order.objects.get(pk=answer.order_id)


def done(desk: Floor, order: Order, *parts: Part, **how: Any) -> SplitAnswer:
    [answer] = split([Split(order.id, parts, **how)], desk.actor)
    return answer


def qtys(ids: tuple[int, ...]) -> list[tuple[str, int]]:
    rows = Order.objects.filter(pk__in=ids).order_by("pk").values_list("account__code", "leaves_qty")
    return [(code, int(qty)) for code, qty in rows]


def reserved() -> dict[str, int]:
    codes = dict(Account.objects.values_list("pk", "code"))
    return {codes[u.scope_id]: int(u.open_buy_qty) for u in Usage.objects.filter(open_buy_qty__gt=0)}


def test_by_quantity_the_first_part_stays_with_the_order(desk: Floor, books: Books) -> None:
    order = held(desk)
    answer = done(desk, order, Part(D(500)), Part(D(300)), Part(D(200)))
    assert answer.order_ids[0] == order.id
    assert qtys(answer.order_ids) == [("ALPHA", 500), ("ALPHA", 300), ("ALPHA", 200)]
    assert reserved() == {"ALPHA": 1000}
    order.refresh_from_db()
    assert (order.ord_status, order.hold, f"{answer.order_ids[1]}, {answer.order_ids[2]}" in order.text) == (
        "pending_new",
        "staged",
        True,
    )
    parts = Order.objects.filter(pk__in=answer.order_ids[1:])
    assert {(one.ord_status, one.hold, one.price) for one in parts} == {("pending_new", "staged", D(100))}
    assert Decision.objects.filter(order__in=parts, kind="enter", accepted=True).count() == 2
    books()
    refuse([Wish(order.id)], desk.actor, "no")
    accept([Wish(one.id) for one in parts], desk.actor, care=False)
    route()
    assert sum(child.order_qty for one in parts for child in children(one.id)) == 500
    books()


def test_parts_for_the_same_account_need_no_second_word_about_what_was_acknowledged(desk: Floor, books: Books) -> None:
    order = held(desk)
    Rule.objects.create(control="PT-01", name="size", params={"soft": "100", "hard": "200"})
    answer = done(desk, order, Part(D(700)), Part(D(150)), Part(D(150)))
    assert qtys(answer.order_ids) == [("ALPHA", 700), ("ALPHA", 150), ("ALPHA", 150)]
    bases = Decision.objects.filter(order_id__in=answer.order_ids[1:]).values_list("accepted", "basis", "outcome")
    assert list(bases) == [(True, "part", "soft")] * 2
    assert reserved() == {"ALPHA": 1000}
    books()


@pytest.mark.parametrize(
    ("qty", "percents", "got"),
    [(1000, ("50", "30", "20"), [500, 300, 200]), (100, ("33.3", "33.3", "33.4"), [33, 33, 34]), (7, ("50", "50"), [4, 3])],
)  # fmt: skip
def test_by_percent(desk: Floor, qty: int, percents: tuple[str, ...], got: list[int], books: Books) -> None:
    order = held(desk, qty)
    answer = done(desk, order, *(Part(percent=D(one)) for one in percents))
    assert [leaves for _, leaves in qtys(answer.order_ids)] == got
    books()


def test_among_accounts_each_holds_its_own_room(desk: Floor, books: Books) -> None:
    order = held(desk)
    answer = done(desk, order, Part(D(600), account="BETA"), Part(D(400), account="ALPHA"))
    assert answer.order_ids[1] == order.id
    assert reserved() == {"ALPHA": 400, "BETA": 600}
    books()


def test_an_order_that_keeps_nothing_ends_and_names_its_parts(desk: Floor, books: Books) -> None:
    Account.objects.create(code="GAMMA", name="Fund GAMMA", desk=desk.desk, base_currency="USD")
    order = held(desk, hold="manual")
    answer = done(desk, order, Part(percent=D(50), account="BETA"), Part(percent=D(50), account="GAMMA"))
    order.refresh_from_db()
    assert (order.ord_status, order.text) == (
        "canceled",
        f"split into orders {answer.order_ids[0]}, {answer.order_ids[1]}",
    )
    assert reserved() == {"BETA": 500, "GAMMA": 500}
    assert {one.ord_status for one in Order.objects.filter(pk__in=answer.order_ids)} == {"new"}
    books()


def test_of_a_care_order_filled_in_part_what_is_left_is_split(desk: Floor, books: Books) -> None:
    order = held(desk, hold="manual")
    execute([Fill(order.id, D(400), D("99.90"), "XOFF")], desk.actor)
    answer = done(desk, order, Part(D(100)), Part(D(500)))
    order.refresh_from_db()
    assert (order.order_qty, order.cum_qty, order.leaves_qty) == (500, 400, 100)
    assert reserved() == {"ALPHA": 600}
    books()
    execute(
        [Fill(order.id, D(100), D("99.90"), "XOFF"), Fill(answer.order_ids[1], D(500), D("99.90"), "XOFF")], desk.actor
    )
    assert reserved() == {}
    books()


def test_a_full_limit_does_not_stand_in_the_way_of_the_same_account(desk: Floor, books: Books) -> None:
    order = held(desk)
    Rule.objects.create(control="PT-19", name="full", params={"max_long": "1000"}, version=1, effective_from=now())
    assert done(desk, order, Part(D(600)), Part(D(400))).answer.accepted
    assert reserved() == {"ALPHA": 1000}
    books()


def test_another_account_is_checked_and_one_refusal_refuses_all(desk: Floor, books: Books) -> None:
    order = held(desk)
    Rule.objects.create(
        control="PT-19", name="small", params={"max_long": "100"}, account=desk.accounts[1], version=1, effective_from=now()
    )  # fmt: skip
    answer = done(desk, order, Part(D(800)), Part(D(100), account="BETA"), Part(D(100), account="BETA"))
    assert [one.code for one in answer.answer.refusals] == ["POSITION_LIMIT"]
    assert (Order.objects.count(), Order.objects.get().order_qty, reserved()) == (1, 1000, {"ALPHA": 1000})
    assert done(desk, order, Part(D(900)), Part(D(100), account="BETA")).answer.accepted
    books()


@pytest.mark.parametrize(
    ("parts", "code"),
    [((Part(D(500)), Part(D(400))), "BAD_SPLIT"), ((Part(D(1000)),), "BAD_SPLIT"), ((), "BAD_SPLIT"),
     ((Part(D(500)), Part(percent=D(50))), "BAD_SPLIT"), ((Part(percent=D(50)), Part(percent=D(49))), "BAD_SPLIT"),
     ((Part(D(1100)), Part(D(-100))), "BAD_SPLIT"), ((Part(D("500.5")), Part(D("499.5"))), "BAD_SPLIT"),
     ((Part(D(500)), Part(D(500), account="THEIRS")), "UNKNOWN_ACCOUNT"),
     ((Part(D(500)), Part(D(500), account="NONE")), "UNKNOWN_ACCOUNT")],
)  # fmt: skip
def test_what_does_not_add_up_is_refused(desk: Floor, parts: tuple[Part, ...], code: str, books: Books) -> None:
    other = Desk.objects.create(code="FI", name="Bonds")
    Account.objects.create(code="THEIRS", name="Not ours", desk=other, base_currency="USD")
    desk.trader.desks.add(other)
    desk.actor = desk.actor._replace(desk_ids=frozenset({desk.desk.pk, other.pk}))
    order = held(desk)
    assert done(desk, order, *parts).answer.refusals[0].code == code
    assert (Order.objects.count(), reserved()) == (1, {"ALPHA": 1000})
    books()


def test_what_is_at_a_venue_is_not_split(desk: Floor, books: Books) -> None:
    order = held(desk, hold="manual")
    slices([Slice(order.id, D(100), price=D("99.90"), venue="XNYS")], desk.actor)
    assert done(desk, order, Part(D(500)), Part(D(500))).answer.refusals[0].code == "BAD_SPLIT"
    [answer] = enter([desk.draft()], desk.actor)
    route()
    [routed] = split([Split(answer.order_id or 0, (Part(D(50)), Part(D(50))))], desk.actor)
    assert routed.answer.refusals[0].code == "BAD_SPLIT"
    [stale] = split([Split(order.id, (Part(D(500)), Part(D(500))), version=99)], desk.actor)
    assert stale.answer.refusals[0].code == "VERSION_CONFLICT"
    books()


def test_a_clients_order_is_sliced_instead(desk: Floor, books: Books) -> None:
    ClientSession.objects.create(code="CLIENT", target_comp_id="CLIENT", user=user("fix"))
    [answer] = enter([desk.draft(hold="staged", cl_ord_id="c1")], desk.actor._replace(session="CLIENT"))
    [said] = split([Split(answer.order_id or 0, (Part(D(50)), Part(D(50))))], desk.actor)
    assert (said.answer.refusals[0].code, "ClOrdID" in said.answer.refusals[0].text) == ("BAD_SPLIT", True)
    books()


def test_the_parts_of_a_baskets_order_are_the_baskets(desk: Floor, books: Books) -> None:
    made = enter_list(
        ListDraft("k", "basket", [desk.draft(hold="wave"), desk.draft(symbol="IBM", hold="wave")]), desk.actor
    )
    [answer] = split([Split(made.answers[0].order_id or 0, (Part(D(50)), Part(D(50))))], desk.actor)
    rows = ListOrder.objects.filter(list_id=made.pk).order_by("seq_no").values_list("order_id", "seq_no")
    assert list(rows)[-1] == (answer.order_ids[1], 3)
    assert set(Order.objects.values_list("hold", flat=True)) == {"wave"}
    books()


def test_a_split_costs_the_same_for_few_and_many(desk: Floor, books: Books) -> None:
    orders = [held(desk, 100) for _ in range(20)]
    counts = []
    for some in (orders[:1], orders[1:]):
        with CaptureQueriesContext(connection) as seen:
            split([Split(one.id, (Part(D(60)), Part(D(40), account="BETA"))) for one in some], desk.actor)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert Reservation.objects.filter(qty=40).count() == 20
    books()


def test_a_rule_that_came_since_does_not_stand_between_an_order_and_its_parts(desk: Floor, books: Books) -> None:
    """The parts ask for nothing new: their decisions say so as their basis, whatever the rule says today."""
    order = held(desk)
    Rule.objects.create(control="PT-01", name="size", params={"soft": "10", "hard": "400"})
    answer = done(desk, order, Part(D(700)), Part(D(300)))
    assert qtys(answer.order_ids) == [("ALPHA", 700), ("ALPHA", 300)]
    part = Decision.objects.get(order_id=answer.order_ids[1])
    assert (part.outcome, part.accepted, part.basis) == ("soft", True, "part")
    books()


def test_a_part_for_another_account_is_acknowledged_with_a_reason(desk: Floor, books: Books) -> None:
    order = held(desk)
    Rule.objects.create(control="PT-01", name="size", params={"soft": "10"})
    parts = (Part(D(700)), Part(D(300), account="BETA"))
    bare = done(desk, order, *parts, acknowledge_soft=True)
    assert [(one.field, one.code) for one in bare.answer.refusals] == [("acknowledge_reason", "MISSING")]
    assert not bare.order_ids
    done(desk, order, *parts, acknowledge_soft=True, acknowledge_reason="as allocated")
    assert Decision.objects.get(order__account__code="BETA").reason == "as allocated"
    books()
