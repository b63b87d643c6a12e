"""Who sees and writes what: every page of the admin for every role. A page that is not listed here fails."""

from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from oms.desk import enter, route
from orders.models import Alert, Order, User
from orders.vocabulary import Role
from risk.models import KillSwitch, Restriction, Rule
from tests.admin.conftest import People
from tests.factories import Floor

pytestmark = pytest.mark.django_db

ROLES = [*map(str, Role), "admin"]
WATCHERS = {"operations", "compliance", "auditor", "admin"}
OPERATIONS = {"operations", "admin"}
COMPLIANCE = {"compliance", "admin"}
TRADERS = {"trader", "portfolio_manager"}
# model: who sees the list, who may add a row
PAGES: dict[str, tuple[set[str], set[str]]] = {
    "admin.LogEntry": (WATCHERS, set()),
    "knox.AuthToken": (WATCHERS, set()),
    "settlement.CorporateAction": (WATCHERS, set()),
    "settlement.SettlementPrice": (WATCHERS, set()),
    "settlement.VariationMargin": (WATCHERS, set()),
    "settlement.ExerciseThreshold": (WATCHERS, OPERATIONS),
    "settlement.OptionNotice": (WATCHERS, set()),
    "orders.Order": (WATCHERS | TRADERS, set()),
    "orders.ExecutionReport": (WATCHERS | TRADERS, set()),
    "orders.OrderRequest": (WATCHERS, set()),
    "orders.Position": (WATCHERS, set()),
    "orders.PositionAdjustment": (WATCHERS | TRADERS, set()),
    "orders.DayResult": (WATCHERS | TRADERS, set()),
    "settlement.BookTransfer": (WATCHERS, set()),
    "orders.Alert": (WATCHERS, set()),
    "orders.BusinessDate": (WATCHERS, set()),
    "orders.DayStep": (WATCHERS, set()),
    "orders.TradingCalendar": (WATCHERS, set()),
    "orders.TradingSession": (WATCHERS, set()),
    "orders.SessionOverride": (WATCHERS, OPERATIONS),
    "orders.User": (WATCHERS, OPERATIONS),
    "orders.Desk": (WATCHERS, OPERATIONS),
    "orders.Account": (WATCHERS, OPERATIONS),
    "orders.Instrument": (WATCHERS, OPERATIONS),
    "orders.TickTable": (WATCHERS, OPERATIONS),
    "orders.FxRate": (WATCHERS, OPERATIONS),
    "risk.Rule": (WATCHERS, COMPLIANCE),
    "risk.RuleProposal": (WATCHERS, set()),
    "risk.Limit": (WATCHERS, COMPLIANCE),
    "risk.LimitPolicy": (WATCHERS, COMPLIANCE),
    "risk.Restriction": ({"compliance", "auditor", "admin"}, COMPLIANCE),
    "risk.KillSwitch": (WATCHERS, OPERATIONS | COMPLIANCE),
    "risk.Taken": (WATCHERS, set()),
    "risk.Decision": (WATCHERS, set()),
    "risk.Usage": (WATCHERS, set()),
    "risk.Reservation": (WATCHERS, set()),
    "risk.InstrumentAnalytics": (WATCHERS, OPERATIONS | COMPLIANCE),
    "risk.AccountProfile": (WATCHERS, OPERATIONS | COMPLIANCE),
    "risk.Permission": (WATCHERS, COMPLIANCE),
    "risk.Locate": (WATCHERS, OPERATIONS | COMPLIANCE),
    "risk.Arming": (WATCHERS, COMPLIANCE),
    "risk.WrittenRule": (WATCHERS, COMPLIANCE),
    "risk.Override": (WATCHERS, set()),
    "risk.OverrideEvent": (WATCHERS, set()),
    "risk.Observation": ({"compliance", "auditor", "admin"}, set()),
    "risk.StrategySender": (WATCHERS, COMPLIANCE),
    "risk.Breach": (WATCHERS | TRADERS, set()),
    "risk.BreachPolicy": (WATCHERS, COMPLIANCE),
    "risk.LossLimit": (WATCHERS, COMPLIANCE),
    "risk.LossStop": (WATCHERS, set()),
    "risk.PortfolioReview": (WATCHERS, set()),
    "routing.VenueSession": (WATCHERS, OPERATIONS),
    "routing.ClientSession": (WATCHERS, OPERATIONS),
    "routing.SessionOrder": (WATCHERS, set()),
    "routing.ClientMessage": (WATCHERS, set()),
    "routing.ClientReport": (WATCHERS, set()),
    "routing.DropCopy": (WATCHERS, set()),
    "routing.Venue": (WATCHERS, OPERATIONS),
    "routing.Listing": (WATCHERS, OPERATIONS),
    "routing.Rule": (WATCHERS, OPERATIONS),
    "routing.Quote": (WATCHERS, set()),
    "routing.RouteDecision": (WATCHERS, set()),
    "routing.Outbox": (WATCHERS, set()),
    "routing.Inbox": (WATCHERS, set()),
    "settlement.Statement": (WATCHERS, set()),
    "settlement.Reconciliation": (WATCHERS, set()),
    "settlement.Break": (WATCHERS, set()),
    "settlement.SignOff": (WATCHERS, set()),
    "settlement.DayClose": (WATCHERS, set()),
    "settlement.CloseStep": (WATCHERS, set()),
    "settlement.LedgerRoot": (WATCHERS, set()),
    "settlement.SettlementCalendar": (WATCHERS, set()),
    "settlement.Holiday": (WATCHERS, set()),
    "settlement.HolidayOverride": (WATCHERS, OPERATIONS),
    "settlement.SettlementCycle": (WATCHERS, OPERATIONS),
    "settlement.PlaceOfSettlement": (WATCHERS, OPERATIONS),
    "settlement.FeeRate": (WATCHERS, OPERATIONS),
    "settlement.FeeListing": (WATCHERS, OPERATIONS),
    "settlement.CommissionRate": (WATCHERS, OPERATIONS),
    "settlement.Allocation": (WATCHERS | TRADERS, set()),
    "settlement.TradeConfirmation": (WATCHERS | TRADERS, set()),
    "settlement.CutOff": (WATCHERS, OPERATIONS),
    "settlement.MatchTolerance": (WATCHERS, OPERATIONS),
    "settlement.Obligation": (WATCHERS, set()),
    "settlement.Instruction": (WATCHERS, set()),
    "settlement.StandingInstruction": (WATCHERS, OPERATIONS),
    "settlement.NettingSwitch": (WATCHERS, OPERATIONS),
    "settlement.AwaitingNetting": (WATCHERS, set()),
    "settlement.PenaltyRate": (WATCHERS, OPERATIONS),
    "settlement.PenaltyCategory": (WATCHERS, OPERATIONS),
    "settlement.Penalty": (WATCHERS, set()),
    "settlement.PenaltyCorrection": (WATCHERS, set()),
    "settlement.LedgerAccount": (WATCHERS, set()),
    "settlement.LedgerTransaction": (WATCHERS, set()),
    "settlement.Balance": (WATCHERS, set()),
    "settlement.CustodyException": (WATCHERS, set()),
    "settlement.CustodyMessage": (WATCHERS, set()),
    "oms.Switch": (WATCHERS, set()),
    "oms.FailedLogin": (WATCHERS, set()),
}


def address(label: str, page: str, *args: Any) -> str:
    app, model = label.lower().split(".")
    return reverse(f"admin:{app}_{model}_{page}", args=args)


@pytest.fixture
def busy(desk: Floor) -> Order:
    """A desk where something has happened."""
    [answer] = enter([desk.draft()], desk.actor)
    route()
    Rule.objects.create(control="PT-01", name="size", params={"hard": "1000"})
    Restriction.objects.create(instrument=desk.instruments["IBM"], reason="secret")
    return Order.objects.get(pk=answer.order_id)


def test_every_page_is_listed() -> None:
    reverse("admin:index")  # pages are registered when addresses are first looked up
    assert {model._meta.label for model in admin.site._registry} == set(PAGES)


@pytest.mark.parametrize("role", ROLES)
def test_the_lists_hold_for_every_role(people: People, busy: Order, role: str) -> None:
    client = people(role)
    for label, (viewers, adders) in PAGES.items():
        listed = client.get(address(label, "changelist")).status_code
        assert (listed == 200) == (role in viewers), (label, role, listed)
        adding = client.get(address(label, "add")).status_code
        assert (adding == 200) == (role in adders), (label, role, adding)


@pytest.mark.parametrize("role", ROLES)
def test_rows_open_for_those_who_may_see_them(people: People, busy: Order, role: str) -> None:
    client = people(role)
    for model in admin.site._registry:
        label = model._meta.label
        row = model._default_manager.order_by("pk").last()
        if row is not None:
            status = client.get(address(label, "change", row.pk)).status_code
            assert (status == 200) == (role in PAGES[label][0]), (label, role, status)
            assert client.get(address(label, "history", row.pk)).status_code in (200, 302, 403)


@pytest.mark.parametrize("label", ["orders.Order", "orders.ExecutionReport", "orders.Position", "risk.Decision"])
def test_the_book_is_written_by_nobody_not_even_a_superuser(people: People, busy: Order, label: str) -> None:
    chief = people("admin")
    model = next(model for model in admin.site._registry if model._meta.label == label)
    row = model._default_manager.order_by("pk").first()
    before = list(model._default_manager.order_by("pk").values())
    for page in ("change", "delete"):
        key = row.pk if row else 1
        assert chief.post(address(label, page, key), {"order_qty": "1", "post": "yes"}).status_code in (302, 403)
    answer = chief.post(
        address(label, "changelist"), {"action": "delete_selected", "_selected_action": ["1"], "post": "yes"}
    )
    assert answer.status_code in (200, 302)
    assert list(model._default_manager.order_by("pk").values()) == before


def test_who_watches_which_name_is_for_compliance_and_auditors(people: People, desk: Floor) -> None:
    chief = people("compliance")
    form = {"kind": "watch", "instrument": desk.instruments["IBM"].pk, "side": "any", "reason": "rumour"}
    form |= {"effective_from_0": "2026-01-01", "effective_from_1": "00:00:00"}
    assert chief.post(address("risk.Restriction", "add"), form).status_code == 302
    assert Restriction.objects.filter(kind="watch").count() == 1
    enter([desk.draft(symbol="IBM")], desk.actor)
    for role, sees in (("operations", False), ("auditor", True)):
        client = people(role)
        told = client.get(address("admin.LogEntry", "changelist")).content.decode()
        assert ("IBM watch" in told) == sees, role
        pages = ("orders.Order", "orders.Alert", "risk.Decision")
        assert not any("PT-15" in client.get(address(page, "changelist")).content.decode() for page in pages)
        seen = client.get(address("risk.Observation", "changelist"))
        assert (seen.status_code == 200 and "PT-15" in seen.content.decode()) == sees


def test_nobody_gets_in_without_being_staff(people: People, desk: Floor) -> None:
    client = people("operations")
    User.objects.update(is_staff=False)
    assert client.get("/admin/").status_code == 302


def test_a_trader_sees_his_desks_orders_alone(people: People, busy: Order) -> None:
    trader = people("trader")
    assert (
        f"/admin/orders/order/{busy.pk}/change/" in trader.get(address("orders.Order", "changelist")).content.decode()
    )
    User.objects.get(username="a-trader").desks.clear()
    assert (
        f"/admin/orders/order/{busy.pk}/change/"
        not in trader.get(address("orders.Order", "changelist")).content.decode()
    )
    assert trader.get(address("orders.Order", "change", busy.pk)).status_code == 302


def test_operations_cannot_raise_itself(people: People, desk: Floor) -> None:
    client = people("operations")
    people("admin")
    me = User.objects.get(username="a-operations")
    form = {"username": me.username, "role": "compliance", "is_superuser": "on", "is_active": "on", "is_staff": "on"}
    client.post(address("orders.User", "change", me.pk), form)
    me.refresh_from_db()
    assert (me.role, me.is_superuser) == ("operations", False)

    other = desk.trader
    client.post(address("orders.User", "change", other.pk), {**form, "username": other.username, "role": "trader"})
    other.refresh_from_db()
    assert (other.is_superuser, other.is_staff) == (False, True)

    top = User.objects.get(username="a-admin")
    client.post(address("orders.User", "change", top.pk), {**form, "username": "x"})
    top.refresh_from_db()
    assert top.username == "a-admin"
    assert (
        client.post(
            f"/admin/orders/user/{top.pk}/password/", {"password1": "y" * 20, "password2": "y" * 20}
        ).status_code
        == 403
    )


def test_pages_cost_the_same_queries_for_few_rows_and_for_many(
    people: People, desk: Floor, django_assert_max_num_queries: Any
) -> None:
    client = people("admin")
    enter([desk.draft() for _ in range(80)], desk.actor)
    route()
    for number in range(50):
        Alert.objects.create(at=desk.trader.date_joined, severity=1, kind="x", text=str(number), desk=desk.desk)
    KillSwitch.objects.create(scope="firm", reason="x", engaged_by=desk.trader, engaged_at=desk.trader.date_joined)
    for label in PAGES:
        with django_assert_max_num_queries(14):
            assert client.get(address(label, "changelist")).status_code == 200


def test_lists_show_numbers_as_people_write_them_and_filter_by_what_can_be(people: People, busy: Order) -> None:
    client = people("auditor")
    url = address("orders.Order", "changelist")
    page = client.get(url).content.decode()
    assert ">100</td>" in page
    assert "100.00000000" not in page
    row = f"/admin/orders/order/{busy.pk}/change/"
    assert row in client.get(f"{url}?ord_status=pending_new").content.decode()
    assert row not in client.get(f"{url}?ord_status=filled").content.decode()
    assert "partially filled" in page
    assert "BATS" in client.get(f"{url}?venue=BATS").content.decode()
