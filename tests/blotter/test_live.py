"""The websocket: who may listen, what is heard, and what happens when something breaks."""

import asyncio
import random
from typing import Any

import pytest
import redis
from asgiref.sync import sync_to_async
from django.test import Client

from oms.blotter import consumer, stream, tables
from oms.blotter.relay import Relay
from oms.desk import Amendment, Cancellation, amend, cancel, enter, record, route
from orders.models import Desk
from tests.blotter.conftest import Socket, play, signed_in, step
from tests.desk.world import children, fill, says
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_fill_is_heard_by_an_open_page(desk: Floor, relay: Relay, browser: Client) -> None:
    async def script() -> None:
        socket = Socket(browser)
        welcome = await socket.greet()
        assert welcome["perms"] == {"desks": ["EQ"], "may_trade": True, "may_change": True}
        assert welcome["schema"]["orders"] == tables.COLUMNS["orders"]
        for table in tables.DESK_TABLES:
            await socket.say(op="sub", s=f"{table}@EQ", since=None)
            heard = await socket.hear("resync")
            assert (heard["why"], heard["url"]) == ("new", f"/api/v1/blotter/{table}/snapshot?desk=EQ")
        order_id = await sync_to_async(half_filled)(desk)
        await step(relay)
        by_table: dict[str, list[Any]] = {}
        while set(by_table) != set(tables.DESK_TABLES):
            frame = await socket.hear("d", "ev")
            by_table.setdefault(frame["s"].partition("@")[0], []).extend(frame["n"])
        [root] = [row for row in by_table["orders"] if row[0] == order_id]
        assert as_object("orders", root) | {"ord_status": "partially_filled", "cum_qty": "50", "symbol": "AAPL"} == (
            as_object("orders", root)
        )
        assert as_object("positions", by_table["positions"][0])["qty"] == "50"
        await socket.disconnect()

    play(script)


def test_pages_of_other_origins_and_nobody_s_sockets_are_turned_away(desk: Floor, browser: Client) -> None:
    async def script() -> None:
        for socket, code in [
            (Socket(browser, "https://evil.example"), consumer.WRONG_ORIGIN),
            (Socket(browser, ""), consumer.WRONG_ORIGIN),
            (Socket(Client()), consumer.SIGNED_OUT),
        ]:
            await socket.connect()
            assert await socket.closing_code() == code

    play(script)


@pytest.mark.parametrize(
    "messages",
    [
        ["not json"],
        ["[1]"],
        ['{"op": "sub", "s": "orders@EQ"}'],
        ['{"op": "hello"}', '{"op": "hello"}'],
        ['{"op": "hello"}', '{"op": "cancel", "order": 1}'],
        ['{"op": "hello"}', '{"op": "sub", "s": "users@EQ"}'],
        ['{"op": "hello"}', '{"op": "sub", "s": "orders@EQ", "since": -1}'],
        ['{"op": "hello"}', '{"op": "want", "i": [1, "2"]}'],
        ['{"op": "hello"}', '{"op": "ack"}'],
        ['{"op": "hello"}', '{"op": "want", "i": [' + "1," * 40_000 + "1]}"],
    ],
    ids=lambda messages: messages[-1][:40],
)
def test_what_is_not_in_the_protocol_ends_the_conversation(browser: Client, messages: list[str]) -> None:
    async def script() -> None:
        socket = Socket(browser)
        await socket.connect()
        for message in messages:
            await socket.say_text(message)
        assert await socket.closing_code() == consumer.BAD_MESSAGE

    play(script)


def test_another_desk_s_rows_are_not_heard_nor_read(desk: Floor, relay: Relay, browser: Client) -> None:
    Desk.objects.create(code="FX", name="Currencies")

    async def script() -> None:
        socket = Socket(browser)
        await socket.greet()
        await socket.say(op="sub", s="orders@FX", since=None)
        assert (await socket.hear("resync"))["why"] == "perm"
        await socket.disconnect()

    play(script)
    assert browser.get("/api/v1/blotter/orders/snapshot?desk=FX").status_code == 404


def test_those_who_watch_over_the_firm_see_every_desk(desk: Floor) -> None:
    auditor = signed_in(user("aude", role="auditor"))
    assert auditor.get("/api/v1/blotter/orders/snapshot?desk=EQ").status_code == 200
    outsider = signed_in(user("otto", role="trader"))
    assert outsider.get("/api/v1/blotter/orders/snapshot?desk=EQ").status_code == 404
    assert Client().get("/api/v1/blotter/orders/snapshot?desk=EQ").status_code == 401


def test_a_stream_that_begins_anew_sends_pages_back_to_a_snapshot(
    desk: Floor, relay: Relay, browser: Client, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oms.blotter.hub.BEAT_EVERY_S", 0.05)

    async def script() -> None:
        socket = Socket(browser)
        welcome = await socket.greet()
        await socket.say(op="sub", s="orders@EQ", since=None)
        await socket.hear("resync")
        for key in await sync_to_async(lambda: list(valkey.scan_iter(stream.key("*"))))():
            valkey.delete(key)
        await step(Relay())
        heard = await socket.hear("resync")
        assert heard["why"] == "epoch"
        assert heard["epoch"] not in ("", welcome["epoch"])
        await socket.disconnect()

    play(script)


def test_entries_lost_from_the_stream_are_noticed(
    desk: Floor, relay: Relay, browser: Client, valkey: redis.Redis
) -> None:
    async def script() -> None:
        socket = Socket(browser)
        await socket.greet()
        await socket.say(op="sub", s="orders@EQ", since=None)
        await socket.hear("resync")
        assert relay.head is not None
        relay.head.counts["EQ"] = relay.head.counts.get("EQ", 0) + 3
        await sync_to_async(half_filled)(desk)
        await step(relay)
        assert (await socket.hear("resync"))["why"] == "epoch"
        await socket.disconnect()

    play(script)


def test_snapshot_and_frames_together_are_the_books(
    desk: Floor, relay: Relay, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random trading while a page reads its snapshot at a random moment and acknowledges at whim."""
    chance = random.Random(5)
    monkeypatch.setattr("oms.blotter.shards.INTERVAL_S", 0.005)

    async def script() -> None:
        socket = Socket(browser)
        await socket.greet()
        await socket.say(op="sub", s="orders@EQ", since=None)
        await socket.hear("resync")
        shown: dict[int, list[Any]] = {}
        seq: int | None = None
        kept: list[Any] = []
        count = 0

        async def listen() -> None:
            """What has come, on top of the snapshot once there is one."""
            nonlocal seq, count
            while not await socket.receive_nothing(0.01):  # type: ignore[no-untyped-call]
                message = await socket.hear("d", "hb", "resync")
                assert message["t"] != "resync"
                if message["t"] == "d":
                    count += 1
                    kept.append(message)
            if seq is None:
                return
            for frame in kept:
                assert frame["p"] <= seq or frame["q"] <= seq
                seq = max(seq, frame["q"])
                shown.update({row[0]: row for row in frame["n"] if row[0] not in shown or row[1] > shown[row[0]][1]})
            kept.clear()

        for turn in range(40):
            await sync_to_async(trade)(desk, chance)
            await step(relay)
            await asyncio.sleep(0.01)
            await listen()
            if chance.random() < 0.5:
                await socket.say(op="ack", c=count)
            if turn == 12:
                taken = await sync_to_async(snapshot_of)(browser)
                shown, seq = {row[0]: row for row in taken["rows"]}, taken["seq"]
        books = {row[0]: row for row in (await sync_to_async(snapshot_of)(browser))["rows"]}
        assert len(books) > 40

        def wrong() -> list[int]:
            missing = books.keys() ^ shown.keys()
            return sorted(missing | {key for key in books.keys() & shown if facts(shown[key]) != facts(books[key])})

        for _ in range(300):  # what is under way arrives
            if not wrong():
                break
            await socket.say(op="ack", c=count)
            await asyncio.sleep(0.1)
            await listen()
        assert wrong() == []
        await socket.disconnect()

    play(script)


def facts(row: list[Any]) -> dict[str, Any]:
    """A row without the time of its last write: routing writes a row and reports nothing."""
    return {name: value for name, value in as_object("orders", row).items() if name != "updated_at"}


def snapshot_of(browser: Client) -> Any:
    return browser.get("/api/v1/blotter/orders/snapshot?desk=EQ").json()


def trade(desk: Floor, chance: random.Random) -> None:
    """One thing or another that changes orders."""
    [answer] = enter([desk.draft(qty=100, symbol=chance.choice(["AAPL", "IBM"]))], desk.actor)
    if chance.random() < 0.3 or answer.order_id is None:
        return
    route()
    [child] = children(answer.order_id)
    record([says(child, "new"), *([fill(child, chance.choice([10, 100]))] if chance.random() < 0.7 else [])])
    if chance.random() < 0.3:
        cancel([Cancellation(answer.order_id)], desk.actor)
    elif chance.random() < 0.3:
        amend([Amendment(answer.order_id, order_qty=child.order_qty + 50)], desk.actor)


def half_filled(desk: Floor) -> int:
    [answer] = enter([desk.draft(qty=100)], desk.actor)
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    record([says(child, "new"), fill(child, 50)])
    return answer.order_id or 0


def as_object(table: str, row: list[Any]) -> dict[str, Any]:
    return dict(zip(tables.COLUMNS[table], row, strict=True))
