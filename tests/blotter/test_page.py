"""One page's side of the hub: catching up, falling behind, losing the thread. The hub is real and reads no stream here."""

import asyncio
from typing import Any

import orjson
import pytest

from oms.blotter.hub import Hub
from oms.blotter.page import WINDOW, Page
from oms.blotter.shards import RING, Shard

KEY = "orders@EQ"


class Desk:
    """A hub with one shard that the test feeds, a page, and what the page was sent."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.hub.up = True
        self.hub.epoch = "e1"
        self.hub.shards[KEY] = Shard(KEY, "e1", 0)
        self.sent: list[dict[str, Any]] = []
        self.beaten = asyncio.Event()
        self.page = Page(self.hub, self._send)
        self.number = 0

    async def _send(self, text: str) -> None:
        self.sent.append(orjson.loads(text))
        if self.sent[-1]["t"] == "hb":
            self.beaten.set()

    def change(self, times: int = 1) -> None:
        for _ in range(times):
            self.number += 1
            shard = self.hub.shards[KEY]
            shard.take([[self.number, 1]], self.number, 0)
            shard.flush(float(self.number), 0)

    def kinds(self) -> list[str]:
        return [message["t"] for message in self.sent]


def run(play: Any) -> None:
    asyncio.run(play(Desk()))


def test_a_new_page_reads_a_snapshot_and_then_every_frame() -> None:
    async def play(desk: Desk) -> None:
        desk.change(3)
        await desk.page.subscribe(KEY, None)
        assert desk.sent[0] | {"url": ""} == {"t": "resync", "s": KEY, "why": "new", "epoch": "e1", "url": ""}
        desk.change(2)
        await desk.page.catch_up()
        assert [(message["p"], message["q"]) for message in desk.sent[1:]] == [(3, 4), (4, 5)]

    run(play)


def test_a_page_that_comes_back_goes_on_where_it_was() -> None:
    async def play(desk: Desk) -> None:
        desk.change(5)
        await desk.page.subscribe(KEY, 3)
        await desk.page.catch_up()
        assert desk.kinds() == ["ok", "d", "d"]

    run(play)


@pytest.mark.parametrize("since", [0, RING + 100])
def test_a_place_we_do_not_hold_means_a_snapshot(since: int) -> None:
    async def play(desk: Desk) -> None:
        desk.change(RING + 2)
        await desk.page.subscribe(KEY, since)
        assert [(message["t"], message["why"]) for message in desk.sent] == [("resync", "trim")]

    run(play)


def test_a_heartbeat_says_how_many_frames_were_sent_before_it() -> None:
    """Whatever was acknowledged meanwhile: a page that counts otherwise has lost some."""

    async def play(desk: Desk) -> None:
        await desk.page.subscribe(KEY, None)
        desk.change(5)
        await desk.page.catch_up()
        desk.page.acknowledge(3)
        desk.change(2)
        await desk.page.catch_up()
        pump = asyncio.create_task(desk.page.pump())
        await asyncio.wait_for(desk.beaten.wait(), 30)
        pump.cancel()
        assert desk.sent[-1] | {"ts": 0, "src": {}} == {"t": "hb", "ts": 0, "c": 7, "q": {KEY: 7}, "src": {}}

    run(play)


def test_a_slow_page_is_sent_a_window_and_nothing_is_kept_for_it() -> None:
    async def play(desk: Desk) -> None:
        await desk.page.subscribe(KEY, None)
        desk.change(50)
        await desk.page.catch_up()
        desk.change(50)
        await desk.page.catch_up()
        assert desk.kinds().count("d") == WINDOW + 1
        desk.page.acknowledge(WINDOW + 1)
        await desk.page.catch_up()
        assert desk.sent[-1]["q"] == 2 * (WINDOW + 1), "it goes on from the ring, without a hole"

    run(play)


def test_a_page_too_far_behind_reads_a_snapshot() -> None:
    async def play(desk: Desk) -> None:
        await desk.page.subscribe(KEY, None)
        desk.change(30)
        await desk.page.catch_up()
        desk.change(RING + 30)
        desk.page.acknowledge(WINDOW + 1)
        await desk.page.catch_up()
        assert desk.sent[-1]["why"] == "lag"
        desk.change()
        await desk.page.catch_up()
        assert desk.sent[-1]["p"] == desk.sent[-1]["q"] - 1 == RING + 60

    run(play)


def test_a_stream_begun_anew_is_told_to_every_page() -> None:
    async def play(desk: Desk) -> None:
        await desk.page.subscribe(KEY, None)
        desk.hub.shards[KEY] = Shard(KEY, "e2", 40)
        await desk.page.catch_up()
        assert (desk.sent[-1]["why"], desk.sent[-1]["epoch"]) == ("epoch", "e2")

    run(play)


def test_quotes_are_those_asked_for_each_once() -> None:
    async def play(desk: Desk) -> None:
        quotes = desk.hub.quotes
        desk.page.want(frozenset({1, 3}))
        quotes.take("1-0", [[1, "9.5", []], [2, "8", []], [3, "7", []]])
        quotes.flush(1.0)
        await desk.page.catch_up()
        assert sorted(desk.sent[-1]["u"]) == [[1, "9.5"], [3, "7"]]
        quotes.take("2-0", [[2, "8.1", []], [3, "7.1", []]])
        assert not quotes.flush(1.1), "four times a second is often enough"
        quotes.flush(2.0)
        await desk.page.catch_up()
        assert desk.sent[-1]["u"] == [[3, "7.1"]]

    run(play)


def test_what_each_venue_says_goes_to_pages_that_show_its_ladder() -> None:
    async def play(desk: Desk) -> None:
        desk.page.want(frozenset({1}), frozenset({2}))
        desk.hub.quotes.take("1-0", [[1, "9.5", [["XNAS"]]], [2, "8", [["XNAS"]]]])
        desk.hub.quotes.flush(1.0)
        await desk.page.catch_up()
        assert sorted(desk.sent[-1]["u"]) == [[1, "9.5"], [2, "8", [["XNAS"]]]]

    run(play)


def test_a_page_that_takes_nothing_for_five_seconds_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(desk: Desk) -> None:
        async def never(_text: str) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr("oms.blotter.page.SEND_TIMEOUT_S", 0.05)
        with pytest.raises(TimeoutError):
            await Page(desk.hub, never).pump()

    run(play)


@pytest.mark.timeout(60)
def test_a_page_that_goes_in_the_moment_that_news_comes_is_gone() -> None:
    """Its pump must end: it is told to once."""

    async def play(desk: Desk) -> None:
        pump = asyncio.create_task(desk.page.pump())
        while not desk.sent:
            await asyncio.sleep(0)
        for _ in range(10):
            await asyncio.sleep(0)
        desk.page.awake.set()
        await asyncio.sleep(0)
        pump.cancel()
        await asyncio.wait([pump], timeout=30)
        assert pump.cancelled()

    run(play)
