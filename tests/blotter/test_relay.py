"""The relay: every change once more, in images; across restarts, late commits and a Valkey that forgets."""

import threading
from typing import Any

import pytest
import redis
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.blotter import snapshot, stream, tables
from oms.blotter.relay import Relay, parts
from oms.desk import enter, record, route
from orders.models import Alert
from tests.desk.world import children, fill, says
from tests.factories import Floor

pytestmark = pytest.mark.django_db(transaction=True)


def entries(valkey: redis.Redis, desk: str = "EQ") -> list[stream.Entry]:
    found: Any = valkey.xrange(stream.of_desk(desk))
    return [stream.unpack(fields) for _, fields in found]


def rows(valkey: redis.Redis, table: str) -> dict[Any, tables.Row]:
    """The last image of each row in the stream."""
    return {row[0]: row for entry in entries(valkey) for row in entry.tables.get(table, [])}


def worked(desk: Floor, qty: int = 100) -> int:
    """An order that was routed, acknowledged and half filled."""
    [answer] = enter([desk.draft(qty=qty)], desk.actor)
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    assert record([says(child, "new"), fill(child, qty // 2)]) == [None, None]
    assert answer.order_id
    return answer.order_id


def test_what_the_stream_says_is_what_the_books_say(desk: Floor, relay: Relay, valkey: redis.Redis) -> None:
    order_id = worked(desk)
    relay.step()
    for table in ("orders", "executions", "positions"):
        taken = snapshot.take(table, "EQ")
        assert rows(valkey, table) == {row[0]: row for row in taken.rows}, table
        assert taken.rows
    told = rows(valkey, "events")
    assert [(row[3], row[5]) for row in told.values()] == [("fill", order_id)]
    assert {row[0]: row for row in snapshot.take("events", "EQ").rows} == told


def test_nothing_is_told_twice_and_a_new_relay_goes_on_where_the_old_one_stopped(
    desk: Floor, relay: Relay, valkey: redis.Redis
) -> None:
    worked(desk)
    relay.step()
    before = entries(valkey)
    assert relay.step() == 0
    worked(desk)
    Relay().step()
    after = entries(valkey)
    assert after[: len(before)] == before
    assert [entry.number for entry in after] == list(range(1, len(after) + 1))
    assert {entry.epoch for entry in after} == {before[0].epoch}


def test_the_head_counts_nothing_that_a_snapshot_lacks(desk: Floor, relay: Relay, valkey: redis.Redis) -> None:
    worked(desk)
    relay.step()
    taken = snapshot.take("orders", "EQ")
    last = entries(valkey)[-1]
    assert (taken.epoch, taken.seq) == (last.epoch, last.number)


def test_a_valkey_that_forgot_means_a_new_epoch(desk: Floor, relay: Relay, valkey: redis.Redis) -> None:
    """What the new epoch begins with depends on what runs beside; pages read a snapshot anyway."""
    worked(desk)
    relay.step()
    epoch = entries(valkey)[0].epoch
    for key in list(valkey.scan_iter(stream.key("*"))):
        valkey.delete(key)
    fresh = Relay()
    fresh.step()
    order_id = worked(desk)
    fresh.step()
    told = entries(valkey)
    assert epoch not in {entry.epoch for entry in told}
    assert [entry.number for entry in told] == list(range(1, len(told) + 1))
    assert order_id in rows(valkey, "orders")


def test_a_commit_behind_the_quick_look_is_found_by_the_sure_one(
    desk: Floor, relay: Relay, valkey: redis.Redis
) -> None:
    """The older transaction writes the lower event id and commits last; the newer one is shown without waiting."""
    written, may_commit = threading.Event(), threading.Event()
    ids: list[int] = []

    def slow() -> None:
        with transaction.atomic():
            ids.extend(answer.order_id or 0 for answer in enter([desk.draft(account="ALPHA")], desk.actor))
            written.set()
            may_commit.wait(120)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(60)
    try:
        [quick] = enter([desk.draft(account="BETA", symbol="IBM")], desk.actor)
        relay.step()
        assert set(rows(valkey, "orders")) == {quick.order_id}
    finally:
        may_commit.set()
        thread.join()
    relay.round_due = 0.0
    relay.step()
    assert set(rows(valkey, "orders")) == {quick.order_id, *ids}


def test_refusals_reach_the_desk_in_plain_words(desk: Floor, relay: Relay, valkey: redis.Redis) -> None:
    [answer] = enter([desk.draft()], desk.actor)
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    record([says(child, "rejected", text="Symbol is halted")])
    relay.step()
    [told] = [row for row in rows(valkey, "events").values() if row[3] == "reject" and row[5] == child.id]
    columns = dict(zip(tables.EVENT_COLUMNS, told, strict=True))
    assert columns["text"] == "Symbol is halted"
    assert columns["severity"] == 2
    assert columns["title"].startswith("BUY 100 AAPL @ 100 · ")


def test_alerts_reach_the_desk(desk: Floor, relay: Relay, valkey: redis.Redis) -> None:
    from oms.base.clock import now

    relay.round_due = 0.0
    Alert.objects.create(
        at=now(), severity=3, kind="in_flight", desk=desk.desk, text="Limit use 97 %", code="BAD_REPORT"
    )
    relay.step()
    [told] = rows(valkey, "events").values()
    assert (told[3], told[4], told[9]) == ("alert", 3, "Limit use 97 %")


def test_the_number_of_statements_does_not_depend_on_the_number_of_orders(desk: Floor, relay: Relay) -> None:
    def statements(n: int) -> int:
        enter([desk.draft(symbol=symbol) for _ in range(n) for symbol in ("AAPL", "IBM")], desk.actor)
        relay.round_due = 0.0
        with CaptureQueriesContext(connection) as queries:
            relay.step()
        # It only reads; what else there is is its heartbeat, which is not due every time.
        return len([q for q in queries if q["sql"].startswith("SELECT")])

    assert statements(1) == statements(30) <= 12


def test_rows_are_cut_into_entries_of_bounded_size() -> None:
    cut = parts({"orders": [[n] for n in range(5)], "events": [["e"]]}, 2)
    assert cut == [{"orders": [[0], [1]], "events": [["e"]]}, {"orders": [[2], [3]]}, {"orders": [[4]]}]
