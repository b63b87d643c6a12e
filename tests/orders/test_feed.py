"""Following the journal in commit order: nothing is missed, and only our own database's transactions are waited for."""

import threading

import pytest
from django.db import connection, connections, transaction

from oms.desk import enter
from orders import feed
from orders.models import ExecutionReport
from tests import factories
from tests.factories import Floor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(transactional_db: None) -> Floor:
    return factories.floor()


def seen(place: feed.Place) -> list[int]:
    return list(feed.after(place, 100).values_list("id", flat=True))


def test_an_event_that_commits_late_is_neither_missed_nor_overtaken(desk: Floor) -> None:
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            enter([desk.draft(cl_ord_id="slow")], desk.actor)
            written.set()
            assert go_on.wait(30)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(30)
    enter([desk.draft(symbol="MSFT", cl_ord_id="quick")], desk.actor)
    assert ExecutionReport.objects.count() == 1, "the quick one has committed"
    assert seen(feed.Place()) == [], "but an older transaction may still write before it"
    go_on.set()
    thread.join(30)
    first = seen(feed.Place())
    assert len(first) == 2
    rows = dict(ExecutionReport.objects.values_list("id", "tx"))
    assert first == sorted(rows, key=lambda id_: (rows[id_], id_))


def test_transactions_of_other_databases_are_not_waited_for(desk: Floor) -> None:
    elsewhere = connection.copy()
    elsewhere.settings_dict = {**connection.settings_dict, "NAME": "postgres"}
    try:
        with elsewhere.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_current_xact_id()")
            enter([desk.draft()], desk.actor)
            assert len(seen(feed.Place())) == 1
    finally:
        elsewhere.close()
