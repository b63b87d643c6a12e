"""How workers answer bells: one task of a stage at a time, a rest when others rang meanwhile, and a turn for everybody."""

import json
import os
from collections.abc import Callable, Iterator

import pytest

from oms import tasks
from oms.base import bell
from oms.desk import enter, stages
from orders.models import Order
from tests.factories import Floor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("patient_bell")]
# Of this process alone: others ring the bells of stages meanwhile.
MINE = f"mine-{os.getpid()}"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[bool]]]:
    """The tasks that were sent for the bell since the last look: whether each is for later."""
    monkeypatch.setitem(bell.TASKS, MINE, bell.Task("oms.tasks.route", MINE))
    queue = bell.client()

    def look() -> list[bool]:
        waiting = iter(lambda: queue.rpop(MINE), None)
        return [json.loads(message)["headers"]["eta"] is not None for message in waiting]

    yield look
    bell.heard(MINE)


def stage(monkeypatch: pytest.MonkeyPatch, *bites: int | Callable[[], int]) -> None:
    """A stage of our own that takes so many rows at each look, and then nothing."""
    left = list(bites)

    def bite() -> int:
        found = left.pop(0) if left else 0
        return found() if callable(found) else found

    monkeypatch.setitem(stages.STAGES, MINE, bite)


def rings() -> int:
    """Somebody rings while the stage is at work."""
    bell.ring(MINE)
    return 1


def test_a_stage_is_drained_until_nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    stage(monkeypatch, 5, 5, 5)
    assert stages.drain(MINE) == 15


def test_however_often_it_rings_one_task_is_sent(sent: Callable[[], list[bool]]) -> None:
    for _ in range(3):
        bell.ring(MINE)
    assert sent() == [False]


def test_what_nobody_waits_for_gathers_first(sent: Callable[[], list[bool]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bell.TASKS, MINE, bell.Task("oms.tasks.settle", MINE, 0.5))
    bell.ring(MINE)
    assert sent() == [True]


def test_when_nothing_is_left_the_bell_comes_down(
    sent: Callable[[], list[bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(monkeypatch, 2, 1)
    bell.ring(MINE)
    sent()
    tasks._answer(MINE)
    assert (sent(), bell.rung(MINE)) == ([], 0)
    bell.ring(MINE)
    assert sent() == [False]


@pytest.mark.parametrize("looks", [(rings,), (1, rings), (rings, 1), (lambda: rings() - 1,)])
def test_who_rings_while_it_works_is_answered_after_a_rest(
    sent: Callable[[], list[bool]], monkeypatch: pytest.MonkeyPatch, looks: tuple[int | Callable[[], int], ...]
) -> None:
    """Also who rang during the last look, which found nothing: what they mean may have come after it."""
    stage(monkeypatch, *looks)
    bell.ring(MINE)
    sent()
    tasks._answer(MINE)
    assert sent() == [True]
    bell.ring(MINE)
    assert sent() == [], "the one that comes sees to it"
    tasks._answer(MINE)
    tasks._answer(MINE)
    assert bell.rung(MINE) == 0


def test_where_a_bite_takes_whatever_waits_a_small_one_is_the_last(
    sent: Callable[[], list[bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [200, 100, 99, 1]
    monkeypatch.setitem(stages.STAGES, MINE, lambda: left.pop(0))
    bell.ring(MINE)
    sent()
    tasks._answer(MINE, least=100)
    assert (left, sent(), bell.rung(MINE)) == ([1], [], 0)


@pytest.mark.parametrize("least", [1, 100])
def test_who_rings_during_the_last_bite_is_answered(
    sent: Callable[[], list[bool]], monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    stage(monkeypatch, rings)
    bell.ring(MINE)
    sent()
    tasks._answer(MINE, least=least)
    assert sent() == [True]


def test_what_is_left_is_rung_for_again(
    sent: Callable[[], list[bool]], desk: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(stages.STAGES, MINE, stages.STAGES["route"])
    monkeypatch.setattr(tasks, "SHARE_S", 0.0)
    enter([desk.draft()], desk.actor)
    tasks._answer(MINE)
    assert not Order.objects.filter(to_route=True).exists()
    assert sent() == [True]


def test_stages_that_follow_share_too_and_all_of_them_are_run(
    sent: Callable[[], list[bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    for name in ("settle", "allocations", "allocate"):
        monkeypatch.setitem(stages.STAGES, name, lambda name=name: ran.append(name) or 1)
    monkeypatch.setattr(tasks, "SHARE_S", 0.0)
    tasks._answer(MINE, "settle", "allocations", "allocate")
    assert ran == ["settle", "allocations", "allocate"]
    assert sent() == [True]
