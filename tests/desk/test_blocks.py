"""Blocks: merged, worked, their fills shared out and taken back; undone, canceled and given back."""

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.desk import Amendment, Cancellation, amend, cancel, days, enter
from oms.desk.block import Merge, merge, undo
from oms.desk.care import Fill, Slice, execute, slices
from oms.desk.record import record
from oms.desk.route import route
from oms.desk.staging import Wish, accept, send_on
from oms.desk.takeback import take_back
from oms.desk.unblock import unblock
from orders.models import Account, ExecutionReport, Order, OrderList, Position
from risk import kill
from risk.models import Reservation, Rule, Usage
from routing.models import Rule as RoutingRule
from tests.desk.world import children, fill, says, sent
from tests.factories import TODAY, Floor, user

pytestmark = pytest.mark.django_db
Books = Callable[[], None]


def staged(desk: Floor, qtys: dict[str, int], hold: str = "staged", **terms: Any) -> list[int]:
    """Orders of these accounts that wait for a trader."""
    answers = enter([desk.draft(qty, account=account, hold=hold, **terms) for account, qty in qtys.items()], desk.actor)
    assert all(answer.accepted for answer in answers), answers
    return [answer.order_id for answer in answers]  # type: ignore[misc]


def of(order_id: int | None) -> Order:
    return Order.objects.get(pk=order_id)


def block(desk: Floor, ids: list[int], **how: Any) -> Order:
    [answer] = merge([Merge(tuple(ids), **how)], desk.actor)
    assert answer.accepted, answer
    return of(answer.order_id)


def had(ids: list[int]) -> list[int]:
    return [int(of(order_id).cum_qty) for order_id in ids]


def positions() -> dict[str, int]:
    return {row.account.code: int(row.qty) for row in Position.objects.select_related("account") if row.qty}


@pytest.fixture
def three(desk: Floor) -> list[int]:
    """600, 300 and 100 of three accounts."""
    Account.objects.create(code="GAMMA", name="Fund GAMMA", desk=desk.desk, base_currency="USD")
    return staged(desk, {"ALPHA": 600, "BETA": 300, "GAMMA": 100})


def test_a_block_reserves_nothing_and_is_undone_without_a_trace_in_the_limits(
    desk: Floor, three: list[int], books: Books
) -> None:
    before = list(Usage.objects.order_by("id").values_list("scope_id", "open_buy_qty"))
    made = block(desk, three)
    assert (made.order_qty, made.composition, made.hold, made.ord_status) == (1000, "block", "manual", "new")
    assert [of(one).hold for one in three] == ["block"] * 3
    assert not Reservation.objects.filter(order=made).exists()
    assert not Account.objects.get(pk=made.account_id).active
    books()
    assert undo([Wish(made.id)], desk.actor)[0].accepted
    assert [(of(one).hold, of(one).ord_status) for one in three] == [("staged", "pending_new")] * 3
    assert (
        list(Usage.objects.filter(open_buy_qty__gt=0).order_by("id").values_list("scope_id", "open_buy_qty")) == before
    )
    assert of(made.id).ord_status == "canceled"
    assert undo([Wish(made.id)], desk.actor)[0].refusals[0].code == "ORDER_CLOSED"
    assert accept([Wish(one) for one in three], desk.actor, care=False)[0].accepted
    books()


def test_fills_are_shared_out_pro_rata_and_booked_in_every_account(desk: Floor, three: list[int], books: Books) -> None:
    made = block(desk, three)
    slices([Slice(made.id, D(700), price=D("99.90"), venue="XNYS")], desk.actor)
    [child] = children(made.id)
    record([says(child, "new"), fill(child, 300, "99.90"), fill(child, 50, "99.80"), fill(child, 350, "99.90")])
    assert had(three) == [420, 210, 70]
    assert positions() == {"ALPHA": 420, "BETA": 210, "GAMMA": 70}
    assert of(made.id).cum_qty == 700
    assert sum(of(one).gross_trade_amt for one in three) == of(made.id).gross_trade_amt
    [answer] = execute([Fill(made.id, D(300), D("99.70"), "XOFF")], desk.actor)
    assert answer.accepted
    assert had(three) == [600, 300, 100]
    assert {of(one).ord_status for one in (*three, made.id)} == {"filled"}
    assert not Usage.objects.filter(open_buy_qty__gt=0).exists()
    assert not Position.objects.filter(account_id=made.account_id).exists()
    books()


def test_a_bust_takes_back_just_what_each_got_of_that_fill(desk: Floor, three: list[int], books: Books) -> None:
    made = block(desk, three)
    slices([Slice(made.id, D(1000), price=D("100"), venue="XNYS")], desk.actor)
    [child] = children(made.id)
    record(
        [
            says(child, "new"),
            fill(child, 100, exec_id="a"),
            fill(child, 150, exec_id="b"),
            fill(child, 750, exec_id="c"),
        ]
    )
    shares = dict(ExecutionReport.objects.filter(is_root=True, venue_exec_id="b").values_list("order_id", "last_qty"))
    assert sum(shares.values()) == 150
    record([says(child, "trade_cancel", exec_id="d", exec_ref_id="b")])
    assert had(three) == [600 - shares.get(three[0], 0), 300 - shares.get(three[1], 0), 100 - shares.get(three[2], 0)]
    assert {of(one).hold for one in three if of(one).leaves_qty} == {"block"}
    books()
    record([fill(child, 150, "99", exec_id="e")])
    assert had(three) == [600, 300, 100]
    books()


def test_corrections_follow_each_share_and_a_later_bust_finds_them(desk: Floor, three: list[int], books: Books) -> None:
    made = block(desk, three)
    slices([Slice(made.id, D(1000), price=D("100"), venue="XNYS")], desk.actor)
    [child] = children(made.id)
    record([says(child, "new"), fill(child, 500, exec_id="a")])
    before = had(three)
    record([says(child, "trade_correct", exec_id="b", exec_ref_id="a", last_qty=D(500), last_px=D("99.5"))])
    assert had(three) == before
    assert sum(of(one).gross_trade_amt for one in three) == D("49750")
    record([says(child, "trade_correct", exec_id="c", exec_ref_id="b", last_qty=D(100), last_px=D("99.5"))])
    assert sum(had(three)) == 100
    books()
    record([says(child, "trade_correct", exec_id="d", exec_ref_id="c", last_qty=D(900), last_px=D("99.5"))])
    assert sum(had(three)) == 900
    books()
    record([says(child, "trade_cancel", exec_id="e", exec_ref_id="d")])
    assert had(three) == [0, 0, 0]
    assert positions() == {}
    books()


def test_a_routed_block_acknowledges_its_members(desk: Floor, three: list[int], books: Books) -> None:
    made = block(desk, three, care=False)
    route()
    working = children(made.id)
    assert sum(child.order_qty for child in working) == 1000
    record([says(child, "new") for child in working])
    assert {of(one).ord_status for one in three} == {"new"}
    books()


def test_a_canceled_block_gives_back_what_is_left(desk: Floor, three: list[int], books: Books) -> None:
    made = block(desk, three)
    slices([Slice(made.id, D(500), price=D("99.90"), venue="XNYS")], desk.actor)
    [child] = children(made.id)
    record([says(child, "new"), fill(child, 1)])
    assert cancel([Cancellation(three[0])], desk.actor)[0].refusals[0].code == "IN_BLOCK"
    cancel([Cancellation(made.id)], desk.actor)
    assert not unblock()
    [message] = sent("F")
    record([says(child, "canceled", message.cl_ord_id)])
    assert unblock() == 1
    assert not unblock()
    assert of(made.id).ord_status == "canceled"
    # What was filled in part is worked by hand; what was not is as it was.
    assert [of(one).hold for one in three] == ["manual", "staged", "staged"]
    assert of(three[0]).leaves_qty == 599
    assert not OrderList.objects.get().active
    books()
    record([fill(child, 200, exec_id="late")])
    assert sum(had(three)) == 201
    send_on([Wish(three[0])], desk.actor)
    route()
    assert children(three[0])[0].order_qty == of(three[0]).leaves_qty
    books()


def test_a_member_may_leave_while_nothing_is_filled(desk: Floor, three: list[int], books: Books) -> None:
    made = block(desk, three)
    slices([Slice(made.id, D(800), price=D("99.90"), venue="XNYS")], desk.actor)
    refusal = cancel([Cancellation(three[1])], desk.actor)[0].refusals[0]
    assert refusal.code == "IN_BLOCK"
    assert cancel([Cancellation(three[2])], desk.actor)[0].ord_status == "canceled"
    assert of(made.id).order_qty == 900
    [child] = children(made.id)
    record([says(child, "new"), fill(child, 600)])
    assert had(three) == [400, 200, 0]
    books()


def test_a_block_whose_last_member_leaves_ends(desk: Floor, three: list[int], books: Books) -> None:
    made = block(desk, three)
    assert all(answer.accepted for answer in cancel([Cancellation(one) for one in three], desk.actor))
    assert {of(one).ord_status for one in (*three, made.id)} == {"canceled"}
    assert not Usage.objects.filter(open_buy_qty__gt=0).exists()
    books()


def test_only_the_price_of_a_block_may_change_and_never_beyond_its_members_limit(
    desk: Floor, three: list[int], books: Books
) -> None:
    made = block(desk, three)
    answers = amend([Amendment(made.id, order_qty=D(900))], desk.actor) + amend(
        [Amendment(made.id, price=D("100.01"))], desk.actor
    )
    answers += amend([Amendment(three[0], order_qty=D(500))], desk.actor)
    assert [answer.refusals[0].code for answer in answers] == ["IS_BLOCK", "BAD_VALUE", "IN_BLOCK"]
    assert amend([Amendment(made.id, price=D("99.50"))], desk.actor)[0].accepted
    assert of(made.id).price == D("99.50")
    books()


@pytest.mark.parametrize(
    ("terms", "said"),
    [({"side": "sell"}, "side"), ({"price": "99.00"}, "price"), ({"symbol": "MSFT"}, "instrument"),
     ({"time_in_force": "good_till_cancel"}, "time_in_force"), ({"price": None}, "ord_type"), ({"exec_inst": "all_or_none"}, "exec_inst")],
)  # fmt: skip
def test_orders_that_differ_are_no_block(desk: Floor, terms: dict[str, Any], said: str, books: Books) -> None:
    ids = staged(desk, {"ALPHA": 100}) + staged(desk, {"BETA": 100}, **terms)
    [answer] = merge([Merge(tuple(ids))], desk.actor)
    assert (answer.refusals[0].code, said in answer.refusals[0].text) == ("BAD_BLOCK", True)
    assert {of(one).hold for one in ids} == {"staged"}
    assert not OrderList.objects.exists()
    books()


def test_what_works_or_is_filled_is_no_member(desk: Floor, three: list[int], books: Books) -> None:
    execute([Fill(three[0], D(100), D("100"), "XOFF")], desk.actor)
    [answer] = enter([desk.draft(account="BETA")], desk.actor)
    route()
    cases = [Merge((three[0], three[1])), Merge((three[1], answer.order_id or 0)), Merge((three[1],)),
             Merge((three[1], three[1])), Merge((three[1], 999_999))]  # fmt: skip
    codes = [one.refusals[0].code for one in merge(cases, desk.actor)]
    assert codes == ["BAD_BLOCK", "BAD_BLOCK", "BAD_BLOCK", "BAD_BLOCK", "UNKNOWN_ORDER"]
    stranger = desk.actor._replace(role="portfolio_manager")
    assert merge([Merge((three[1], three[2]))], stranger)[0].refusals[0].code == "NOT_ALLOWED"
    assert of(three[1]).hold == "staged"
    books()


def test_an_order_is_in_one_block_only(desk: Floor, three: list[int], books: Books) -> None:
    first, second = merge([Merge((three[0], three[1])), Merge((three[1], three[2]))], desk.actor)
    assert (first.accepted, second.refusals[0].code) == (True, "BAD_BLOCK")
    [again] = merge([Merge((first.order_id or 0, three[2]))], desk.actor)
    assert again.refusals[0].code == "BAD_BLOCK"
    books()


def test_the_whole_is_measured_by_the_limit_of_one_order(desk: Floor, three: list[int], books: Books) -> None:
    Rule.objects.create(
        control="PT-01", name="most", params={"hard": "999"}, version=1, effective_from="2020-01-01T00:00Z"
    )
    [answer] = merge([Merge(tuple(three))], desk.actor)
    assert answer.refusals[0].code == "MAX_ORDER_QTY"
    assert {of(one).hold for one in three} == {"staged"}
    assert not OrderList.objects.exists()
    books()


def test_a_kill_switch_for_a_member_stops_the_block(desk: Floor, three: list[int]) -> None:
    made = block(desk, three)
    kill.engage("account", str(desk.accounts[1].pk), user("carl", role="compliance"), "test")
    [answer] = slices([Slice(made.id, D(100), price=D("99.90"), venue="XNYS")], desk.actor)
    assert answer.refusals[0].code == "KILL_SWITCH"
    [answer] = send_on([Wish(made.id)], desk.actor)
    assert answer.refusals[0].code == "KILL_SWITCH"
    assert (of(made.id).hold, of(made.id).ord_status) == ("manual", "new")
    while take_back():
        continue
    assert not sent()
    assert of(made.id).ord_status == "canceled"
    assert unblock() == 1
    # The member that the switch is for is canceled; the others are given back.
    assert sorted((of(one).hold, of(one).ord_status) for one in three) == [
        ("", "canceled"),
        *[("staged", "pending_new")] * 2,
    ]


def test_a_block_that_finds_no_route_gives_its_members_back(desk: Floor, three: list[int], books: Books) -> None:
    RoutingRule.objects.all().delete()
    made = block(desk, three, care=False)
    route()
    assert of(made.id).ord_status == "rejected"
    unblock()
    assert [(of(one).hold, of(one).ord_status) for one in three] == [("staged", "pending_new")] * 3
    books()


def test_a_block_may_be_undone_only_while_nothing_of_it_works(desk: Floor, three: list[int], books: Books) -> None:
    made = block(desk, three)
    slices([Slice(made.id, D(100), price=D("99.90"), venue="XNYS")], desk.actor)
    assert undo([Wish(made.id)], desk.actor)[0].refusals[0].code == "BLOCK_WORKS"
    assert undo([Wish(three[0])], desk.actor)[0].refusals[0].code == "BAD_BLOCK"
    [child] = children(made.id)
    record([says(child, "rejected")])
    assert undo([Wish(made.id)], desk.actor)[0].accepted
    books()


def test_the_day_ends_for_block_and_members(desk: Floor, three: list[int], books: Books) -> None:
    made = block(desk, three)
    execute([Fill(made.id, D(500), D("100"), "XOFF")], desk.actor)
    days.end(TODAY, "olga")
    unblock()
    assert {of(one).ord_status for one in (*three, made.id)} == {"expired"}
    assert not Usage.objects.filter(open_buy_qty__gt=0).exists()
    books()


def test_more_than_the_members_can_take_waits_for_operations(desk: Floor, three: list[int], books: Books) -> None:
    made = block(desk, three)
    slices([Slice(made.id, D(1000), price=D("99.90"), venue="XNYS")], desk.actor)
    [child] = children(made.id)
    record([says(child, "new")])
    cancel([Cancellation(made.id)], desk.actor)
    record([says(child, "canceled", sent("F")[0].cl_ord_id)])
    unblock()
    cancel([Cancellation(one) for one in three[:2]], desk.actor)
    accept([Wish(three[2])], desk.actor, care=True)
    execute([Fill(three[2], D(50), D("100"), "XOFF")], desk.actor)
    # Canceled orders may be filled late, up to what they were for; 950 are left of 1,000.
    refusals = record([fill(child, 960, exec_id="over"), fill(child, 950, exec_id="late")])
    assert [one and one.code for one in refusals] == ["OVERFILL", None]
    assert had(three) == [600, 300, 100]
    books()


def test_a_verb_costs_the_same_for_few_and_many(desk: Floor) -> None:
    ids = [staged(desk, {"ALPHA": 100, "BETA": 200}) for _ in range(12)]
    counts = []
    for some in (ids[:1], ids[1:]):
        with CaptureQueriesContext(connection) as few:
            made = merge([Merge(tuple(one)) for one in some], desk.actor)
        with CaptureQueriesContext(connection) as telephone:
            execute([Fill(one.order_id or 0, D(100), D("100"), "XOFF") for one in made], desk.actor)
        counts.append((len(few), len(telephone)))
    assert counts[0] == counts[1]
