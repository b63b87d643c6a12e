"""Engaging a kill switch while gateways send and orders are entered: real threads, real locks."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal as D
from threading import Event
from typing import Any

import pytest
from django.db import connection, connections

from oms.base import fence
from oms.base.clock import now
from oms.desk import enter, killing, route
from oms.desk.record import record
from oms.desk.takeback import take_back
from orders.models import Alert, Order, User
from risk.models import KillSwitch, Taken
from routing.models import Outbox
from tests import factories
from tests.desk.world import says
from tests.factories import Floor
from tests.test_races import deadlocks, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(transactional_db: None) -> Floor:
    return factories.floor()


@pytest.fixture
def carla(desk: Floor) -> User:
    return factories.user("carla", role="compliance")


def engage(carla: User) -> KillSwitch:
    try:
        switch = killing.engage("firm", "", "drill", "FIRM", carla)
        assert isinstance(switch, KillSwitch)
        return switch
    finally:
        connections.close_all()


@contextmanager
def a_batch_on_its_way(mic: str) -> Iterator[Event]:
    """A gateway that has claimed and not noted yet, until the event is set."""
    holding, done = Event(), Event()

    def hold() -> None:
        with fence.wire(mic):
            holding.set()
            done.wait(120)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        assert holding.wait(60)
        yield done
        done.set()
        held.result(60)


def somebody_waits() -> None:
    """Seen in PostgreSQL itself: no guessing how long it takes to get there."""
    deadline = now().timestamp() + 60
    while now().timestamp() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")


def test_a_batch_on_its_way_is_waited_for(desk: Floor, carla: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(killing, "WIRES_S", 20.0)
    with a_batch_on_its_way("XNAS") as done, ThreadPoolExecutor(1) as pool:
        engaging = pool.submit(engage, carla)
        somebody_waits()
        assert not KillSwitch.objects.exists()
        arrived = now()
        done.set()
        switch = engaging.result(60)
    # It is dated when nothing was on its way any more, so whatever left bears an earlier time.
    assert switch.engaged_at > arrived
    assert Alert.objects.count() == 1


def test_a_gateway_that_hangs_is_named_and_not_waited_for_for_ever(
    desk: Floor, carla: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(killing, "WIRES_S", 0.3)
    with a_batch_on_its_way("BATS"):
        engage(carla)
    [stuck] = Alert.objects.filter(desk=None)
    assert "gateway of BATS" in stuck.text


def test_what_was_withheld_while_a_gateway_claimed_is_left_out(desk: Floor, carla: User) -> None:
    """The claim waits for the rows, looks at them again, and finds that they are done with."""
    from routing.gateway.send import CLAIM

    enter([desk.draft(qty=10)], desk.actor)
    route()
    [row] = Outbox.objects.all()

    def claim() -> list[Any]:
        try:
            with connection.cursor() as cursor:
                cursor.execute(CLAIM, {"session": row.session_id, "epoch": 0, "batch": 10, "asking": False})
                return cursor.fetchall()
        finally:
            connections.close_all()

    from django.db import transaction

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Outbox.objects.filter(pk=row.pk).update(sent_at=now())
            claiming = pool.submit(claim)
            _until_a_row_is_waited_for()
        assert claiming.result(60) == []


def _until_a_row_is_waited_for() -> None:
    deadline = now().timestamp() + 60
    while now().timestamp() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")


def _killed_at(statement: int, work: Callable[[], Any]) -> bool:
    """Do it in a process that is killed before its n-th statement; whether it was."""
    pid = os.fork()
    if pid == 0:
        left = [statement]

        def die(execute: Any, *call: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(*call)

        connection.connection = None  # the parent's: it is not closed from here
        with connection.execute_wrapper(die):
            work()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def test_killed_before_any_statement_it_goes_on(desk: Floor, carla: User, books: Callable[[], None]) -> None:
    """kill -9 before each statement of engaging and of taking back in turn, two orders a bite, until it is done."""
    enter([desk.draft(qty=10)] * 3 + [desk.draft(ord_type="stop", price=None, stop_px=D(105))], desk.actor)
    route()
    first, second, third = Order.objects.filter(parent__isnull=False).order_by("pk")
    Outbox.objects.exclude(order=third).update(attempts=1, sent_at=now(), msg_seq_num=7)
    record([says(first, "new"), says(second, "new")])

    def work() -> None:
        killing.engage("firm", "", "drill", "FIRM", carla)
        while take_back(2):
            continue

    kills = 0
    while _killed_at(kills, work):
        kills += 1
        Taken.objects.update(tried_at=None)
    assert kills > 30
    assert KillSwitch.objects.count() == Alert.objects.filter(code="KILL_SWITCH", desk=desk.desk).count() == 1
    cancels = list(Outbox.objects.filter(msg_type="F").order_by("id"))
    assert [one.order_id for one in cancels] == [first.pk, second.pk]
    record([says(one.order, "canceled", one.cl_ord_id) for one in cancels])
    while take_back():
        continue
    take_back()
    assert not Order.objects.filter(leaves_qty__gt=0).exists()
    assert KillSwitch.objects.get().done_at is not None
    books()


def test_everybody_at_once(desk: Floor, carla: User, books: Callable[[], None]) -> None:
    """Orders are entered and routed, the switch is pulled, and two take back: nothing is sent late, nothing deadlocks."""
    before = deadlocks()
    together(
        [lambda: enter([desk.draft(qty=10)] * 20, desk.actor)] * 4
        + [lambda: [route(10) for _ in range(6)]] * 2
        + [lambda: engage(carla)]
        + [lambda: [take_back(20) for _ in range(4)]] * 2
    )
    while take_back():
        continue
    while route():
        continue
    take_back()
    assert deadlocks() == before
    assert not Order.objects.filter(leaves_qty__gt=0).exists()
    assert not Outbox.objects.filter(msg_type="D", sent_at=None).exists()
    assert KillSwitch.objects.get().done_at is not None
    books()
