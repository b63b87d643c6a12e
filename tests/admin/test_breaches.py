"""The pages of breaches and daily losses: what compliance sees and does there, and what others may not."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from oms.desk import enter
from oms.desk.intrade import intrade
from oms.desk.losses import watch
from orders.models import User
from risk import rules
from risk.models import Breach, BreachPolicy, LossLimit, LossStop, Rule
from tests.admin.conftest import People
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "admin:risk_breach_changelist"


def act(client: Any, pk: int, **said: Any) -> str:
    return str(client.post(reverse("admin:risk_breach_act", args=[pk]), said, follow=True).content.decode())


@pytest.fixture
def breach(desk: Floor) -> Breach:
    """An order for 100 under a rule that has come down to 50."""
    enter([desk.draft()], desk.actor)
    intrade(timedelta(0))
    rules.put(Rule(control="PT-01", name="size", params={"hard": "50"}), None)
    intrade(timedelta(0))
    return Breach.objects.get()


def test_compliance_works_a_case_to_a_waiver_by_two(people: People, breach: Breach) -> None:
    carla = people("compliance")
    page = carla.get(reverse(LIST)).content.decode()
    assert f'id="b{breach.pk}"' in page
    panel = carla.get(reverse("admin:risk_breach_panel", args=[breach.pk])).content.decode()
    assert "100" in panel
    assert "Send a smaller quantity, or ask Risk." in panel
    assert 'value="grant_waiver"' not in panel
    assert "is acknowledged" in act(carla, breach.pk, verb="acknowledge", version=breach.version)
    assert "is at version 2, not 1" in act(carla, breach.pk, verb="note", text="x", version=1)
    assert "say why" in act(carla, breach.pk, verb="ask_waiver")
    act(carla, breach.pk, verb="ask_waiver", text="client asked", until="2030-01-01")
    assert "ask another person" in act(carla, breach.pk, verb="grant_waiver", text="fine")
    other = user("carl", role="compliance", is_staff=True)
    carla.force_login(other)
    assert "is waived" in act(carla, breach.pk, verb="grant_waiver", text="fine")
    assert f'id="b{breach.pk}"' not in carla.get(reverse(LIST)).content.decode()
    assert f'id="b{breach.pk}"' in carla.get(f"{reverse(LIST)}?state=waived").content.decode()


@pytest.mark.parametrize("said", [{"verb": "clean"}, {"verb": "no"}, {}, {"verb": "assign", "owner": "9" * 40}, {"verb": "ask_waiver", "text": "x", "until": "soon"}])  # fmt: skip
def test_nonsense_changes_nothing(people: People, breach: Breach, said: dict[str, str]) -> None:
    act(people("compliance"), breach.pk, **said)
    breach.refresh_from_db()
    assert (breach.version, breach.state) == (1, "open")


def test_a_trader_sees_his_desks_and_may_note_and_ask(people: People, breach: Breach) -> None:
    trader = people("trader")
    assert f'id="b{breach.pk}"' in trader.get(reverse(LIST)).content.decode()
    assert "may not acknowledge" in act(trader, breach.pk, verb="acknowledge")
    act(trader, breach.pk, verb="note", text="will be filled soon")
    assert breach.events.count() == 2
    User.objects.get(username="a-trader").desks.clear()
    assert f'id="b{breach.pk}"' not in trader.get(reverse(LIST)).content.decode()
    assert trader.get(reverse("admin:risk_breach_panel", args=[breach.pk])).status_code == 404
    assert trader.post(reverse("admin:risk_breach_act", args=[breach.pk]), {"verb": "note"}).status_code == 404


def test_filters_and_rows_alone(people: People, breach: Breach) -> None:
    client = people("auditor")
    rows = client.get(f"{reverse(LIST)}?rows=1&state=live&origin=passive&kind=in_trade&owner=nobody").content.decode()
    assert f'id="b{breach.pk}"' in rows
    assert "<html" not in rows
    for nothing in ("owner=me", "origin=active", "kind=post_trade", "state=closed"):
        assert "No breach" in client.get(f"{reverse(LIST)}?{nothing}").content.decode()
    assert client.get(f"{reverse(LIST)}?state=nonsense&owner=%00").status_code == 200


def test_policies_are_of_the_rules_own_control(people: People, breach: Breach) -> None:
    client, url = people("compliance"), reverse("admin:risk_breachpolicy_add")
    rule = Rule.objects.get()
    form = {"control": "PT-02", "rule": rule.pk, "action": "cancel", "calendar": "US"}
    assert "This is a rule of PT-01" in client.post(url, form).content.decode()
    assert client.post(url, {**form, "control": "PT-01"}).status_code == 302
    assert BreachPolicy.objects.get().action == "cancel"
    assert people("operations").post(url, form).status_code == 403


def test_loss_limits_are_written_and_their_stops_released(people: People, desk: Floor) -> None:
    client, url = people("compliance"), reverse("admin:risk_losslimit_add")
    form = {"scope": "desk", "target": "EQ", "currency": "USD", "warn": "10", "halt": "5", "active": "on"}
    assert "levels rise with what they do" in client.post(url, form).content.decode()
    assert "There is no desk XX" in client.post(url, {**form, "target": "XX"}).content.decode()
    assert client.post(url, {**form, "halt": "20"}).status_code == 302
    limit = LossLimit.objects.get()
    assert (limit.scope_id, limit.author.username, limit.version) == (str(desk.desk.pk), "a-compliance", 1)
    change = reverse("admin:risk_losslimit_change", args=[limit.pk])
    assert client.post(change, {**form, "halt": "30", "seen": "1"}).status_code == 302
    assert "at version 2 now" in client.post(change, {**form, "halt": "40", "seen": "1"}).content.decode()
    watch(timedelta(0))
    stop = LossStop.objects.create(
        limit=limit, limit_version=2, limit_author=limit.author, date="2026-11-23", action="halt", level=Decimal(30),
        realised=Decimal(-40), unrealised=Decimal(0), at=desk.trader.date_joined,
    )  # fmt: skip
    page = reverse("admin:risk_lossstop_changelist")
    action = {"action": "release", "_selected_action": [stop.pk], "reason": "hedged"}
    assert "ask another person" in client.post(page, action, follow=True).content.decode()
    client.force_login(user("carl", role="compliance", is_staff=True))
    assert "state it" in client.post(page, {**action, "reason": ""}, follow=True).content.decode()
    assert "1 released for the day" in client.post(page, action, follow=True).content.decode()
