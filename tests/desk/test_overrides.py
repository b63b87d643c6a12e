"""Overrides: asked by one, granted by another, for one order, these terms, once, in time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.base import clock
from oms.base.clock import now
from oms.desk import Actor, Amendment, Draft, amend, enter, record, route
from oms.desk.override import Ask, Ruling, ask, decide
from oms.management.books import checker
from orders.models import Account, Alert, Desk, Order
from orders.vocabulary import Role
from risk.models import Decision, Override, OverrideEvent, Rule
from tests.desk.world import children, says
from tests.factories import Floor, user
from tests.overriding import People, age, everything, granted, people, refused, second_person, warn

pytestmark = pytest.mark.django_db
Books = Callable[[], None]


@pytest.fixture
def who(desk: Floor) -> People:
    return people(desk)


@pytest.fixture
def warned(desk: Floor) -> Floor:
    """A desk where every order above 50 is warned of and needs a second person."""
    warn()
    second_person()
    return desk


def codes(answer: Any) -> list[tuple[str, str]]:
    return [(refusal.field, refusal.code) for refusal in answer.refusals]


def test_a_warning_needs_a_reason_which_is_kept_with_the_decision(desk: Floor, books: Books) -> None:
    warn()
    before = Order.objects.count()
    [bare] = enter([desk.draft(acknowledge_soft=True)], desk.actor)
    assert codes(bare) == [("acknowledge_reason", "MISSING")]
    assert Order.objects.count() == before

    [answer] = enter([desk.draft(acknowledge_soft=True, acknowledge_reason="block from the client")], desk.actor)
    assert answer.accepted
    decision = Decision.objects.get(order_id=answer.order_id)
    assert (decision.outcome, decision.basis, decision.reason) == ("soft", "acknowledged", "block from the client")
    books()


@pytest.mark.parametrize("reason", ["", "   ", "a\x00b", "x" * 501])
def test_a_reason_that_is_none_acknowledges_nothing(desk: Floor, reason: str, books: Books) -> None:
    warn()
    before = everything()
    [answer] = enter([desk.draft(acknowledge_soft=True, acknowledge_reason=reason)], desk.actor)
    assert [field for field, _ in codes(answer)] == ["acknowledge_reason"]
    assert everything() == before
    books()


def test_below_the_level_one_person_is_enough_and_from_it_on_a_second_is_needed(desk: Floor) -> None:
    warn()
    second_person(from_value="10000")
    below, at = enter(
        [desk.draft(qty=qty, acknowledge_soft=True, acknowledge_reason="fat hand") for qty in (99, 100)], desk.actor
    )
    assert below.accepted
    assert codes(at) == [("override_id", "SECOND_PERSON"), ("order_qty", "MAX_ORDER_QTY")]
    decision = Decision.objects.get(order_id=at.order_id)
    assert (decision.outcome, decision.way, len(decision.terms_hash)) == ("hard", "second_person", 64)
    assert decision.findings[-1]["measured"] == "10000"
    assert f"Ask for an override of order {at.order_id}" in Order.objects.get(pk=at.order_id).text


def test_a_grave_warning_needs_a_second_person_whatever_the_order_is_worth(desk: Floor) -> None:
    warn()
    second_person(from_value="99999999", excess_pct="20")
    sixty, more = enter(
        [desk.draft(qty=qty, acknowledge_soft=True, acknowledge_reason="yes") for qty in (60, 61)], desk.actor
    )
    assert sixty.accepted, "20 % beyond the level is not beyond 20 %"
    assert codes(more)[0] == ("override_id", "SECOND_PERSON")


def test_a_level_for_some_controls_leaves_the_others_to_one_person(desk: Floor) -> None:
    warn()
    second_person(controls="PT-02")
    [answer] = enter([desk.draft(acknowledge_soft=True, acknowledge_reason="yes")], desk.actor)
    assert answer.accepted


def test_granted_by_another_the_same_terms_pass_once(warned: Floor, who: People, books: Books) -> None:
    first = refused(warned)
    number = granted(warned, who, first)
    [answer] = enter([warned.draft(override_id=number)], who.tina)
    assert answer.accepted, answer

    decision = Decision.objects.get(order_id=answer.order_id)
    assert (decision.accepted, decision.basis, decision.override_no) == (True, "override", number)
    kept = Override.objects.get(pk=number)
    assert (kept.state, kept.used_by_id, kept.used_at) == ("used", answer.order_id, decision.at)
    assert (kept.asked_by_id, kept.decided_by_id) == (who.tina.user_id, who.carla.user_id)
    assert kept.terms_hash == decision.terms_hash == Decision.objects.get(order_id=first.order_id).terms_hash
    steps = OverrideEvent.objects.order_by("id").values_list("what", "by_id", "order_id")
    assert list(steps) == [
        ("asked", who.tina.user_id, None), ("granted", who.carla.user_id, None), ("used", None, answer.order_id),
    ]  # fmt: skip
    books()

    before = everything()
    [again] = enter([warned.draft(override_id=number)], who.tina)
    assert codes(again) == [("override_id", "OVERRIDE_USED")]
    assert everything() == before
    assert OverrideEvent.objects.filter(what="turned_away", by_id=who.tina.user_id).count() == 1
    books()


def test_a_repeated_cl_ord_id_answers_the_order_that_used_it(warned: Floor, who: People) -> None:
    number = granted(warned, who)
    draft = warned.draft(override_id=number, cl_ord_id="once")
    [first], [again] = enter([draft], who.tina), enter([draft], who.tina)
    assert (again.order_id, again.duplicate) == (first.order_id, True)


def test_two_orders_of_one_batch_cannot_share_it(warned: Floor, who: People, books: Books) -> None:
    number = granted(warned, who)
    first, second = enter([warned.draft(override_id=number), warned.draft(override_id=number)], who.tina)
    assert first.accepted
    assert codes(second) == [("override_id", "OVERRIDE_USED")]
    books()


@pytest.mark.parametrize(
    "changes",
    [
        {"qty": 101}, {"price": "100.01"}, {"side": "sell_short"}, {"symbol": "MSFT"}, {"account": "BETA"},
        {"time_in_force": "good_till_cancel"}, {"ord_type": "stop_limit", "stop_px": 100},
        {"max_floor": 100},
    ],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_other_terms_void_it(warned: Floor, who: People, changes: dict[str, Any], books: Books) -> None:
    number = granted(warned, who)
    before = everything()
    [answer] = enter([warned.draft(override_id=number, **changes)], who.tina)
    assert codes(answer) == [("override_id", "OVERRIDE_TERMS")]
    assert everything() == before
    books()


def test_another_trader_cannot_use_it(warned: Floor, who: People, books: Books) -> None:
    number = granted(warned, who)
    before = everything()
    [answer] = enter([warned.draft(override_id=number)], who.tom)
    assert codes(answer) == [("override_id", "OVERRIDE_TERMS")]
    assert everything() == before
    books()


def test_before_it_is_decided_and_after_it_was_refused_it_is_no_use(warned: Floor, who: People, books: Books) -> None:
    [asked] = ask([Ask(refused(warned).order_id or 0, "the client insists")], who.tina)
    before = everything()
    [early] = enter([warned.draft(override_id=asked.override_id)], who.tina)
    assert codes(early) == [("override_id", "OVERRIDE_PENDING")]
    assert everything() == before

    [told] = decide([Ruling(asked.override_id or 0, False, "too large for today")], who.carla)
    assert told.state == "refused"
    before = everything()
    [late] = enter([warned.draft(override_id=asked.override_id)], who.tina)
    assert codes(late) == [("override_id", "OVERRIDE_REFUSED")]
    assert everything() == before
    books()


def test_it_expires(warned: Floor, who: People, books: Books) -> None:
    number = granted(warned, who, minutes=1)
    age(number, timedelta(minutes=1))
    before = everything()
    [answer] = enter([warned.draft(override_id=number)], who.tina)
    assert codes(answer) == [("override_id", "OVERRIDE_EXPIRED")]
    assert everything() == before
    books()


def test_an_unknown_one_and_one_of_another_desk_are_the_same(warned: Floor, who: People, books: Books) -> None:
    number = granted(warned, who)
    other = Desk.objects.create(code="FI", name="Fixed income")
    Account.objects.create(code="BOND", name="Bonds", desk=other)
    stranger = Actor.of(user("sam", desk=other))
    before = everything()
    [unknown] = enter([warned.draft(override_id=number + 1)], who.tina)
    [foreign] = enter([warned.draft(override_id=number, account="BOND")], stranger)
    assert codes(unknown) == codes(foreign) == [("override_id", "UNKNOWN_OVERRIDE")]
    assert everything() == before
    books()


def test_what_came_to_stand_against_it_since_stops_it(warned: Floor, who: People, books: Books) -> None:
    number = granted(warned, who)
    Rule.objects.create(control="PT-02", name="value", params={"soft": "9000"})
    [answer] = enter([warned.draft(override_id=number)], who.tina)
    assert ("order_qty", "MAX_NOTIONAL") in codes(answer)
    assert Override.objects.get(pk=number).state == "granted", "nothing was sent, so nothing is used up"
    books()


def test_an_order_that_would_pass_without_uses_it_up(warned: Floor, who: People, books: Books) -> None:
    number = granted(warned, who)
    Rule.objects.filter(control="PT-01").delete()
    [answer] = enter([warned.draft(override_id=number)], who.tina)
    assert answer.accepted
    assert Override.objects.get(pk=number).used_by_id == answer.order_id
    books()


# Who may


@pytest.mark.parametrize("whose", ["who asked", "whose order it is"])
def test_maker_is_never_checker(warned: Floor, who: People, whose: str, books: Books) -> None:
    """Also where somebody trades and checks: a superuser may do both, but not both to one order."""
    chief = Actor.of(user("chief", desk=warned.desk, is_superuser=True))
    order = enter([warned.draft()], who.tina if whose == "who asked" else chief)[0].order_id or 0
    [asked] = ask([Ask(order, "the client insists")], chief if whose == "who asked" else who.tina)
    before = everything()
    [told] = decide([Ruling(asked.override_id or 0, True, "fine")], chief)
    assert codes(told) == [("override_id", "SELF_APPROVAL")]
    assert everything() == before
    for maker in ("asked_by_id", "trader_id"):
        row = Override.objects.get(pk=asked.override_id)
        row.state, row.decided_by_id, row.decided_at, row.answer = "granted", getattr(row, maker), now(), "fine"
        with pytest.raises(IntegrityError, match="override_decided_by_another"), transaction.atomic():
            row.save()
    books()


def test_only_compliance_decides_and_only_the_desk_asks(warned: Floor, who: People, books: Books) -> None:
    order = refused(warned).order_id or 0
    [no] = ask([Ask(order, "please")], who.carla)
    assert codes(no) == [("", "NOT_ALLOWED")]
    [asked] = ask([Ask(order, "please")], who.tom)
    before = everything()
    for role in set(Role) - {Role.COMPLIANCE}:
        [told] = decide([Ruling(asked.override_id or 0, True, "fine")], Actor.of(user(f"a-{role}", role=role)))
        assert codes(told) == [("", "NOT_ALLOWED")]
    assert everything() == before
    books()


def test_asking_twice_is_one_request_and_deciding_twice_is_refused(warned: Floor, who: People, books: Books) -> None:
    order = refused(warned).order_id or 0
    first, again = ask([Ask(order, "please"), Ask(order, "please")], who.tina)
    assert (again.override_id, again.duplicate) == (first.override_id, True)
    [later] = ask([Ask(order, "please")], who.tom)
    assert (later.override_id, later.state, later.duplicate) == (first.override_id, "asked", True)
    assert Override.objects.count() == 1

    decide([Ruling(first.override_id or 0, False, "no")], who.carla)
    before = everything()
    [second] = decide([Ruling(first.override_id or 0, True, "yes")], who.carl)
    assert codes(second) == [("override_id", "OVERRIDE_DECIDED")]
    assert everything() == before
    [anew] = ask([Ask(order, "the client has written to us")], who.tina)
    assert anew.override_id != first.override_id
    books()


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"order_id": 999_999_999}, "order_id", "UNKNOWN_ORDER"),
        ({"reason": " "}, "reason", "MISSING"),
        ({"reason": "x" * 501}, "reason", "TOO_LONG"),
        ({"reason": "a\nb"}, "reason", "BAD_TEXT"),
        ({"terms_hash": "0" * 64}, "terms_hash", "OVERRIDE_TERMS"),
    ],
)
def test_a_bad_request_names_its_field(
    warned: Floor, who: People, change: dict[str, Any], field: str, code: str, books: Books
) -> None:
    wish = Ask(refused(warned).order_id or 0, "please")._replace(**change)
    before = everything()
    assert codes(ask([wish], who.tina)[0]) == [(field, code)]
    assert everything() == before
    books()


def test_what_was_not_refused_or_needs_no_second_person_cannot_be_asked_for(desk: Floor, who: People) -> None:
    warn()
    [fine] = enter([desk.draft(qty=50)], desk.actor)
    soft = refused(desk)
    told = ask([Ask(fine.order_id or 0, "please"), Ask(soft.order_id or 0, "please")], who.tina)
    assert [codes(one) for one in told] == [[("order_id", "NOT_OVERRIDABLE")]] * 2
    assert "acknowledge_reason" in told[1].refusals[0].text


@pytest.mark.parametrize("minutes", [0, -1, 61])
def test_a_grant_holds_for_an_hour_at_most(warned: Floor, who: People, minutes: int, books: Books) -> None:
    [asked] = ask([Ask(refused(warned).order_id or 0, "please")], who.tina)
    before = everything()
    [told] = decide([Ruling(asked.override_id or 0, True, "fine", minutes)], who.carla)
    assert codes(told) == [("minutes", "BAD_VALUE")]
    assert everything() == before
    books()


def test_a_request_that_waited_too_long_is_asked_anew(warned: Floor, who: People, books: Books) -> None:
    order = refused(warned).order_id or 0
    [asked] = ask([Ask(order, "please")], who.tina)
    age(asked.override_id or 0, timedelta(hours=1))
    [told] = decide([Ruling(asked.override_id or 0, True, "fine")], who.carla)
    assert codes(told) == [("override_id", "OVERRIDE_EXPIRED")]
    [anew] = ask([Ask(order, "still")], who.tina)
    assert anew.override_id != asked.override_id
    assert Override.objects.get(pk=asked.override_id).state == "expired"
    books()


# Refusals


def test_a_refusal_has_no_way_round_unless_a_rule_names_its_control(desk: Floor, who: People, books: Books) -> None:
    limit = warn("10", hard="50")
    stopped = refused(desk)
    [told] = ask([Ask(stopped.order_id or 0, "please")], who.tina)
    assert codes(told) == [("order_id", "NOT_OVERRIDABLE")]

    second_person(from_value="99999999", waives="PT-01")
    again = refused(desk, acknowledge_soft=True, acknowledge_reason="I want to")
    assert Decision.objects.get(order_id=again.order_id).way == "designated"
    number = granted(desk, who, again)
    draft = desk.draft(override_id=number, acknowledge_soft=True, acknowledge_reason="I want to")
    [answer] = enter([draft], who.tina)
    assert answer.accepted
    assert (limit.control, Decision.objects.get(order_id=answer.order_id).outcome) == ("PT-01", "hard")
    books()


def test_where_the_rule_is_gone_meanwhile_the_grant_is_no_use(desk: Floor, who: People, books: Books) -> None:
    warn("10", hard="50")
    path = second_person(waives="PT-01")
    number = granted(desk, who)
    path.delete()
    [answer] = enter([desk.draft(override_id=number)], who.tina)
    assert codes(answer) == [("order_qty", "MAX_ORDER_QTY")]
    assert Override.objects.get(pk=number).state == "granted"
    books()


def test_a_grant_for_a_warning_is_none_for_a_refusal(warned: Floor, who: People, books: Books) -> None:
    number = granted(warned, who)
    Rule.objects.filter(control="PT-01").delete()
    warn("10", hard="50")
    second_person(waives="PT-01")
    [answer] = enter([warned.draft(override_id=number)], who.tina)
    assert codes(answer)[0] == ("order_qty", "MAX_ORDER_QTY")
    books()


# Amendments


@pytest.fixture
def working(desk: Floor) -> Order:
    """An order for 40 that a venue works, before anybody warned of anything."""
    [answer] = enter([desk.draft(qty=40)], desk.actor)
    route()
    [child] = children(answer.order_id or 0)
    record([says(child, "new")])
    warn()
    second_person()
    return Order.objects.get(pk=answer.order_id)


def test_an_amendment_is_overridden_like_an_order(working: Order, who: People, books: Books) -> None:
    wish = Amendment(working.pk, order_qty=Decimal(60))
    [no] = amend([wish], who.tina)
    assert codes(no)[0] == ("override_id", "SECOND_PERSON")
    assert no.way == "second_person"
    [asked] = ask([Ask(working.pk, "the client wants more")], who.tina)
    decide([Ruling(asked.override_id or 0, True, "fine")], who.carla)

    before = everything()
    [other] = amend([wish._replace(order_qty=Decimal(61), override_id=asked.override_id)], who.tina)
    assert codes(other) == [("override_id", "OVERRIDE_TERMS")]
    [new] = enter([Draft("ALPHA", "AAPL", "buy", "limit", "day", wish.order_qty, working.price,
                         override_id=asked.override_id)], who.tina)  # fmt: skip
    assert codes(new) == [("override_id", "OVERRIDE_TERMS")]
    assert everything() == before

    [yes] = amend([wish._replace(override_id=asked.override_id)], who.tina)
    assert yes.accepted, yes
    assert (yes.ord_status, Override.objects.get().used_by_id) == ("pending_replace", working.pk)
    assert Decision.objects.filter(order=working, kind="amend").latest("id").basis == "override"
    books()


def test_an_amendment_is_acknowledged_with_a_reason(working: Order, who: People, books: Books) -> None:
    Rule.objects.filter(control="PT-36").delete()
    wish = Amendment(working.pk, order_qty=Decimal(60), acknowledge_soft=True)
    before = everything()
    [bare] = amend([wish], who.tina)
    assert codes(bare) == [("acknowledge_reason", "MISSING")]
    assert everything() == before
    [yes] = amend([wish._replace(acknowledge_reason="the client wants more")], who.tina)
    assert yes.accepted
    assert Decision.objects.filter(order=working, kind="amend").latest("id").reason == "the client wants more"
    books()


# What is told, and what is kept


def test_approvers_and_the_desk_are_told(warned: Floor, who: People) -> None:
    first = refused(warned)
    number = granted(warned, who, first)
    told = Alert.objects.filter(kind="override").order_by("id")
    assert [one.code for one in told] == ["OVERRIDE_ASKED", "OVERRIDE_GRANTED"]
    assert {(one.desk_id, one.order_id, one.payload["override_id"]) for one in told} == {
        (warned.desk.pk, first.order_id, number)
    }
    assert "tina asks to override" in told[0].text
    assert "the client insists" in told[0].text


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"terms_hash": "0" * 64}, "is fixed"), ({"reason": "another"}, "is fixed"), ({"state": "asked"}, "cannot become"),
        ({"state": "refused"}, "cannot become"), ({"expires_at": clock.now() + timedelta(days=9)}, "cannot become"),
    ],
)  # fmt: skip
def test_what_was_granted_cannot_be_rewritten(warned: Floor, who: People, change: dict[str, Any], wrong: str) -> None:
    number = granted(warned, who)
    with pytest.raises(IntegrityError, match=wrong), transaction.atomic():
        Override.objects.filter(pk=number).update(**change)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        OverrideEvent.objects.update(text="other")
    with pytest.raises(IntegrityError, match="is kept"), transaction.atomic():
        Override.objects.filter(pk=number)._raw_delete("default")


def test_the_number_of_statements_does_not_grow(warned: Floor, who: People) -> None:
    def cost(count: int) -> tuple[int, int, int]:
        drafts = [warned.draft(qty=100 + n) for n in range(count)]
        orders = [answer.order_id or 0 for answer in enter(drafts, who.tina)]
        with CaptureQueriesContext(connection) as asking:
            told = ask([Ask(pk, "please") for pk in orders], who.tina)
        with CaptureQueriesContext(connection) as deciding:
            decide([Ruling(one.override_id or 0, True, "fine") for one in told], who.carla)
        sent = [draft._replace(override_id=one.override_id) for draft, one in zip(drafts, told, strict=True)]
        with CaptureQueriesContext(connection) as entering:
            assert all(answer.accepted for answer in enter(sent, who.tina))
        return len(asking), len(deciding), len(entering)

    assert cost(1) == cost(60)


# Many at once


@pytest.mark.django_db(transaction=True)
def test_of_forty_parallel_submissions_one_is_entered(desk: Floor, books: Books) -> None:
    warn()
    second_person()
    who = people(desk)
    number = granted(desk, who)
    start = Barrier(40)

    def send(n: int) -> Any:
        start.wait()
        try:
            [answer] = enter([desk.draft(override_id=number, cl_ord_id=f"p{n}")], who.tina)
        finally:
            connection.close()
        return answer

    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(send, range(40)))
    taken = [answer for answer in answers if answer.accepted]
    assert len(taken) == 1
    assert {code for answer in answers if not answer.accepted for code in codes(answer)} == {
        ("override_id", "OVERRIDE_USED")
    }
    assert Override.objects.get(pk=number).used_by_id == taken[0].order_id
    assert OverrideEvent.objects.filter(what="used").count() == 1
    books()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_does(desk: Floor) -> None:
    warn()
    second_person()
    who = people(desk)
    [asked] = ask([Ask(refused(desk).order_id or 0, "please")], who.tina)
    start = Barrier(2)

    def rule(one: tuple[Actor, bool]) -> Any:
        start.wait()
        try:
            [told] = decide([Ruling(asked.override_id or 0, one[1], "so be it")], one[0])
        finally:
            connection.close()
        return told

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(rule, [(who.carla, True), (who.carl, False)]))
    assert sorted(codes(one) for one in told) == [[], [("override_id", "OVERRIDE_DECIDED")]]
    assert OverrideEvent.objects.exclude(what="asked").count() == 1


@pytest.mark.parametrize(
    ("forged", "check"),
    [
        ("UPDATE risk_override SET terms_hash = repeat('0', 64)", "I60"),
        ("UPDATE risk_override SET expires_at = used_at + interval '1 second', used_at = used_at - interval '1 hour'", "I60"),
        ("UPDATE risk_override SET state = 'granted', used_by_id = NULL, used_at = NULL", "I60"),
        ("UPDATE risk_override SET state = 'refused', used_by_id = NULL, used_at = NULL", "I61"),
    ],
)  # fmt: skip
def test_the_checker_notices_what_was_forged(warned: Floor, who: People, forged: str, check: str) -> None:
    enter([warned.draft(override_id=granted(warned, who))], who.tina)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE risk_override DISABLE TRIGGER risk_override_moves_on")
        cursor.execute(forged)
    broken = {one.name.partition(":")[0] for one in checker.check() if one.broken}
    assert check in broken
