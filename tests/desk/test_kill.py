"""Kill switches at the desk: what leaves, what is taken back and counted, what stays, what passes, and who may."""

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.desk import Amendment, amend, enter, killing, route, takeback
from oms.desk.record import pump, record
from oms.desk.staging import Wish, accept, send_on
from oms.desk.takeback import take_back
from orders.models import Account, Alert, Order, User
from risk.models import KillSwitch, Taken
from routing.models import Inbox, Outbox
from tests.desk.world import children, fill, says, sent
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db
Books = Callable[[], None]


@pytest.fixture
def carla(db: None) -> User:
    return user("carla", role="compliance")


@pytest.fixture
def otto(db: None) -> User:
    return user("otto", role="operations")


def engage(who: User, scope: str = "desk", target: str = "EQ", **more: Any) -> KillSwitch:
    switch = killing.engage(scope, target, more.get("reason", "runaway"), more.get("confirm", target or "FIRM"), who)
    assert isinstance(switch, KillSwitch), switch
    return switch


def out(*rows: Order) -> None:
    """What waits for these children has left."""
    Outbox.objects.filter(order__in=rows, sent_at=None).update(attempts=1, sent_at=now(), msg_seq_num=7)


def working(desk: Floor, **terms: Any) -> tuple[Order, Order]:
    """An order and its part, which a venue has acknowledged."""
    [answer] = enter([desk.draft(**terms)], desk.actor)
    assert answer.accepted, answer
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    out(child)
    record([says(child, "new")])
    return Order.objects.get(pk=answer.order_id), again(child)


def again(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def tally(switch: KillSwitch) -> dict[str, tuple[int, ...]]:
    return {one.venue: tuple(one)[1:] for one in takeback.counts([switch.pk]).get(switch.pk, [])}


def over(*, until_still: bool = True) -> None:
    """Whatever the workers would do."""
    while take_back():
        continue


def test_a_message_that_has_not_left_never_does(desk: Floor, carla: User, books: Books) -> None:
    [answer] = enter([desk.draft(qty=100)], desk.actor)
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    [message] = sent("D")
    switch = engage(carla)
    message.refresh_from_db()
    assert (message.sent_at is not None, message.msg_seq_num, message.attempts) == (True, None, 0)
    over()
    root = Order.objects.get(pk=answer.order_id)
    assert (again(child).phase, again(child).reason_code) == ("rejected", "KILL_SWITCH")
    assert (root.ord_status, root.reason_code) == ("rejected", "KILL_SWITCH")
    assert "Trading is stopped for this desk" in root.text
    assert "runaway" in root.text
    assert not sent("F")
    assert tally(switch) == {child.venue: (1, 1, 0, 0, 0, 0)}
    assert KillSwitch.objects.get().done_at is not None
    books()


def test_what_may_have_left_is_asked_about_and_not_sent_again(desk: Floor, carla: User, books: Books) -> None:
    """A gateway died between the claim and the note of the number."""
    [answer] = enter([desk.draft(qty=100)], desk.actor)
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    Outbox.objects.update(attempts=1)
    switch = engage(carla)
    over()
    assert [row.msg_type for row in Outbox.objects.filter(sent_at=None).order_by("id")] == ["H", "F"]
    assert again(child).ord_status == "pending_cancel"
    # The venue never heard of it.
    record([
        says(child, "order_status", ord_status="rejected", text="unknown order"),
        says(child, "cancel_rejected", sent("F")[0].cl_ord_id),
    ])  # fmt: skip
    assert Order.objects.get(pk=answer.order_id).ord_status == "rejected"
    over()
    assert tally(switch) == {child.venue: (1, 0, 0, 1, 1, 0)}
    out(child)
    books()


def test_open_orders_are_canceled_at_every_venue_and_counted_until_none_is_left(
    desk: Floor, carla: User, books: Books
) -> None:
    first, at_first = working(desk, qty=100)
    second, at_second = working(desk, qty=200, symbol="MSFT")
    switch = engage(carla)
    over()
    assert tally(switch) == {at_first.venue: (2, 0, 0, 2, 0, 2)}
    assert {again(first).ord_status, again(second).ord_status} == {"pending_cancel"}
    assert again(first).reason_code == "KILL_SWITCH"
    names = {row.order_id: row.cl_ord_id for row in sent("F")}
    record([says(at_first, "canceled", names[at_first.pk])])
    assert tally(switch) == {at_first.venue: (2, 0, 0, 2, 1, 1)}
    assert KillSwitch.objects.get().done_at is None
    record([fill(at_second, 200), says(at_second, "cancel_rejected", names[at_second.pk])])
    over()
    assert tally(switch) == {at_first.venue: (2, 0, 0, 2, 2, 0)}
    assert KillSwitch.objects.get().done_at is not None
    assert (again(first).ord_status, again(second).ord_status) == ("canceled", "filled")
    out(at_first, at_second)
    books()


def test_a_venue_that_refuses_the_cancel_is_asked_again(desk: Floor, carla: User, books: Books) -> None:
    root, child = working(desk)
    switch = engage(carla)
    over()
    record([says(child, "cancel_rejected", sent("F")[0].cl_ord_id, text="not now")])
    over()
    assert len(sent("F")) == 1  # not at once
    Taken.objects.update(tried_at=now() - 2 * takeback.AGAIN)
    over()
    assert len(sent("F")) == 2
    record([says(child, "canceled", sent("F")[1].cl_ord_id)])
    assert again(root).ord_status == "canceled"
    assert tally(switch) == {child.venue: (1, 0, 0, 1, 1, 0)}
    out(child)
    books()


def test_a_replace_that_has_not_left_is_refused_and_the_cancel_names_the_order_as_the_venue_knows_it(
    desk: Floor, carla: User, books: Books
) -> None:
    root, child = working(desk)
    [answer] = amend([Amendment(root.pk, order_qty=D(300))], desk.actor)
    assert answer.accepted
    engage(carla)
    over()
    [replace], [cancel] = sent("G"), sent("F")
    assert (replace.sent_at is not None, replace.msg_seq_num) == (True, None)
    assert cancel.orig_cl_ord_id == child.cl_ord_id
    assert again(root).replaces_pending == 0
    record([says(child, "canceled", cancel.cl_ord_id)])
    assert (again(root).ord_status, again(root).order_qty) == ("canceled", 100)
    out(child)
    books()


def test_orders_that_no_venue_has_are_canceled_and_staged_ones_stay_but_cannot_be_released(
    desk: Floor, carla: User, otto: User, books: Books
) -> None:
    held = enter(
        [
            desk.draft(hold="staged"),
            desk.draft(ord_type="stop", price=None, stop_px=D("105")),
            desk.draft(hold="wave"),
            desk.draft(hold="manual", handl_inst="manual"),
        ],
        desk.actor,
    )
    route()
    staged, stop, wave, care = (Order.objects.get(pk=answer.order_id) for answer in held)
    assert again(stop).hold == "trigger"
    seen = killing.foresee("desk", "EQ")
    assert (seen.venues, seen.staged, seen.total) == ({"": 3}, 1, 3)  # type: ignore[union-attr]
    switch = engage(carla)
    over()
    assert tally(switch) == {"": (3, 0, 0, 3, 3, 0)}
    assert {again(one).ord_status for one in (stop, wave, care)} == {"canceled"}
    before = again(staged)
    for answers in (
        accept([Wish(staged.pk)], desk.actor, care=False),
        accept([Wish(staged.pk)], desk.actor, care=True),
    ):
        assert [answer.refusals[0].code for answer in answers] == ["KILL_SWITCH"]
    assert (again(staged).hold, again(staged).version) == ("staged", before.version)
    killing.release(switch.pk, "", otto)
    assert accept([Wish(staged.pk)], desk.actor, care=False)[0].accepted
    books()


def test_a_wave_is_not_released_while_the_switch_is_on(desk: Floor, carla: User, books: Books) -> None:
    [answer] = enter([desk.draft(hold="wave")], desk.actor)
    engage(carla)
    [refused] = send_on([Wish(answer.order_id or 0)], desk.actor)
    assert refused.refusals[0].code == "KILL_SWITCH"
    assert Order.objects.get(pk=answer.order_id).hold == "wave"
    books()


def test_reduce_only_passes_and_nothing_else(desk: Floor, carla: User, books: Books) -> None:
    _, child = working(desk, qty=100)
    record([fill(child, 100)])
    engage(carla)
    over()
    sell = {"side": "sell", "exec_inst": "do_not_increase"}
    closes, too_much, plain = enter(
        [desk.draft(qty=60, **sell), desk.draft(qty=60, **sell), desk.draft(qty=10, side="sell")], desk.actor
    )
    assert closes.accepted
    assert [refusal.code for refusal in too_much.refusals] == ["REDUCE_ONLY"]
    assert [refusal.code for refusal in plain.refusals] == ["KILL_SWITCH"]
    route()
    [part] = children(closes.order_id)  # type: ignore[arg-type]
    assert [row.order_id for row in sent("D") if row.sent_at is None] == [part.pk]
    over()
    assert Order.objects.get(pk=closes.order_id).ord_status == "pending_new"
    assert not sent("F")
    books()


def test_an_amendment_that_only_reduces_passes(desk: Floor, carla: User, books: Books) -> None:
    root, child = working(desk, qty=100)
    engage(carla)
    more, less = (amend([Amendment(root.pk, order_qty=D(qty))], desk.actor)[0] for qty in (200, 50))
    assert [refusal.code for refusal in more.refusals] == ["KILL_SWITCH"]
    assert less.accepted
    assert [row.order_id for row in sent("G")] == [child.pk]
    out(child)
    books()


def test_a_stopped_venue_gives_back_its_part_which_goes_elsewhere(desk: Floor, carla: User, books: Books) -> None:
    root, child = working(desk, qty=100)
    switch = engage(carla, "venue", child.venue)
    over()
    assert (again(child).ord_status, again(root).ord_status) == ("pending_cancel", "new")
    assert [amend([Amendment(root.pk, order_qty=D(200))], desk.actor)[0].refusals[0].code] == ["KILL_SWITCH"]
    record([fill(child, 30), says(child, "canceled", sent("F")[0].cl_ord_id)])
    assert (again(root).ord_status, again(root).to_route) == ("partially_filled", True)
    route()
    [_, other] = children(root.pk)
    assert (other.venue != child.venue, other.order_qty) == (True, 70)
    assert tally(switch) == {child.venue: (1, 0, 0, 1, 1, 0)}
    out(child)
    books()


def test_what_never_left_for_a_stopped_venue_goes_elsewhere(desk: Floor, carla: User, books: Books) -> None:
    [answer] = enter([desk.draft(qty=100, time_in_force="immediate_or_cancel")], desk.actor)
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    engage(carla, "venue", child.venue)
    over()
    assert again(child).phase == "rejected"
    route()
    [_, other] = children(answer.order_id)  # type: ignore[arg-type]
    assert (other.venue != child.venue, other.order_qty) == (True, 100)
    books()


def test_of_a_split_order_only_the_part_at_the_stopped_venue_goes_elsewhere(
    desk: Floor, carla: User, books: Books
) -> None:
    from routing.models import Rule

    Rule.objects.update(best=False, split=[["XNAS", "0.5"], ["BATS", "0.5"]])
    [answer] = enter([desk.draft(qty=200)], desk.actor)
    route()
    parts = children(answer.order_id)  # type: ignore[arg-type]
    out(*parts)
    record([says(child, "new") for child in parts])
    Rule.objects.update(best=True, split=[])
    there = next(child for child in parts if child.venue == "BATS")
    engage(carla, "venue", "BATS")
    over()
    record([says(there, "canceled", sent("F")[0].cl_ord_id)])
    route()
    root = Order.objects.get(pk=answer.order_id)
    assert root.ord_status == "new"
    assert sorted((one.venue, int(one.leaves_qty)) for one in children(root.pk) if one.leaves_qty)[0][1] == 100
    assert sum(one.leaves_qty for one in children(root.pk)) == 200
    out(*parts)
    books()


def test_without_another_venue_the_parent_ends(desk: Floor, carla: User, books: Books) -> None:
    from routing.models import Listing

    Listing.objects.exclude(venue_id="XNAS").delete()
    root, child = working(desk)
    engage(carla, "venue", "XNAS")
    over()
    record([says(child, "canceled", sent("F")[0].cl_ord_id)])
    route()
    assert (again(root).ord_status, again(root).reason_code) == ("canceled", "NO_ROUTE")
    out(child)
    books()


SCOPES = {
    "firm": "", "desk": "EQ", "trader": "tina", "account": "ALPHA", "client": "ACME", "strategy": "tina",
    "instrument": "AAPL.XNAS",
}  # fmt: skip


@pytest.mark.parametrize("scope", SCOPES)
def test_every_scope_takes_back_its_own_and_stops_what_is_new(
    desk: Floor, carla: User, scope: str, books: Books
) -> None:
    Account.objects.filter(pk=desk.accounts[0].pk).update(client="ACME")
    inside, at_inside = working(desk)
    other = user("tom", desk=desk.desk)
    theirs = Floor(desk.desk, other, desk.accounts, desk.instruments)
    outside, at_outside = working(theirs, symbol="MSFT", account="BETA")
    switch = engage(carla, scope, SCOPES[scope])
    over()
    assert again(inside).ord_status == "pending_cancel"
    everything = scope in ("firm", "desk")
    assert again(outside).ord_status == ("pending_cancel" if everything else "new")
    assert sum(one.found for one in takeback.counts([switch.pk])[switch.pk]) == (2 if everything else 1)
    refused, allowed = enter([desk.draft()], desk.actor) + enter(
        [theirs.draft(symbol="MSFT", account="BETA")], theirs.actor
    )
    assert [refusal.code for refusal in refused.refusals] == ["KILL_SWITCH"]
    assert allowed.accepted is not everything
    route()
    out(at_inside, at_outside)
    books()


def test_an_order_is_also_his_who_works_it(desk: Floor, carla: User) -> None:
    [answer] = enter([desk.draft(hold="manual", handl_inst="manual")], desk.actor)
    tom = user("tom", desk=desk.desk)
    Order.objects.update(assigned_to=tom)
    switch = engage(carla, "trader", "tom")
    over()
    assert Order.objects.get(pk=answer.order_id).ord_status == "canceled"
    assert tally(switch) == {"": (1, 0, 0, 1, 1, 0)}


def test_only_another_person_releases_and_nothing_moves_for_the_same(
    desk: Floor, carla: User, otto: User, books: Books
) -> None:
    switch = engage(carla)
    before = KillSwitch.objects.filter(pk=switch.pk).values().get(), Alert.objects.count()
    assert killing.release(switch.pk, "", carla).code == "SAME_PERSON"  # type: ignore[union-attr]
    assert (KillSwitch.objects.filter(pk=switch.pk).values().get(), Alert.objects.count()) == before
    assert [a.refusals[0].code for a in enter([desk.draft()], desk.actor)] == ["KILL_SWITCH"]
    with pytest.raises(IntegrityError, match="kill_switch_released_by_another"), transaction.atomic():
        KillSwitch.objects.update(released_by=carla, released_at=now())
    released = killing.release(switch.pk, "fixed", otto)
    assert isinstance(released, KillSwitch)
    assert (released.released_by, released.release_reason) == (otto, "fixed")
    assert enter([desk.draft()], desk.actor)[0].accepted
    assert list(Alert.objects.order_by("id").values_list("code", flat=True)) == ["KILL_SWITCH", "KILL_RELEASED"]
    with pytest.raises(IntegrityError, match="kill_switch_stays"), transaction.atomic():
        KillSwitch.objects.update(reason="it was nothing")
    books()


@pytest.mark.parametrize(
    ("scope", "target", "reason", "confirm", "fault"),
    [
        ("desk", "EQ", "why", "eq", ("NOT_CONFIRMED", "confirm")),
        ("firm", "", "why", "", ("NOT_CONFIRMED", "confirm")),
        ("firm", "EQ", "why", "EQ", ("BAD_VALUE", "target")),
        ("desk", "NOPE", "why", "NOPE", ("BAD_VALUE", "target")),
        ("desk", "", "why", "", ("MISSING", "target")),
        ("moon", "EQ", "why", "EQ", ("BAD_VALUE", "scope")),
        ("desk", "EQ", "  ", "EQ", ("MISSING", "reason")),
        ("client", "NOBODY", "why", "NOBODY", ("BAD_VALUE", "target")),
        ("strategy", "nobody", "why", "nobody", ("BAD_VALUE", "target")),
        ("instrument", "AAPL.XXXX", "why", "AAPL.XXXX", ("BAD_VALUE", "target")),
    ],
)
def test_what_is_not_understood_engages_nothing(
    desk: Floor, carla: User, scope: str, target: str, reason: str, confirm: str, fault: tuple[str, str]
) -> None:
    root, _ = working(desk)
    refusal = killing.engage(scope, target, reason, confirm, carla)
    assert (refusal.code, refusal.field) == fault  # type: ignore[union-attr]
    assert not KillSwitch.objects.exists()
    over()
    assert again(root).ord_status == "new"


@pytest.mark.parametrize("role", ["trader", "portfolio_manager", "auditor", "api_client"])
def test_others_neither_engage_nor_release(desk: Floor, carla: User, role: str) -> None:
    other = user("other", role=role, desk=desk.desk)
    assert killing.engage("firm", "", "x", "FIRM", other).code == "NOT_ALLOWED"  # type: ignore[union-attr]
    switch = engage(carla)
    assert killing.release(switch.pk, "", other).code == "NOT_ALLOWED"  # type: ignore[union-attr]
    assert KillSwitch.objects.get().active


def test_engaging_twice_is_engaging_once(desk: Floor, carla: User, otto: User) -> None:
    first = engage(carla)
    assert engage(otto, reason="me too").pk == first.pk
    assert KillSwitch.objects.get().engaged_by == carla
    assert Alert.objects.filter(code="KILL_SWITCH").count() == 1


def test_thousands_go_in_bites_with_the_same_statements(desk: Floor, carla: User, books: Books) -> None:
    def statements(many: int) -> int:
        answers = enter([desk.draft(qty=10)] * many, desk.actor)
        while route():
            continue
        parts = Order.objects.filter(parent_id__in=[answer.order_id for answer in answers])
        out(*parts)
        record([says(child, "new") for child in parts])
        switch = engage(carla)
        take_back(1)  # finds them, and asks for the first
        Taken.objects.filter(switch=switch).update(tried_at=None, asked_at=None)
        left = Taken.objects.exclude(order__cancels_pending__gt=0)
        Taken.objects.exclude(pk__in=left.values("pk")).update(tried_at=now())
        with CaptureQueriesContext(connection) as seen:
            assert take_back() == many - 1
        names = dict(Outbox.objects.filter(msg_type="F").values_list("order_id", "cl_ord_id"))
        record([says(child, "canceled", names[child.pk]) for child in parts])
        over()
        killing.release(switch.pk, "", user(f"other{many}", role="operations"))
        return len(seen)

    few, many = statements(2), statements(60)
    assert few == many
    books()


def test_it_goes_on_wherever_it_stopped(desk: Floor, carla: User, books: Books) -> None:
    """One order a bite: each bite is all there is of memory."""
    roots = [working(desk, qty=10 + n)[0] for n in range(5)]
    switch = engage(carla)
    done = [take_back(1) for _ in range(5)]
    assert done == [1] * 5
    assert take_back(1) == 0
    assert {again(root).ord_status for root in roots} == {"pending_cancel"}
    assert Outbox.objects.filter(msg_type="F").count() == 5
    assert sum(one.asked for one in takeback.counts([switch.pk])[switch.pk]) == 5
    out(*Order.objects.filter(parent__in=roots))
    books()


def test_what_waits_in_the_inbox_comes_first(desk: Floor, carla: User, books: Books) -> None:
    """A cancel of an order that never left would be nonsense to the venue."""
    enter([desk.draft(qty=100)], desk.actor)
    route()
    engage(carla)
    [row] = Inbox.objects.all()
    assert (row.incarnation, row.done_at) == ("own", None)
    pump(row.session_id)
    over()
    assert not sent("F")
    books()
