"""The pages of rules of Compliance: who sees and writes them, what the form sends, and what the buttons do."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from oms.base.clock import now
from oms.desk import enter
from risk.models import Backtest, Rule, RuleStep, RuleVersion, WrittenRule
from tests.admin.conftest import People
from tests.factories import Floor

pytestmark = pytest.mark.django_db
LIST, ADD, READING = (f"admin:risk_writtenrule_{page}" for page in ("changelist", "add", "reading"))
FORM = {
    "code": "value", "title": "Account value", "seen": "0", "over": "account", "count": "net", "compare": "at_most",
    "take": ["positions", "open_orders", "this_order"], "measure": "notional", "currency": "USD", "fail": "20000",
    "case-0-name": "at it", "case-0-expect": "pass", "case-0-order": '{"quantity": "20", "price": "1000"}',
    "case-1-name": "above", "case-1-expect": "fail", "case-1-order": '{"quantity": "1", "price": "1000"}',
    "case-1-surroundings": '{"holdings": [{"position": "20", "price": "1000"}]}',
    "filter-0-field": "currency", "filter-0-is": "in", "filter-0-values": "USD, EUR",
}  # fmt: skip


def do(client: Any, version: RuleVersion, verb: str, **words: str) -> str:
    answer = client.post(reverse("admin:risk_writtenrule_do", args=[version.pk, verb]), words, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_one_writes_and_tests_another_approves_and_an_order_is_stopped(desk: Floor, people: People) -> None:
    writer, second = people("compliance"), people("admin")
    page = writer.post(reverse(ADD), FORM, follow=True).content.decode()
    assert "VALUE version 1 is written" in page
    assert "where the currency is USD or EUR" in page
    version = RuleVersion.objects.get()
    assert version.pipeline["filter"] == [{"field": "currency", "is": "in", "values": ["USD", "EUR"]}]
    assert "Nobody has run the test cases" in do(second, version, "approve")
    assert "2 of 2 test cases came out as expected" in do(writer, version, "test")
    assert "Whoever wrote this version may not approve it" in do(writer, version, "approve")
    assert enter([desk.draft(qty=201)], desk.actor)[0].accepted
    assert "Approved: it is in force" in do(second, version, "approve", reason="as discussed")
    [answer] = enter([desk.draft(qty=1)], desk.actor)
    assert [refusal.code for refusal in answer.refusals] == ["COMPLIANCE_RULE"]
    assert "in force" in writer.get(reverse(LIST)).content.decode()
    assert "Asked: another person ends it" in do(writer, version, "ask-end", reason="mandate ended")
    assert "may not end it" in do(writer, version, "retire")
    assert "Retired" in do(second, version, "retire")
    assert enter([desk.draft(qty=1)], desk.actor)[0].accepted


def test_a_form_with_faults_comes_back_as_it_was_sent_and_nothing_is_saved(people: People) -> None:
    bad = FORM | {"fail": "5", "warn": "6", "case-0-order": "{", "effective_from": "soon", "filter-0-is": "like"}
    page = people("compliance").post(reverse(ADD), bad).content.decode()
    for fault in ("cases[0].order: </b>this is no JSON", "effective_from: </b>a date and time"):
        assert fault in page
    assert 'value="Account value"' in page
    page = people("compliance").post(reverse(ADD), FORM | {"warn": "20001"}).content.decode()
    assert "warn: </b>the warning would come only after the refusal" in page
    assert not WrittenRule.objects.exists()


def test_the_reading_says_what_the_form_says_and_keeps_nothing(people: People) -> None:
    client = people("compliance")
    answer = client.post(reverse(READING), FORM).json()
    assert answer["plain"].startswith("Concerns every order. Adds up positions and open orders of the order's account")
    assert [(one["name"], one["level"], one["green"]) for one in answer["cases"]] == [
        ("at it", "pass", True),
        ("above", "fail", True),
    ]
    assert (answer["faults"], answer["lacking"]) == ([], [])
    answer = client.post(reverse(READING), FORM | {"filter-0-values": ""}).json()
    assert [fault["field"] for fault in answer["faults"]] == ["filter[0].values"]
    assert client.post(reverse(READING), {}).json()["faults"]
    assert not WrittenRule.objects.exists()


def test_the_next_version_is_written_from_the_last_and_from_no_other(people: People) -> None:
    client = people("compliance")
    client.post(reverse(ADD), FORM)
    rule = WrittenRule.objects.get()
    edit = reverse("admin:risk_writtenrule_edit", args=[rule.pk])
    page = client.get(edit).content.decode()
    assert 'name="seen" value="1"' in page
    assert 'value="USD, EUR"' in page
    client.post(edit, FORM | {"code": "VALUE", "seen": "1", "fail": "30000"})
    assert "you wrote from version 1" in client.post(edit, FORM | {"code": "VALUE", "seen": "1"}).content.decode()
    assert [version.pipeline["fail"] for version in rule.versions.all()] == ["30000", "20000"]
    shown = client.get(reverse("admin:risk_writtenrule_change", args=[rule.pk]) + "?version=1").content.decode()
    assert "Refuses above 20,000 USD" in shown


def test_a_backtest_is_asked_for_and_shown(desk: Floor, people: People) -> None:
    client = people("compliance")
    enter([desk.draft(qty=150), desk.draft(qty=51)], desk.actor)
    client.post(reverse(ADD), FORM)
    version = RuleVersion.objects.get()
    assert "Give both dates" in do(client, version, "backtest", since="x", until="")
    since, until = ((now() + timedelta(hours=h)).strftime("%Y-%m-%dT%H:%M") for h in (-1, 1))
    page = do(client, version, "backtest", since=since, until=until)
    assert "rebuilt from the journal" in page
    row = Backtest.objects.get()
    assert (row.orders, row.stopped) == (2, 1)
    assert "would be 20,100 USD" in page
    assert (
        "None."
        in client.get(reverse("admin:risk_writtenrule_backtest", args=[row.pk]) + "?level=warn").content.decode()
    )


@pytest.mark.parametrize("role", ["operations", "auditor", "trader"])
def test_nobody_else_writes(people: People, role: str) -> None:
    people("compliance").post(reverse(ADD), FORM)
    version, client = RuleVersion.objects.get(), people(role)
    assert client.post(reverse(ADD), FORM | {"code": "X1"}).status_code == 403
    assert client.post(reverse(READING), FORM).status_code == 403
    assert client.post(reverse("admin:risk_writtenrule_edit", args=[version.rule_id]), FORM).status_code == 403
    for verb in ("test", "approve", "ask-end", "retire", "backtest"):
        assert client.post(reverse("admin:risk_writtenrule_do", args=[version.pk, verb])).status_code == 403
    may_read = role != "trader"
    for page in (reverse(LIST), reverse("admin:risk_writtenrule_change", args=[version.rule_id])):
        assert (client.get(page).status_code == 200) == may_read
    assert not RuleStep.objects.exists()


def test_the_form_shows_whatever_was_sent(people: People) -> None:
    client = people("compliance")
    odd = {
        "scope-0-field": "rule",
        "filter-3-field": "rule",
        "filter-3-values": "VALUE",
        "case-5-name": "x",
        "seen": "-",
    }
    page = client.post(reverse(ADD), odd).content.decode()
    assert "filter[0].rule: </b>there is no rule" in page
    assert client.post(reverse(ADD), {"filter-0-field": "<b>", "title": "<b>"}).status_code == 200


def test_the_page_of_all_other_rules_changes_none_of_these(people: People) -> None:
    writer = people("compliance")
    writer.post(reverse(ADD), FORM)
    version = RuleVersion.objects.get()
    do(writer, version, "test")
    do(people("admin"), version, "approve")
    rule = Rule.objects.get()
    form = {
        "control": "CR-01",
        "name": "x",
        "params": "{}",
        "seen": "1",
        "effective_from_0": "2026-01-01",
        "effective_from_1": "00:00",
    }
    for page in (reverse("admin:risk_rule_change", args=[rule.pk]), reverse("admin:risk_rule_add")):
        assert "is not one of the available choices" in writer.post(page, form).content.decode()
    assert list(Rule.objects.values_list("version", "active", "name")) == [(1, True, "Account value")]


def test_what_is_not_there_is_not_found(people: People) -> None:
    client = people("compliance")
    for name, args in (("edit", [7]), ("backtest", [7]), ("change", ["7"]), ("change", ["x"])):
        assert client.get(reverse(f"admin:risk_writtenrule_{name}", args=args)).status_code == 404
    assert client.post(reverse("admin:risk_writtenrule_do", args=[7, "test"])).status_code == 404
