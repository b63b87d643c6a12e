"""The stream is what it says it is: seeded, in order for each order, adverse in the shares asked for."""

from collections import Counter
from itertools import pairwise

from oms.management.bench.adversary.lives import ADVERSE
from oms.management.bench.adversary.model import books
from oms.management.bench.adversary.stream import SHARES, stream


def test_the_seed_decides() -> None:
    assert stream(300, 7) == stream(300, 7)
    assert stream(300, 7) != stream(300, 8)


def test_each_adversity_has_its_share() -> None:
    made = stream(2_000)
    kinds = Counter(made.kinds.values())
    assert len(made.kinds) == 2_000
    assert {kind: kinds[kind] for kind in ADVERSE} == dict.fromkeys(ADVERSE, 20)
    strays = {m.cl_ord_id for m in made.messages if m.cl_ord_id.startswith("nobody")}
    assert len(strays) == 20
    assert Counter(stream(1_000, shares={"bust": 0.5}).kinds.values())["bust"] == 500


def test_what_we_ask_is_asked_in_order_and_before_it_is_answered() -> None:
    made = stream(1_000, replay=False)
    asked: set[str] = set()
    last: dict[str, int] = {}
    for message in made.messages:
        if message.is_request:
            assert not message.orig_cl_ord_id or message.orig_cl_ord_id in asked
            asked.add(message.cl_ord_id)
            order, number = message.cl_ord_id.split("-")
            assert int(number) == last.get(order, 0) + 1
            last[order] = int(number)
        elif not message.cl_ord_id.startswith("nobody"):
            assert message.cl_ord_id in asked


def test_every_report_is_told_again_at_the_end_and_changes_nothing() -> None:
    once, twice = stream(1_000, 3, replay=False), stream(1_000, 3)
    reports = [message for message in once.messages if not message.is_request]
    assert twice.messages == once.messages + reports
    before, after = books(once.messages), books(twice.messages)
    assert after._replace(repeats=0) == before._replace(repeats=0)
    assert after.repeats > before.repeats


def test_out_of_order_means_that_the_venues_sums_go_backwards() -> None:
    made = stream(400, shares=dict(SHARES) | {"out_of_order_fills": 0.5}, replay=False)
    for name, kind in made.kinds.items():
        if kind == "out_of_order_fills":
            sums = [m.cum_qty for m in made.messages if m.cl_ord_id == name and m.exec_type == "trade"]
            assert any(after < before for before, after in pairwise(sums)) or len(sums) < 2


def test_adverse_lives_leave_what_a_person_must_decide() -> None:
    found = Counter(anomaly.what for anomaly in books(stream(5_000).messages).anomalies)
    assert found.keys() == {"overfill", "unknown_order", "unknown_execution", "contradiction"}
