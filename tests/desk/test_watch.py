"""What was traded is looked at once, kept for Compliance, and told to the desk."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Q

from oms.base.clock import now
from oms.desk import enter
from oms.desk.record import record
from oms.desk.route import route
from oms.desk.watch import watch
from orders.models import Alert, ExecutionReport
from risk import strategies
from risk.caselife import Verb, Who
from risk.cases import Wish, act
from risk.models import Breach, Observation, Rule
from routing.models import ClientSession, DropCopy
from tests.desk.world import children, fill, says
from tests.factories import TODAY, quote, user

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
    assert told() == ["FILL_OUTLIER", "POSITION_LIMIT"]
    assert live() == [("PO-03", "10"), ("PO-05", "40")]
    assert set(Breach.objects.values_list("desk", "kind")) == {(desk.desk.pk, "traded")}
    books()


def live() -> list[tuple[str, str]]:
    """The cases that are not over: control and number."""
    return sorted(Breach.objects.filter(closed_at=None).values_list("control", "measured"))


def told() -> list[str]:
    return sorted(Alert.objects.filter(kind="breach").values_list("code", flat=True))


def late(monkeypatch, seconds: str) -> None:
    """The watch looks so long after the last event."""
    last = ExecutionReport.objects.order_by("-pk").values_list("recorded_at", flat=True)[0]
    monkeypatch.setattr("oms.desk.watch.now", lambda: last + timedelta(microseconds=int(Decimal(seconds) * 1_000_000)))


@pytest.mark.parametrize(("px", "cases"), [(102, []), (104, [("PO-03", "4")])])
def test_po_03_a_fill_of_2_percent_passes_and_one_of_4_is_a_case(desk, pair, px, cases, books):
    rule("PO-03", max_pct=3)
    quote_at(desk, 100)
    watch()
    record([fill(pair[1], 40, px)])
    watch()
    assert (live(), told()) == (cases, ["FILL_OUTLIER"] * len(cases))
    books()


def quote_at(desk, px) -> None:
    for mic in ("XNAS", "XNYS", "BATS"):
        quote(desk.instruments["AAPL"], mic, str(px), str(px))


def test_po_03_is_over_when_the_fill_is_busted_or_waived_by_two(desk, pair, books):
    rule("PO-03", max_pct=3)
    quote_at(desk, 100)
    watch()
    first, second = fill(pair[1], 40, 104), fill(pair[1], 10, 105)
    record([first, second])
    watch()
    assert live() == [("PO-03", "4"), ("PO-03", "5")]
    record([says(pair[1], "trade_cancel", exec_ref_id=first.exec_id, last_qty=Decimal(40), last_px=Decimal(104))])
    watch()
    assert live() == [("PO-03", "5")]
    case = Breach.objects.get(closed_at=None)
    carla, carl = (Who(user(name, role="compliance").pk, name, "compliance") for name in ("carla", "carl"))
    act([Wish(case.pk, Verb.ASK_WAIVER, "a block at the day's high", until=TODAY)], carla, Q())
    [own] = act([Wish(case.pk, Verb.GRANT_WAIVER, "fine")], carla, Q())
    assert own.code == "SAME_PERSON"
    act([Wish(case.pk, Verb.GRANT_WAIVER, "fine")], carl, Q())
    watch()
    assert Breach.objects.get(pk=case.pk).state == "waived"
    books()


@pytest.mark.parametrize(("seconds", "late_ones"), [("4.9", []), ("5.1", [("PO-02", "5.1")])])
def test_po_02_an_alert_after_5_seconds_is_a_case_of_its_desk(desk, pair, monkeypatch, seconds, late_ones):
    rule("PO-02", max_s=5)
    rule("PO-05", max_long=30)
    watch()
    record([fill(pair[1], 40, 100)])
    late(monkeypatch, seconds)
    watch()
    assert live() == [*late_ones, ("PO-05", "40")]


@pytest.mark.parametrize(("seconds", "late_ones"), [("0.2", []), ("1", []), ("1.1", [("PO-06", "1.1")])])
def test_po_06_a_fill_that_supervision_hears_of_late_is_a_case_until_it_is_in_time_again(
    desk, pair, monkeypatch, seconds, late_ones
):
    rule("PO-06", max_s=1)
    watch()
    record([fill(pair[1], 40, 100)])
    late(monkeypatch, seconds)
    watch()
    assert live() == late_ones
    record([fill(pair[1], 10, 100)])
    late(monkeypatch, "0.2")
    watch()
    assert live() == []
    assert told() == sorted(["REPORT_LATE", "BREACH_OVER"] if late_ones else [])


def test_po_12_a_ratio_of_99_passes_and_one_above_100_is_a_case_until_it_holds_again(desk, books):
    rule("PO-12", max_ratio=100)
    watch()
    answers = enter([desk.draft(1) for _ in range(100)], desk.actor)
    route()
    first, second, third = (children(one.order_id)[0] for one in answers[:3])
    record([says(one, "new") for one in (first, second, third)])
    record([fill(first, 1)])
    watch()
    assert live() == []
    enter([desk.draft(1) for _ in range(103)], desk.actor)
    record([fill(second, 1)])
    watch()
    assert live() == [("PO-12", "100.5")]
    record([fill(third, 1)])
    watch()
    assert (live(), told()) == ([], ["BREACH_OVER", "ORDER_TO_TRADE"])
    books()


def test_po_05_is_over_when_a_later_fill_brings_the_position_back(desk, pair):
    rule("PO-05", max_long=30)
    watch()
    record([fill(pair[1], 40, 100)])
    watch()
    assert live() == [("PO-05", "40")]
    [sale] = enter([desk.draft(20, side="sell")], desk.actor)
    route()
    [child] = children(sale.order_id)
    record([says(child, "new"), fill(child, 20, 100)])
    watch()
    assert live() == []


def test_a_dry_run_is_observed_and_no_case(desk, pair):
    Rule.objects.create(control="PO-05", name="dry", params={"max_long": "30"}, dry_run=True)
    watch()
    record([fill(pair[1], 40, 100)])
    watch()
    assert (seen(), live(), told()) == ([("PO-05", "alert")], [], [])


def test_a_copy_we_do_not_have_is_told_after_a_minute(desk):
    rule("PO-01")
    watch()
    session = ClientSession.objects.create(code="B", purpose="drop_copy_in", target_comp_id="B", user=desk.trader)
    copy = {"session": session, "last_qty": 1, "last_px": 1, "fields": {}}
    late_one = DropCopy.objects.create(exec_id="1", received_at=now() - timedelta(seconds=61), **copy)
    DropCopy.objects.create(exec_id="2", received_at=now(), **copy)
    watch()
    watch()
    [one] = Observation.objects.all()
    assert (one.control, Decimal(one.finding["measured"]) > 60) == ("PO-01", True)
    case = Breach.objects.get()
    assert (case.about, case.closed_at, told()) == (f"drop copy {late_one.pk}", None, ["DROP_COPY_UNMATCHED"])
    DropCopy.objects.filter(pk=late_one.pk).delete()
    watch()
    assert Breach.objects.get().state == "closed"


def test_a_stopped_strategy_is_armed_by_another_person_for_a_reason(desk, pair):
    rule("PT-30", max_executions=1)
    _, child = pair
    record([fill(child, 40)])
    [answer] = enter([desk.draft()], desk.actor)
    assert [r.code for r in answer.refusals] == ["STRATEGY_STOPPED"]
    name, chief = desk.actor.sender_comp_id, user("carla", role="compliance")
    assert strategies.arm(name, desk.trader, "again").code == "SAME_PERSON"
    assert strategies.arm(name, chief, " ").code == "MISSING"
    assert strategies.arm("nobody", chief, "again").code == "BAD_VALUE"
    strategies.arm(name, chief, "looked at it")
    [answer] = enter([desk.draft()], desk.actor)
    assert answer.refusals == ()
