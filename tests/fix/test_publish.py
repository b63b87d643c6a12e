"""What a client is told of an event, when, and how often."""

import pytest
from django.db import connection

from oms.desk import Actor, Draft
from oms.desk.record import record
from oms.desk.route import route
from oms.fix.deliver import CLAIM, TABLE
from oms.fix.inbound import Inbound
from oms.fix.publish import publish, readers
from oms.fix.trading import Party
from orders.models import Order
from routing.fix import codec
from routing.models import ClientMessage, ClientReport, ClientSession
from tests.desk.world import says
from tests.factories import Floor

pytestmark = pytest.mark.django_db(transaction=True)


def session(desk: Floor, **more: object) -> Inbound:
    one = ClientSession.objects.create(code="BUYER", target_comp_id="BUYER", user=desk.trader, **more)
    [reader] = readers()
    party = Party(one.code, Actor.of(one.user)._replace(session=one.code), one.account_map)
    return Inbound(party, one.purpose, one.throttle, reader)


def new_order(draft: Draft, cl_ord_id: str, seq: int) -> str:
    """A NewOrderSingle as it comes from the wire."""
    fields = {
        "cl_ord_id": cl_ord_id, "account": draft.account, "symbol": draft.symbol, "side": draft.side,
        "ord_type": draft.ord_type, "order_qty": str(draft.order_qty), "price": str(draft.price),
        "time_in_force": draft.time_in_force, "transact_time": "2026-11-23T10:00:00.000+00:00",
    }  # fmt: skip
    body = codec.encode("D", fields).removeprefix("35=D\x01")
    head = f"8=FIX.4.4\x019=0\x0135=D\x0134={seq}\x0149=BUYER\x0152=20261123-10:00:00\x0156=OMS\x01"
    return f"{head}{body}10=000\x01"


def told() -> list[tuple[str, str]]:
    """ClOrdID and ExecType of each report, in the order they are to be sent."""
    rows = ClientReport.objects.order_by("id").values_list("fields__cl_ord_id", "fields__exec_type")
    return list(rows)


def drain() -> None:
    while publish(readers()):
        continue


def test_the_first_word_about_an_order_is_told_in_its_own_transaction_and_once(desk: Floor) -> None:
    client = session(desk, send_pending_new=True)
    dear = desk.draft(price="100.001")  # no multiple of the tick
    client.take("1", [new_order(desk.draft(), "a", 1), new_order(dear, "b", 2)])
    first = [("a", "pending_new"), ("b", "rejected")]
    assert told() == first
    drain()
    assert told() == first
    client.take("1", [new_order(desk.draft(), "a", 1)])
    assert told() == first
    route()
    record([says(Order.objects.get(parent__isnull=False), "new")])
    drain()
    assert told() == [*first, ("a", "new")]
    assert list(ClientMessage.objects.values_list("outcome", flat=True)) == ["applied", "TICK_SIZE"]


def test_a_session_that_wants_no_pending_new_hears_of_the_order_from_its_venue(desk: Floor) -> None:
    client = session(desk)
    client.take("1", [new_order(desk.draft(), "a", 1)])
    drain()
    assert told() == []
    route()
    record([says(Order.objects.get(parent__isnull=False), "new")])
    drain()
    assert told() == [("a", "new")]


def test_what_waits_for_others_is_not_walked_through(desk: Floor) -> None:
    """A session that is not there lets its reports pile up: whoever is there does not pay for it."""
    for code in ("GONE", "THERE"):
        ClientSession.objects.create(code=code, target_comp_id=code, user=desk.trader)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {TABLE} (session_id, msg_type, fields, created_at, attempts, sent_at)
            SELECT code, '8', '{{}}', now(), 0, CASE code WHEN 'THERE' THEN now() END
            FROM generate_series(1, 10000), (VALUES ('GONE'), ('THERE')) codes (code)"""
        )
        cursor.execute(f"ANALYZE {TABLE}")
        cursor.execute(f"EXPLAIN {CLAIM}", [["THERE"]])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "client_report_waiting" in plan
    assert "Seq Scan" not in plan
