"""What happens when everybody acts at once: real threads, real transactions."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal as D
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from oms.desk import Amendment, Cancellation, amend, cancel, enter, record, route
from orders.models import ExecutionReport, Order
from risk import kill
from risk.models import Rule, Usage
from routing.models import Outbox
from tests import factories
from tests.desk.world import fill, says
from tests.factories import Floor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(transactional_db: None) -> Floor:
    return factories.floor()


def together(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all works at the same moment, a thread and a connection each; their answers in order."""
    gate = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            gate.wait(timeout=60)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_forty_orders_against_room_for_five_yield_five(desk: Floor, books: Callable[[], None]) -> None:
    Rule.objects.create(control="PT-19", name="position", params={"max_long": "5000", "max_short": "5000"})
    answers = together([lambda: enter([desk.draft(qty=1_000)], desk.actor)[0]] * 40)
    accepted = [answer for answer in answers if answer.accepted]
    assert len(accepted) == 5
    assert {r.code for answer in answers for r in answer.refusals} == {"POSITION_LIMIT"}
    assert Usage.objects.get().open_buy_qty == 5_000
    assert Order.objects.filter(phase="rejected").count() == 35
    books()


def test_one_cl_ord_id_sent_by_forty_at_once_is_one_order(desk: Floor, books: Callable[[], None]) -> None:
    answers = together([lambda: enter([desk.draft(cl_ord_id="ONCE")], desk.actor)[0]] * 40)
    assert len({answer.order_id for answer in answers}) == 1
    assert sum(not answer.duplicate for answer in answers) == 1
    assert Order.objects.count() == 1
    books()


def test_shuffled_overlapping_batches_neither_lose_nor_deadlock(desk: Floor, books: Callable[[], None]) -> None:
    """Entering, routing, filling, amending and canceling the same orders from all sides."""
    symbols = list(desk.instruments)
    drafts = [desk.draft(qty=100, symbol=random.Random(n).choice(symbols), account="ALPHA" if n % 2 else "BETA") for n in range(120)]  # fmt: skip
    ids = [answer.order_id for answer in enter(drafts, desk.actor)]
    route()
    children = list(Order.objects.filter(parent_id__in=ids))
    record([says(child, "new") for child in children])
    before = deadlocks()

    def shuffled(seed: int, items: Sequence[Any], size: int) -> list[Any]:
        return random.Random(seed).sample(list(items), size)

    reports = [fill(child, 1) for child in children for _ in range(3)]
    together(
        [lambda n=n: record(shuffled(n, reports, 200)) for n in range(3)]
        + [lambda n=n: amend([Amendment(i, order_qty=D(100 + n)) for i in shuffled(n, ids, 60)], desk.actor) for n in range(2)]
        + [lambda n=n: cancel([Cancellation(i) for i in shuffled(n, ids, 30)], desk.actor) for n in range(2)]
        + [lambda: enter(drafts[:60], desk.actor), route]
    )  # fmt: skip
    assert deadlocks() == before
    trades = ExecutionReport.objects.filter(is_root=False, exec_type="trade")
    assert trades.count() == trades.values("venue_exec_id").distinct().count() > 200
    books()


def test_nothing_is_sent_once_the_kill_switch_is_on(desk: Floor, books: Callable[[], None]) -> None:
    enter([desk.draft(qty=10)] * 50, desk.actor)
    cora = factories.user("cora", role="compliance")
    together([lambda: route(10)] * 5 + [lambda: kill.engage("firm", "", cora, "drill")])
    after_it = Outbox.objects.count()
    while route():
        pass
    assert Outbox.objects.count() == after_it
    assert [a.refusals[0].code for a in enter([desk.draft()], desk.actor)] == ["KILL_SWITCH"]
    books()
