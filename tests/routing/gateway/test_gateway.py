"""Gateways, venues and the database in processes of their own: everything arrives, once."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from oms.base import bell
from oms.base.clock import now
from routing.exchange.journal import Journal
from routing.exchange.orders import from_row
from routing.models import Inbox, Outbox, Quote, VenueSession
from tests.factories import Floor
from tests.routing.gateway.conftest import Gateway, answered, arrived, child, waiting
from tests.routing.venues import Venues, until

Start = Callable[..., Gateway]


def ring() -> None:
    bell.ring("outbox:XNAS")


def the_same_everywhere(names: list[str], venues: Venues, running: Gateway) -> None:
    """Each order is at the venue once, its acknowledgement in the inbox once, and the fills agree."""
    until(lambda: told() == (Counter(names), filled_there(venues)), 60)
    assert running.stop() == 0
    venues.stop()
    kept = {order.cl_ord_id: order for order in Journal(venues.home / "journal.jsonl").remembered.orders}
    assert sorted(kept) == sorted(names)
    news, filled = told()
    assert news == Counter(names)
    assert filled == Counter({name: order.cum for name, order in kept.items() if order.cum})
    assert not Outbox.objects.filter(sent_at__isnull=True).exists()


def told() -> tuple[Counter[str], Counter[str]]:
    """What the inbox says: how often each order is acknowledged, and what was filled."""
    fields = list(Inbox.objects.values_list("fields", flat=True))
    reports = {one["exec_id"]: one for one in fields if "exec_id" in one}
    news = Counter(one["cl_ord_id"] for one in reports.values() if one["exec_type"] == "new")
    filled: Counter[str] = Counter()
    for one in reports.values():
        if one["exec_type"] == "trade":
            filled[one["cl_ord_id"]] += int(one["last_qty"])
    return news, filled


def filled_there(venues: Venues) -> Counter[str]:
    """What was filled by the journal of the venues while they run; its last line may not be whole yet."""
    lines = [line for line in (venues.home / "journal.jsonl").read_text().splitlines(True) if line.endswith("\n")]
    orders = [from_row(row) for line in lines for row in json.loads(line).get("orders", ())]
    cums = {order.cl_ord_id: order.cum for order in orders}
    return Counter({name: cum for name, cum in cums.items() if cum})


def all_sent() -> bool:
    """Answers may come before the gateway has noted what it sent."""
    return until(lambda: not Outbox.objects.filter(sent_at__isnull=True).exists(), 60)


def test_the_outbox_reaches_the_venue_and_its_answers_the_inbox(floor: Floor, venues: Venues, gateway: Start) -> None:
    names = [f"N{n}" for n in range(50)]
    waiting(child(floor), names)
    running = gateway()
    assert answered(50)
    assert all_sent()
    numbers = list(Outbox.objects.exclude(msg_type="H").order_by("id").values_list("msg_seq_num", flat=True))
    assert numbers == list(range(numbers[0], numbers[0] + 50))
    row = Inbox.objects.filter(fields__exec_type="new").earliest("id")
    assert "\x0135=8\x01" in row.raw
    assert row.fields["ord_status"] == "new"
    assert until(lambda: VenueSession.objects.get(pk="XNAS").seen_at is not None, 60)
    the_same_everywhere(names, venues, running)


def test_a_gateway_killed_in_mid_flow(floor: Floor, venues: Venues, gateway: Start) -> None:
    """Killed three times among four hundred orders that keep coming."""
    about, names = child(floor), [f"K{n}" for n in range(400)]

    running = gateway()
    for n in range(4):
        waiting(about, names[n * 100 : (n + 1) * 100])
        ring()
        assert until(lambda n=n: arrived("new") > n * 100 + 7 * n, 90)
        if n < 3:
            running.kill()
            running.start()
    assert answered(400)
    assert all_sent()
    the_same_everywhere(names, venues, running)
    exec_ids = [one["exec_id"] for one in Inbox.objects.values_list("fields", flat=True) if "exec_id" in one]
    assert len(exec_ids) == len(set(exec_ids)), "each report is in the inbox once"


def test_venues_killed_in_mid_flow(floor: Floor, venues: Venues, gateway: Start) -> None:
    about, names = child(floor), [f"V{n}" for n in range(400)]
    running = gateway()
    for n in range(4):
        waiting(about, names[n * 100 : (n + 1) * 100])
        ring()
        assert until(lambda n=n: arrived("new") > n * 100 + 11 * n, 90)
        if n < 3:
            venues.kill()
            venues.start()
    assert answered(400)
    assert all_sent()
    the_same_everywhere(names, venues, running)


def test_what_may_have_been_sent_goes_out_as_a_possible_resend(floor: Floor, venues: Venues, gateway: Start) -> None:
    """As a gateway leaves it that died between sending and noting the number."""
    about = child(floor)
    first = gateway()
    waiting(about, ["P1"])
    ring()
    assert answered(1)
    first.kill()
    Outbox.objects.filter(cl_ord_id="P1").update(sent_at=None, msg_seq_num=None)
    first.start()
    assert until(lambda: Inbox.objects.filter(fields__exec_type="order_status", fields__cl_ord_id="P1").exists(), 60)
    assert arrived("new") == 1
    assert arrived("rejected") == 0
    the_same_everywhere(["P1"], venues, first)


def test_only_one_gateway_a_session(floor: Floor, venues: Venues, gateway: Start) -> None:
    """The second waits, and takes over when the first is gone."""
    about = child(floor)
    first = gateway()
    waiting(about, ["L1"])
    assert answered(1)
    second = gateway()
    waiting(about, ["L2"])
    ring()
    assert answered(2)
    assert VenueSession.objects.get(pk="XNAS").epoch == 1
    first.kill()
    waiting(about, ["L3"])
    ring()
    assert answered(3)
    assert VenueSession.objects.get(pk="XNAS").epoch == 2
    the_same_everywhere(["L1", "L2", "L3"], venues, second)


def test_a_gateway_that_was_replaced_sends_nothing_more(floor: Floor, venues: Venues, gateway: Start) -> None:
    about = child(floor)
    running = gateway()
    waiting(about, ["E1"])
    assert answered(1)
    VenueSession.objects.filter(pk="XNAS").update(epoch=99)
    waiting(about, ["E2"])
    ring()
    assert running.process
    assert running.process.wait(60) == 1
    assert not Outbox.objects.filter(cl_ord_id="E2", msg_seq_num__isnull=False).exists()
    assert arrived("new") == 1


def test_what_cannot_become_an_order_is_a_refusal_and_does_not_block_its_lane(
    floor: Floor, venues: Venues, gateway: Start
) -> None:
    """A price without FIX form is refused here; one without TransactTime by the venue, by MsgSeqNum alone (35=3)."""
    about = child(floor)
    waiting(about, ["BAD"], price="1e5")
    waiting(about, ["LACKING"], transact_time=None)
    waiting(about, ["GOOD"])
    gateway()
    assert answered(1)
    # Its refusal is written after the others were sent, which may be answered by then.
    assert until(lambda: Inbox.objects.filter(incarnation="own").exists(), 60)
    bad = Inbox.objects.get(incarnation="own").fields
    assert (bad["cl_ord_id"], bad["exec_type"]) == ("BAD", "rejected")
    assert "not a plain decimal" in bad["text"]
    assert until(lambda: Inbox.objects.filter(msg_type="3").exists(), 60)
    lacking = Inbox.objects.get(msg_type="3").fields
    assert (lacking["cl_ord_id"], lacking["exec_type"]) == ("LACKING", "rejected")


def test_after_a_logon_open_orders_are_asked_about(floor: Floor, venues: Venues, gateway: Start) -> None:
    about = child(floor, "OPEN")
    waiting(about, ["OPEN"], price="99.00")
    running = gateway()
    assert answered(1)
    running.kill()
    running.start()
    assert until(lambda: Inbox.objects.filter(fields__exec_type="order_status").exists(), 60)
    status = Inbox.objects.filter(fields__exec_type="order_status").latest("id").fields
    assert (status["cl_ord_id"], status["ord_status"]) == ("OPEN", "new")


def test_the_bell_is_not_needed(floor: Floor, venues: Venues, gateway: Start) -> None:
    """Without a bell the outbox is looked at once a second."""
    gateway()
    assert until(lambda: VenueSession.objects.get(pk="XNAS").seen_at is not None, 60)
    waiting(child(floor), ["Q1"])
    assert answered(1)


def test_the_feed_keeps_quotes_fresh(floor: Floor, venues: Venues, gateway: Start) -> None:
    Quote.objects.all().delete()
    VenueSession.objects.create(
        code="FEED", purpose="market_data", sender_comp_id="OMS", target_comp_id="FEED", port=venues.port
    )
    gateway("FEED")
    # IBM is listed with us, and unknown to the venues.
    assert until(lambda: Quote.objects.count() == 6, 60)
    quote = Quote.objects.get(instrument__symbol="AAPL", venue="XNAS")
    assert quote.bid_px < quote.offer_px
    seen_at = VenueSession.objects.get(pk="FEED").seen_at
    assert until(lambda: VenueSession.objects.get(pk="FEED").seen_at > (seen_at or now()) + timedelta(seconds=6), 60)
    (venues.home / "universe.csv").write_text(
        (venues.home / "universe.csv").read_text() + "IBM,USD,0.01,100,150,XNAS,equity\n"
    )
    assert until(lambda: Quote.objects.filter(instrument__symbol="IBM").count() == 1, 60)


def test_sending_and_receiving_at_once(floor: Floor, venues: Venues, gateway: Start) -> None:
    """A burst while answers to the last one still come in."""
    about, names = child(floor), [f"B{n}" for n in range(1_000)]
    running = gateway()
    assert until(lambda: VenueSession.objects.get(pk="XNAS").seen_at is not None, 60)
    started = threading.Event()
    for n in range(10):
        waiting(about, names[n * 100 : (n + 1) * 100])
        ring()
        started.wait(0.05)
    assert answered(1_000)
    the_same_everywhere(names, venues, running)


def test_what_was_received_and_not_committed_is_sent_again(floor: Floor, venues: Venues, gateway: Start) -> None:
    """As a gateway leaves it that died between the engine's receipt and our commit: the venue repeats it, PossDup."""
    names = [f"C{n}" for n in range(40)]
    waiting(child(floor), names)
    running = gateway()
    assert answered(40)
    running.kill()
    before = {row.msg_seq_num: row.fields for row in Inbox.objects.all()}
    lost = sorted(before)[-15:]
    Inbox.objects.filter(msg_seq_num__in=lost).delete()
    running.start()
    assert until(lambda: set(before) <= set(Inbox.objects.values_list("msg_seq_num", flat=True)), 60)
    for row in Inbox.objects.filter(msg_seq_num__in=lost):
        assert row.fields == before[row.msg_seq_num] | {"poss_dup": True}
