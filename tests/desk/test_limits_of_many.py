"""Limits where one order is several or several are one: blocks, splits and spreads never count twice."""

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest

from oms.desk import Amendment, Cancellation, amend, cancel, days, enter
from oms.desk.block import Merge, merge, undo
from oms.desk.care import Fill, execute
from oms.desk.multileg import enter_multileg
from oms.desk.record import record
from oms.desk.route import route
from oms.desk.split import Part, Split, split
from oms.desk.staging import Wish, refuse
from oms.desk.unblock import unblock
from orders.fx import Rates
from orders.models import Order
from risk import limiting
from risk.models import Decision, Limit, Reservation, Sent
from tests.desk.spreads import draft, takes_spreads, units, working
from tests.desk.world import children, fill, says, sent
from tests.factories import TODAY, Floor, quote
from tests.limiting import chief, limit, lots, money, row

pytestmark = pytest.mark.django_db
Books = Callable[[], None]


@pytest.fixture
def gross(desk: Floor) -> Limit:
    """A million dollars for the firm."""
    return limit("gross_notional", 1_000_000)


def held(desk: Floor, qty: int = 100, account: str = "ALPHA", **terms: Any) -> int:
    [answer] = enter([desk.draft(qty, account=account, hold="staged", **terms)], desk.actor)
    assert answer.accepted, answer
    assert answer.order_id is not None
    return answer.order_id


def block(desk: Floor, ids: list[int], **how: Any) -> int:
    [answer] = merge([Merge(tuple(ids), **how)], desk.actor)
    assert answer.accepted, answer
    assert answer.order_id is not None
    return answer.order_id


def limits_of(order_id: int) -> frozenset[int]:
    return frozenset(usage_id for usage_id, _ in Reservation.objects.get(order_id=order_id).limits)


def test_a_block_takes_no_room_and_its_fills_are_its_members(desk: Floor, gross: Limit, books: Books) -> None:
    ours = limit("gross_notional", 60_000, account=desk.accounts[0])
    ids = [held(desk, 600), held(desk, 300, "BETA")]
    exactly = limit("open_notional", 90_000)
    whole = block(desk, ids)
    assert (money(gross), lots(gross)[3], lots(exactly)[3]) == ((90_000, 0, 0), 2, 2)
    assert not Reservation.objects.filter(order_id=whole).exists()
    execute([Fill(whole, D(300), D("99.5"), "XOFF")], desk.actor)
    assert money(gross) == (60_000, 0, 29_850)
    assert money(ours) == (40_000, 0, 19_900)
    cancel([Cancellation(whole)], desk.actor)
    assert unblock() == 1
    assert money(gross) == (60_000, 0, 29_850), "what is left of the members is theirs to work"
    refuse([Wish(order_id) for order_id in ids], desk.actor, "no")
    cancel([Cancellation(order_id) for order_id in ids], desk.actor)
    assert (money(gross), lots(gross)[3]) == ((0, 0, 29_850), 0)
    books()


def test_busts_and_corrections_of_a_block_are_taken_back_from_its_members(
    desk: Floor, gross: Limit, books: Books
) -> None:
    whole = block(desk, [held(desk, 600), held(desk, 300, "BETA")], care=False)
    route()
    [child] = children(whole)
    record([says(child, "new"), fill(child, 300, "99.5", exec_id="F1"), fill(child, 90, "99", exec_id="F2")])
    assert money(gross) == (51_000, 0, 38_760)
    record([says(child, "trade_correct", exec_ref_id="F2", last_qty=D(90), last_px=D(98))])
    assert money(gross) == (51_000, 0, 38_670)
    record([says(child, "trade_cancel", exec_ref_id="F1")])
    assert money(gross) == (81_000, 0, 8_820)
    books()


def test_blocks_and_members_end_with_the_day(desk: Floor, gross: Limit, books: Books) -> None:
    block(desk, [held(desk, 600), held(desk, 300, "BETA")])
    assert isinstance(days.end(TODAY, "clock"), list)
    unblock()
    assert (money(gross), lots(gross)[3]) == ((0, 0, 0), 0)
    books()


def test_an_undone_block_and_a_member_that_leaves_move_only_their_own(desk: Floor, gross: Limit, books: Books) -> None:
    first, second = held(desk, 600), held(desk, 300, "BETA")
    undo([Wish(block(desk, [first, second]))], desk.actor)
    assert (money(gross), lots(gross)[3]) == ((90_000, 0, 0), 2)
    block(desk, [first, second])
    cancel([Cancellation(second)], desk.actor)
    assert (money(gross), lots(gross)[3]) == ((60_000, 0, 0), 1)
    books()


def test_parts_of_the_same_account_pass_on_the_room_and_its_worth(desk: Floor, books: Books) -> None:
    """Also where the limit is full, where the level was lowered since, and where who splits has a limit of his own."""
    full = limit("gross_notional", 100_000)
    window = limit("window_notional", 100_000, window_s=3_600)
    order = held(desk, 1_000)
    full.hard = D(50_000)
    assert limiting.put([full], chief(), Rates()) == [[]]
    [answer] = split([Split(order, (Part(D(500)), Part(D(300)), Part(D(200))))], desk.actor)
    assert answer.answer.accepted, answer
    assert (money(full), lots(full)[3]) == ((100_000, 0, 0), 3)
    assert {limits_of(one) for one in answer.order_ids} == {limits_of(order)}
    assert sum(Sent.objects.values_list("value", flat=True)) == 100_000, "it was sent once"
    assert lots(window)[3] == 3
    bases = Decision.objects.filter(order__in=answer.order_ids[1:]).values_list("outcome", "basis")
    assert set(bases) == {("hard", "part")}
    books()
    cancel([Cancellation(one) for one in answer.order_ids], desk.actor)
    assert (money(full), lots(full)[3]) == ((0, 0, 0), 0)
    books()


def test_a_market_order_is_split_at_what_it_was_worth_when_entered(desk: Floor, gross: Limit, books: Books) -> None:
    order = held(desk, 1_000, price=None)
    assert money(gross) == (100_010, 0, 0)
    for mic in ("XNAS", "XNYS", "BATS"):
        quote(desk.instruments["AAPL"], mic, "149.99", "150.01")
    [answer] = split([Split(order, (Part(D(600)), Part(D(400))))], desk.actor)
    assert answer.answer.accepted, answer
    assert (money(gross), lots(gross)[3]) == ((100_010, 0, 0), 2)
    books()


def test_parts_for_other_accounts_are_new_there_and_given_back_here(desk: Floor, books: Books) -> None:
    firm, window = limit("gross_notional", 100_000), limit("window_notional", 100_000, window_s=3_600)
    alpha = limit("gross_notional", 100_000, account=desk.accounts[0])
    beta = limit("gross_notional", 60_000, account=desk.accounts[1])
    exposed = limit("gross_exposure", 100_000, instrument=desk.instruments["AAPL"])
    order = held(desk, 1_000)
    [answer] = split([Split(order, (Part(D(600), account="BETA"), Part(D(400), account="ALPHA")))], desk.actor)
    assert answer.answer.accepted, answer
    assert (money(firm)[0], money(alpha)[0], money(beta)[0]) == (100_000, 40_000, 60_000)
    assert (lots(firm)[3], lots(alpha)[3], lots(beta)[3], lots(window)[3], lots(exposed)[3]) == (2, 1, 1, 2, 2)
    assert sum(Sent.objects.values_list("value", flat=True)) == 100_000
    books()
    [beyond] = split(
        [Split(answer.order_ids[1], (Part(D(1), account="BETA"), Part(D(399), account="ALPHA")))], desk.actor
    )
    assert [r.code for r in beyond.answer.refusals] == ["CREDIT_LIMIT"]
    assert (money(firm)[0], money(alpha)[0], money(beta)[0]) == (100_000, 40_000, 60_000)
    books()


def test_a_number_of_open_orders_may_stop_a_split(desk: Floor, books: Books) -> None:
    orders = limit("open_orders", 2)
    order = held(desk, 1_000)
    [three] = split([Split(order, (Part(D(500)), Part(D(300)), Part(D(200))))], desk.actor)
    assert [r.code for r in three.answer.refusals] == ["OPEN_ORDERS_LIMIT"]
    assert (lots(orders)[3], Order.objects.count()) == (1, 1)
    [two] = split([Split(order, (Part(D(500)), Part(D(500))))], desk.actor)
    assert two.answer.accepted
    assert lots(orders)[3] == 2
    books()


def test_splits_of_one_batch_see_what_the_one_before_gave_back(desk: Floor, books: Books) -> None:
    beta = limit("gross_notional", 80_000, account=desk.accounts[1])
    ids = [held(desk, 500), held(desk, 500)]
    wishes = [Split(order_id, (Part(D(500) - 50, account="BETA"), Part(D(50)))) for order_id in ids]
    first, second = split(wishes, desk.actor)
    assert (first.answer.accepted, [r.code for r in second.answer.refusals]) == (True, ["CREDIT_LIMIT"])
    assert money(beta) == (45_000, 0, 0)
    books()


def test_what_a_filled_order_executed_stays_with_it_when_it_is_split(desk: Floor, gross: Limit, books: Books) -> None:
    [answer] = enter([desk.draft(1_000, hold="manual", handl_inst="manual")], desk.actor)
    assert answer.order_id is not None
    execute([Fill(answer.order_id, D(400), D("99.5"), "XOFF")], desk.actor)
    [done] = split([Split(answer.order_id, (Part(D(100)), Part(D(500))))], desk.actor)
    assert done.answer.accepted
    assert (money(gross), lots(gross)[3]) == ((60_000, 0, 39_800), 2)
    books()


def test_each_leg_of_a_spread_counts_once(desk: Floor, books: Books) -> None:
    takes_spreads("XNAS")
    orders = limit("open_orders", 10)
    value = limit("gross_notional", 1_000_000_000)
    whole, child = working(desk)
    assert lots(orders)[3] == Reservation.objects.filter(qty__gt=0).count() == 2
    assert money(value)[1] == 2_000, "20 MSFT sold at 100; a buy takes the offer"
    record(units(child, 4))
    assert (money(value)[1:], lots(orders)[3]) == ((1_200, 1_198), 2)
    amend([Amendment(whole.pk, order_qty=D(20))], desk.actor)
    assert money(value)[1] == 3_200
    cancel([Cancellation(whole.pk)], desk.actor)
    books()
    for asked in sent("F"):
        record([says(child, "canceled", asked.cl_ord_id, orig_cl_ord_id=child.cl_ord_id)])
    assert (lots(orders)[3], money(value)[:2]) == (0, (0, 0))
    books()


def test_a_spread_that_one_leg_stops_takes_nothing(desk: Floor, books: Books) -> None:
    orders = limit("open_orders", 1)
    [answer] = enter_multileg([draft(desk)], desk.actor)
    assert [r.code for r in answer.refusals] == ["OPEN_ORDERS_LIMIT"]
    assert row(orders).open_orders == 0
    books()
