"""What is done in the admin: through the verbs, with refusals shown and nothing moved by them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from oms.base.clock import now
from oms.desk import enter, record, route
from oms.models import Switch
from orders.models import Account, Alert, BusinessDate, Instrument, Order
from risk.models import KillSwitch, Limit, Restriction
from risk.models import Rule as RiskRule
from routing.models import Listing
from routing.models import Rule as RoutingRule
from settlement.load import load_calendars
from settlement.models import HolidayOverride
from tests.admin.conftest import People
from tests.desk.world import children, says
from tests.factories import Floor

pytestmark = pytest.mark.django_db

Act = Callable[..., list[str]]


@pytest.fixture
def act(people: People) -> Act:
    """act(role, model, action, rows, ...): carry out an action; answers the messages that were shown."""

    def do(role: str, label: str, action: str, rows: Any, **more: Any) -> list[str]:
        data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
        answer = people(role).post(reverse(f"admin:{label}_changelist"), data, follow=True)
        assert answer.status_code == 200
        return [str(message) for message in answer.context["messages"]]

    return do


def working(desk: Floor, count: int = 1) -> list[Order]:
    answers = enter([desk.draft() for _ in range(count)], desk.actor)
    route()
    record([says(child, "new") for answer in answers for child in children(answer.order_id or 0)])
    return list(Order.objects.filter(pk__in=[answer.order_id for answer in answers]).order_by("pk"))


def test_operations_cancels_orders_through_the_desk(desk: Floor, act: Act) -> None:
    orders = working(desk, 2)
    assert act("operations", "orders_order", "cancel_orders", orders) == ["2 orders canceled, or asked to be canceled"]
    assert {order.ord_status for order in Order.objects.filter(parent=None)} == {"pending_cancel"}
    again = act("operations", "orders_order", "cancel_orders", orders)
    assert len(again) == 2
    assert "already in flight" in again[0]


@pytest.mark.parametrize("role", ["trader", "compliance", "auditor"])
def test_others_do_not_cancel_from_here(desk: Floor, act: Act, role: str) -> None:
    orders = working(desk)
    act(role, "orders_order", "cancel_orders", orders)
    assert Order.objects.get(parent=None).ord_status == "new"


def test_amending_asks_for_terms_first_and_refuses_what_changed_meanwhile(
    desk: Floor, act: Act, people: People
) -> None:
    [order] = working(desk)
    url = reverse("admin:orders_order_changelist")
    form = {"action": "amend_orders", "_selected_action": [order.pk]}
    page = people("operations").post(url, form)
    assert page.status_code == 200
    assert f'name="order_qty-{order.pk}" value="100"' in page.content.decode()

    bad = people("operations").post(url, {**form, "apply": "1", f"order_qty-{order.pk}": "1e3"})
    assert "plain decimal digits" in bad.content.decode()

    terms = {"apply": "1", f"order_qty-{order.pk}": "150", f"price-{order.pk}": "100"}
    stale = act("operations", "orders_order", "amend_orders", [order], **terms, **{f"version-{order.pk}": "99"})
    assert len(stale) == 1
    assert "not 99" in stale[0]
    assert Order.objects.get(pk=order.pk).ord_status == "new"

    seen = {f"version-{order.pk}": str(order.version)}
    done = act("operations", "orders_order", "amend_orders", [order], **terms, **seen)
    assert done == ["1 orders amended, or asked to be amended"]
    assert Order.objects.get(pk=order.pk).ord_status == "pending_replace"


def test_alerts_are_acknowledged_once_by_name(desk: Floor, act: Act) -> None:
    alert = Alert.objects.create(at=now(), severity=3, kind="quarantine", text="odd", desk=desk.desk)
    assert act("compliance", "orders_alert", "acknowledge", [alert]) == ["1 alerts acknowledged"]
    assert act("operations", "orders_alert", "acknowledge", [alert]) == ["0 alerts acknowledged"]
    alert.refresh_from_db()
    assert alert.acknowledged_by
    assert alert.acknowledged_by.username == "a-compliance"
    act("auditor", "orders_alert", "acknowledge", [alert])


RULE = {
    "control": "PT-01", "name": "size", "params": '{"hard": "500"}', "active": "on", "effective_from_0": "2020-01-01",
    "effective_from_1": "00:00:00", "reason": "new limit",
}  # fmt: skip


def test_a_risk_rule_gets_a_version_an_author_and_a_reason(people: People) -> None:
    client = people("compliance")
    client.post(reverse("admin:risk_rule_add"), RULE)
    rule = RiskRule.objects.get()
    assert rule.version == 1
    change = reverse("admin:risk_rule_change", args=[rule.pk])
    client.post(change, {**RULE, "params": '{"hard": "400"}', "seen": "1", "reason": "tighter"})
    client.post(change, {**RULE, "params": '{"hard": "300"}', "seen": "1", "reason": "from an old page"})
    rule.refresh_from_db()
    assert (rule.version, rule.params) == (2, {"hard": "400"})
    latest = rule.history.first()  # type: ignore[attr-defined]
    assert (latest.history_user.username, latest.history_change_reason) == ("a-compliance", "tighter")


@pytest.mark.parametrize("params", ['{"hard": "x"}', "{}", '{"colour": "red"}', "[]", '{"hard": "1", "soft": "2"}'])
def test_a_risk_rule_that_makes_no_sense_is_not_saved(people: People, params: str) -> None:
    answer = people("compliance").post(reverse("admin:risk_rule_add"), {**RULE, "params": params})
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert RiskRule.objects.count() == 0


def test_a_routing_rule_counts_its_versions(people: People, desk: Floor) -> None:
    rule = RoutingRule.objects.get()
    form = {"rank": "10", "name": "better price", "active": "on", "best": "on", "split": "[]", "reason": "because"}
    people("operations").post(reverse("admin:routing_rule_change", args=[rule.pk]), form)
    rule.refresh_from_db()
    assert (rule.name, rule.version) == ("better price", 2)
    assert rule.history.first().history_change_reason == "because"  # type: ignore[attr-defined]


def test_kill_switches_take_two_people(people: People, desk: Floor, act: Act) -> None:
    add = reverse("admin:risk_killswitch_add")
    people("compliance").post(add, {"scope": "account", "target": "ALPHA", "reason": "odd prices", "confirm": "ALPHA"})
    switch = KillSwitch.objects.get()
    assert (switch.scope, switch.scope_id) == ("account", str(Account.objects.get(code="ALPHA").pk))
    [answer] = enter([desk.draft()], desk.actor)
    assert [refusal.code for refusal in answer.refusals] == ["KILL_SWITCH"]

    assert "another person" in act("compliance", "risk_killswitch", "release", [switch])[0]
    assert act("admin", "risk_killswitch", "release", [switch]) == ["1 kill switches released"]
    assert "not engaged" in act("admin", "risk_killswitch", "release", [switch])[0]


@pytest.mark.parametrize(
    "form",
    [
        {"scope": "desk", "target": "NONE"}, {"scope": "firm", "target": "EQ"}, {"scope": "desk", "target": ""},
        {"scope": "desk", "target": "EQ", "reason": ""}, {"scope": "moon", "target": "EQ"},
        {"scope": "instrument", "target": "AAPL"}, {"scope": "desk", "target": "EQ", "confirm": "eq"},
        {"scope": "firm", "target": "", "confirm": ""}, {"scope": "desk", "target": "EQ", "confirm": ""},
    ],
)  # fmt: skip
def test_a_kill_switch_of_nothing_is_not_engaged(people: People, form: dict[str, str]) -> None:
    form = {"reason": "x", "confirm": form["target"]} | form
    assert people("compliance").post(reverse("admin:risk_killswitch_add"), form).status_code == 200
    assert KillSwitch.objects.count() == 0


@pytest.mark.parametrize(
    "target", [("firm", ""), ("desk", "EQ"), ("trader", "tina"), ("instrument", "AAPL.XNAS"), ("venue", "BATS")]
)
def test_every_scope_can_be_stopped(people: People, target: tuple[str, str]) -> None:
    form = {"scope": target[0], "target": target[1], "reason": "drill", "confirm": target[1] or "FIRM"}
    for _ in range(2):
        people("compliance").post(reverse("admin:risk_killswitch_add"), form)
    assert KillSwitch.objects.get().scope == target[0]


def test_the_restricted_list_is_kept_by_compliance(people: People, desk: Floor) -> None:
    form = {
        "kind": "restricted", "instrument": desk.instruments["IBM"].pk, "side": "any", "reason": "deal",
        "effective_from_0": "2020-01-01", "effective_from_1": "00:00:00",
    }  # fmt: skip
    assert people("operations").post(reverse("admin:risk_restriction_add"), form).status_code == 403
    people("compliance").post(reverse("admin:risk_restriction_add"), form)
    assert Restriction.objects.get().history.count() == 1  # type: ignore[attr-defined]


def test_the_business_date_moves_forward(people: People, desk: Floor) -> None:
    load_calendars()
    url = reverse("admin:orders_businessdate_advance")
    assert people("auditor").post(url).status_code == 403
    assert people("operations").get(url).status_code == 403
    for form, day in (
        ({}, date(2026, 11, 24)), ({"to_date": "2026-11-23"}, date(2026, 11, 24)),
        ({"to_date": "soon"}, date(2026, 11, 24)), ({"to_date": "2026-12-01"}, date(2026, 12, 1)),
    ):  # fmt: skip
        people("operations").post(url, form)
        assert BusinessDate.objects.get().today == day
    assert BusinessDate.objects.get().moved_by == "a-operations"


def test_instruments_are_imported_after_a_look(
    people: People, desk: Floor, tmp_path: Any, django_capture_on_commit_callbacks: Any
) -> None:
    url = reverse("admin:orders_instrument_import")
    assert people("auditor").get(url).status_code == 403
    client = people("operations")
    assert client.get(url).status_code == 200
    table = b"symbol,name,currency\nZION,Zions,USD\nBAD,,USD\n<b>,x,USD\n"
    look = client.post(url, {"file": SimpleUploadedFile("a.csv", table), "mic": "XNAS"})
    text = look.content.decode()
    assert "1 new" in text
    assert "2 refused" in text
    assert "<b>" not in text
    assert Instrument.objects.filter(symbol="ZION").count() == 0

    client.post(url, {"seen": look.context["seen"], "mic": "XNAS", "confirm": "1"})
    assert Listing.objects.filter(instrument__symbol="ZION").count() == 3
    assert "ZION" in (tmp_path / "exchange" / "universe.csv").read_text()
    forged = client.post(url, {"seen": "forged", "mic": "XNAS", "confirm": "1"})
    assert "Choose a CSV file" in forged.content.decode()


def test_an_instrument_with_a_wrong_check_digit_is_not_saved(people: People, desk: Floor) -> None:
    apple = desk.instruments["AAPL"]
    url = reverse("admin:orders_instrument_change", args=[apple.pk])
    client = people("operations")
    form = {k: v for k, v in client.get(url).context["adminform"].form.initial.items() if v is not None}
    assert "This is no ISIN" in client.post(url, {**form, "isin": "US0378331006"}).content.decode()
    assert client.post(url, {**form, "isin": "US0378331005"}).status_code == 302
    apple.refresh_from_db()
    assert apple.isin == "US0378331005"
    assert apple.history.first().history_user.username == "a-operations"  # type: ignore[attr-defined]


def test_a_holiday_is_overridden_with_its_history(people: People, desk: Floor) -> None:
    load_calendars()
    form = {"calendar": "US", "day": "2026-12-24", "is_open": "", "reason": "storm"}
    people("operations").post(reverse("admin:settlement_holidayoverride_add"), form)
    override = HolidayOverride.objects.get()
    assert override.history.count() == 1  # type: ignore[attr-defined]


def test_the_flow_is_switched_by_name(act: Act) -> None:
    switch = Switch.objects.create(name="flow")
    act("auditor", "oms_switch", "turn_off", [switch])
    assert Switch.objects.get().on
    act("operations", "oms_switch", "turn_off", [switch])
    assert (Switch.objects.get().on, Switch.objects.get().changed_by) == (False, "a-operations")


def test_many_orders_are_canceled_after_a_look_and_no_others(desk: Floor, act: Act, people: People) -> None:
    one, two, three = working(desk, 3)
    url = reverse("admin:orders_order_changelist")
    rows = [one.pk, two.pk, *(child.pk for child in children(one.pk))]
    look = people("operations").post(url, {"action": "cancel_many", "_selected_action": rows})
    assert "2 of 2 orders will be canceled" in look.content.decode()
    assert set(Order.objects.filter(parent=None).values_list("ord_status", flat=True)) == {"new"}
    token = look.context["preview"].token
    assert act("operations", "orders_order", "cancel_many", [one], token=token) == [
        "2 orders canceled, or asked to be canceled"
    ]
    assert Order.objects.get(pk=three.pk).ord_status == "new"
    assert "not one of ours" in act("operations", "orders_order", "cancel_many", [one], token="forged")[0]
    assert act("trader", "orders_order", "cancel_many", [three], token=token) != ["1 orders canceled"]
    assert Order.objects.get(pk=three.pk).ord_status == "new"


def test_many_orders_get_new_terms_said_once(desk: Floor, act: Act, people: People) -> None:
    one, two = working(desk, 2)
    url = reverse("admin:orders_order_changelist")
    form = {"action": "amend_many", "_selected_action": [one.pk, two.pk]}
    assert "Show what would happen" in people("operations").post(url, form).content.decode()
    bad = people("operations").post(url, {**form, "look": "1", "price": "2t"})
    assert "must be such as" in bad.content.decode()
    first = people("operations").post(url, form).context
    shown = {"action": "amend_many", "_selected_action": [first["key"]], "keys": first["keys"]}
    look = people("operations").post(url, {**shown, "look": "1", "price": "-2t"})
    assert "99.98" in look.content.decode()
    token = look.context["preview"].token
    assert act("operations", "orders_order", "amend_many", [one], token=token) == [
        "2 orders amended, or asked to be amended"
    ]
    assert set(Order.objects.filter(parent=None).values_list("ord_status", flat=True)) == {"pending_replace"}


def test_the_order_list_takes_filter_lines(desk: Floor, people: People) -> None:
    one, two = working(desk, 2)
    url = reverse("admin:orders_order_changelist")

    def found(line: str) -> set[int]:
        answer = people("operations").get(url, {"q": line})
        assert answer.status_code == 200
        return {row.pk for row in answer.context["cl"].result_list if row.parent_id is None}

    assert found("side:buy qty>=100") == {one.pk, two.pk}
    assert found(f"-order:{one.pk} side:buy") == {two.pk}
    assert found(str(one.pk)) == {one.pk}
    assert found("side:up") == set()


def test_compliance_sets_a_limit_and_changes_its_level(people: People, desk: Floor) -> None:
    client, add = people("compliance"), reverse("admin:risk_limit_add")
    form = {
        "measure": "gross_notional", "hard": "5000", "currency": "USD", "account": desk.accounts[0].pk, "active": "on",
        "effective_from_0": "2026-01-01", "effective_from_1": "00:00", "reason": "mandate",
    }  # fmt: skip
    page = client.post(add, form | {"hard": "-1"})
    assert "hard must not be below 0" in page.content.decode()
    assert not Limit.objects.exists()
    assert client.post(add, form).status_code == 302
    one = Limit.objects.get()
    assert (one.version, one.author.username, one.history.get().history_change_reason) == (1, "a-compliance", "mandate")
    assert enter([desk.draft(qty=51)], desk.actor)[0].refusals[0].code == "CREDIT_LIMIT"
    change = reverse("admin:risk_limit_change", args=[one.pk])
    assert client.post(change, form | {"hard": "9000", "seen": "1"}).status_code == 302
    one.refresh_from_db()
    assert (one.version, one.hard) == (2, 9_000)
    assert "at version 2 now" in client.post(change, form | {"hard": "1", "seen": "1"}).content.decode()


def test_limits_are_imported_after_they_were_looked_at(people: People, desk: Floor) -> None:
    client, url = people("compliance"), reverse("admin:risk_limit_import")
    file = SimpleUploadedFile("limits.csv", b"measure,desk,hard\nopen_orders,EQ,100\nopen_orders,XX,1\n")
    page = client.post(url, {"file": file}).content.decode()
    assert "no desk &#x27;XX&#x27;" in page
    assert "Set these limits" not in page
    file = SimpleUploadedFile("limits.csv", b"measure,desk,hard\nopen_orders,EQ,100\n")
    looked = client.post(url, {"file": file})
    assert not Limit.objects.exists()
    assert client.post(url, {"seen": looked.context["seen"], "confirm": "1"}).status_code == 302
    assert Limit.objects.get().hard == 100
    assert people("operations").post(url, {}).status_code == 403
