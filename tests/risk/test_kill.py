"""Kill switches: who may do what, and that no order slips through while one is thrown."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import IntegrityError, connection, transaction

from oms.base.clock import now
from oms.base.refusal import Refusal
from orders.models import Order
from risk import kill
from risk.models import KillSwitch
from risk.verdict import refusals
from tests import factories
from tests.risk import shelf
from tests.risk.shelf import ask


@pytest.fixture
def boss(desk):
    return factories.user("carl", role="compliance")


@pytest.mark.django_db
def test_an_engaged_switch_refuses_new_orders_and_a_release_lets_them_through(desk, boss):
    on = kill.engage("desk", str(desk.desk.pk), boss, "runaway algo")
    first, second = shelf.orders(desk, {}, {})
    (verdict,) = ask([first])
    assert [r.code for r in refusals(verdict)] == ["KILL_SWITCH"]
    assert "runaway algo" in refusals(verdict)[0].text
    kill.release(on.pk, desk.trader)
    assert ask([second])[0].accepted


@pytest.mark.django_db
def test_only_another_person_releases(desk, boss):
    on = kill.engage("firm", "", boss, "drill")
    assert kill.release(on.pk, boss).code == "SAME_PERSON"
    assert KillSwitch.objects.get(pk=on.pk).active
    assert kill.release(on.pk, desk.trader).released_by == desk.trader
    assert not KillSwitch.objects.get(pk=on.pk).active
    assert kill.release(on.pk, desk.trader).code == "NOT_ENGAGED"
    assert kill.release(0, desk.trader).code == "NOT_ENGAGED"


@pytest.mark.django_db
def test_engaging_twice_is_engaging_once(desk, boss):
    first = kill.engage("firm", "", boss, "drill")
    again = kill.engage("firm", "", desk.trader, "me too")
    assert (again.pk, again.reason) == (first.pk, "drill")
    assert KillSwitch.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("scope", "scope_id", "reason", "code"),
    [
        ("firm", "1", "x", "BAD_VALUE"),
        ("desk", "", "x", "BAD_VALUE"),
        ("moon", "1", "x", "BAD_VALUE"),
        ("firm", "", " ", "MISSING"),
    ],
)
def test_a_switch_needs_a_scope_and_a_reason(boss, scope, scope_id, reason, code):
    answer = kill.engage(scope, scope_id, boss, reason)
    assert isinstance(answer, Refusal)
    assert (answer.code, KillSwitch.objects.count()) == (code, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"released_at": "now"}, "kill_switch_release_whole"),
        ({"released_at": "now", "released_by": "boss"}, "kill_switch_released_by_another"),
        ({"scope_id": "7"}, "kill_switch_scope_known"),
        ({"scope": "moon", "scope_id": "7"}, "kill_switch_scope_known"),
    ],
)
def test_the_database_itself_refuses(boss, change, name):
    on = kill.engage("firm", "", boss, "drill")
    values = {"now": now(), "boss": boss}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        KillSwitch.objects.filter(pk=on.pk).update(**{k: values.get(v, v) for k, v in change.items()})


@pytest.mark.django_db
def test_blocked_tells_which_orders_must_not_be_sent_and_why(desk, boss):
    mine, other, elsewhere = Order.objects.filter(
        pk__in=[t.order_id for t in shelf.orders(desk, {}, {"account": 1}, {"symbol": "IBM", "account": 1})]
    ).order_by("pk")
    assert kill.blocked([mine, other]) == {}
    kill.engage("account", str(desk.accounts[0].pk), boss, "client gone")
    kill.engage("instrument", str(desk.instruments["IBM"].pk), boss, "halted")
    kill.engage("venue", "BATS", boss, "venue down")
    assert kill.blocked([mine, other, elsewhere]).keys() == {mine.pk, elsewhere.pk}
    assert kill.blocked([mine])[mine.pk].endswith("client gone")
    assert kill.stopped_venues() == {"BATS"}
    other.venue = "BATS"
    assert kill.blocked([other])[other.pk].endswith("venue down")


@pytest.mark.django_db(transaction=True)
def test_engaging_waits_for_orders_under_way_and_nobody_enters_unseen():
    """An order that has looked at the switches must be committed, and so be found, before engage returns."""
    floor = factories.floor()
    boss = factories.user("carl", role="compliance")
    early, late = shelf.orders(floor, {}, {})
    looked, go_on, thrown = Event(), Event(), Event()

    def enter_slowly():
        with transaction.atomic():
            accepted = ask([early])[0].accepted
            looked.set()
            go_on.wait(120)
            assert not thrown.is_set()
        connection.close()
        return accepted

    def engage():
        kill.engage("firm", "", boss, "drill")
        thrown.set()
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        entering = pool.submit(enter_slowly)
        assert looked.wait(60)
        engaging = pool.submit(engage)
        _until_someone_waits_for_a_lock()
        go_on.set()
        assert entering.result(60)
        engaging.result(60)
    with transaction.atomic():
        assert not ask([late])[0].accepted


def _until_someone_waits_for_a_lock():
    """The waiting session is visible in PostgreSQL itself: no guessing how long it takes to get there."""
    deadline = now().timestamp() + 60
    while now().timestamp() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")
