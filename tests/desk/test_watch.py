"""What was traded is looked at once, kept for Compliance, and told to the desk."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from oms.base.clock import now
from oms.desk.record import record
from oms.desk.watch import watch
from orders.models import Alert
from risk import strategies
from risk.models import Observation, Rule
from routing.models import ClientSession, DropCopy
from tests.desk.world import fill
from tests.factories import user

pytestmark = pytest.mark.django_db(transaction=True)


def rule(control: str, **params: Any) -> None:
    Rule.objects.create(control=control, name="test", params={k: str(v) for k, v in params.items()})


def seen() -> list[tuple[str, str]]:
    return sorted(Observation.objects.values_list("control", "outcome"))


def test_without_a_rule_nothing_is_looked_at(desk, pair):
    assert watch() == 0
    assert seen() == []


def test_fills_are_judged_once_and_told_to_the_desk(desk, pair, books):
    rule("PO-03", max_pct=3)
    rule("PO-05", max_long=30)
    rule("PO-06", max_s=3600)
    rule("PO-12", max_ratio=100)
    watch()
    _, child = pair
    record([fill(child, 40, 90)])
    assert watch() > 0
    assert watch() == 0
    assert seen() == [("PO-03", "alert"), ("PO-05", "alert")]
    assert sorted(Alert.objects.filter(kind="surveillance").values_list("code", flat=True)) == [
        "FILL_OUTLIER",
        "POSITION_LIMIT",
    ]
    books()


def test_a_copy_we_do_not_have_is_told_after_a_minute(desk):
    rule("PO-01")
    watch()
    session = ClientSession.objects.create(code="B", purpose="drop_copy_in", target_comp_id="B", user=desk.trader)
    copy = {"session": session, "last_qty": 1, "last_px": 1, "fields": {}}
    DropCopy.objects.create(exec_id="1", received_at=now() - timedelta(seconds=61), **copy)
    DropCopy.objects.create(exec_id="2", received_at=now(), **copy)
    watch()
    watch()
    [one] = Observation.objects.all()
    assert (one.control, Decimal(one.finding["measured"]) > 60) == ("PO-01", True)


def test_a_stopped_strategy_is_armed_by_another_person_for_a_reason(desk, pair):
    rule("PT-30", max_executions=1)
    _, child = pair
    record([fill(child, 40)])
    from oms.desk import enter

    [answer] = enter([desk.draft()], desk.actor)
    assert [r.code for r in answer.refusals] == ["STRATEGY_STOPPED"]
    name, chief = desk.actor.sender_comp_id, user("carla", role="compliance")
    assert strategies.arm(name, desk.trader, "again").code == "SAME_PERSON"
    assert strategies.arm(name, chief, " ").code == "MISSING"
    assert strategies.arm("nobody", chief, "again").code == "BAD_VALUE"
    strategies.arm(name, chief, "looked at it")
    [answer] = enter([desk.draft()], desk.actor)
    assert answer.refusals == ()
