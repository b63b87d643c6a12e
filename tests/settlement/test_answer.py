"""The life of an instruction, and how a part of it is taken: pure, so that anything may be tried."""

from datetime import date
from decimal import Decimal as D
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.base.refusal import Refusal
from settlement.answer import ENDED, NEXT, STATUSES, WISHES, WRONG, Answer, Late, Stand, step
from settlement.instruction import OPEN, STATES, STILL_HERE
from settlement.parts import granularity, parts

DAY = date(2026, 11, 24)
HELD = Stand("sent", D(100), D(1000), "USD", DAY)


def said(status: str, qty: object = None, money: object = None, **more: object) -> Answer:
    amounts = {name: None if value is None else D(str(value)) for name, value in (("qty", qty), ("net_money", money))}
    return Answer("SI1", status, **({"business_date": DAY} | amounts | more))  # type: ignore[arg-type]


def through(*answers: Answer, held: Stand = HELD) -> list[str]:
    """The states it passes, or what the answer was instead."""
    passed = []
    for answer in answers:
        after = step(held, answer)
        if isinstance(after, Stand):
            held = after
            passed.append(held.state)
        else:
            passed.append("late" if isinstance(after, Late) else after.code)
    return passed


def test_it_is_accepted_matched_and_settles() -> None:
    assert through(said("accepted"), said("matched"), said("pending"), said("settled", 100, 1000)) == [
        "accepted", "matched", "pending", "settled",
    ]  # fmt: skip


def test_it_fails_settles_in_parts_and_the_rest_later() -> None:
    assert through(
        said("failing", reason_code="LACK"), said("failing", reason_code="LACK"), said("failing", reason_code="CLAC"),
        said("partial", 40, 400), said("failing", reason_code="LACK"), said("partial", 20, 200),
        said("settled", 100, 1000), said("settled", 40, 400),
    ) == ["failing", "late", "failing", "partial", "failing", "partial", "BAD_REPORT", "settled"]  # fmt: skip


def test_a_request_to_cancel_is_granted_denied_or_overtaken() -> None:
    asked = HELD._replace(state="cancel_requested")
    assert through(said("cancelled"), said("settled", 100, 1000), held=asked) == ["cancelled", "BAD_REPORT"]
    assert through(said("cancel_denied"), said("settled", 100, 1000), held=asked) == ["pending", "settled"]
    assert through(said("settled", 100, 1000), said("cancel_denied"), held=asked) == ["settled", "late"]
    assert through(said("cancel_rejected"), said("accepted"), held=asked) == ["sent", "accepted"]
    assert through(said("partial", 1, 10), said("cancel_rejected"), held=asked) == ["cancel_requested", "partial"]
    assert through(said("partial", 1, 10), said("matched"), said("cancel_denied"), held=asked) == [
        "cancel_requested", "late", "partial",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        said("settled"), said("settled", 99, 990), said("settled", 100, "1000.01"), said("settled", 101, 1010),
        said("partial", 0, 0), said("partial", -1, -10), said("partial", 50, 600), said("partial", 100, 900),
        said("partial", 50, "500.06"), said("partial", 101, 1010), said("elated"),
        said("settled", 100, 1000, business_date=date(2026, 11, 23)),
    ],
    ids=str,
)  # fmt: skip
def test_what_contradicts_the_instruction_moves_nothing(wrong: Answer) -> None:
    assert isinstance(step(HELD, wrong), Refusal)


def test_a_part_where_none_is_allowed_contradicts_it() -> None:
    assert through(said("partial", 50, 500), held=HELD._replace(partial="not_allowed")) == ["BAD_REPORT"]


def test_the_table_knows_every_state() -> None:
    states = set(STATES)
    assert set(NEXT) | set(WRONG) == states
    assert {after for row in NEXT.values() for after in row.values()} <= states
    assert set(NEXT) == set(OPEN)
    assert {*OPEN, *STILL_HERE, *ENDED} == states
    assert set(WISHES["cancel"]) == states - ENDED - {"cancel_requested"}
    assert not ENDED & set(NEXT)


ANSWERS = st.builds(
    Answer,
    reference=st.just("SI1"),
    status=st.sampled_from(STATUSES),
    business_date=st.sampled_from([date(2026, 11, 23), DAY, date(2026, 11, 30)]),
    qty=st.none() | st.integers(0, 12).map(D),
    net_money=st.none() | st.integers(-2, 140).map(D),
    reason_code=st.sampled_from(["", "LACK", "CLAC"]),
)


@given(
    st.sampled_from(["ready", *OPEN, "rejected", "cancelled"]),
    st.sampled_from(["allowed", "not_allowed"]),
    st.sampled_from([D(100), D(0), D(-3)]),
    st.lists(ANSWERS, max_size=25),
)
def test_whatever_is_answered_nothing_settles_twice(state: str, partial: str, money: D, answers: list[Answer]) -> None:
    held = Stand(state if state != "partial" else "pending", D(10), money, "USD", DAY, partial)
    lives, confirmed, paid = [held], D(0), D(0)
    for answer in answers:
        after = step(lives[-1], answer)
        if isinstance(after, Stand):
            if answer.status in ("settled", "partial"):
                confirmed, paid = confirmed + (answer.qty or 0), paid + (answer.net_money or 0)
            lives.append(after)
    last = lives[-1]
    assert 0 <= last.settled_qty <= last.qty
    assert (last.settled_qty, last.settled_money) == (confirmed, paid)
    assert (last.state == "settled") == (last.settled_qty == last.qty)
    assert not last.settled_qty or last.state != "rejected"
    for before, after in pairwise(lives):
        assert before.state not in ENDED
        assert after.settled_qty >= before.settled_qty


AMOUNTS = st.lists(st.integers(-5_000, 5_000).filter(bool).map(lambda n: D(n) / 100), min_size=1, max_size=12)


@given(AMOUNTS, st.integers(1, 999), st.integers(-5, 5))
def test_parts_sum_to_what_was_confirmed_and_none_exceeds_its_whole(amounts: list[D], share: int, off: int) -> None:
    total = sum(amounts, D(0))
    exact = total * share / 1000
    confirmed = min(max(exact.quantize(D("0.01")) + D(off) / 100, min(total, D(0))), max(total, D(0)))
    taken = parts(amounts, D(share) / 1000, confirmed, D("0.01"))
    assert sum(taken, D(0)) == confirmed
    for amount, part in zip(amounts, taken, strict=True):
        assert min(amount, D(0)) <= part <= max(amount, D(0))
        assert part == part.quantize(D("0.01"))


def test_whole_shares_part_into_whole_shares() -> None:
    assert granularity([D("100.00000000"), D(30)]) == 1
    assert granularity([D("0.50"), D(30)]) == D("0.1")
    assert parts([D(70), D(-20), D(50)], D(33) / 100, D(33), granularity([D(70), D(33)])) == [D(23), D(-6), D(16)]


def test_what_settled_in_part_was_not_rejected_also_while_its_cancellation_is_asked_for() -> None:
    held = Stand(
        "cancel_requested", D(100), D(1000), "USD", date(2026, 11, 24), settled_qty=D(40), settled_money=D(400)
    )
    refused = step(held, Answer("SI1", "rejected"))
    assert isinstance(refused, Refusal)
    assert refused.code == "BAD_REPORT"
    assert step(held._replace(settled_qty=D(0), settled_money=D(0)), Answer("SI1", "rejected")).state == "cancelled"  # type: ignore[union-attr]
