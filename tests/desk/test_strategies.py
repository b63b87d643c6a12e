"""Throttles and brakes by session and by strategy: over REST and FIX alike, as each names its sender."""

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from oms.desk import Actor, amend, enter
from oms.desk.asked import Amendment
from oms.desk.intrade import intrade
from oms.desk.record import record
from orders.models import Order
from risk import strategies
from risk.models import Breach, Rule, StrategySender
from tests.desk.world import fill
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db(transaction=True)


def rule(control: str, **params: Any) -> None:
    Rule.objects.create(control=control, name="test", params={k: str(v) for k, v in params.items()})


def codes(answer: Any) -> list[str]:
    return [refusal.code for refusal in answer.refusals]


@pytest.fixture
def doors(desk: Floor) -> tuple[Actor, Actor, Actor]:
    """The trader over REST, and the same trader through two FIX sessions; one session and REST are one strategy."""
    rest, fix, other = desk.actor, desk.actor._replace(session="FIX1"), desk.actor._replace(session="FIX2")
    StrategySender.objects.create(sender="tina", strategy="ALPHA")
    StrategySender.objects.create(sender="FIX1", strategy="ALPHA")
    return rest, fix, other


def test_a_session_has_its_own_throttle(desk: Floor, doors: Any, books: Any) -> None:
    rule("PT-29", max_messages=2, window_s=60)
    for actor in doors:
        answers = enter([desk.draft() for _ in range(3)], actor)
        assert [codes(answer) for answer in answers] == [[], [], ["THROTTLED"]]
    books()


def test_a_strategy_has_one_throttle_over_its_sessions(desk: Floor, doors: Any, books: Any) -> None:
    rule("PT-29", max_messages=2, window_s=60, by="strategy")
    rest, fix, other = doors
    assert codes(enter([desk.draft()], rest)[0]) == []
    [first, second] = enter([desk.draft(), desk.draft()], fix)
    assert (codes(first), codes(second)) == ([], ["THROTTLED"])
    assert "of the strategy" in second.refusals[0].text
    assert [codes(a) for a in enter([desk.draft() for _ in range(3)], other)] == [[], [], ["THROTTLED"]]
    [late] = amend([Amendment(first.order_id, order_qty=desk.draft().order_qty * 2)], fix)  # type: ignore[operator]
    assert codes(late) == ["THROTTLED"]
    books()


def test_a_strategy_is_stopped_through_every_session_and_armed_by_another(
    desk: Floor, doors: Any, pair: tuple[Order, Order], books: Any
) -> None:
    rule("PT-30", max_executions=1)
    _, fix, other = doors
    record([fill(pair[1], 40)])
    assert codes(enter([desk.draft()], fix)[0]) == ["STRATEGY_STOPPED"]
    assert codes(enter([desk.draft()], other)[0]) == []
    chief = user("carla", role="compliance")
    assert strategies.arm("ALPHA", desk.trader, "again").code == "SAME_PERSON"  # type: ignore[union-attr]
    strategies.arm("ALPHA", chief, "looked at it")
    assert codes(enter([desk.draft()], fix)[0]) == []
    books()


def test_a_brake_that_trips_is_a_breach_of_what_works(desk: Floor, doors: Any, pair: tuple[Order, Order]) -> None:
    rule("PT-30", max_executions=1)
    intrade(timedelta(0))
    record([fill(pair[1], 40)])
    intrade(timedelta(0))
    assert list(Breach.objects.values_list("control", "reason_code")) == [("PT-30", "STRATEGY_STOPPED")]


def test_two_sessions_at_once_never_pass_a_strategys_throttle(desk: Floor, doors: Any, books: Any) -> None:
    rule("PT-29", max_messages=10, window_s=600, by="strategy")
    taken: list[bool] = []

    def press(actor: Actor) -> None:
        for _ in range(8):
            taken.append(enter([desk.draft()], actor)[0].accepted)
        connection.close()

    threads = [Thread(target=press, args=(actor,)) for actor in doors[:2] for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # What was refused was sent too, and counts.
    assert sum(taken) == 10
    books()
