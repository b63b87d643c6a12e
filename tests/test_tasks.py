"""Workers share their time: a stage that never ends gives the others a turn, and is rung for again."""

import pytest

from oms import tasks
from oms.base import bell
from oms.desk import enter, stages
from orders.models import Order
from tests.factories import Floor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("patient_bell")]


@pytest.mark.parametrize(("within_s", "bites"), [(0.0, 1), (60.0, 3)])
def test_a_stage_is_drained_for_so_long(monkeypatch: pytest.MonkeyPatch, within_s: float, bites: int) -> None:
    waiting = [5, 5, 5]
    monkeypatch.setitem(stages.STAGES, "route", lambda: waiting.pop() if waiting else 0)
    assert stages.drain("route", within_s) == 5 * bites


def test_what_is_left_is_rung_for_again(desk: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    enter([desk.draft()], desk.actor)
    monkeypatch.setattr(tasks, "SHARE_S", 0.0)
    bell.heard("route")
    tasks.route()
    assert not Order.objects.filter(to_route=True).exists()
    assert bell.client().exists(bell.key("route"))
    bell.heard("route")


def test_stages_that_follow_share_too_and_all_of_them_are_run(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    for name in ("settle", "allocations", "allocate"):
        monkeypatch.setitem(stages.STAGES, name, lambda name=name: ran.append(name) or 1)
    monkeypatch.setattr(tasks, "SHARE_S", 0.0)
    bell.heard("settle")
    tasks.settle()
    assert ran == ["settle", "allocations", "allocate"]
    assert bell.client().exists(bell.key("settle"))
    bell.heard("settle")
