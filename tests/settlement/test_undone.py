"""Trades undone, and instructions offered again, while something else is under way: nothing settles twice or not at all."""

from decimal import Decimal as D
from typing import Any

from orders.book import Line
from orders.lifecycle import Report
from orders.vocabulary import ExecType
from settlement.answers import apply
from settlement.instruct import send
from settlement.models import AwaitingNetting, Instruction, NettingSwitch, Obligation
from settlement.netrun import net
from settlement.repair import Amendment, amend, cancel, hold, resend
from settlement.settle import settle
from tests.factories import Floor
from tests.settlement.checks import broken
from tests.settlement.test_repair import codes, own, said, states
from tests.settlement.world import MONDAY, fill, undo

NOTHING = {"securities": (0, 0, 0), "USD": (0, 0, 0)}


def sent(floor: Floor) -> tuple[Line, int]:
    """A trade, and its instruction that was sent."""
    (order,) = fill(floor, [("buy", 100, "10")])
    settle_all()
    net(MONDAY)
    assert send() == 1
    return order, Instruction.objects.get().pk


def settle_all() -> None:
    while settle():
        pass


def bust(order: Line) -> None:
    undo(order, f"X{order.id}-0", Report(ExecType.TRADE_CANCEL, D(100), D(10)))
    settle_all()


def amended(id_: int) -> int:
    """It is amended: what replaces it waits for its cancellation."""
    assert codes(amend([Amendment(id_, priority=1)], "olga", "urgent")) == [None]
    return Instruction.objects.get(linked_to=id_, linkage="replaces").pk


def test_what_settled_after_all_is_not_instructed_again(floor: Floor) -> None:
    _, first = sent(floor)
    second = amended(first)
    assert apply([said(first, "settled")]) == [None]
    assert states() == ["settled", "cancelled"]
    assert codes(resend([second, first], "olga", "try")) == ["BAD_VALUE", "BAD_VALUE"]
    assert (states(), send()) == (["settled", "cancelled"], 0)


def test_what_is_left_is_instructed_once_whichever_is_offered_again(floor: Floor) -> None:
    _, first = sent(floor)
    second = amended(first)
    part = said(first, "partial", qty=D(40), net_money=D(400), message_id="M1")
    assert apply([part, said(first, "cancel_denied")]) == [None, None]
    assert codes(cancel([first], "olga", "again")) == [None]
    assert apply([said(first, "cancelled")]) == [None]
    assert codes(resend([second, first], "olga", "the rest")) == [None, "BAD_VALUE"]
    rest = Instruction.objects.latest("id")
    assert (rest.qty, rest.net_money, rest.state) == (60, 600, "ready")
    send()
    assert apply([said(rest.pk, "settled")]) == [None]
    assert own() == {"securities": (100, 0, 0), "USD": (-1000, 0, 0)}
    assert codes(resend([second, first], "olga", "again")) == ["BAD_VALUE", "BAD_VALUE"]
    assert broken() == {}


def test_a_bust_while_an_amendment_waits_is_about_what_the_custodian_has(floor: Floor) -> None:
    order, first = sent(floor)
    second = amended(first)
    bust(order)
    assert Instruction.objects.get(pk=second).state == "cancelled"
    back = Instruction.objects.get(linkage="reverses")
    assert (back.linked_to_id, back.on_hold) == (first, True)
    assert apply([said(first, "settled")]) == [None]
    assert send() == 1
    assert apply([said(back.pk, "settled")]) == [None]
    assert own() == NOTHING
    assert broken() == {}


def test_a_bust_while_an_amendment_waits_moves_nothing_if_the_cancellation_is_granted(floor: Floor) -> None:
    order, first = sent(floor)
    amended(first)
    bust(order)
    assert apply([said(first, "cancelled")]) == [None]
    assert (set(states()), send(), own()) == ({"cancelled"}, 0, NOTHING)
    assert not Obligation.objects.filter(cancellation=None).exists()
    assert broken() == {}


def test_a_bust_of_what_settled_in_part_and_was_cancelled_is_reversed(floor: Floor) -> None:
    order, first = sent(floor)
    part = said(first, "partial", qty=D(40), net_money=D(400), message_id="M1")
    cancel([first], "olga", "the rest is wrong")
    assert apply([part, said(first, "cancelled")]) == [None, None]
    bust(order)
    assert Obligation.objects.filter(cancellation=None).count() == 2
    assert codes(resend([first], "olga", "the rest, so that it can be reversed")) == [None]
    assert send() == 2
    assert not any(apply([said(one.pk, "settled") for one in Instruction.objects.filter(state="sent")]))
    assert own() == NOTHING
    assert broken() == {}


def test_the_reversal_of_what_may_yet_be_cancelled_is_not_netted(floor: Floor) -> None:
    NettingSwitch.objects.create(place_of_settlement="DTCYUS33", valid_from=MONDAY, nets=True)
    order, first = sent(floor)
    bust(order)
    assert (states(), AwaitingNetting.objects.count(), net(MONDAY)) == (["cancel_requested", "ready"], 0, 0)
    assert apply([said(first, "cancelled")]) == [None]
    assert (states(), send(), own()) == (["cancelled", "cancelled"], 0, NOTHING)
    assert broken() == {}


def test_a_net_of_which_a_part_was_called_off_is_instructed_again_for_the_rest(floor: Floor) -> None:
    NettingSwitch.objects.create(place_of_settlement="DTCYUS33", valid_from=MONDAY, nets=True)
    orders = fill(floor, [("buy", 100, "10"), ("buy", 50, "10"), ("sell", 30, "10")])
    settle_all()
    net(MONDAY)
    one = Instruction.objects.get()
    assert (one.qty, codes(cancel([one.pk], "olga", "look at it"))) == (120, [None])
    bust(orders[0])
    assert codes(resend([one.pk], "olga", "the rest")) == [None]
    again = Instruction.objects.filter(linkage="replaces").order_by("id")
    assert [(row.direction, row.qty) for row in again] == [("receive", 50), ("deliver", 30)]
    send()
    assert not any(apply([said(row.pk, "settled") for row in again]))
    assert own()["securities"] == (20, 0, 0)
    assert broken() == {}


def netted(floor: Floor, *fills: tuple[str, int, str]) -> tuple[list[Line], int]:
    """Trades of one day, and the instruction that nets them."""
    NettingSwitch.objects.create(place_of_settlement="DTCYUS33", valid_from=MONDAY, nets=True)
    orders = fill(floor, fills)
    settle_all()
    net(MONDAY)
    return orders, Instruction.objects.get().pk


def replacements(*replaced: int) -> list[tuple[Any, ...]]:
    """(direction, quantity, money) of what was sent instead, in order."""
    rows = Instruction.objects.filter(linkage="replaces", linked_to__in=replaced).order_by("id")
    return list(rows.values_list("direction", "qty", "net_money"))


def test_what_settled_of_a_part_of_a_net_is_not_instructed_again(floor: Floor) -> None:
    orders, whole = netted(floor, ("buy", 100, "10"), ("buy", 50, "10"))
    cancel([whole], "olga", "look at it")
    bust(orders[0])
    assert codes(resend([whole], "olga", "the rest")) == [None]
    rest = Instruction.objects.get(linked_to=whole)
    assert send() == 1
    cancel([rest.pk], "olga", "stop")
    part = said(rest.pk, "partial", qty=D(20), net_money=D(200), message_id="M1")
    assert apply([part, said(rest.pk, "cancelled")]) == [None, None]
    # Whichever of them is offered again, it is for what is left.
    assert codes(resend([whole, rest.pk], "olga", "the rest")) == [None, "BAD_VALUE"]
    assert replacements(whole) == [("receive", 50, 500), ("receive", 30, 300)]
    assert send() == 1
    assert apply([said(Instruction.objects.latest("id").pk, "settled")]) == [None]
    assert own() == {"securities": (50, 0, 0), "USD": (-500, 0, 0)}
    assert codes(resend([whole, rest.pk], "olga", "again")) == ["BAD_VALUE", "BAD_VALUE"]
    assert broken() == {}


def test_a_net_whose_quantity_stays_and_whose_money_does_not_is_instructed_for_what_is_owed(floor: Floor) -> None:
    orders, whole = netted(floor, ("buy", 100, "10"), ("buy", 50, "10"), ("sell", 50, "11"))
    cancel([whole], "olga", "look at it")
    for at, price in ((1, "10"), (2, "11")):
        undo(orders[at], f"X{orders[at].id}-{at}", Report(ExecType.TRADE_CANCEL, D(50), D(price)))
    settle_all()
    assert codes(resend([whole], "olga", "the rest")) == [None]
    assert replacements(whole) == [("receive", 100, 1000)]
    assert send() == 1
    assert apply([said(Instruction.objects.latest("id").pk, "settled")]) == [None]
    assert own() == {"securities": (100, 0, 0), "USD": (-1000, 0, 0)}
    assert broken() == {}


def test_of_a_pair_the_side_that_is_on_hold_stays_when_the_other_is_cancelled(floor: Floor) -> None:
    NettingSwitch.objects.create(place_of_settlement="DTCYUS33", valid_from=MONDAY, nets=True)
    fill(floor, [("buy", 100, "10"), ("sell", 100, "11")])
    settle_all()
    net(MONDAY)
    first, second = Instruction.objects.order_by("id")
    assert (second.linkage, second.linked_to_id) == ("paired", first.pk)
    assert codes(hold([second.pk], "olga", "not yet")) == [None]
    assert send() == 1
    cancel([first.pk], "olga", "wrong broker")
    assert apply([said(first.pk, "cancelled")]) == [None]
    assert (states(), send()) == (["cancelled", "ready"], 0)
    assert Obligation.objects.filter(cancellation=None).count() == 2
    assert broken() == {}


def test_the_reversal_of_what_is_replaced_is_not_called_off(floor: Floor) -> None:
    order, first = sent(floor)
    bust(order)
    back = Instruction.objects.get(linkage="reverses")
    assert apply([said(first, "cancel_denied")]) == [None]
    assert codes(hold([back.pk], "olga", "not yet")) == [None]
    second = amended(first)
    assert apply([said(first, "cancelled")]) == [None]
    assert send() == 2
    assert not any(apply([said(second, "settled"), said(back.pk, "settled")]))
    assert own() == NOTHING
    assert broken() == {}
