"""Conflation, the ring and flow control: pure."""

import orjson

from oms.blotter.page import WINDOW, Window
from oms.blotter.shards import INTERVAL_S, RING, Shard


def rows(shard: Shard, frame_number: int = -1) -> list[list[int]]:
    return list(orjson.loads(shard.frames[frame_number].text)["n"])


def test_the_first_change_after_a_pause_goes_at_once_and_the_next_waits() -> None:
    shard = Shard("orders@EQ", "e1", 7)
    shard.take([[1, 1, "a"]], 8, 1000)
    assert shard.flush(50.0, 0) is not None
    shard.take([[1, 2, "b"]], 9, 1010)
    assert shard.flush(50.0 + INTERVAL_S / 2, 0) is None
    assert shard.due_at() == 50.0 + INTERVAL_S
    assert shard.flush(50.0 + INTERVAL_S, 0) is not None


def test_many_changes_of_a_row_are_one_row_of_the_newest_revision() -> None:
    shard = Shard("orders@EQ", "e1", 0)
    shard.take([[1, 2, "second"], [2, 1, "other"]], 1, 1000)
    shard.take([[1, 1, "first, late"]], 2, 900)
    frame = shard.flush(1.0, 0)
    assert frame is not None
    assert (frame.p, frame.q) == (0, 2)
    assert rows(shard) == [[1, 2, "second"], [2, 1, "other"]]
    assert orjson.loads(frame.text)["ts"] == 900, "latency is that of the oldest change in the frame"


def test_frames_follow_each_other_without_a_hole() -> None:
    shard = Shard("orders@EQ", "e1", 3)
    for number in (4, 9, 11):
        shard.take([[number, 1]], number, 0)
        shard.flush(float(number), 0)
    assert [(frame.p, frame.q) for frame in shard.frames] == [(3, 4), (4, 9), (9, 11)]
    assert shard.flush(99.0, 0) is None


def test_a_page_catches_up_from_the_ring_or_learns_that_it_cannot() -> None:
    shard = Shard("orders@EQ", "e1", 0)
    for number in range(1, RING + 11):
        shard.take([[1, number]], number, 0)
        shard.flush(float(number), 0)
    newest = RING + 10
    caught_up = shard.after(newest - 3)
    assert caught_up is not None
    assert [frame.q for frame in caught_up] == [newest - 2, newest - 1, newest]
    assert shard.after(newest) == []
    assert shard.after(10) is not None
    assert shard.after(9) is None, "what came after 9 is no longer all here"


def test_a_fresh_shard_has_nothing_from_before() -> None:
    shard = Shard("orders@EQ", "e1", 5)
    assert shard.after(5) == []
    assert shard.after(4) is None


def test_events_keep_their_own_kind_and_are_never_merged() -> None:
    shard = Shard("events@EQ", "e1", 0)
    shard.take([["e1", 1], ["e2", 1]], 1, 0)
    shard.flush(1.0, 0)
    assert orjson.loads(shard.frames[0].text)["t"] == "ev"
    assert len(rows(shard)) == 2


def test_the_window_closes_by_frames_and_by_bytes_and_opens_with_acknowledgements() -> None:
    window = Window()
    for _ in range(WINDOW + 1):
        assert window.open
        window.sent(100)
    assert not window.open
    window.acknowledge(1)
    assert window.open
    window.sent(2_000_000)
    assert not window.open
    window.acknowledge(10_000)
    assert window.open
    assert (window.bytes, len(window.sizes), window.acknowledged) == (0, 0, WINDOW + 2)
    window.acknowledge(3)
    assert window.acknowledged == WINDOW + 2, "an older acknowledgement changes nothing"
