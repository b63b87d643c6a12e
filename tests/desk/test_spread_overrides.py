"""Overrides of spreads and blocks: one for the whole, its terms with every leg, used once; merges and splits take none."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.desk import Amendment, amend, enter
from oms.desk.block import Merge, merge
from oms.desk.multileg import LegDraft, enter_multileg, foresee
from oms.desk.override import Ask, Ruling, ask, decide
from oms.desk.split import Part, Split, split
from orders.models import Alert, Order
from risk.models import Decision, Override, OverrideEvent, Rule
from tests.desk.spreads import LEGS, draft, legs_of, takes_spreads, working
from tests.factories import Floor
from tests.overriding import People, age, everything, people, second_person, warn

pytestmark = pytest.mark.django_db
Books = Callable[[], None]


@pytest.fixture
def who(desk: Floor) -> People:
    return people(desk)


@pytest.fixture
def warned(desk: Floor) -> Floor:
    """Legs of more than 15 are warned of, and a second person must release them: of ten spreads the second leg."""
    takes_spreads("XNAS")
    warn("15")
    second_person()
    return desk


def codes(answer: Any) -> list[tuple[str, str]]:
    return [(refusal.field, refusal.code) for refusal in answer.refusals]


def asked(order_id: int, who: People, reason: str = "the client insists") -> Any:
    [told] = ask([Ask(order_id, reason)], who.tina)
    return told


def granted(order_id: int, who: People) -> int:
    told = asked(order_id, who)
    assert told.override_id is not None, told
    [ruled] = decide([Ruling(told.override_id, True, "seen")], who.carla)
    assert ruled.refusals == (), ruled
    return int(told.override_id)


def test_a_spread_is_asked_for_granted_and_used_as_one(warned: Floor, who: People, books: Books) -> None:
    [first] = enter_multileg([draft(warned)], who.tina)
    assert codes(first) == [("legs[2].override_id", "SECOND_PERSON"), ("legs[2].order_qty", "MAX_ORDER_QTY")]
    assert f"Ask for an override of order {first.order_id}" in Order.objects.get(pk=first.order_id).text
    number = granted(first.order_id, who)
    kept = Override.objects.get(pk=number)
    assert (kept.order_id, kept.way, [one["leg"] for one in kept.breaches]) == (first.order_id, "second_person", [2, 2])
    assert kept.terms["legs"] == "buy 1 AAPL.XNAS; sell 2 MSFT.XNAS"
    assert asked(first.order_id, who).duplicate

    [answer] = enter_multileg([draft(warned, override_id=number)], who.tina)
    assert answer.accepted, answer
    legs = Decision.objects.filter(order__in=legs_of(answer.order_id)).order_by("pk")  # type: ignore[arg-type]
    assert [(one.basis, one.override_no) for one in legs] == [("", number), ("override", number)]
    kept.refresh_from_db()
    assert (kept.state, kept.used_by_id) == ("used", answer.order_id)
    assert Alert.objects.filter(kind="override", order_id=answer.order_id).count() == 1
    again = everything()
    [twice] = enter_multileg([draft(warned, override_id=number)], who.tina)
    assert (codes(twice), everything()) == ([("override_id", "OVERRIDE_USED")], again)
    books()


CHANGES: list[dict[str, Any]] = [
    {"order_qty": D(11)}, {"price": D(-100)}, {"side": "sell"}, {"time_in_force": "good_till_cancel"},
    {"ord_type": "market", "price": None}, {"account": "BETA"}, {"legs": (LEGS[0], LegDraft("MSFT", "sell", D(3)))},
    {"legs": (LEGS[0], LegDraft("IBM", "sell", D(2)))}, {"legs": (LEGS[0], LegDraft("MSFT", "sell_short", D(2)))},
    {"legs": LEGS[::-1]}, {"legs": (*LEGS, LegDraft("IBM", "buy"))},
]  # fmt: skip


def test_any_other_term_of_the_whole_or_of_a_leg_voids_it(warned: Floor, who: People, books: Books) -> None:
    [first] = enter_multileg([draft(warned)], who.tina)
    number = granted(first.order_id, who)
    before = everything()
    answers = enter_multileg([draft(warned, override_id=number, **change) for change in CHANGES], who.tina)
    assert [codes(answer) for answer in answers] == [[("override_id", "OVERRIDE_TERMS")]] * len(CHANGES)
    assert [codes(one.answer) for one in foresee([draft(warned, override_id=number, order_qty=D(11))], who.tina)] == [
        [("override_id", "OVERRIDE_TERMS")]
    ]
    assert everything() == before
    assert OverrideEvent.objects.filter(what="turned_away").count() == len(CHANGES)
    [other] = enter_multileg([draft(warned, override_id=number)], who.tom)
    assert codes(other) == [("override_id", "OVERRIDE_TERMS")]
    assert foresee([draft(warned, override_id=number)], who.tina)[0].answer.accepted
    books()


def test_it_is_void_in_time_and_nobody_grants_his_own(warned: Floor, who: People) -> None:
    [first] = enter_multileg([draft(warned)], who.tina)
    told = asked(first.order_id, who)
    [own] = decide([Ruling(told.override_id, True, "mine")], replace_role(who))
    assert codes(own) == [("override_id", "SELF_APPROVAL")]
    decide([Ruling(told.override_id, True, "seen")], who.carla)
    age(told.override_id, timedelta(minutes=15))
    [late] = enter_multileg([draft(warned, override_id=told.override_id)], who.tina)
    assert codes(late) == [("override_id", "OVERRIDE_EXPIRED")]


def replace_role(who: People) -> Any:
    return who.tina._replace(role="compliance")


def test_what_one_leg_was_waived_for_lets_no_other_leg_through(warned: Floor, who: People) -> None:
    [first] = enter_multileg([draft(warned)], who.tina)
    number = granted(first.order_id, who)
    warn("5")
    [answer] = enter_multileg([draft(warned, override_id=number)], who.tina)
    assert codes(answer) == [("legs[1].order_qty", "MAX_ORDER_QTY")]
    assert Override.objects.get(pk=number).state == "granted"


def test_the_strictest_leg_says_who_may_let_it_through(desk: Floor, who: People) -> None:
    takes_spreads("XNAS")
    warn("5")
    Rule.objects.create(control="PT-01", name="most", params={"hard": "15"})
    second_person(waives="PT-01")
    [first] = enter_multileg([draft(desk)], who.tina)
    number = granted(first.order_id, who)
    assert Override.objects.get(pk=number).way == "designated"
    assert enter_multileg([draft(desk, override_id=number)], who.tina)[0].accepted
    Rule.objects.create(control="PT-19", name="short", params={"max_short": "0"})
    [never] = enter_multileg([draft(desk)], who.tina)
    [told] = ask([Ask(never.order_id, "please")], who.tina)  # type: ignore[arg-type]
    assert codes(told) == [("order_id", "NOT_OVERRIDABLE")]


def test_an_amendment_of_a_spread_is_overridden_as_a_whole(warned: Floor, who: People, books: Books) -> None:
    whole, _ = working(warned, order_qty=D(5))
    [no] = amend([Amendment(whole.pk, order_qty=D(10))], who.tina)
    assert (no.way, [code for _, code in codes(no)]) == ("second_person", ["SECOND_PERSON", "MAX_ORDER_QTY"])
    [leg, *_] = legs_of(whole.pk)
    [about_leg] = ask([Ask(leg.pk, "please")], who.tina)
    assert codes(about_leg) == [("order_id", "NOT_OVERRIDABLE")]
    number = granted(whole.pk, who)
    for wrong in (Amendment(whole.pk, order_qty=D(11), override_id=number),
                  Amendment(whole.pk, order_qty=D(10), price=D(-99), override_id=number)):  # fmt: skip
        assert codes(amend([wrong], who.tina)[0]) == [("override_id", "OVERRIDE_TERMS")]
    assert codes(enter_multileg([draft(warned, override_id=number)], who.tina)[0]) == [
        ("override_id", "OVERRIDE_TERMS")
    ]
    [done] = amend([Amendment(whole.pk, order_qty=D(10), override_id=number)], who.tina)
    assert done.accepted, done
    assert Override.objects.get(pk=number).used_by_id == whole.pk
    books()


def test_the_price_of_a_block_is_overridden_and_its_members_are_part_of_the_terms(
    desk: Floor, who: People, books: Books
) -> None:
    pair = enter([desk.draft(30, hold="manual"), desk.draft(30, hold="manual")], desk.actor)
    [made] = merge([Merge(tuple(one.order_id for one in pair))], desk.actor)  # type: ignore[misc]
    assert made.accepted, made
    Rule.objects.create(control="PT-03", name="collar", params={"passive_soft_pct": "5"})
    second_person()
    [no] = amend([Amendment(made.order_id, price=D(90))], who.tina)  # type: ignore[arg-type]
    assert (no.way, [code for _, code in codes(no)]) == ("second_person", ["SECOND_PERSON", "PRICE_COLLAR"])
    number = granted(made.order_id, who)  # type: ignore[arg-type]
    ids = " ".join(str(one.order_id) for one in pair)
    assert Override.objects.get(pk=number).terms["also"] == f"members={ids}"
    assert codes(amend([Amendment(made.order_id, price=D(89), override_id=number)], who.tina)[0]) == [  # type: ignore[arg-type]
        ("override_id", "OVERRIDE_TERMS")
    ]
    assert amend([Amendment(made.order_id, price=D(90), override_id=number)], who.tina)[0].accepted  # type: ignore[arg-type]
    books()


def test_a_merge_and_a_split_say_that_they_take_none_and_what_to_do(desk: Floor, who: People, books: Books) -> None:
    first, second, third = enter([desk.draft(30, hold="manual") for _ in range(3)], desk.actor)
    warn("50")
    second_person()
    [no] = merge([Merge((first.order_id, second.order_id))], desk.actor)  # type: ignore[arg-type]
    assert [code for _, code in codes(no)] == ["SECOND_PERSON", "MAX_ORDER_QTY", "NOT_OVERRIDABLE"]
    assert "merge fewer orders" in no.refusals[-1].text
    warn("5")
    parts = (Part(order_qty=D(10)), Part(order_qty=D(20), account="BETA"))
    [cut] = split([Split(third.order_id, parts)], desk.actor)  # type: ignore[arg-type]
    assert codes(cut.answer)[-1] == ("override_id", "NOT_OVERRIDABLE")
    assert "make the parts smaller" in cut.answer.refusals[-1].text
    books()


def test_the_number_of_statements_does_not_grow(warned: Floor, who: People) -> None:
    counts = []
    for size in (1, 20):
        drafts = [draft(warned, order_qty=D(10 + n), acknowledge_soft=False) for n in range(size)]
        firsts = enter_multileg(drafts, who.tina)
        told = ask([Ask(one.order_id, "please") for one in firsts], who.tina)  # type: ignore[arg-type]
        decide([Ruling(one.override_id, True, "seen") for one in told], who.carla)  # type: ignore[arg-type]
        ready = [one._replace(override_id=each.override_id) for one, each in zip(drafts, told, strict=True)]
        with CaptureQueriesContext(connection) as made:
            assert all(one.accepted for one in enter_multileg(ready, who.tina))
        counts.append(len(made))
    assert counts[0] == counts[1]
